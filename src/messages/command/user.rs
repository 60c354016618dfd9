//! `lantern user`.

use std::path::Path;

texts! {
    /// The name of the first account where a file gives its password.
    FIRST = "admin";
    added(name: &str, role: &str) = "Added {name} as {role}.";
    removed(name: &str) = "Removed {name} and logged it out everywhere. Its cases stay.";
    changed(name: &str) = "Changed the password of {name} and logged it out everywhere.";
    role(name: &str, role: &str) = "{name} is {role} now.";
    password(password: &str) = " Its password is shown only this once:\n{password}";
    row(name: &str, role: &str, since: &str) = "{name:24} {role:14} {since}";
    NONE = "No account exists. On this computer itself, the page needs none.";
}

pub fn unread(file: &Path) -> String {
    format!("{} cannot be read; name another file", file.display())
}

pub fn unfit(file: &Path, why: &str) -> String {
    format!("the first line of {} cannot be used: {why}", file.display())
}
