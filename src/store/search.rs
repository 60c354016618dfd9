//! Searching cases.

use super::search_index::SearchIndex;
use super::{By, Error, Store};
use crate::fingerprint::Sha256;
use crate::protocol::companion::{CaseList, DamagedCase};
use rusqlite::{OptionalExtension, params};
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
        self.place.holds()?;
        let limit = limit as usize;
        loop {
            // One more than requested, to find out whether older ones exist.
            let (mut ids, total) = self.index()?.find(search, by.only_of(), (limit + 1, before));
            let has_more = ids.len() > limit;
            ids.truncate(limit);
            let next = if has_more { ids.last().copied() } else { None };
            // One may have been deleted meanwhile.
            if let Some((cases, damaged)) = self.read(&ids)? {
                return Ok(CaseList { cases, damaged, total, next });
            }
        }
    }

    /// The cases with these numbers, and those that cannot be read. `None` if one does not exist; it is then left out of the index.
    fn read(&self, ids: &[i64]) -> Result<Option<Found>, Error> {
        let (columns, reader) = (self.columns()?, self.reader());
        let mut query = reader.prepare_cached("SELECT id, saved_at, kept FROM cases WHERE id = ?1")?;
        let (mut cases, mut damaged) = (Vec::new(), Vec::new());
        for id in ids {
            match query.query_row([id], |row| Ok(columns.case(row))).optional()? {
                Some(Ok(case)) => cases.push(case),
                Some(Err(error)) => damaged.push(DamagedCase { id: *id, what: what(error) }),
                None => {
                    self.forget(&[*id]);
                    return Ok(None);
                }
            }
        }
        Ok(Some((cases, damaged)))
    }

    /// The index of all cases that are in the history now. The first call reads them all, the next ones only those that are new:
    /// numbers are given in the order in which cases are saved, and a saved case never changes.
    fn index(&self) -> Result<MutexGuard<'_, SearchIndex>, Error> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        while self.read_next(&mut index)? == BATCH {}
        let mut deleted = self.deleted.lock().unwrap_or_else(PoisonError::into_inner);
        deleted.drain(..).for_each(|id| index.remove(id));
        drop(deleted);
        Ok(index)
    }

    /// Reads the next cases into the index and returns how many they were.
    fn read_next(&self, index: &mut SearchIndex) -> Result<usize, Error> {
        let (columns, reader) = (self.columns()?, self.reader());
        let mut query = reader.prepare_cached(
            "SELECT id, owner, image_sha256, patient, words FROM cases WHERE id > ?1 ORDER BY id LIMIT ?2",
        )?;
        let mut rows = query.query(params![index.last(), BATCH as i64])?;
        let mut number = 0;
        while let Some(row) = rows.next()? {
            // One that cannot be opened holds no text. It is reported where cases are listed.
            index.add(row.get("id")?, row.get("owner")?, columns.index(row).ok().as_ref());
            number += 1;
        }
        Ok(number)
    }

    /// Leaves deleted cases out of the next searches.
    pub(super) fn forget(&self, ids: &[i64]) {
        self.deleted.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
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
