//! Page <-> companion, as JSON. No type here can hold pixels: `tests/floors.rs` refuses any field that could.
//!
//! A case that is to be kept travels as [`crate::case::Case`].

use crate::account::Role;
use crate::case::{FollowUp, VersionedCase};
use crate::fingerprint::Sha256;
use serde::{Deserialize, Serialize};

/// The largest request, in bytes: a case at every limit of [`crate::case`] takes less. No photograph or radiograph does.
pub const BODY_LIMIT: usize = 64 * 1024;
/// The most cases in one [`CaseList`].
pub const LIST_LIMIT: u32 = 200;
/// Maximum number of images in [`KeptImages`]: those saved last.
pub const IMAGES_LIMIT: u32 = 10_000;
/// Maximum number of follow-ups in [`FollowUpList`].
pub const FOLLOW_UPS_LIMIT: u32 = 10_000;
/// Maximum number of collections in [`CollectionList`].
pub const COLLECTIONS_LIMIT: usize = 200;

/// A case as the companion keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedCase {
    /// Its number in this companion's history. No number is given twice.
    pub id: i64,
    /// When it was saved, RFC 3339 in UTC.
    pub saved_at: String,
    /// The case itself.
    pub case: VersionedCase,
}

/// A part of the history, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseList {
    /// At most as many as were asked for, fewer where some are damaged.
    pub cases: Vec<SavedCase>,
    /// Cases of this part that cannot be read.
    pub damaged: Vec<DamagedCase>,
    /// All that fit the search.
    pub total: u64,
    /// Where older ones fit too: the number before which they lie.
    pub next: Option<i64>,
}

/// A case that cannot be read. It hides no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedCase {
    /// Its number.
    pub id: i64,
    /// What is wrong with it.
    pub what: String,
}

/// A case's follow-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFollowUp {
    /// The case's number.
    pub id: i64,
    /// What became of it.
    pub follow_up: FollowUp,
}

/// Follow-ups: first those that are still open, by their day. At most [`FOLLOW_UPS_LIMIT`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpList {
    /// One a case.
    pub follow_ups: Vec<CaseFollowUp>,
}

/// A case of a file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedCase {
    /// Its number in this history.
    pub id: i64,
    /// Whether it is new; otherwise it was here already.
    pub is_new: bool,
}

/// A case that was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedCase {
    /// Its number.
    pub id: i64,
}

/// A patient of whom every case was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedPatient {
    /// How many cases they were.
    pub cases: u64,
    /// The proof: number and hash of the entry in the audit log, which does not name the patient.
    pub anchor: String,
}

/// The collections of images that the companion serves for the classroom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionList {
    /// At most [`COLLECTIONS_LIMIT`], by their names.
    pub collections: Vec<Collection>,
}

/// A collection of images: a folder or an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// The name by which it is asked for.
    pub name: String,
    /// How large its files are.
    pub bytes: u64,
}

/// The fingerprints of the images that were kept last, newest first. The page asks for them before an image is open, and then
/// recognises by itself the file that is dropped again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptImages {
    /// At most [`IMAGES_LIMIT`].
    pub images: Vec<KeptImage>,
}

/// An image that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptImage {
    /// The case's number.
    pub id: i64,
    /// When it was saved, RFC 3339 in UTC.
    pub saved_at: String,
    /// The SHA-256 of the image file.
    pub sha256: Sha256,
}

/// What a log-in sends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// The account's name.
    pub name: String,
    /// Its password.
    pub password: String,
}

/// What makes the first administrator.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstAdministrator {
    /// The token that Lantern printed.
    pub token: String,
    /// The new account's name.
    pub name: String,
    /// Its password.
    pub password: String,
}

/// What changes the own password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedPassword {
    /// The old password.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// What adds an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Its password.
    pub password: String,
}

/// What changes an account: a role, a password or both.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// The new role.
    pub role: Option<Role>,
    /// The new password.
    pub password: Option<String>,
}

/// An account, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: String,
    /// When it was added, RFC 3339 in UTC.
    pub created_at: String,
}

/// All accounts, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountList {
    /// The accounts.
    pub accounts: Vec<Account>,
}

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whether requests need a log-in.
    pub is_needed: bool,
    /// Whether no account exists yet, so that the one-time token makes the first.
    pub is_first: bool,
    /// The account that is logged in.
    pub name: Option<String>,
    /// What this browser may do: of the account, or of whoever sits at this computer where no log-in is needed.
    pub role: Option<Role>,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number, from 1 without gaps.
    pub number: i64,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Who: an account's name, or in brackets a way of access without account.
    pub actor: String,
    /// What was done, as `noun.verb`.
    pub action: String,
    /// To what.
    pub target: String,
}

/// A part of the audit log, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLog {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Number and hash of the last entry of all, before this request: keep it elsewhere, and `lantern audit-log verify --anchor` finds a
    /// log that was cut.
    pub anchor: String,
    /// The number before which older entries lie.
    pub next: Option<i64>,
}

/// An error of the companion (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemDetails {
    /// What kind of problem, for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do next.
    pub detail: String,
}
