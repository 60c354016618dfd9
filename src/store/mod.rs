//! What the companion keeps: an SQLite file, its SQL in plain sight.

mod cases;

pub use cases::Search;
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Why something could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is newer than the program.
    #[error("{path} was written by a newer Lantern; use that version, or another file with --history")]
    Newer {
        /// The file.
        path: String,
    },
    /// The file is something else.
    #[error("{path} is not a case history: {source}. Choose another file with --history")]
    NotAStore {
        /// The file.
        path: String,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A question or a change failed.
    #[error("the case history could not be used: {0}")]
    Sql(#[from] rusqlite::Error),
    /// A row cannot be what the program wrote.
    #[error("case {id} in the history is damaged: {what}")]
    Damaged {
        /// The case.
        id: i64,
        /// Which value.
        what: String,
    },
    /// A case has no text.
    #[error("the case could not be written: {0}")]
    Unwritten(#[from] serde_json::Error),
}

/// Append-only: a step that was released is never changed.
const MIGRATIONS: [M; 4] = [
    M::up(include_str!("migrations/0001-cases.sql")),
    M::up(include_str!("migrations/0002-overruled.sql")),
    M::up(include_str!("migrations/0003-patient.sql")),
    M::up(include_str!("migrations/0004-whole-cases.sql")),
];

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// The open history. One connection: SQLite has one writer anyway, and a query takes well under a millisecond.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens or creates the file and brings it up to date.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = || path.display().to_string();
        let mut connection =
            Connection::open(path).map_err(|source| Error::NotAStore { path: name(), source })?;
        let prepare = |connection: &Connection| {
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // FULL: what was acknowledged survives a power cut. Writes are rare and small, so it costs nothing felt.
            connection.pragma_update(None, "synchronous", "FULL")?;
            // What is deleted is overwritten.
            connection.pragma_update(None, "secure_delete", "ON")?;
            connection.pragma_update(None, "foreign_keys", "ON")
        };
        prepare(&connection).map_err(|source| Error::NotAStore { path: name(), source })?;
        Migrations::from_slice(&MIGRATIONS).to_latest(&mut connection).map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => {
                Error::NotAStore { path: name(), source: err }
            }
            _ => Error::Newer { path: name() },
        })?;
        cases::index_words(&mut connection)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic in another thread leaves at most a transaction behind, which SQLite has rolled back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Kept;
    use crate::examination::Verdict;
    use rusqlite::params;

    /// What each released schema could hold: its step, and two cases as that version wrote them.
    const SCHEMAS: [(&str, &str); 3] = [
        (
            include_str!("migrations/0001-cases.sql"),
            "INSERT INTO cases (saved_at, finding, probability, verdict, threshold, model, model_sha256, image_sha256, note)
             VALUES ('2026-01-01T00:00:00Z', 'pneumonia', 0.9300000071525574, 'suspected', 0.5, 'chest', ?1, ?2, 'Über schema 1\n\"quoted\"'),
                    ('2026-01-02T00:00:00Z', 'pneumonia', 0, 'not-suspected', 1, 'chest', ?1, ?2, '')",
        ),
        (
            include_str!("migrations/0002-overruled.sql"),
            "INSERT INTO cases (saved_at, finding, probability, verdict, threshold, model, model_sha256, image_sha256, note, overruled)
             VALUES ('2026-02-01T00:00:00Z', 'a tumour', 0.25, 'unsure', 0.5, 'brain', ?1, ?2, 'schema 2', 1),
                    ('2026-02-02T00:00:00Z', 'a tumour', 0.25, 'unsure', 0.5, 'brain', ?1, ?2, 'schema 2', 0)",
        ),
        (
            include_str!("migrations/0003-patient.sql"),
            "INSERT INTO cases (saved_at, finding, probability, verdict, threshold, model, model_sha256, image_sha256, note, overruled,
                                patient, study_date, annotations)
             VALUES ('2026-03-01T00:00:00Z', 'melanoma', 0.5, 'unsure', 0.5, 'skin', ?1, ?2, 'schema 3', 0, ?2, '2025-12-24',
                     '[{\"id\":1,\"frame\":0,\"shape\":{\"kind\":\"distance\",\"from\":{\"x\":1.5,\"y\":2},\"to\":{\"x\":4,\"y\":6}},\"label\":\"nodule\"}]'),
                    ('2026-03-02T00:00:00Z', 'melanoma', 0.5, 'unsure', 0.5, 'skin', ?1, ?2, 'schema 3', 1, NULL, NULL, '[]')",
        ),
    ];

    /// A history as the version with this many steps left it: two cases of each schema so far.
    fn history(path: &Path, version: usize) {
        let old = Connection::open(path).unwrap();
        for (at, (step, cases)) in SCHEMAS.iter().take(version).enumerate() {
            old.execute_batch(step).unwrap();
            old.execute(cases, params!["c".repeat(64), "d".repeat(64)]).unwrap();
            old.pragma_update(None, "user_version", at as i64 + 1).unwrap();
        }
    }

    #[test]
    fn every_older_history_opens_with_all_that_it_kept() {
        for version in 1..=3 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("history.db");
            history(&path, version);
            let store = Store::open(&path).unwrap();
            let list = store.list_cases(50, None, &Search::default()).unwrap();
            assert_eq!(
                (list.total, list.cases.len(), list.damaged.len()),
                (2 * version as u64, 2 * version, 0)
            );
            let case = |id: i64| match store.case(id).unwrap().unwrap() {
                saved if saved.id == id => match saved.case {
                    Kept::Earlier(case) => (saved.saved_at, *case),
                    Kept::Whole(case) => panic!("an old case became whole: {case:?}"),
                },
                saved => panic!("asked for {id}: {saved:?}"),
            };
            let (saved_at, first) = case(1);
            assert_eq!((saved_at.as_str(), first.finding.as_str()), ("2026-01-01T00:00:00Z", "pneumonia"));
            assert_eq!((first.probability.get(), first.verdict), (0.93, Verdict::Suspected));
            assert_eq!((first.note.as_str(), first.overruled), ("Über schema 1\n\"quoted\"", false));
            assert_eq!(first.model_sha256.to_string(), "c".repeat(64));
            assert_eq!((first.patient, first.annotations.len()), (None, 0));
            if version >= 2 {
                assert_eq!([case(3).1.overruled, case(4).1.overruled], [true, false]);
            }
            if version >= 3 {
                let whole = case(5).1;
                assert_eq!(
                    (whole.patient, whole.study_date.as_deref()),
                    (Some(whole.image_sha256), Some("2025-12-24"))
                );
                assert_eq!(whole.annotations[0].label, "nodule");
            }
            // A text search finds them too, with letters that SQLite alone would not fold.
            let search = Search { text: "über".into(), ..Search::default() };
            assert_eq!(store.list_cases(50, None, &search).unwrap().total, 1);
            // Numbers go on, and opening again changes nothing.
            drop(store);
            let again = Store::open(&path).unwrap().list_cases(50, None, &Search::default()).unwrap();
            assert_eq!(again, list);
        }
    }

    #[test]
    fn a_damaged_case_of_an_older_history_stops_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        history(&path, 3);
        let old = Connection::open(&path).unwrap();
        old.pragma_update(None, "ignore_check_constraints", "ON").unwrap();
        old.execute_batch(
            "UPDATE cases SET annotations = 'no JSON' WHERE id = 1; UPDATE cases SET probability = 7 WHERE id = 2;
             UPDATE cases SET image_sha256 = 'short' WHERE id = 3",
        )
        .unwrap();
        drop(old);
        let list = Store::open(&path).unwrap().list_cases(50, None, &Search::default()).unwrap();
        let ids: Vec<_> = list.damaged.iter().map(|case| case.id).collect();
        assert_eq!((ids, list.cases.len()), (vec![3, 2, 1], 3));
        assert!(list.damaged[1].what.contains('7'), "{:?}", list.damaged);
    }
}
