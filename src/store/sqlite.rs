//! A history in an SQLite file.

use super::place::{self, FileIdentity};
use super::sql::Sql;
use super::{Error, files, migrate};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long to wait for another process that holds the write lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The connections to the file.
#[derive(Debug)]
pub(super) struct Sqlite {
    /// Writes: SQLite allows one writer, and every request writes, because reading is recorded too.
    writer: Mutex<Connection>,
    /// Reads lists, for which nobody who writes has to wait.
    reader: Mutex<Connection>,
    pub place: FileIdentity,
}

impl Sqlite {
    /// Opens or creates the file and applies missing migrations.
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
        Ok(Self {
            writer: Mutex::new(connection),
            reader: Mutex::new(reader),
            place: FileIdentity::of(path)?,
        })
    }

    /// Runs `work` in a transaction.
    pub fn write<T>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.writer();
        self.place.holds()?;
        // Takes the write lock at once: a lock that is taken only at the first write can fail halfway.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answer = work(&Sql::Sqlite(&transaction))?;
        transaction.commit()?;
        self.place.holds()?;
        Ok(answer)
    }

    /// Runs `work`, which sees one state of the file.
    pub fn snapshot<T>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.reader();
        self.place.holds()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        work(&Sql::Sqlite(&transaction))
    }

    pub fn writer(&self) -> MutexGuard<'_, Connection> {
        // After a panic in another thread at most a transaction was open, which SQLite has rolled back.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checkpoints and truncates the write-ahead log, which still holds deleted data. In the file itself,
    /// `secure_delete` overwrites it.
    ///
    /// # Errors
    /// Fails if another program reads the history.
    pub fn forget_log(&self) -> Result<(), Error> {
        let busy: i64 = self.writer().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 { Ok(()) } else { Err(Error::LogHeld) }
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
pub(super) fn is_foreign(connection: &Connection) -> rusqlite::Result<bool> {
    let tables = "SELECT count(*) > 0 AND count(*) FILTER (WHERE name = 'cases') = 0 FROM sqlite_schema";
    connection.query_row(tables, [], |row| row.get(0))
}
