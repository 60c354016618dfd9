//! One server at a time for a history.

use super::{Error, files};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Held by the program that serves or replaces a history, as a lock on the file `HISTORY.lock` beside it. The system
/// frees it when the program ends, however it ends.
#[derive(Debug)]
pub struct ServingLock {
    _file: File,
}

impl ServingLock {
    /// # Errors
    /// Fails if another program serves this history, or if no history can lie there.
    pub fn take(history: &Path) -> Result<Self, Error> {
        super::place::check(history)?;
        let name = files::with(history, ".lock");
        let failed = |_| Error::ReadOnly { path: history.display().to_string() };
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(name).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Served { path: history.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
