//! Page <-> vault worker: a second copy of the file worker, which alone holds the key of the vault. It ends when the vault is locked, and the
//! key with it.

use super::companion::{DamagedCase, SavedCase};
use crate::case::Case;
use serde::{Deserialize, Serialize};

/// The name of the vault's database in the browser.
pub const DATABASE: &str = "lantern-vault";

/// What opens the vault. It is never written out for programmers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passphrase(pub String);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase")
    }
}

/// From the page to the vault worker. What cannot be done is answered by the file worker's `Failed`, with file 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultRequest {
    /// Whether there is a vault. Answered by `Looked`.
    Look,
    /// Make a vault and open it. Answered by `Opened`.
    Make(Passphrase),
    /// Open the vault. Answered by `Opened`.
    Open(Passphrase),
    /// Keep a case. Answered by `Kept`.
    Keep {
        /// When it was saved, RFC 3339 in UTC.
        saved_at: String,
        /// The case.
        case: Box<Case>,
    },
    /// Put a case in the place of the one with its number. Answered by `Kept`.
    Change(Box<SavedCase>),
    /// All cases. Answered by `Listed`.
    List,
    /// Delete a case. Answered by `Deleted`.
    Delete(i64),
}

/// From the vault worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultReply {
    /// How many cases there are; none where there is no vault.
    Looked(Option<u32>),
    /// The vault is open.
    Opened,
    /// The case is on the disk.
    Kept(Box<SavedCase>),
    /// All cases, newest first, and those that do not open.
    Listed {
        /// The cases.
        cases: Vec<SavedCase>,
        /// The others. They hide no case.
        damaged: Vec<DamagedCase>,
    },
    /// The case is not kept any more.
    Deleted,
}
