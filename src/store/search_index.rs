//! What a search needs of all cases, in memory only: in the file, sealed texts cannot be searched.

use super::case_set::CaseSet;
use super::columns::Index;
use super::search::Search;
use super::vocabulary::Vocabulary;
use crate::fingerprint::Sha256;
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// Minimum length of a word that is searched in fingerprints too.
const FINGERPRINT_PART: usize = 8;

/// The index. Cases are added in the order of their numbers; the place of one in that order stands for it in all sets.
#[derive(Debug, Default)]
pub(super) struct SearchIndex {
    /// Numbers of the cases, ascending.
    ids: Vec<i64>,
    /// Those that were not deleted.
    kept: CaseSet,
    /// Those that each account saved.
    owners: HashMap<i64, CaseSet>,
    images: Vec<Option<Sha256>>,
    patients: Vec<Option<Sha256>>,
    words: Vocabulary,
    /// The audit log's entry up to which deletions are left out; `None` at first.
    pub logged: Option<i64>,
}

impl SearchIndex {
    /// The number of the last case; smaller than all numbers if there is none.
    pub fn last(&self) -> i64 {
        self.ids.last().copied().unwrap_or(i64::MIN)
    }

    /// Adds a case with a number above all others. `texts`: `None` if it is damaged.
    pub fn add(&mut self, id: i64, owner: Option<i64>, texts: Option<&Index>) {
        let place = self.ids.len();
        // More cases than that fit no file.
        let Ok(case) = u32::try_from(place) else { return };
        self.ids.push(id);
        self.kept.insert(place);
        if let Some(owner) = owner {
            self.owners.entry(owner).or_default().insert(place);
        }
        self.images.push(texts.and_then(|one| one.image.parse().ok()));
        self.patients.push(texts.and_then(|one| one.patient.as_ref()?.parse().ok()));
        if let Some(texts) = texts {
            self.words.add(case, &texts.words);
        }
    }

    /// Leaves deleted cases out.
    pub fn remove(&mut self, run: &RangeInclusive<i64>) {
        let from = self.ids.partition_point(|id| id < run.start());
        let to = self.ids.partition_point(|id| id <= run.end());
        (from..to).for_each(|place| self.kept.remove(place));
    }

    /// The numbers of the newest cases that a search finds, at most `limit`, only those below `before` if given; and how many it
    /// finds in all. `owner`: of the only cases that may be found.
    pub fn find(
        &self,
        search: &Search,
        owner: Option<i64>,
        (limit, before): (usize, Option<i64>),
    ) -> (Vec<i64>, u64) {
        let found = self.matching(search, owner);
        let end = before.map_or(self.ids.len(), |before| self.ids.partition_point(|id| *id < before));
        let ids = found.descending(end).filter_map(|place| self.ids.get(place).copied()).take(limit);
        (ids.collect(), found.len() as u64)
    }

    fn matching(&self, search: &Search, owner: Option<i64>) -> CaseSet {
        let mut found = self.kept.clone();
        if let Some(owner) = owner {
            found.intersect(self.owners.get(&owner).unwrap_or(&CaseSet::default()));
        }
        for (wanted, all) in [(search.patient, &self.patients), (search.image, &self.images)] {
            if let Some(wanted) = wanted {
                found.intersect(&those(all, |one| *one == wanted));
            }
        }
        for word in search.text.to_lowercase().split_whitespace() {
            if found.len() > 0 {
                found.intersect(&self.with(word));
            }
        }
        found
    }

    /// The cases in whose text or fingerprints a word occurs.
    fn with(&self, word: &str) -> CaseSet {
        let mut found = self.words.with(word, self.ids.len());
        if word.chars().count() >= FINGERPRINT_PART {
            for all in [&self.images, &self.patients] {
                found.unite(&those(all, |one| one.begins_with(word)));
            }
        }
        found
    }
}

/// The cases whose fingerprint a condition holds for.
fn those(all: &[Option<Sha256>], holds: impl Fn(&Sha256) -> bool) -> CaseSet {
    (0..).zip(all).filter(|(_, one)| one.as_ref().is_some_and(&holds)).map(|(place, _)| place).collect()
}
