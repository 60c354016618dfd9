//! Why a case could not be kept or found, each cause with its own advice.

use rusqlite::ErrorCode;
use std::path::Path;

/// Why a case could not be kept or found. Each message says what happened and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is newer than the program.
    #[error("{path} was written by a newer Lantern; use that version, or name another file with --history")]
    Newer {
        /// The file.
        path: String,
    },
    /// The file is something else.
    #[error("{path} is not a case history; it was left as it is. Name another file with --history")]
    NotAHistory {
        /// The file.
        path: String,
    },
    /// There is no folder for the file.
    #[error(
        "the folder {folder} does not exist, so no case history can be kept there; make it, or name another file with --history"
    )]
    NoFolder {
        /// The folder.
        folder: String,
    },
    /// No file can have this name.
    #[error("the name {name} is too long for a file; name another one with --history")]
    Name {
        /// Its beginning.
        name: String,
    },
    /// The file or its folder cannot be written.
    #[error(
        "{path} or its folder may not be written, so no case can be kept there; change its permissions, or name another file with --history"
    )]
    ReadOnly {
        /// The file.
        path: String,
    },
    /// Another program holds the file.
    #[error("another program is using the case history; close it, then try again")]
    Locked,
    /// No space is left.
    #[error("the disk is full, so the case history could not be written; make room, then try again")]
    Full,
    /// The file was deleted or replaced while it was open.
    #[error(
        "the case history {path} was deleted or replaced while Lantern was running, so nothing more can be kept in it; put the file back, and start Lantern again"
    )]
    Gone {
        /// The file.
        path: String,
    },
    /// The file's own structure is broken.
    #[error(
        "the file of the case history is damaged; stop Lantern, keep a copy of the file, and put a backup in its place"
    )]
    Corrupt,
    /// A question or a change failed otherwise.
    #[error("the case history could not be used: {0}")]
    Sql(rusqlite::Error),
    /// A row cannot be what the program wrote.
    #[error("case {id} in the history is damaged: {what}")]
    Damaged {
        /// The case.
        id: i64,
        /// Which value.
        what: String,
    },
    /// A case has no text.
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
    /// Why the file at `path` could not be opened as a history.
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
