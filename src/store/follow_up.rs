//! Follow-ups of cases.

use super::audit_log::Event;
use super::cases::{owned_by, ranges};
use super::sql::{Row, values};
use super::{By, Error, Store};
use crate::case::{FollowUp, Status};
use crate::protocol::companion::CaseFollowUp;

impl Store {
    /// Sets the follow-up of a case, or takes it away. Returns whether there is a case with this number that `by` may see.
    ///
    /// # Errors
    /// Fails if the database fails.
    pub fn set_follow_up(&self, by: &By, id: i64, follow_up: Option<&FollowUp>) -> Result<bool, Error> {
        self.transaction(by, |sql| {
            let question = format!("SELECT EXISTS (SELECT 1 FROM cases WHERE id = ?1 AND {})", owned_by(2));
            if !sql.one::<bool>(&question, values![id, by.only_of()])? {
                return Ok((false, None));
            }
            sql.execute("DELETE FROM follow_ups WHERE case_id = ?1", values![id])?;
            if let Some(FollowUp { status, due }) = follow_up {
                let insert = "INSERT INTO follow_ups (case_id, status, due) VALUES (?1, ?2, ?3)";
                sql.execute(insert, values![id, status.name(), due.as_deref()])?;
            }
            Ok((true, Some(Event::new("case.followed-up", id.to_string()))))
        })
    }

    /// The follow-ups that `by` may see: first those that are to be followed up, by their day, and at most `limit`. One that a later version wrote
    /// is left out.
    ///
    /// # Errors
    /// Fails if the database fails.
    pub fn follow_ups(&self, by: &By, limit: u32) -> Result<Vec<CaseFollowUp>, Error> {
        self.transaction(by, |sql| {
            let question = format!(
                "SELECT case_id, status, due FROM follow_ups JOIN cases ON cases.id = case_id WHERE {}
                 ORDER BY CASE WHEN status = ?2 THEN 0 ELSE 1 END, coalesce(due, '9999'), case_id DESC LIMIT ?3",
                owned_by(1)
            );
            let one = |row: &Row| -> Result<Option<CaseFollowUp>, Error> {
                let (id, status, due): (i64, String, _) =
                    (row.get("case_id")?, row.get("status")?, row.get("due")?);
                let follow_up = Status::named(&status).map(|status| FollowUp { status, due });
                Ok(follow_up.map(|follow_up| CaseFollowUp { id, follow_up }))
            };
            let found = sql.rows(&question, values![by.only_of(), Status::ToFollowUp.name(), limit])?;
            let found = found.iter().map(one).filter_map(Result::transpose);
            let found: Vec<CaseFollowUp> = found.collect::<Result<_, _>>()?;
            let seen = ranges(found.iter().map(|one| one.id).collect());
            Ok((found, Some(Event::new("follow-ups.listed", seen))))
        })
    }
}
