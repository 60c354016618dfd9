//! Accounts of the companion: the roles, and which names and passwords are accepted.

use crate::messages::fault::account as fault;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Maximum length of a name, in characters.
const NAME_LIMIT: usize = 64;
/// Minimum length of a password, in characters (NIST SP 800-63B asks for at least 8).
pub const PASSWORD_LEAST: usize = 12;
/// Maximum length of a password, in bytes: a limit on the work of a log-in.
const PASSWORD_LIMIT: usize = 1024;

/// What a user may do. `server::ROUTES` says it route by route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, and the only one who manages accounts, erases patients and reads the audit log.
    Administrator,
    /// Reads, saves and deletes all cases.
    Clinician,
    /// Reads, saves and deletes the cases that they saved themselves, and no others.
    Educator,
    /// Reads all cases.
    Viewer,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Administrator, Self::Clinician, Self::Educator, Self::Viewer];

    /// Whether it saves and deletes cases.
    pub fn saves(self) -> bool {
        self != Self::Viewer
    }

    /// Whether it manages accounts, erases patients and reads the audit log.
    pub fn manages(self) -> bool {
        self == Self::Administrator
    }

    /// The name that is stored and sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Clinician => "clinician",
            Self::Educator => "educator",
            Self::Viewer => "viewer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| fault::no_role(text))
    }
}

/// A name of an account in its stored form: lower case.
///
/// # Errors
/// Fails if the name is empty, too long, or has other characters than letters, digits and `.`, `_`, `-`, `@`.
pub fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    if text.is_empty() || text.len() > NAME_LIMIT || !text.chars().all(fits) {
        return Err(fault::name(NAME_LIMIT));
    }
    Ok(text.to_ascii_lowercase())
}

/// Checks a new password of the account `name`.
///
/// # Errors
/// Fails if the password is too short, too long, one character repeated, or the name repeated.
pub fn check_password(name: &str, password: &str) -> Result<(), String> {
    if password.chars().count() < PASSWORD_LEAST || password.len() > PASSWORD_LIMIT {
        return Err(fault::password_length(PASSWORD_LEAST, PASSWORD_LIMIT));
    }
    let (folded, name) = (password.to_lowercase(), name.to_ascii_lowercase());
    let is_uniform = password.chars().all(|c| password.starts_with(c));
    if is_uniform || folded == name.repeat(password.len() / name.len().max(1)) {
        return Err(fault::PASSWORD_GUESSED.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_as_it_is_written() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        assert!("root".parse::<Role>().unwrap_err().contains("clinician"));
    }

    #[test]
    fn names_are_folded_and_odd_ones_refused() {
        assert_eq!(name("Dr.Mora@clinic").unwrap(), "dr.mora@clinic");
        for odd in ["", "a b", "a\n", "Müller", "a/b", &"x".repeat(65)] {
            assert!(name(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_password_is_long_and_no_name() {
        assert_eq!(check_password("mora", "correct horse"), Ok(()));
        for bad in ["short", "moramoramora", "MoraMoraMora", "aaaaaaaaaaaaaaa", &"x y".repeat(400)] {
            assert!(check_password("mora", bad).is_err(), "{bad}");
            // As an administrator may write the name.
            assert!(check_password("MORA", bad).is_err(), "{bad}");
        }
    }
}
