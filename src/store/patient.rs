//! Erasing a patient.

use super::audit_log::{Anchor, Event};
use super::cases::{forget_log, ranges};
use super::{By, Error, Store};
use crate::fingerprint::Sha256;

impl Store {
    /// Deletes every case of a patient, and records it without naming the patient. Returns how many cases they
    /// were, and the entry. Afterwards nothing of them is left in the file.
    ///
    /// # Errors
    /// Fails if the database fails, and then deletes nothing.
    pub fn erase_patient(&self, by: &By, patient: Sha256) -> Result<(u64, Anchor), Error> {
        let patient = self.columns()?.key(&patient.to_string())?;
        let (numbers, anchor) = self.anchored(by, |transaction| {
            let mut delete = transaction.prepare("DELETE FROM cases WHERE patient = ?1 RETURNING id")?;
            let numbers = delete.query_map([&patient], |row| row.get(0))?;
            let numbers: Vec<i64> = numbers.collect::<rusqlite::Result<_>>()?;
            let event = Event::new("patient.erased", ranges(numbers.clone()));
            let event = (!numbers.is_empty()).then_some(event);
            Ok((numbers, event))
        })?;
        self.forget(&numbers);
        // Also if there was none: an earlier attempt may have failed here.
        forget_log(&self.connection())?;
        Ok((numbers.len() as u64, anchor))
    }
}
