//! The case history: an SQLite file, with queries in plain SQL.

mod accounts;
mod audit_log;
mod backup;
mod by;
mod case_set;
mod cases;
mod columns;
mod error;
pub mod files;
mod filesystem;
mod follow_up;
mod lock;
mod migrate;
mod patient;
mod place;
mod sealing;
mod search;
mod search_index;
mod vocabulary;

pub use crate::sealing::Secret;
pub use accounts::{SessionLimits, StoredAccount};
pub use audit_log::{Anchor, Break, Event, Verified};
pub use backup::{Restored, restore};
pub use by::{By, Sees};
pub use error::Error;
pub use lock::ServingLock;
use place::FileIdentity;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
pub use sealing::random;
pub use search::Search;
use search_index::SearchIndex;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long to wait for another process that holds the write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The open case history.
#[derive(Debug)]
pub struct Store {
    /// Writes: SQLite allows one writer, and every request writes, because reading is recorded too.
    connection: Mutex<Connection>,
    /// Reads lists, for which nobody who writes has to wait.
    reader: Mutex<Connection>,
    /// Never locked by who has locked one of the connections.
    index: Mutex<SearchIndex>,
    /// Cases that were deleted since the index was used last.
    deleted: Mutex<Vec<i64>>,
    place: FileIdentity,
    key: sealing::Key,
}

impl Store {
    /// Opens or creates the file and applies missing migrations.
    ///
    /// # Errors
    /// Fails if the folder is missing, if the file is not a case history, is not writable, is locked by
    /// another program, lies on another machine, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Self, Error> {
        place::check(path)?;
        let told = |error| Error::opening(path, error);
        if !path.exists() {
            // Only its owner can read it. Another program may make it at the same time.
            files::create(path).ok();
        }
        let mut connection = Connection::open(path).map_err(told)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(told)?;
        if is_foreign(&connection).map_err(told)? {
            return Err(Error::NotAHistory { path: path.display().to_string() });
        }
        prepare(&connection).map_err(told)?;
        migrate::migrate(&mut connection, path)?;
        for end in ["", "-wal", "-shm"] {
            files::keep_private(&files::with(path, end));
        }
        let reader = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(told)?;
        reader.busy_timeout(BUSY_TIMEOUT).map_err(told)?;
        reader.pragma_update(None, "query_only", "ON").map_err(told)?;
        let key = sealing::Key::of(&connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
            reader: Mutex::new(reader),
            index: Mutex::default(),
            deleted: Mutex::default(),
            place: FileIdentity::of(path)?,
            key,
        })
    }

    /// Runs `change` and writes the event that it returns into the audit log, both or neither. What `change`
    /// returns is acknowledged only after it is on the disk.
    fn transaction<T>(
        &self,
        by: &By,
        change: impl FnOnce(&Transaction<'_>) -> Result<(T, Option<Event>), Error>,
    ) -> Result<T, Error> {
        self.anchored(by, change).map(|(answer, _)| answer)
    }

    /// As [`Self::transaction`], with the anchor of the last entry then.
    fn anchored<T>(
        &self,
        by: &By,
        change: impl FnOnce(&Transaction<'_>) -> Result<(T, Option<Event>), Error>,
    ) -> Result<(T, Anchor), Error> {
        let mut connection = self.connection();
        self.place.holds()?;
        // Takes the write lock at once: a lock that is taken only at the first write can fail halfway.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (answer, event) = change(&transaction)?;
        let anchor = match event {
            Some(event) => audit_log::append(&transaction, by, &event)?,
            None => audit_log::last(&transaction)?,
        };
        transaction.commit()?;
        self.place.holds()?;
        Ok((answer, anchor))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // After a panic in another thread at most a transaction was open, which SQLite has rolled back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: what was acknowledged survives a power cut. It costs one fsync a request, reading too (decision 0023).
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Deleted data is overwritten.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "foreign_keys", "ON")
}

/// Whether this is the database of another program: it has tables, but none of ours. Nothing may be written
/// to it.
fn is_foreign(connection: &Connection) -> rusqlite::Result<bool> {
    let tables = "SELECT count(*) > 0 AND count(*) FILTER (WHERE name = 'cases') = 0 FROM sqlite_schema";
    connection.query_row(tables, [], |row| row.get(0))
}
