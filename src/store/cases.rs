//! Queries to save, find and delete cases.

use super::audit_log::Event;
use super::columns::{Columns, Index, Values};
use super::search::Search;
use super::sql::{Row, Sql, values};
use super::{By, Error, Store};
use crate::case::{Case, VersionedCase};
use crate::protocol::companion::{CaseList, KeptImage, KeptImages, SavedCase};
use std::ops::RangeInclusive;

/// What the audit log calls a deletion.
pub(super) const DELETED: &str = "case.deleted";

impl Store {
    /// Saves a case durably, at the time of `by`.
    ///
    /// # Errors
    /// Fails if the case cannot be serialised or the database fails.
    pub fn save_case(&self, by: &By, case: Case) -> Result<SavedCase, Error> {
        let (columns, kept) = (self.columns()?, VersionedCase::Whole(Box::new(case)));
        let id = self.transaction(by, |sql| {
            let id = insert(sql, (by, columns), &by.at, &kept)?;
            Ok((id, Some(Event::new("case.saved", id.to_string()))))
        })?;
        Ok(SavedCase { id, saved_at: by.at.clone(), case: kept })
    }

    /// Takes in a case that was saved elsewhere at `saved_at` (RFC 3339, UTC), unless the same one is here already. Returns its number here, and
    /// whether it is new.
    ///
    /// # Errors
    /// Fails as [`Store::save_case`].
    pub fn import_case(&self, by: &By, saved_at: &str, case: Case) -> Result<(i64, bool), Error> {
        let (columns, kept) = (self.columns()?, VersionedCase::Whole(Box::new(case)));
        self.transaction(by, |sql| {
            if let Some(id) = same(sql, (by, columns), saved_at, &kept)? {
                return Ok(((id, false), None));
            }
            let id = insert(sql, (by, columns), saved_at, &kept)?;
            Ok(((id, true), Some(Event::new("case.imported", id.to_string()))))
        })
    }

    /// The newest matching cases that `by` may see, at most `limit`; only those older than case `before` if
    /// given.
    pub fn list_cases(
        &self,
        by: &By,
        limit: u32,
        before: Option<i64>,
        search: &Search,
    ) -> Result<CaseList, Error> {
        let list = self.matching(by, (limit, before), search)?;
        let whole = list.cases.iter().map(|case| case.id);
        let seen = ranges(whole.chain(list.damaged.iter().map(|case| case.id)).collect());
        self.record(by, "cases.listed", &seen)?;
        Ok(list)
    }

    /// The case with this id, or `None` if there is none that `by` may see.
    pub fn case(&self, by: &By, id: i64) -> Result<Option<SavedCase>, Error> {
        let columns = self.columns()?;
        self.transaction(by, |sql| {
            let question = format!("SELECT id, saved_at, kept FROM cases WHERE id = ?1 AND {}", owned_by(2));
            let found = sql.first(&question, values![id, by.only_of()])?;
            let event = found.is_some().then(|| Event::new("case.read", id.to_string()));
            // A damaged case was not seen, and its error leaves no entry.
            Ok((found.map(|row| columns.case(&row)).transpose()?, event))
        })
    }

    /// Deletes a case and returns whether there was one that `by` may see. Afterwards nothing of it is left in
    /// the file.
    pub fn delete_case(&self, by: &By, id: i64) -> Result<bool, Error> {
        let is_deleted = self.transaction(by, |sql| {
            let delete = format!("DELETE FROM cases WHERE id = ?1 AND {}", owned_by(2));
            let is_deleted = sql.execute(&delete, values![id, by.only_of()])? > 0;
            Ok((is_deleted, is_deleted.then(|| Event::new(DELETED, id.to_string()))))
        })?;
        // Also if there was none: an earlier attempt may have failed here.
        self.forget_log()?;
        Ok(is_deleted)
    }

    /// The images of the last saved cases that `by` may see.
    pub fn kept_images(&self, by: &By, limit: u32) -> Result<KeptImages, Error> {
        let images = self.newest_images(by, limit)?;
        let seen = ranges(images.iter().map(|image| image.id).collect());
        self.record(by, "images.listed", &seen)?;
        Ok(KeptImages { images })
    }

    fn newest_images(&self, by: &By, limit: u32) -> Result<Vec<KeptImage>, Error> {
        let columns = self.columns()?;
        let question = format!(
            "SELECT id, saved_at, image_sha256, patient, words FROM cases WHERE {} ORDER BY id DESC LIMIT ?1",
            owned_by(2)
        );
        let rows = self.read(|sql| sql.rows(&question, values![limit, by.only_of()]))?;
        let image = |row: &Row| -> Result<Option<KeptImage>, Error> {
            // A damaged hash is skipped here; it is reported where cases are listed.
            let sha256 = columns.index(row).ok().and_then(|index| index.image.parse().ok());
            let (id, saved_at) = (row.get("id")?, row.get("saved_at")?);
            Ok(sha256.map(|sha256| KeptImage { id, saved_at, sha256 }))
        };
        rows.iter().map(image).filter_map(Result::transpose).collect()
    }
}

/// The condition that a case may be seen by the owner in place `place` of the values, who may see all if it is NULL.
pub(super) fn owned_by(place: usize) -> String {
    // PostgreSQL takes the value's type from the cast.
    format!("(CAST(?{place} AS BIGINT) IS NULL OR owner = ?{place})")
}

/// Inserts a case; its number.
fn insert(
    sql: &Sql,
    (by, columns): (&By, Columns),
    saved_at: &str,
    case: &VersionedCase,
) -> Result<i64, Error> {
    let image = case.image().map(String::from).unwrap_or_default();
    let index = Index { words: case.words(), image, patient: case.patient().map(String::from) };
    // A sealed text holds its number, which therefore is given before.
    let id = sql.next_number("cases")?;
    let Values { image_sha256, patient, words, kept } =
        columns.values(id, &index, serde_json::to_string(case)?)?;
    sql.execute(
        "INSERT INTO cases (id, saved_at, image_sha256, patient, words, kept, owner) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        values![id, saved_at, image_sha256, patient, words, kept, by.account],
    )?;
    Ok(id)
}

/// The number of the same case, saved at the same time, that `by` may see.
fn same(
    sql: &Sql,
    (by, columns): (&By, Columns),
    saved_at: &str,
    case: &VersionedCase,
) -> Result<Option<i64>, Error> {
    let image = columns.key(&case.image().map(String::from).unwrap_or_default())?;
    let question = format!(
        "SELECT id, saved_at, kept FROM cases WHERE image_sha256 = ?1 AND saved_at = ?2 AND {}",
        owned_by(3)
    );
    let rows = sql.rows(&question, values![image, saved_at, by.only_of()])?;
    // One that is damaged is the same as none.
    let is_same = |row: &&Row| columns.case(row).is_ok_and(|saved| saved.case == *case);
    rows.iter().find(is_same).map(|row| row.get("id")).transpose()
}

/// Numbers as the audit log holds them: `1-4,7`.
pub(super) fn ranges(mut numbers: Vec<i64>) -> String {
    numbers.sort_unstable();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == number => *end = number,
            _ => runs.push((number, number)),
        }
    }
    let run = |(first, last): &(i64, i64)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(",")
}

/// The runs of numbers in what [`ranges`] wrote.
pub(super) fn runs(ranges: &str) -> impl Iterator<Item = RangeInclusive<i64>> {
    let run = |run: &str| {
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    ranges.split(',').filter_map(run)
}

/// Fills the search text of cases migrated from an earlier version.
pub(super) fn index_words(sql: &Sql) -> Result<(), Error> {
    loop {
        let rows = sql.rows("SELECT id, saved_at, kept FROM cases WHERE words IS NULL LIMIT 500", &[])?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let words = Columns(None).case(&row).map_or_else(|_| String::new(), |saved| saved.case.words());
            let id: i64 = row.get("id")?;
            sql.execute("UPDATE cases SET words = ?2 WHERE id = ?1", values![id, words])?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Sha256;
    use rusqlite::Connection;
    use std::path::Path;

    fn sample() -> Case {
        match serde_json::from_str(include_str!("../../tests/files/case.json")) {
            Ok(VersionedCase::Whole(case)) => *case,
            other => panic!("no whole case: {other:?}"),
        }
    }

    fn noted(note: &str) -> Case {
        Case { note: note.into(), ..sample() }
    }

    fn open(folder: &tempfile::TempDir) -> Store {
        Store::open(&folder.path().join("history.db")).unwrap()
    }

    fn ids(store: &Store, search: &Search) -> Vec<i64> {
        store.list_cases(&By::test(), 50, None, search).unwrap().cases.iter().map(|case| case.id).collect()
    }

    #[test]
    fn cases_are_found_by_words_fingerprints_and_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        let image = Sha256::of(b"another file");
        let mut other = noted("Öffnung am Rand");
        other.reading.examination.image_sha256 = image.to_string();
        other.patient = None;
        for case in [noted("left lower zone, dense"), other, noted("dense")] {
            store.save_case(&By::test(), case).unwrap();
        }
        let text = |text: &str| ids(&store, &Search { text: text.into(), ..Search::default() });
        assert_eq!(text("DENSE"), [3, 1]);
        assert_eq!(text(" dense  zone "), [1]);
        assert_eq!(text("öffnung"), [2]);
        assert_eq!(text("chest-pneumonia"), [3, 2, 1]);
        assert_eq!(text("50% _"), [0_i64; 0]);
        // Twelve digits, as in a report, match a hash; a few letters do not.
        assert_eq!(text("0123456789ab"), [3, 1]);
        assert_eq!(text(&image.brief()), [2]);
        assert_eq!(text("cdef"), [0_i64; 0]);
        assert_eq!(ids(&store, &Search { image: Some(image), ..Search::default() }), [2]);
        assert_eq!(
            ids(&store, &Search { patient: sample().patient, text: "zone".into(), ..Search::default() }),
            [1]
        );
        let images = store.kept_images(&By::test(), 2).unwrap().images;
        assert_eq!(images.iter().map(|image| image.id).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(images[1].sha256, image);
    }

    #[test]
    fn pages_lead_to_the_oldest_case() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        for number in 1..=7 {
            store.save_case(&By::test(), noted(&format!("number {number}"))).unwrap();
        }
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let list = store.list_cases(&By::test(), 3, before, &Search::default()).unwrap();
            assert_eq!(list.total, 7);
            seen.extend(list.cases.iter().map(|case| case.id));
            before = list.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_damaged_case_hides_no_other_and_can_be_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        for number in 1..=4 {
            store.save_case(&By::test(), noted(&format!("number {number}"))).unwrap();
        }
        let spoil =
            "UPDATE cases SET kept = '{\"whole\":{\"note\":7}}', image_sha256 = 'none' WHERE id IN (2, 3)";
        store.connection().execute(spoil, []).unwrap();
        let list = store.list_cases(&By::test(), 2, None, &Search::default()).unwrap();
        assert_eq!(list.cases.iter().map(|case| case.id).collect::<Vec<_>>(), [4]);
        assert_eq!((list.damaged[0].id, list.total, list.next), (3, 4, Some(3)));
        let list = store.list_cases(&By::test(), 2, list.next, &Search::default()).unwrap();
        assert_eq!((list.damaged[0].id, list.cases[0].id, list.next), (2, 1, None));
        assert!(
            store
                .case(&By::test(), 2)
                .unwrap_err()
                .to_string()
                .starts_with("case 2 in the history is damaged")
        );
        assert_eq!(store.case(&By::test(), 4).unwrap().unwrap().case.note(), "number 4");
        assert_eq!(store.kept_images(&By::test(), 10).unwrap().images.len(), 2);
        assert!(store.delete_case(&By::test(), 2).unwrap() && !store.delete_case(&By::test(), 2).unwrap());
        assert_eq!(store.list_cases(&By::test(), 9, None, &Search::default()).unwrap().total, 3);
    }

    #[test]
    fn a_history_that_was_deleted_or_replaced_is_told_before_anything_is_acknowledged() {
        for replaced in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("history.db");
            let store = Store::open(&path).unwrap();
            store.save_case(&By::test(), noted("kept")).unwrap();
            // Moved away and back is the same file.
            let elsewhere = folder.path().join("elsewhere.db");
            std::fs::rename(&path, &elsewhere).unwrap();
            assert!(matches!(store.delete_case(&By::test(), 1), Err(Error::Gone { .. })));
            std::fs::rename(&elsewhere, &path).unwrap();
            store.save_case(&By::test(), noted("kept too")).unwrap();
            std::fs::rename(&path, &elsewhere).unwrap();
            if replaced {
                std::fs::copy(&elsewhere, &path).unwrap();
            }
            let told = store.save_case(&By::test(), noted("lost")).unwrap_err();
            assert!(matches!(&told, Error::Gone { .. }), "{told}");
            assert!(told.to_string().contains("deleted or replaced"), "{told}");
        }
    }

    #[test]
    fn a_reader_that_keeps_a_deleted_case_in_the_log_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        store.save_case(&By::test(), noted("goes away")).unwrap();
        let other = Connection::open(folder.path().join("history.db")).unwrap();
        other.execute_batch("BEGIN; SELECT count(*) FROM cases").unwrap();
        store.connection().busy_timeout(std::time::Duration::ZERO).unwrap();
        let told = store.delete_case(&By::test(), 1).unwrap_err();
        assert!(matches!(told, Error::LogHeld), "{told}");
        assert_eq!(store.case(&By::test(), 1).unwrap(), None);
    }

    #[test]
    fn a_locked_a_full_and_a_read_only_history_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        let save = || store.save_case(&By::test(), noted(&"x".repeat(3000)));
        let set = |name: &str, value: i64| store.connection().pragma_update(None, name, value).unwrap();
        save().unwrap();
        set("max_page_count", 1);
        let full = (0..9).find_map(|_| save().err()).unwrap();
        assert!(matches!(full, Error::Full), "{full}");
        set("max_page_count", i64::from(u32::MAX) - 1);
        set("query_only", 1);
        let read_only = save().unwrap_err();
        assert!(matches!(read_only, Error::ReadOnly { .. }), "{read_only}");
        set("query_only", 0);
        let other = Connection::open(folder.path().join("history.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        store.connection().busy_timeout(std::time::Duration::ZERO).unwrap();
        let locked = save().unwrap_err();
        assert!(matches!(locked, Error::Locked), "{locked}");
        other.execute_batch("ROLLBACK").unwrap();
        save().unwrap();
    }

    #[test]
    fn nothing_of_a_deleted_case_stays_on_the_disk_and_its_number_is_not_given_again() {
        let folder = tempfile::tempdir().unwrap();
        let holds = |words: &str| {
            let has = |path: &Path| {
                let bytes = std::fs::read(path).unwrap();
                bytes.windows(words.len()).any(|window| window == words.as_bytes())
            };
            std::fs::read_dir(folder.path()).unwrap().any(|entry| has(&entry.unwrap().path()))
        };
        let store = open(&folder);
        for note in ["stays here", "goes away"] {
            store.save_case(&By::test(), noted(note)).unwrap();
        }
        assert!(holds("stays here") && holds("goes away"));
        store.delete_case(&By::test(), 2).unwrap();
        assert!(holds("stays here") && !holds("goes away"));
        assert_eq!(store.case(&By::test(), 2).unwrap(), None);
        assert_eq!(store.save_case(&By::test(), sample()).unwrap().id, 3);
    }
}
