//! Erasing a patient.

use super::audit_log::{Anchor, Event};
use super::cases::ranges;
use super::sql::values;
use super::{By, Error, Store};
use crate::fingerprint::Sha256;

/// What the audit log calls it.
pub(super) const ERASED: &str = "patient.erased";

impl Store {
    /// Deletes every case of a patient, and records it without naming the patient. Returns how many cases they
    /// were, and the entry. Afterwards nothing of them is left in the file.
    ///
    /// # Errors
    /// Fails if the database fails, and then deletes nothing.
    pub fn erase_patient(&self, by: &By, patient: Sha256) -> Result<(u64, Anchor), Error> {
        let patient = self.columns()?.key(&patient.to_string())?;
        let (count, anchor) = self.anchored(by, |sql| {
            let deleted = sql.rows("DELETE FROM cases WHERE patient = ?1 RETURNING id", values![patient])?;
            let numbers: Vec<i64> = deleted.iter().map(|row| row.get("id")).collect::<Result<_, _>>()?;
            let count = numbers.len() as u64;
            Ok((count, (count > 0).then(|| Event::new(ERASED, ranges(numbers)))))
        })?;
        // Also if there was none: an earlier attempt may have failed here.
        self.forget_log()?;
        Ok((count, anchor))
    }
}
