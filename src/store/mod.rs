//! The case history, in an SQLite file or in PostgreSQL, with questions in plain SQL that both understand.

mod accounts;
mod audit_log;
mod backup;
mod by;
mod case_set;
mod cases;
mod columns;
mod copy;
mod error;
pub mod files;
mod filesystem;
mod follow_up;
mod lock;
mod migrate;
mod patient;
mod place;
mod postgres;
mod sealing;
mod search;
mod search_index;
mod sql;
mod sqlite;
mod vocabulary;

pub use crate::sealing::Secret;
pub use accounts::{SessionLimits, StoredAccount};
pub use audit_log::{Anchor, Break, Event, Verified};
pub use backup::{Restored, restore};
pub use by::{By, Sees};
pub use copy::Copied;
pub use error::Error;
pub use lock::ServingLock;
pub use postgres::PostgresSettings;
use postgres::{Postgres, Which};
pub use sealing::random;
pub use search::Search;
use search_index::SearchIndex;
use sql::Sql;
use sqlite::Sqlite;
use std::path::Path;
use std::sync::Mutex;

/// The open case history.
#[derive(Debug)]
pub struct Store {
    database: Database,
    /// Never locked by who has locked a connection.
    index: Mutex<SearchIndex>,
    key: sealing::Key,
}

#[derive(Debug)]
enum Database {
    Sqlite(Box<Sqlite>),
    Postgres(Box<Postgres>),
}

impl Store {
    /// Opens or creates the file and applies missing migrations.
    ///
    /// # Errors
    /// Fails if the folder is missing, if the file is not a case history, is not writable, is locked by
    /// another program, lies on another machine, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::of(Database::Sqlite(Box::new(Sqlite::open(path)?)))
    }

    /// Connects to a PostgreSQL database, in which the history has a schema of its own, `lantern`.
    ///
    /// # Errors
    /// Fails if the server cannot be reached, if the schema cannot be made there, or was made by a newer version.
    pub fn connect(settings: &PostgresSettings) -> Result<Self, Error> {
        Self::of(Database::Postgres(Box::new(Postgres::open(settings)?)))
    }

    fn of(database: Database) -> Result<Self, Error> {
        let mut store = Self { database, index: Mutex::default(), key: sealing::Key::None };
        store.key = store.ask(sealing::Key::of)?;
        Ok(store)
    }

    /// Says that this program serves a history in PostgreSQL, which several may; of a file see [`ServingLock`].
    ///
    /// # Errors
    /// Fails if its key is being changed.
    pub fn serve(&self) -> Result<(), Error> {
        match &self.database {
            Database::Sqlite(_) => Ok(()),
            Database::Postgres(postgres) => postgres.serve(),
        }
    }

    /// Keeps companions from serving a history in PostgreSQL while this store is open.
    ///
    /// # Errors
    /// Fails if one serves it.
    pub fn alone(&self) -> Result<(), Error> {
        match &self.database {
            Database::Sqlite(_) => Ok(()),
            Database::Postgres(postgres) => postgres.alone(),
        }
    }

    /// Runs `change` and writes the event that it returns into the audit log, both or neither. What `change`
    /// returns is acknowledged only after it is on the disk.
    fn transaction<T>(
        &self,
        by: &By,
        change: impl FnOnce(&Sql<'_>) -> Result<(T, Option<Event>), Error>,
    ) -> Result<T, Error> {
        self.anchored(by, change).map(|(answer, _)| answer)
    }

    /// As [`Self::transaction`], with the anchor of the last entry then.
    fn anchored<T>(
        &self,
        by: &By,
        change: impl FnOnce(&Sql<'_>) -> Result<(T, Option<Event>), Error>,
    ) -> Result<(T, Anchor), Error> {
        self.write(|sql| {
            let (answer, event) = change(sql)?;
            let anchor = match event {
                Some(event) => audit_log::append(sql, by, &event)?,
                None => audit_log::last(sql)?,
            };
            Ok((answer, anchor))
        })
    }

    /// Runs `work` in a transaction. No other is open then.
    fn write<T>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.write(work),
            Database::Postgres(postgres) => postgres.write(work),
        }
    }

    /// Runs single questions where changes are made, outside of a transaction.
    fn ask<T>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match &self.database {
            Database::Sqlite(sqlite) => work(&Sql::Sqlite(&sqlite.writer())),
            Database::Postgres(postgres) => postgres.ask(Which::Writer, work),
        }
    }

    /// Runs single questions, for which nobody who writes has to wait.
    fn read<T>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match &self.database {
            Database::Sqlite(sqlite) => {
                sqlite.place.holds()?;
                work(&Sql::Sqlite(&sqlite.reader()))
            }
            Database::Postgres(postgres) => postgres.ask(Which::Reader, work),
        }
    }

    /// Runs `work`, which reads and sees one state of the whole history.
    fn snapshot<T>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.snapshot(work),
            Database::Postgres(postgres) => postgres.snapshot(work),
        }
    }

    /// Empties the write-ahead log, in which deleted text may still stand. PostgreSQL keeps it as long as its settings say.
    ///
    /// # Errors
    /// Fails if another program reads the history.
    pub fn forget_log(&self) -> Result<(), Error> {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.forget_log(),
            Database::Postgres(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Store {
        /// The file's connection, for what a test changes behind the store's back.
        pub(super) fn connection(&self) -> std::sync::MutexGuard<'_, rusqlite::Connection> {
            match &self.database {
                Database::Sqlite(sqlite) => sqlite.writer(),
                Database::Postgres(_) => panic!("these tests are of the file"),
            }
        }
    }
}
