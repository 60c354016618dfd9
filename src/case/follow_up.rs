//! What became of a case since it was saved.

use super::is_date;
use crate::messages::fault::case as fault;
use serde::{Deserialize, Serialize};

/// Whether a case is looked after, or what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Somebody is to look again.
    ToFollowUp,
    /// Later evidence agreed with the answer.
    Confirmed,
    /// Later evidence spoke against the answer.
    NotConfirmed,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ToFollowUp, Self::Confirmed, Self::NotConfirmed];

    /// The name that is stored and sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::ToFollowUp => "to-follow-up",
            Self::Confirmed => "confirmed",
            Self::NotConfirmed => "not-confirmed",
        }
    }

    /// The status with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// The follow-up of a case. Unlike the case itself it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    /// How it stands.
    pub status: Status,
    /// The day by which somebody is to look again, `YYYY-MM-DD`; only of what is to be followed up.
    pub due: Option<String>,
}

impl FollowUp {
    /// Checks the day.
    ///
    /// # Errors
    /// Returns what is wrong and what to do about it, as a sentence for the user.
    pub fn check(&self) -> Result<(), String> {
        match &self.due {
            None => Ok(()),
            Some(day) if self.status == Status::ToFollowUp && is_date(day) => Ok(()),
            Some(_) => Err(fault::DUE.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_belongs_to_what_is_to_be_followed_up() {
        let of = |status, due: &str| FollowUp { status, due: Some(due.into()) }.check();
        assert_eq!(of(Status::ToFollowUp, "2028-02-29"), Ok(()));
        assert!(
            of(Status::ToFollowUp, "2027-02-29").is_err() && of(Status::Confirmed, "2027-02-28").is_err()
        );
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
            assert_eq!(Status::named(status.name()), Some(status));
        }
    }
}
