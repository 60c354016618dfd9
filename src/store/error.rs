//! Errors of the case history.

use crate::messages::fault::{account, store as fault};
use crate::messages::why;
use crate::sealing;
use rusqlite::ErrorCode;
use std::path::Path;

/// An error of the case history. Each message says what happened and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file was written by a newer version.
    #[error("{}", fault::newer(.path))]
    Newer {
        /// Path of the file.
        path: String,
    },
    /// The file is not a case history.
    #[error("{}", fault::not_a_history(.path))]
    NotAHistory {
        /// Path of the file.
        path: String,
    },
    /// The folder of the file does not exist.
    #[error("{}", fault::no_folder(.folder))]
    NoFolder {
        /// Path of the folder.
        folder: String,
    },
    /// The file name is too long.
    #[error("{}", fault::name(.name))]
    Name {
        /// Its first characters.
        name: String,
    },
    /// The file or its folder is not writable.
    #[error("{}", fault::read_only(.path))]
    ReadOnly {
        /// Path of the file.
        path: String,
    },
    /// Another program has locked the file.
    #[error("{}", fault::LOCKED)]
    Locked,
    /// The disk is full.
    #[error("{}", fault::FULL)]
    Full,
    /// The file was deleted or replaced while it was open.
    #[error("{}", fault::gone(.path))]
    Gone {
        /// Path of the file.
        path: String,
    },
    /// The file's structure is corrupt.
    #[error("{}", fault::CORRUPT)]
    Corrupt,
    /// A case was deleted, but the write-ahead log still holds it.
    #[error("{}", fault::LOG_HELD)]
    LogHeld,
    /// The history was encrypted, but the write-ahead log still holds older text.
    #[error("{}", fault::OLD_TEXT_HELD)]
    OldTextHeld,
    /// The file lies on another machine.
    #[error("{}", fault::remote(.folder, .kind))]
    Remote {
        /// Path of its folder.
        folder: String,
        /// Kind of the file system.
        kind: String,
    },
    /// Another program serves the history.
    #[error("{}", fault::served(.path))]
    Served {
        /// Path of the file.
        path: String,
    },
    /// A backup would overwrite a file.
    #[error("{}", fault::exists(.path))]
    Exists {
        /// Path of the file.
        path: String,
    },
    /// A backup's audit log is not whole, or not that of the anchor beside it.
    #[error("{}", fault::unfit(.path))]
    Unfit {
        /// Path of the file.
        path: String,
    },
    /// A file could not be written or read.
    #[error("{}", fault::file(.path, .why))]
    File {
        /// Path of the file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The history is encrypted, and its key was not given.
    #[error("{}", fault::SEALED)]
    Sealed,
    /// The history is not encrypted, but a key was given.
    #[error("{}", fault::NOT_SEALED)]
    NotSealed,
    /// Another key encrypts the history.
    #[error("{}", fault::wrong_key(.kind))]
    WrongKey {
        /// Kind of the right one.
        kind: String,
    },
    /// The operating system gave no random bytes or no memory for a key.
    #[error("{}", fault::NO_KEY)]
    NoKey,
    /// An entry of the audit log has no hash, so that nothing can follow it.
    #[error("{}", fault::audit_log(*.number))]
    AuditLog {
        /// Number of the entry.
        number: i64,
    },
    /// Another account has this name.
    #[error("{}", account::name_taken(.name))]
    NameTaken {
        /// The name.
        name: String,
    },
    /// No account has this name.
    #[error("{}", account::no_account(.name))]
    NoAccount {
        /// The name.
        name: String,
    },
    /// Without this account nobody could manage accounts.
    #[error("{}", account::LAST_ADMINISTRATOR)]
    LastAdministrator,
    /// A one-time token was used already, is too old or is not needed.
    #[error("{}", account::INVITATION)]
    Invitation,
    /// The address of a PostgreSQL server cannot be read.
    #[error("{}", fault::address(.0))]
    Address(String),
    /// A PostgreSQL server on another computer would be asked without encryption.
    #[error("{}", fault::DATABASE_WITHOUT_TLS)]
    DatabaseWithoutTls,
    /// The certificates that sign a PostgreSQL server's cannot be read.
    #[error("{}", fault::authority(.0))]
    Authority(String),
    /// A PostgreSQL server does not answer, or lets nobody in.
    #[error("{}", fault::unreachable(.0))]
    Unreachable(String),
    /// The connection to PostgreSQL was lost before anything was changed.
    #[error("{}", fault::LOST)]
    Lost,
    /// The connection to PostgreSQL was lost while a change was written.
    #[error("{}", fault::UNCERTAIN)]
    Uncertain,
    /// A companion serves the history, or its key is being changed.
    #[error("{}", fault::IN_USE)]
    InUse,
    /// A history that should be copied into holds something.
    #[error("{}", fault::NOT_EMPTY)]
    NotEmpty,
    /// The audit log of a history that should be copied is not whole.
    #[error("{}", fault::LOG_NOT_WHOLE)]
    LogNotWhole,
    /// Any other failure of the database.
    #[error("{}", fault::unusable(.0))]
    Sql(String),
    /// A row has values that the program cannot have written.
    #[error("{}", fault::damaged(*.id, .what))]
    Damaged {
        /// Id of the case.
        id: i64,
        /// The damaged value.
        what: String,
    },
    /// A case could not be serialised.
    #[error("{}", fault::unwritten(&.0.to_string()))]
    Unwritten(#[from] serde_json::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path: why::store::HISTORY.into() },
            _ => Self::Sql(error.to_string()),
        }
    }
}

impl From<sealing::Error> for Error {
    fn from(_: sealing::Error) -> Self {
        Self::NoKey
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
