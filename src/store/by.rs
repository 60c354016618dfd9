//! Who asks the store, and when.

use crate::messages::why::audit_log as why;

/// Which cases somebody may see and delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    /// All.
    All,
    /// Those that they saved themselves.
    Own,
}

/// Who does or sees something, and when: what the audit log holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// The account's name; in brackets a way of access without account.
    pub name: String,
    /// The account's id.
    pub account: Option<i64>,
    /// Which cases they may see.
    pub sees: Sees,
    /// When, RFC 3339 in UTC.
    pub at: String,
}

impl By {
    /// Somebody at this computer, where no account exists.
    pub fn this_computer(at: String) -> Self {
        Self { name: why::THIS_COMPUTER.into(), account: None, sees: Sees::All, at }
    }

    /// A command of the program.
    pub fn command_line(at: String) -> Self {
        Self { name: why::COMMAND_LINE.into(), account: None, sees: Sees::All, at }
    }

    /// Somebody who is not logged in.
    pub fn nobody(at: String) -> Self {
        Self { name: why::NOBODY.into(), account: None, sees: Sees::Own, at }
    }

    /// The owner of the only cases that they may see; `None` if all. An account without id owns nothing.
    pub(super) fn only_of(&self) -> Option<i64> {
        match self.sees {
            Sees::All => None,
            Sees::Own => Some(self.account.unwrap_or(0)),
        }
    }

    #[cfg(test)]
    pub(super) fn test() -> Self {
        Self::this_computer("2026-01-31T09:30:00Z".into())
    }
}
