//! What the companion keeps: an SQLite file, its SQL in plain sight.

mod cases;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Why something could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is newer than the program.
    #[error("{path} was written by a newer Lantern; use that version, or another file with --history")]
    Newer {
        /// The file.
        path: String,
    },
    /// The file is something else.
    #[error("{path} is not a case history: {source}. Choose another file with --history")]
    NotAStore {
        /// The file.
        path: String,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A question or a change failed.
    #[error("the case history could not be used: {0}")]
    Sql(#[from] rusqlite::Error),
    /// A row cannot be what the program wrote.
    #[error("case {id} in the history is damaged: {what}")]
    Damaged {
        /// The case.
        id: i64,
        /// Which value.
        what: String,
    },
}

/// Append-only: a step that was released is never changed.
const MIGRATIONS: [M; 3] = [
    M::up(include_str!("migrations/0001-cases.sql")),
    M::up(include_str!("migrations/0002-overruled.sql")),
    M::up(include_str!("migrations/0003-patient.sql")),
];

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// The open history. One connection: SQLite has one writer anyway, and a query takes well under a millisecond.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens or creates the file and brings it up to date.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = || path.display().to_string();
        let mut connection =
            Connection::open(path).map_err(|source| Error::NotAStore { path: name(), source })?;
        let prepare = |connection: &Connection| {
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // FULL: what was acknowledged survives a power cut. Writes are rare and small, so it costs nothing felt.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", "ON")
        };
        prepare(&connection).map_err(|source| Error::NotAStore { path: name(), source })?;
        Migrations::from_slice(&MIGRATIONS).to_latest(&mut connection).map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => {
                Error::NotAStore { path: name(), source: err }
            }
            _ => Error::Newer { path: name() },
        })?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic in another thread leaves at most a transaction behind, which SQLite has rolled back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
