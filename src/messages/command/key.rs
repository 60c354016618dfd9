//! `lantern key`.

use std::path::Path;

texts! {
    /// What a passphrase may not repeat.
    PASSPHRASE_OF = "lantern";
    sealed(cases: u64) = "The history is encrypted under the new key: {cases} cases. Without the key nobody can read it again, so keep a copy of the key elsewhere. Backups made before are encrypted as they were.";
}

pub fn made(file: &Path) -> String {
    format!(
        "Wrote a new key to {}. Keep a copy elsewhere: without it an encrypted history cannot be read.",
        file.display()
    )
}

pub fn unwritten(file: &Path) -> String {
    format!("{} cannot be written, or exists already; name another file", file.display())
}

pub fn open_to_others(file: &Path) -> String {
    format!(
        "Other users of this computer can read {}, and with it the history. Run `chmod 600` on it.",
        file.display()
    )
}

pub fn unread(file: &Path) -> String {
    format!("the key file {} cannot be read; name another one", file.display())
}
