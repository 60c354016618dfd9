//! Errors of the case history.

use rusqlite::ErrorCode;
use std::path::Path;

/// An error of the case history. Each message says what happened and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file was written by a newer version.
    #[error("{path} was written by a newer Lantern; use that version, or name another file with --history")]
    Newer {
        /// Path of the file.
        path: String,
    },
    /// The file is not a case history.
    #[error("{path} is not a case history; it was left as it is. Name another file with --history")]
    NotAHistory {
        /// Path of the file.
        path: String,
    },
    /// The folder of the file does not exist.
    #[error(
        "the folder {folder} does not exist, so no case history can be kept there; make it, or name another file with --history"
    )]
    NoFolder {
        /// Path of the folder.
        folder: String,
    },
    /// The file name is too long.
    #[error("the name {name} is too long for a file; name another one with --history")]
    Name {
        /// Its first characters.
        name: String,
    },
    /// The file or its folder is not writable.
    #[error(
        "{path} or its folder may not be written, so no case can be kept there; change its permissions, or name another file with --history"
    )]
    ReadOnly {
        /// Path of the file.
        path: String,
    },
    /// Another program has locked the file.
    #[error("another program is using the case history; close it, then try again")]
    Locked,
    /// The disk is full.
    #[error("the disk is full, so the case history could not be written; make room, then try again")]
    Full,
    /// The file was deleted or replaced while it was open.
    #[error(
        "the case history {path} was deleted or replaced while Lantern was running, so nothing more can be kept in it; put the file back, and start Lantern again"
    )]
    Gone {
        /// Path of the file.
        path: String,
    },
    /// The file's structure is corrupt.
    #[error(
        "the file of the case history is damaged; stop Lantern, keep a copy of the file, and put a backup in its place"
    )]
    Corrupt,
    /// A case was deleted, but the write-ahead log still holds it.
    #[error(
        "the case is deleted, but another program is reading the history and keeps its text in the log beside the file; close that program, then start Lantern again"
    )]
    LogHeld,
    /// Any other failure of SQLite.
    #[error("the case history could not be used: {0}")]
    Sql(rusqlite::Error),
    /// A row has values that the program cannot have written.
    #[error("case {id} in the history is damaged: {what}")]
    Damaged {
        /// Id of the case.
        id: i64,
        /// The damaged value.
        what: String,
    },
    /// A case could not be serialised.
    #[error("the case could not be written: {0}")]
    Unwritten(#[from] serde_json::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path: "the case history".into() },
            _ => Self::Sql(error),
        }
    }
}

impl Error {
    /// The error for a file at `path` that could not be opened.
    pub(super) fn opening(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.display().to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotAHistory { path },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly { path }
            }
            _ => error.into(),
        }
    }
}
