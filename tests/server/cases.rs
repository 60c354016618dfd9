//! Cases are kept, found, deleted, and brought over from older histories.

use crate::companion::{Companion, agent, case, case_with, header, ids, refused};
use lantern::case::VersionedCase;
use lantern::protocol::companion::{DeletedCase, ImportedCase, KeptImages, SavedCase};
use lantern::store::Store;
use serde_json::json;
use std::path::Path;

#[test]
fn cases_are_kept_listed_and_survive_a_restart() {
    let companion = Companion::start();
    let mut answer = companion.post(&case());
    assert_eq!((answer.status().as_u16(), header(&answer, "location").as_str()), (201, "/api/cases/1"));
    let first: SavedCase = answer.body_mut().read_json().unwrap();
    assert!(first.saved_at.ends_with('Z') && first.case.note().contains('\n'));
    // What comes back is what was sent.
    assert_eq!(first.case, VersionedCase::Whole(serde_json::from_value(case()).unwrap()));
    for _ in 0..3 {
        assert_eq!(companion.post(&case()).status(), 201);
    }
    let companion = Companion::serve(companion.stop());
    let list = companion.list("?limit=2");
    assert_eq!((list.total, ids(&list), list.next), (4, vec![4, 3], Some(3)));
    let list = companion.list("?before=3");
    assert_eq!((ids(&list), list.next), (vec![2, 1], None));
    assert_eq!(list.cases[1], first);
    let one: SavedCase = companion.get("/api/cases/1").body_mut().read_json().unwrap();
    assert_eq!(one, first);
}

#[test]
fn a_case_of_another_history_keeps_its_time_and_is_taken_in_once() {
    let companion = Companion::start();
    let import = |saved_at: &str, case: &serde_json::Value| {
        let sent = json!({ "id": 77, "saved_at": saved_at, "case": { "whole": case } });
        agent().post(companion.url("/api/cases/import")).send_json(sent).unwrap()
    };
    let imported = |mut answer: ureq::http::Response<ureq::Body>| -> ImportedCase {
        answer.body_mut().read_json().unwrap()
    };
    let told = |id, is_new| ImportedCase { id, is_new };
    let (then, later) = ("2026-01-31T09:30:00Z", "2026-02-01T09:30:00Z");
    assert_eq!(imported(import(then, &case())), told(1, true));
    assert_eq!(imported(import(then, &case())), told(1, false));
    assert_eq!(imported(import(later, &case())), told(2, true));
    assert_eq!(imported(import(then, &case_with("note", json!("another")))), told(3, true));
    let list = companion.list("");
    assert_eq!((list.total, list.cases[2].saved_at.as_str()), (3, then));
    // What the page refuses to keep is refused here too.
    refused(import("2999-01-01T00:00:00Z", &case()), 422, "future");
    refused(import("yesterday", &case()), 422, "time");
    refused(import(then, &case_with("note", json!("x".repeat(4001)))), 422, "Shorten");
    let hash = "ab".repeat(32);
    let earlier = json!({ "id": 1, "saved_at": then, "case": { "earlier": {
        "finding": "pneumonia", "probability": 0.25, "verdict": "unsure", "threshold": 0.5, "model": "m", "model_sha256": hash,
        "image_sha256": hash, "overruled": true, "note": "", "patient": null, "study_date": null, "annotations": []
    } } });
    refused(agent().post(companion.url("/api/cases/import")).send_json(earlier).unwrap(), 422, "before 0.2");
    let log: lantern::protocol::companion::AuditLog =
        companion.get("/api/audit-log").body_mut().read_json().unwrap();
    assert_eq!(log.entries.iter().filter(|entry| entry.action == "case.imported").count(), 3);
}

#[test]
fn cases_are_found_by_words_by_patient_and_by_image() {
    let companion = Companion::start();
    let of = |letter: &str| json!(letter.repeat(64));
    for (patient, day, note) in [
        ("a", "2025-01-31", "zone one"),
        ("b", "2025-06-30", "50 % more"),
        ("a", "2026-01-31", "zone two & three"),
    ] {
        let mut case = case_with("patient", of(patient));
        case["study_date"] = json!(day);
        case["note"] = json!(note);
        case["reading"]["examination"]["image_sha256"] = of(if day < "2026" { "c" } else { "d" });
        assert_eq!(companion.post(&case).status(), 201);
    }
    let list = companion.list(&format!("?patient={}", "a".repeat(64)));
    let days: Vec<_> = list.cases.iter().map(|c| c.case.study_date().unwrap()).collect();
    assert_eq!((list.total, days), (2, vec!["2026-01-31", "2025-01-31"]));
    assert_eq!(ids(&companion.list(&format!("?image={}", "d".repeat(64)))), [3]);
    assert_eq!(ids(&companion.list("?text=zone%20TWO%20%26")), [3]);
    assert_eq!(ids(&companion.list("?text=50%20%25")), [2]);
    assert_eq!(ids(&companion.list("?text=pneumonia&limit=2&before=3")), [2, 1]);
    assert_eq!(ids(&companion.list("?text=bbbbbbbbbbbb")), [2]);
    assert_eq!(companion.list("?text=melanoma").total, 0);
    let images: KeptImages = companion.get("/api/cases/images").body_mut().read_json().unwrap();
    let images: Vec<_> = images.images.iter().map(|one| (one.id, one.sha256.brief())).collect();
    assert_eq!(images, [(3, "d".repeat(12)), (2, "c".repeat(12)), (1, "c".repeat(12))]);
}

#[test]
fn a_deleted_case_is_gone_and_no_other() {
    let companion = Companion::with_cases(3);
    let deleted: DeletedCase = companion.delete("/api/cases/2").body_mut().read_json().unwrap();
    assert_eq!(deleted.id, 2);
    refused(companion.delete("/api/cases/2"), 404, "no case 2");
    refused(companion.get("/api/cases/2"), 404, "no case 2");
    refused(companion.get("/api/cases/two"), 404, "number");
    assert_eq!(ids(&companion.list("")), [3, 1]);
}

/// Each released schema: its step, and a case as that version wrote it.
const SCHEMAS: [(&str, &str); 3] = [
    (include_str!("../../src/store/migrations/0001-cases.sql"), ""),
    (include_str!("../../src/store/migrations/0002-overruled.sql"), ", overruled = 1"),
    (
        include_str!("../../src/store/migrations/0003-patient.sql"),
        ", patient = printf('%064d', 7), study_date = '2025-12-24'",
    ),
];

/// A history as the version with so many steps left it, with one case.
fn older_history(path: &Path, version: usize) {
    let old = rusqlite::Connection::open(path).unwrap();
    for (step, _) in &SCHEMAS[..version] {
        old.execute_batch(step).unwrap();
    }
    old.execute_batch(&format!(
        "INSERT INTO cases (saved_at, finding, probability, verdict, threshold, model, model_sha256, image_sha256, note)
         VALUES ('2026-01-01T00:00:00Z', 'pneumonia', 0.75, 'suspected', 0.5, 'chest', printf('%064d', 1), printf('%064d', 2), 'of schema {version}');
         UPDATE cases SET note = note {};
         PRAGMA user_version = {version}",
        SCHEMAS[version - 1].1
    ))
    .unwrap();
}

/// What is about a history in a file.
mod of_the_file {
    use super::*;

    #[test]
    fn a_damaged_case_is_named_and_can_only_be_deleted() {
        let companion = Companion::with_cases(2);
        let folder = companion.stop();
        let path = folder.path().join("history.db");
        rusqlite::Connection::open(&path)
            .unwrap()
            .execute("UPDATE cases SET kept = '{}' WHERE id = 2", [])
            .unwrap();
        let companion = Companion::serve(folder);
        let list = companion.list("");
        assert_eq!((ids(&list), list.damaged[0].id), (vec![1], 2));
        refused(companion.get("/api/cases/2"), 500, "can only be deleted");
        assert_eq!(companion.delete("/api/cases/2").status(), 200);
        assert!(companion.list("").damaged.is_empty());
    }

    #[test]
    fn a_history_of_every_older_schema_is_served_searched_and_added_to() {
        for version in 1..=SCHEMAS.len() {
            let folder = Companion::folder();
            older_history(&folder.path().join("history.db"), version);
            let companion = Companion::serve(folder);
            let note = format!("of schema {version}");
            let list = companion.list("?text=schema");
            let VersionedCase::Earlier(earlier) = &list.cases[0].case else { panic!("{list:?}") };
            assert_eq!((ids(&list), &earlier.note, &*earlier.finding), (vec![1], &note, "pneumonia"));
            assert_eq!(earlier.probability.get(), 0.75);
            // What a version did not keep is not made up.
            assert_eq!((earlier.overruled, earlier.study_date.is_some()), (version == 2, version == 3));
            assert_eq!(
                ids(&companion.list(&format!("?patient={:064}", 7))),
                if version == 3 { vec![1] } else { vec![] }
            );
            assert_eq!(companion.post(&case()).status(), 201);
            assert_eq!(ids(&companion.list("")), [2, 1]);
            assert_eq!(companion.delete("/api/cases/1").status(), 200);
            assert_eq!(ids(&companion.list("")), [2]);
        }
    }

    #[test]
    fn a_file_that_is_no_history_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let open = |path: &Path| Store::open(path).unwrap_err().to_string();
        let letter = folder.path().join("letter.txt");
        std::fs::write(&letter, "Dear reader, this is a letter and no data base at all. ".repeat(40))
            .unwrap();
        assert!(open(&letter).contains("not a case history"));
        assert!(std::fs::read_to_string(&letter).unwrap().starts_with("Dear reader"));

        let newer = folder.path().join("newer.db");
        drop(Store::open(&newer).unwrap());
        rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(open(&newer).contains("newer Lantern"));
    }
}
