//! Brings a history to the schema of this version.

use super::postgres::{BEGIN, Client};
use super::sql::{Sql, values};
use super::{Error, cases};
use crate::messages::why::store::THE_DATABASE;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Append-only: a released step is never changed. `user_version` counts those that were taken.
const STEPS: [&str; 7] = [
    include_str!("migrations/0001-cases.sql"),
    include_str!("migrations/0002-overruled.sql"),
    include_str!("migrations/0003-patient.sql"),
    include_str!("migrations/0004-whole-cases.sql"),
    include_str!("migrations/0005-accounts.sql"),
    include_str!("migrations/0006-vault.sql"),
    include_str!("migrations/0007-follow-ups.sql"),
];

/// Takes the missing steps, all or none of them, while no other program writes.
///
/// # Errors
/// Fails if a newer version has written the history, or if the database fails.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    if missing(connection, path)?.is_empty() {
        return Ok(());
    }
    let change = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    // Another program may have taken them while this one waited.
    for step in missing(&change, path)? {
        change.execute_batch(step)?;
    }
    cases::index_words(&Sql::Sqlite(&change))?;
    change.pragma_update(None, "user_version", STEPS.len() as i64)?;
    Ok(change.commit()?)
}

/// The steps of a history in PostgreSQL, append-only too. The first is what [`STEPS`] make.
const POSTGRES_STEPS: [&str; 1] = [include_str!("migrations/postgres-0001.sql")];

/// Makes the schema in PostgreSQL, or takes its missing steps, all or none of them, while no other program does.
///
/// # Errors
/// Fails if a newer version has written the history, if schemas may not be made, or if the database fails.
pub(super) fn postgres(client: &Client) -> Result<(), Error> {
    client.batch(BEGIN)?;
    let taken = take_steps(client);
    client.batch(if taken.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    taken
}

fn take_steps(client: &Client) -> Result<(), Error> {
    let sql = Sql::Postgres(*client);
    // Who may only use a schema that is there is not asked to make one.
    if !sql.one("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'lantern')", &[])? {
        client.batch("CREATE SCHEMA lantern")?;
    }
    client.batch("CREATE TABLE IF NOT EXISTS version (steps BIGINT NOT NULL)")?;
    let taken: i64 = sql.one("SELECT coalesce(max(steps), 0) FROM version", &[])?;
    let steps = usize::try_from(taken).ok().and_then(|taken| POSTGRES_STEPS.get(taken..));
    let Some(steps) = steps else { return Err(Error::Newer { path: THE_DATABASE.into() }) };
    for step in steps {
        client.batch(step)?;
    }
    if !steps.is_empty() {
        sql.execute("DELETE FROM version", &[])?;
        sql.execute("INSERT INTO version (steps) VALUES (?1)", values![POSTGRES_STEPS.len() as i64])?;
    }
    Ok(())
}

/// Fails if a newer version has written a history.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    missing(connection, path).map(|_| ())
}

/// The steps that a history lacks.
fn missing(connection: &Connection, path: &Path) -> Result<&'static [&'static str], Error> {
    let taken: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let steps = usize::try_from(taken).ok().and_then(|taken| STEPS.get(taken..));
    steps.ok_or_else(|| Error::Newer { path: path.display().to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::VersionedCase;
    use crate::examination::Verdict;
    use crate::store::{By, Search, Store};
    use rusqlite::params;

    /// What each released schema could hold: its step, and two cases as that version wrote them.
    const SCHEMAS: [(&str, &str); 5] = [
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
        (
            include_str!("migrations/0004-whole-cases.sql"),
            "INSERT INTO cases (saved_at, image_sha256, patient, words, kept)
             SELECT '2026-04-01T00:00:00Z', ?2, patient, 'schema 4', kept FROM cases WHERE id IN (1, 5) AND length(?1) = 64",
        ),
        (
            include_str!("migrations/0005-accounts.sql"),
            "INSERT INTO cases (saved_at, image_sha256, patient, words, kept, owner)
             SELECT '2026-05-01T00:00:00Z', ?2, patient, 'schema 5', kept, 1 FROM cases WHERE id IN (1, 5) AND length(?1) = 64",
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
        for version in 1..=SCHEMAS.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("history.db");
            history(&path, version);
            let store = Store::open(&path).unwrap();
            let list = store.list_cases(&By::test(), 50, None, &Search::default()).unwrap();
            assert_eq!(
                (list.total, list.cases.len(), list.damaged.len()),
                (2 * version as u64, 2 * version, 0)
            );
            assert!(store.verify_audit_log(None).unwrap().is_ok());
            let case = |id: i64| match store.case(&By::test(), id).unwrap().unwrap() {
                saved if saved.id == id => match saved.case {
                    VersionedCase::Earlier(case) => (saved.saved_at, *case),
                    VersionedCase::Whole(case) => panic!("an old case became whole: {case:?}"),
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
            assert_eq!(store.list_cases(&By::test(), 50, None, &search).unwrap().total, 1);
            // Numbers go on, and opening again changes nothing.
            drop(store);
            let again =
                Store::open(&path).unwrap().list_cases(&By::test(), 50, None, &Search::default()).unwrap();
            assert_eq!(again, list);
        }
    }

    #[test]
    fn programs_that_open_an_old_history_at_once_migrate_it_once() {
        for version in 0..=SCHEMAS.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("history.db");
            history(&path, version);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| drop(Store::open(&path).unwrap()));
                }
            });
            let list = Store::open(&path).unwrap().list_cases(&By::test(), 50, None, &Search::default());
            assert_eq!(list.unwrap().total, 2 * version as u64);
        }
    }

    #[test]
    fn what_cannot_be_a_history_is_told_by_its_cause_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let letter = "Dear reader, this is a letter and no data base at all. ".repeat(40);
        std::fs::write(at("letter.txt"), &letter).unwrap();
        let foreign = Connection::open(at("books.db")).unwrap();
        foreign.execute_batch("CREATE TABLE books (title TEXT)").unwrap();
        drop(foreign);
        let before = std::fs::read(at("books.db")).unwrap();
        for (path, words) in [
            (at("letter.txt"), "is not a case history"),
            (at("books.db"), "is not a case history"),
            (folder.path().to_path_buf(), "is not a case history"),
            (at("missing/history.db"), "missing does not exist"),
            (at("letter.txt/history.db"), "does not exist"),
            (at(&"a".repeat(4000)), "too long"),
            (at(&format!("{}/history.db", "a".repeat(4000))), "too long"),
        ] {
            let told = Store::open(&path).unwrap_err().to_string();
            assert!(told.contains(words) && told.contains("--history"), "{told}");
            assert!(told.len() < 400, "{told}");
        }
        assert_eq!(std::fs::read_to_string(at("letter.txt")).unwrap(), letter);
        assert!(std::fs::read(at("books.db")).unwrap() == before);
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
        let list = Store::open(&path).unwrap().list_cases(&By::test(), 50, None, &Search::default()).unwrap();
        let ids: Vec<_> = list.damaged.iter().map(|case| case.id).collect();
        assert_eq!((ids, list.cases.len()), (vec![3, 2, 1], 3));
        assert!(list.damaged[1].what.contains('7'), "{:?}", list.damaged);
    }
}
