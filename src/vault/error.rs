//! Why the vault cannot be made, opened, read or written.

use crate::messages::fault::vault as fault;
use crate::sealing;

/// An error of the vault. Each message says what happened and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The passphrase is another one.
    #[error("{}", fault::WRONG_PASSPHRASE)]
    WrongPassphrase,
    /// The record of the key is damaged.
    #[error("{}", fault::DAMAGED)]
    Damaged,
    /// A newer version of the page made it.
    #[error("{}", fault::NEWER)]
    Newer,
    /// The browser gives no random bytes, or no memory for a key.
    #[error("{}", fault::NO_KEY)]
    NoKey,
    /// The browser gives this page no database.
    #[error("{}", fault::NO_STORAGE)]
    NoStorage,
    /// The browser gives this page no more room.
    #[error("{}", fault::FULL)]
    Full,
    /// Another tab keeps the database from being opened.
    #[error("{}", fault::BLOCKED)]
    Blocked,
    /// There is a vault already.
    #[error("{}", fault::EXISTS)]
    Exists,
    /// There is none, or another than the one that is open.
    #[error("{}", fault::GONE)]
    Gone,
    /// The vault is locked.
    #[error("{}", fault::LOCKED)]
    Locked,
    /// No case has this number.
    #[error("{}", fault::no_case(*.id))]
    NoCase {
        /// The number.
        id: i64,
    },
    /// Any other refusal of the browser.
    #[error("{}", fault::refused(.why))]
    Refused {
        /// What the browser calls it.
        why: String,
    },
}

impl From<sealing::Error> for Error {
    fn from(error: sealing::Error) -> Self {
        match error {
            sealing::Error::WrongSecret => Self::WrongPassphrase,
            sealing::Error::NoKey => Self::NoKey,
        }
    }
}
