//! Searching cases.

use super::audit_log;
use super::cases::{DELETED, runs};
use super::patient::ERASED;
use super::search_index::SearchIndex;
use super::sql::values;
use super::{By, Error, Store};
use crate::fingerprint::Sha256;
use crate::protocol::companion::{CaseList, DamagedCase};
use std::sync::{MutexGuard, PoisonError};

/// A filter for cases. The default matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words that must all occur in a case, also inside other words. Words of eight or more characters also
    /// match the beginning of a fingerprint.
    pub text: String,
    /// The patient's fingerprint.
    pub patient: Option<Sha256>,
    /// The fingerprint of the image file.
    pub image: Option<Sha256>,
}

/// Cases that are read into the index at once. In between, deleted text can be overwritten, for which nobody may read.
const BATCH: usize = 5000;

impl Store {
    /// Reads what a search needs of all cases, so that the first search has not to wait for it.
    ///
    /// # Errors
    /// Fails if the database fails, or if the history is encrypted and was not opened.
    pub fn prepare_search(&self) -> Result<(), Error> {
        self.index().map(drop)
    }

    /// The newest matching cases that `by` may see, at most `limit`; only those older than case `before` if given.
    pub(super) fn matching(
        &self,
        by: &By,
        (limit, before): (u32, Option<i64>),
        search: &Search,
    ) -> Result<CaseList, Error> {
        let limit = limit as usize;
        loop {
            // One more than requested, to find out whether older ones exist.
            let (mut ids, total) = self.index()?.find(search, by.only_of(), (limit + 1, before));
            let has_more = ids.len() > limit;
            ids.truncate(limit);
            let next = if has_more { ids.last().copied() } else { None };
            // One may have been deleted meanwhile.
            if let Some((cases, damaged)) = self.read_cases(&ids)? {
                return Ok(CaseList { cases, damaged, total, next });
            }
        }
    }

    /// The cases with these numbers, and those that cannot be read. `None` if one does not exist; it is then left out of the index.
    fn read_cases(&self, ids: &[i64]) -> Result<Option<Found>, Error> {
        let columns = self.columns()?;
        let (mut cases, mut damaged) = (Vec::new(), Vec::new());
        let missing = self.read(|sql| {
            for id in ids {
                let question = "SELECT id, saved_at, kept FROM cases WHERE id = ?1";
                match sql.first(question, values![*id])?.map(|row| columns.case(&row)) {
                    Some(Ok(case)) => cases.push(case),
                    Some(Err(error)) => damaged.push(DamagedCase { id: *id, what: what(error) }),
                    None => return Ok(Some(*id)),
                }
            }
            Ok(None)
        })?;
        match missing {
            None => Ok(Some((cases, damaged))),
            Some(id) => {
                self.index.lock().unwrap_or_else(PoisonError::into_inner).remove(&(id..=id));
                Ok(None)
            }
        }
    }

    /// The index of all cases that are in the history now. The first call reads them all, the next ones only those that are new:
    /// numbers are given in the order in which cases are saved, and a saved case never changes. Which were deleted, by this program or another,
    /// stands in the audit log.
    fn index(&self) -> Result<MutexGuard<'_, SearchIndex>, Error> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        // First: what is deleted from here on is left out the next time.
        let now = self.read(audit_log::last)?.number;
        while self.read_next(&mut index)? == BATCH {}
        let before = index.logged.replace(now).unwrap_or(now);
        if before < now {
            let question =
                "SELECT target FROM audit_log WHERE number > ?1 AND number <= ?2 AND action IN (?3, ?4)";
            for row in self.read(|sql| sql.rows(question, values![before, now, DELETED, ERASED]))? {
                runs(&row.get::<String>("target")?).for_each(|run| index.remove(&run));
            }
        }
        Ok(index)
    }

    /// Reads the next cases into the index and returns how many they were.
    fn read_next(&self, index: &mut SearchIndex) -> Result<usize, Error> {
        let columns = self.columns()?;
        let question =
            "SELECT id, owner, image_sha256, patient, words FROM cases WHERE id > ?1 ORDER BY id LIMIT ?2";
        let rows = self.read(|sql| sql.rows(question, values![index.last(), BATCH as i64]))?;
        for row in &rows {
            // One that cannot be opened holds no text. It is reported where cases are listed.
            index.add(row.get("id")?, row.get("owner")?, columns.index(row).ok().as_ref());
        }
        Ok(rows.len())
    }
}

/// Cases that were found, and those of them that cannot be read.
type Found = (Vec<crate::protocol::companion::SavedCase>, Vec<DamagedCase>);

/// What is wrong with a damaged case, without its id.
fn what(error: Error) -> String {
    match error {
        Error::Damaged { what, .. } => what,
        other => other.to_string(),
    }
}
