//! Erasing a patient, backups of a running server, and how they are put back.

use crate::companion::{Companion, PASSWORD, case, case_with, ids, refused};
use crate::program::page;
use lantern::account::Role;
use lantern::protocol::companion::{AuditLog, CaseList, ErasedPatient, FollowUpList};
use lantern::store::{Anchor, Store};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lantern")).current_dir(folder).args(arguments).output().unwrap()
}

/// What a command said, which must have failed.
fn failed(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

const HISTORY: [&str; 2] = ["--history", "history.db"];

#[test]
fn a_patient_is_erased_in_one_request_with_a_proof_that_does_not_name_them() {
    let companion = Companion::start();
    let (patient, other) = ("a".repeat(64), "b".repeat(64));
    for one in [&patient, &other, &patient] {
        assert_eq!(companion.post(&case_with("patient", json!(one))).status(), 201);
    }
    let follow_up = json!({ "status": "confirmed", "due": null });
    for id in 1..=3 {
        let set = companion.nobody().send("PUT", &format!("/api/follow-ups/{id}"), Some(&follow_up));
        assert_eq!(set.status(), 204);
    }
    let erased: ErasedPatient =
        companion.delete(&format!("/api/patients/{patient}")).body_mut().read_json().unwrap();
    assert_eq!((erased.cases, ids(&companion.list(""))), (2, vec![2]));
    let left: FollowUpList = companion.nobody().json("/api/follow-ups");
    assert_eq!(left.follow_ups.iter().map(|one| one.id).collect::<Vec<_>>(), [2]);
    let anchor: Anchor = erased.anchor.parse().unwrap();
    let log: AuditLog = companion.nobody().json("/api/audit-log");
    let entry = log.entries.iter().find(|entry| entry.number == anchor.number).unwrap();
    assert_eq!((&*entry.action, &*entry.target), ("patient.erased", "1,3"));
    refused(companion.delete(&format!("/api/patients/{patient}")), 404, "no case of this patient");
    refused(companion.delete("/api/patients/Jane"), 404, "fingerprint");
    for end in ["db", "db-wal"] {
        let bytes = fs::read(companion.history().with_extension(end)).unwrap_or_default();
        assert!(!bytes.windows(64).any(|window| window == patient.as_bytes()), "{end}");
    }
    let store = Store::open(&companion.history()).unwrap();
    assert!(store.verify_audit_log(Some(&anchor)).unwrap().is_ok());
}

#[test]
fn a_running_server_is_backed_up_and_put_back() {
    let companion = Companion::start();
    let chief = companion.account("chief", Role::Administrator);
    let folder = companion.history().parent().unwrap().to_path_buf();
    let save = || assert_eq!(chief.send("POST", "/api/cases", Some(&case())).status(), 201);
    save();
    // A file that was copied to here by other means gets its mode back.
    fs::set_permissions(folder.join("history.db"), fs::Permissions::from_mode(0o644)).unwrap();
    // While others write.
    let said = std::thread::scope(|scope| {
        scope.spawn(|| (0..20).for_each(|_| save()));
        done(&run(&folder, &["backup", "copy.db", HISTORY[0], HISTORY[1]]))
    });
    let kept = fs::read_to_string(folder.join("copy.db.anchor")).unwrap();
    assert!(said.contains(kept.trim()), "{said}");
    for file in ["copy.db", "copy.db.anchor", "history.db"] {
        assert_eq!(fs::metadata(folder.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    assert!(!folder.join("copy.db.tmp").exists());
    let in_copy = u64::from({
        let copy = rusqlite::Connection::open(folder.join("copy.db")).unwrap();
        copy.query_row("SELECT count(*) FROM cases", [], |row| row.get::<_, u32>(0)).unwrap()
    });
    assert!((1..=21).contains(&in_copy), "{in_copy}");
    let told = failed(&run(&folder, &["backup", "copy.db", HISTORY[0], HISTORY[1]]));
    assert!(told.contains("exists already"), "{told}");
    let told = failed(&run(&folder, &["backup", "none/copy.db", HISTORY[0], HISTORY[1]]));
    assert!(told.contains("could not be written"), "{told}");

    let cookie = chief.cookie.clone();
    let temporary = companion.stop();
    let said = done(&run(&folder, &["restore", "copy.db", HISTORY[0], HISTORY[1]]));
    assert!(said.contains("history.db.before-1") && said.contains(kept.trim()), "{said}");
    let companion = Companion::serve(temporary);
    // Sessions of the backup are over, accounts are there.
    let stale = crate::companion::Visitor { cookie, ..companion.nobody() };
    refused(stale.get("/api/cases"), 401, "log-in");
    let chief = companion.log_in("chief", PASSWORD);
    assert_eq!(chief.json::<CaseList>("/api/cases").total, in_copy);
    let log: AuditLog = chief.json("/api/audit-log");
    let restored = log.entries.iter().find(|entry| entry.action == "history.restored").unwrap();
    assert!(restored.target.contains(kept.trim()) && restored.target.contains("before: "), "{restored:?}");
    // What was there before is whole.
    let before = Store::open(&folder.join("history.db.before-1")).unwrap();
    let anchor: Anchor = restored.target.rsplit(' ').next().unwrap().parse().unwrap();
    assert_eq!(before.verify_audit_log(Some(&anchor)).unwrap(), Ok(anchor));
}

#[test]
fn a_damaged_or_cut_backup_is_refused_and_the_history_stays() {
    let companion = Companion::with_cases(9);
    let folder = companion.stop();
    let at = |name: &str| folder.path().join(name);
    done(&run(folder.path(), &["backup", "copy.db", HISTORY[0], HISTORY[1]]));
    let restore = |name: &str| failed(&run(folder.path(), &["restore", name, HISTORY[0], HISTORY[1]]));
    let whole = fs::read(at("copy.db")).unwrap();
    let mut broken = whole.clone();
    let middle = broken.len() / 2;
    broken[middle..middle + 4096].fill(0xff);
    fs::write(at("broken.db"), &broken).unwrap();
    fs::write(at("half.db"), &whole[..whole.len() / 2]).unwrap();
    fs::write(at("letter.txt"), "Dear reader, this is a letter. ".repeat(40)).unwrap();
    for name in ["broken.db", "half.db"] {
        let told = restore(name);
        assert!(told.contains("damaged") || told.contains("not whole"), "{name}: {told}");
    }
    assert!(restore("letter.txt").contains("not a case history"));
    assert!(restore("none.db").contains("none.db"));
    // A log that was cut in the backup does not fit the anchor beside it.
    fs::copy(at("copy.db"), at("cut.db")).unwrap();
    fs::copy(at("copy.db.anchor"), at("cut.db.anchor")).unwrap();
    let cut = rusqlite::Connection::open(at("cut.db")).unwrap();
    cut.execute_batch("DROP TRIGGER audit_log_keeps_entries; DELETE FROM audit_log WHERE number > 5")
        .unwrap();
    drop(cut);
    assert!(restore("cut.db").contains("anchor"));
    let companion = Companion::serve(folder);
    assert_eq!(companion.list("").total, 9);
}

#[test]
fn a_second_server_and_a_restore_beneath_a_server_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    page(&folder.path().join("site"));
    let arguments = ["serve", "--port", "0", "--site", "site"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    let mut first = crate::program::Served::start(command.current_dir(folder.path()).args(arguments));
    first.until("Lantern is at");
    done(&run(folder.path(), &["backup", "copy.db"]));
    for arguments in [&arguments[..], &["restore", "copy.db"]] {
        let told = failed(&run(folder.path(), arguments));
        assert!(told.contains("serves lantern.db already"), "{told}");
    }
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    done(&run(folder.path(), &["restore", "copy.db"]));
}

#[test]
fn what_a_backup_has_in_its_log_or_kept_before_audit_logs_is_put_back_and_a_newer_one_is_refused() {
    let companion = Companion::with_cases(3);
    let folder = companion.history().parent().unwrap().to_path_buf();
    let at = |name: &str| folder.join(name);
    fs::copy(at("history.db"), at("live.db")).unwrap();
    fs::copy(at("history.db-wal"), at("live.db-wal")).unwrap();
    let _folder = companion.stop();
    let old = rusqlite::Connection::open(at("old.db")).unwrap();
    old.execute_batch(include_str!("../../src/store/migrations/0001-cases.sql")).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let cases = |name: &str| {
        let put = rusqlite::Connection::open(at(name)).unwrap();
        put.query_row("SELECT count(*) FROM cases", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    for (name, number) in [("live.db", 3), ("old.db", 0)] {
        done(&run(&folder, &["restore", name, "--history", "put.db"]));
        assert_eq!(cases("put.db"), number, "{name}");
        assert!(Store::open(&at("put.db")).unwrap().verify_audit_log(None).unwrap().is_ok());
    }
    assert_eq!(cases("put.db.before-1"), 3);
    let newer = rusqlite::Connection::open(at("old.db")).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let told = failed(&run(&folder, &["restore", "old.db", "--history", "put.db"]));
    assert!(told.contains("old.db was written by a newer Lantern"), "{told}");
    assert!(!at("put.db.tmp").exists() && !at("put.db.before-2").exists());
}
