//! Follow-ups of cases.

use super::audit_log::Event;
use super::cases::ranges;
use super::{By, Error, Store};
use crate::case::{FollowUp, Status};
use crate::protocol::companion::CaseFollowUp;
use rusqlite::{Row, params};

impl Store {
    /// Sets the follow-up of a case, or takes it away. Returns whether there is a case with this number that `by` may see.
    ///
    /// # Errors
    /// Fails if the database fails.
    pub fn set_follow_up(&self, by: &By, id: i64, follow_up: Option<&FollowUp>) -> Result<bool, Error> {
        self.transaction(by, |transaction| {
            let query = "SELECT EXISTS (SELECT 1 FROM cases WHERE id = ?1 AND (?2 IS NULL OR owner = ?2))";
            let is_there: bool =
                transaction.prepare_cached(query)?.query_row(params![id, by.only_of()], |row| row.get(0))?;
            if !is_there {
                return Ok((false, None));
            }
            transaction.execute("DELETE FROM follow_ups WHERE case_id = ?1", [id])?;
            if let Some(FollowUp { status, due }) = follow_up {
                let insert = "INSERT INTO follow_ups (case_id, status, due) VALUES (?1, ?2, ?3)";
                transaction.execute(insert, params![id, status.name(), due])?;
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
        self.transaction(by, |transaction| {
            let mut query = transaction.prepare_cached(
                "SELECT case_id, status, due FROM follow_ups JOIN cases ON cases.id = case_id
                 WHERE ?1 IS NULL OR owner = ?1
                 ORDER BY CASE WHEN status = ?2 THEN 0 ELSE 1 END, coalesce(due, '9999'), case_id DESC LIMIT ?3",
            )?;
            let one = |row: &Row| -> rusqlite::Result<Option<CaseFollowUp>> {
                let (id, status, due): (i64, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let follow_up = Status::named(&status).map(|status| FollowUp { status, due });
                Ok(follow_up.map(|follow_up| CaseFollowUp { id, follow_up }))
            };
            let which = params![by.only_of(), Status::ToFollowUp.name(), limit];
            let found = query.query_map(which, one)?.filter_map(Result::transpose);
            let found: Vec<CaseFollowUp> = found.collect::<rusqlite::Result<_>>()?;
            let seen = ranges(found.iter().map(|one| one.id).collect());
            Ok((found, Some(Event::new("follow-ups.listed", seen))))
        })
    }
}
