//! Who did or saw what is recorded with it, and who changes the record is found out.

use crate::companion::{Companion, case, case_with};
use lantern::account::Role;
use lantern::protocol::companion::AuditLog;
use lantern::store::{Anchor, Break, Store};
use serde_json::json;
use std::path::Path;
use std::process::{Command, Output};

#[test]
fn what_was_done_and_seen_is_recorded_without_the_patient() {
    let companion = Companion::start();
    assert_eq!(companion.post(&case()).status(), 201);
    let mora = companion.account("mora", Role::Clinician);
    let chief = companion.account("chief", Role::Administrator);
    let patient = "a".repeat(64);
    assert_eq!(mora.send("POST", "/api/cases", Some(&case_with("patient", json!(patient)))).status(), 201);
    mora.get(&format!("/api/cases?patient={patient}&text=zone"));
    mora.get("/api/cases/1");
    mora.get("/api/cases/9");
    mora.get("/api/accounts");
    mora.send("POST", "/api/session", Some(&json!({ "name": "mora", "password": "hunter2 hunter2" })));
    mora.send("POST", "/api/session", Some(&json!({ "name": "hunter2", "password": "hunter2 hunter2" })));
    mora.send("DELETE", "/api/cases/2", None);
    mora.send("DELETE", "/api/session", None);
    let log: AuditLog = chief.json("/api/audit-log");
    let told: Vec<_> = log.entries.iter().rev().map(|e| (&*e.actor, &*e.action, &*e.target)).collect();
    assert_eq!(
        told,
        [
            ("(this computer)", "case.saved", "1"),
            ("(command line)", "account.added", "mora clinician"),
            ("mora", "session.began", "mora"),
            ("(command line)", "account.added", "chief administrator"),
            ("chief", "session.began", "chief"),
            ("mora", "case.saved", "2"),
            ("mora", "cases.listed", "2"),
            ("mora", "case.read", "1"),
            ("(not logged in)", "log-in.failed", "mora"),
            ("(not logged in)", "log-in.failed", "(unknown name)"),
            ("mora", "case.deleted", "2"),
            ("mora", "session.ended", "mora"),
        ]
    );
    let text = serde_json::to_string(&log).unwrap();
    assert!(!text.contains(&patient) && !text.contains("hunter2") && !text.contains("zone"), "{text}");
    assert!(log.anchor.starts_with("12:") && log.next.is_none());
    let page: AuditLog = chief.json("/api/audit-log?limit=2&before=5");
    assert_eq!((page.entries.iter().map(|e| e.number).collect::<Vec<_>>(), page.next), (vec![4, 3], Some(3)));
}

/// A history with six entries, closed.
fn history() -> (tempfile::TempDir, Anchor) {
    let companion = Companion::start();
    for _ in 0..6 {
        assert_eq!(companion.post(&case()).status(), 201);
    }
    let folder = companion.stop();
    let anchor = Store::open(&folder.path().join("history.db")).unwrap().anchor().unwrap();
    assert_eq!(anchor.number, 6);
    (folder, anchor)
}

/// Whoever can write the file can also remove the triggers.
const UNGUARDED: &str = "DROP TRIGGER audit_log_keeps_entries; DROP TRIGGER audit_log_keeps_words;";

#[test]
fn an_edit_a_deletion_a_reordering_and_a_cut_end_are_found() {
    for (change, found) in [
        ("UPDATE audit_log SET actor = 'mora' WHERE number = 3", Break::Edited(3)),
        ("UPDATE audit_log SET at = at || 'Z' WHERE number = 6", Break::Edited(6)),
        ("UPDATE audit_log SET hash = previous WHERE number = 2", Break::Edited(2)),
        ("DELETE FROM audit_log WHERE number = 3", Break::Missing(3)),
        ("DELETE FROM audit_log WHERE number = 1", Break::Missing(1)),
        (
            "DELETE FROM audit_log WHERE number = 3; UPDATE audit_log SET number = number - 1 WHERE number > 3",
            Break::Edited(3),
        ),
        (
            "UPDATE audit_log SET number = 9 WHERE number = 2; UPDATE audit_log SET number = 2 WHERE number = 3;
             UPDATE audit_log SET number = 3 WHERE number = 9",
            Break::Edited(2),
        ),
        ("DELETE FROM audit_log WHERE number > 4", Break::Cut(4)),
        ("DELETE FROM audit_log", Break::Cut(0)),
    ] {
        let (folder, anchor) = history();
        let path = folder.path().join("history.db");
        let other = rusqlite::Connection::open(&path).unwrap();
        // By accident nothing is changed.
        assert!(other.execute_batch(change).is_err(), "{change}");
        other.execute_batch(&format!("{UNGUARDED} {change}")).unwrap();
        drop(other);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.verify_audit_log(Some(&anchor)).unwrap(), Err(found), "{change}");
    }
}

#[test]
fn a_log_that_was_written_anew_is_found_by_the_anchor() {
    let (folder, anchor) = history();
    let (other, _) = history();
    let store = Store::open(&folder.path().join("history.db")).unwrap();
    assert_eq!(store.verify_audit_log(Some(&anchor)).unwrap(), Ok(anchor));
    // The other log has the same length, and other times.
    let anew = Store::open(&other.path().join("history.db")).unwrap();
    assert!(anew.verify_audit_log(None).unwrap().is_ok());
    assert_eq!(anew.verify_audit_log(Some(&anchor)).unwrap(), Err(Break::Rewritten(6)));
}

fn verify(folder: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(folder).args(["audit-log", "verify", "--history", "history.db"]).args(more);
    command.output().unwrap()
}

#[test]
fn the_command_tells_whether_the_log_is_whole() {
    let (folder, anchor) = history();
    let anchor = anchor.to_string();
    let good = verify(folder.path(), &["--anchor", &anchor]);
    let said = String::from_utf8(good.stdout).unwrap();
    assert!(good.status.success() && said.contains("6 entries") && said.contains(&anchor), "{said}");
    let other = rusqlite::Connection::open(folder.path().join("history.db")).unwrap();
    other.execute_batch(&format!("{UNGUARDED} DELETE FROM audit_log WHERE number = 6")).unwrap();
    assert!(verify(folder.path(), &[]).status.success());
    let cut = verify(folder.path(), &["--anchor", &anchor]);
    let said = String::from_utf8(cut.stderr).unwrap();
    assert_eq!(cut.status.code(), Some(1));
    assert!(said.contains("ends at entry 5") && said.contains("backup"), "{said}");
    assert_eq!(verify(folder.path(), &["--anchor", "6"]).status.code(), Some(2));
}
