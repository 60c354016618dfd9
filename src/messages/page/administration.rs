//! Administration: accounts, the audit log, and erasing a patient.

use crate::messages::capital;
use crate::text::count;

texts! {
    TITLE = "Administration";
    ACCOUNTS = "Accounts";
    LOOKING = "Asking the companion";
    added_on(day: &str) = "Added on {day}.";
    role_of(name: &str) = "Role of {name}";
    set_password(name: &str) = "Set a new password for {name}";
    SET_BUTTON = "Set it";
    password_set(name: &str) = "{name} has a new password, and its sessions have ended. Tell the new password to nobody else.";
    role_set(name: &str, role: &str) = "{name} is {role} from now on.";
    remove(name: &str) = "Remove {name}";
    remove_question(name: &str) = "Remove {name}? Its sessions end at once; the cases that it saved stay.";
    KEEP_BUTTON = "Keep the account";
    REMOVE_BUTTON = "Remove it";
    removed(name: &str) = "{name} is removed.";
    ADD_TITLE = "Add an account";
    NAME = "Name";
    ROLE = "Role";
    PASSWORD = "Password";
    ADD_BUTTON = "Add the account";
    added(name: &str) = "{name} is added. Tell the password in person; its owner can change it after logging in.";
    not_done(why: &str) = "Not done. {why}";

    AUDIT_LOG = "Audit log";
    AUDIT_HINT = "Who did and saw what, and when. To look at it is an entry too.";
    SHOW_LOG_BUTTON = "Show the audit log";
    OLDER_BUTTON = "Show older entries";
    ENTRIES = "Entries of the audit log";
    TIME = "When";
    WHO = "Who";
    WHAT = "What";
    TO_WHAT = "To what";
    ANCHOR_TITLE = "The last entry, to be kept elsewhere";
    ANCHOR_HINT = "Write this line down, or keep it on another computer. Each entry holds the SHA-256 of the one before, so an edited or deleted entry is found without this line. That the end was cut off, or the whole log written anew, is found only with it: run `lantern audit-log verify --anchor` and this line.";

    ERASE_BUTTON = "Erase this patient";
    DIGITS = "First digits of the fingerprint";
    FOREVER_BUTTON = "Erase for good";
    not_erased(why: &str) = "Not erased. {why}";
    PROOF = "The proof is this entry of the audit log, which does not name the patient. Keep it with the patient's request:";
}

/// `digits`: what has to be typed.
pub fn erase_question(cases: u64, digits: &str) -> String {
    format!(
        "{} of this patient will be deleted for good, whoever saved them. Backups and exported files are not touched. Type {digits}, the first digits of the patient's fingerprint, to go on.",
        capital(&count(cases as usize, "case"))
    )
}

pub fn erased(cases: u64) -> String {
    format!(
        "{} of this patient erased. Nothing of the patient is kept in the history any more.",
        count(cases as usize, "case")
    )
}

/// What an entry of the audit log records, by its name there.
pub fn action(name: &str) -> Option<&'static str> {
    Some(match name {
        "case.saved" => "saved a case",
        "case.read" => "opened a case",
        "case.deleted" => "deleted a case",
        "case.imported" => "took a case in",
        "case.followed-up" => "changed a case's follow-up",
        "follow-ups.listed" => "listed follow-ups",
        "cases.listed" => "listed cases",
        "images.listed" => "got fingerprints of images",
        "patient.erased" => "erased a patient",
        "backup.made" => "made a backup",
        "history.restored" => "put a backup in the history's place",
        "history.replaced" => "replaced the history",
        "history.sealed" => "encrypted the history under a new key",
        "session.began" => "logged in",
        "session.ended" => "logged out",
        "log-in.failed" => "failed to log in",
        "account.added" => "added an account",
        "account.removed" => "removed an account",
        "account.role" => "changed a role",
        "account.password" => "set a password",
        "token.made" => "made a token for the first administrator",
        "account.first" => "became the first administrator",
        "audit-log.read" => "read the audit log",
        _ => return None,
    })
}
