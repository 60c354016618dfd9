//! A history in PostgreSQL: what holds for a file holds here, several companions share it, and it can be moved.

use crate::cluster::{self, Cluster};
use crate::companion::{Companion, PASSWORD, agent, case, case_with, ids};
use crate::program::{Served, page};
use lantern::account::Role;
use lantern::protocol::companion::{FollowUpList, SavedCase};
use lantern::server::authority::Authority;
use lantern::server::{Settings, secret};
use lantern::store::{By, Error, PostgresSettings, Search, Store};
use serde_json::json;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::mpsc;

fn connect(address: &str) -> Store {
    Store::connect(&PostgresSettings::new(address, None, None).unwrap()).unwrap()
}

fn by() -> By {
    By::command_line("2026-01-31T09:30:00Z".into())
}

fn lantern(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lantern")).current_dir(folder).args(arguments).output().unwrap()
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into()
}

fn failed(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into()
}

/// The same tests, of every route and role, over a history in PostgreSQL.
#[test]
fn every_test_of_a_route_passes_on_postgresql() {
    if cluster::is_chosen() {
        return;
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.env("LANTERN_STORE", "postgres");
    // What is about a file, and what is about PostgreSQL anyway.
    for other in
        ["of_the_file", "audit_log::", "backup::", "key::", "killed::", "postgres::", "program::", "users::"]
    {
        again.args(["--skip", other]);
    }
    let output = again.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let closing = said.lines().find(|line| line.starts_with("test result")).unwrap();
    println!("on PostgreSQL: {closing}");
    let passed: usize = closing.split(" passed").next().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(passed >= 25, "{closing}");
}

#[test]
fn two_companions_share_cases_deletions_and_sessions() {
    let address = cluster::fresh("shared");
    let serve = || Companion::serve_store(Companion::folder(), connect(&address), Settings::default());
    let (one, other) = (serve(), serve());
    for _ in 0..3 {
        assert_eq!(one.post(&case()).status(), 201);
    }
    assert_eq!(ids(&other.list("?text=pneumonia")), [3, 2, 1]);
    assert_eq!(other.post(&case_with("note", json!("from the other"))).status(), 201);
    assert_eq!(ids(&one.list("")), [4, 3, 2, 1]);
    // The other has both in the memory of its search.
    assert_eq!(one.delete("/api/cases/2").status(), 200);
    let erased = case()["patient"].as_str().unwrap().to_string();
    assert_eq!(ids(&other.list("?text=pneumonia")), [4, 3, 1]);
    assert_eq!(other.delete(&format!("/api/patients/{erased}")).status(), 200);
    assert!(one.list("").cases.is_empty() && one.list("").total == 0);
    // A log-in at one is one at the other.
    connect(&address).add_account(&by(), "mora", Role::Clinician, &secret::hash(PASSWORD).unwrap()).unwrap();
    let cookie = one.log_in("mora", PASSWORD).cookie;
    assert_eq!(crate::companion::Visitor { companion: &other, cookie }.get("/api/cases").status(), 200);
    // Both wrote into one log.
    assert!(connect(&address).verify_audit_log(None).unwrap().is_ok());
}

#[test]
fn companions_that_save_at_once_give_each_case_a_number_of_its_own() {
    let address = cluster::fresh("at_once");
    let serve = || Companion::serve_store(Companion::folder(), connect(&address), Settings::default());
    let companions = [serve(), serve(), serve()];
    let mut numbers: Vec<i64> = std::thread::scope(|scope| {
        let save = |companion: &Companion| {
            let one = |_| companion.post(&case()).body_mut().read_json::<SavedCase>().unwrap().id;
            (0..20).map(one).collect::<Vec<_>>()
        };
        let all: Vec<_> = companions.iter().map(|companion| scope.spawn(move || save(companion))).collect();
        all.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=60).collect::<Vec<_>>());
    assert_eq!(companions[0].list("").total, 60);
    assert!(connect(&address).verify_audit_log(None).unwrap().is_ok());
}

#[test]
fn a_history_is_copied_both_ways_and_nothing_of_it_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let companion = Companion::start();
    let mora = companion.account("mora", Role::Administrator);
    for note in ["one", "two", "three, of Ärzte and nothing"] {
        assert_eq!(mora.send("POST", "/api/cases", Some(&case_with("note", json!(note)))).status(), 201);
    }
    assert_eq!(mora.send("DELETE", "/api/cases/2", None).status(), 200);
    let follow_up = json!({ "status": "to-follow-up", "due": "2026-03-01" });
    assert_eq!(mora.send("PUT", "/api/follow-ups/3", Some(&follow_up)).status(), 204);
    let held = companion.stop();
    let file = held.path().join("history.db");
    let (there, back) = (cluster::fresh("copied"), folder.path().join("back.db"));
    let file = file.to_str().unwrap();
    let said = done(&lantern(folder.path(), &["store", "copy", file, &there]));
    assert!(said.contains("2 cases"), "{said}");
    // Into what holds something, nothing is copied.
    assert!(failed(&lantern(folder.path(), &["store", "copy", file, &there])).contains("holds something"));
    let told = failed(&lantern(folder.path(), &["store", "copy", "none.db", &there]));
    assert!(told.contains("no case history") && !folder.path().join("none.db").exists(), "{told}");
    let said = done(&lantern(folder.path(), &["store", "copy", &there, "back.db"]));
    let anchor = said.lines().last().unwrap().to_string();
    let companion =
        Companion::serve_store(Companion::folder(), Store::open(&back).unwrap(), Settings::default());
    let mora = companion.log_in("mora", PASSWORD);
    let list: lantern::protocol::companion::CaseList = mora.json("/api/cases");
    assert_eq!(ids(&list), [3, 1]);
    assert_eq!(list.cases[0].case.note(), "three, of Ärzte and nothing");
    let follow_ups: FollowUpList = mora.json("/api/follow-ups");
    assert_eq!((follow_ups.follow_ups.len(), follow_ups.follow_ups[0].id), (1, 3));
    // Numbers go on, the log too, and the anchor holds.
    let mut saved = mora.send("POST", "/api/cases", Some(&case()));
    assert_eq!(saved.body_mut().read_json::<SavedCase>().unwrap().id, 4);
    let log = Store::open(&back).unwrap().verify_audit_log(Some(&anchor.parse().unwrap())).unwrap();
    assert!(log.is_ok(), "{log:?}");
    // A backup is such a copy.
    done(&lantern(folder.path(), &["backup", "copy.db", "--database", &there]));
    let copy = Store::open(&folder.path().join("copy.db")).unwrap();
    assert_eq!(copy.list_cases(&by(), 9, None, &Search::default()).unwrap().total, 2);
    assert!(folder.path().join("copy.db.anchor").exists());
    let told = failed(&lantern(folder.path(), &["restore", "copy.db", "--database", &there]));
    assert!(told.contains("store copy"), "{told}");
}

#[test]
fn a_sealed_history_is_moved_sealed_and_its_key_is_changed_only_while_nobody_serves_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |arguments: &[&str]| lantern(folder.path(), arguments);
    let there = cluster::fresh("sealed");
    page(&folder.path().join("site"));
    drop(connect(&there).save_case(&by(), serde_json::from_value(case()).unwrap()).unwrap());
    done(&at(&["key", "new", "key"]));
    done(&at(&["key", "set", "--new-key-file", "key", "--database", &there]));
    assert!(
        !cluster::ask("sealed", "SELECT string_agg(kept || words, '') FROM lantern.cases")
            .contains("pneumonia")
    );
    let told = failed(&at(&["serve", "--port", "0", "--site", "site", "--database", &there]));
    assert!(told.contains("encrypted"), "{told}");
    let mut serve = Command::new(env!("CARGO_BIN_EXE_lantern"));
    serve.current_dir(folder.path()).args(["serve", "--port", "0", "--site", "site", "--key-file", "key"]);
    let mut served = Served::start(serve.args(["--database", &there]));
    let url = served.until("Lantern is at")[0].rsplit(' ').next().unwrap().to_string();
    let list =
        agent().get(format!("{url}/api/cases?text=pneumonia")).call().unwrap().body_mut().read_to_string();
    assert!(list.unwrap().contains("\"total\":1"));
    done(&at(&["key", "new", "other"]));
    let change = ["key", "set", "--key-file", "key", "--new-key-file", "other", "--database", &there];
    let told = failed(&at(&change));
    assert!(told.contains("stop all companions"), "{told}");
    drop(served);
    // PostgreSQL notices that the connection is gone.
    let began = std::time::Instant::now();
    while !at(&change).status.success() {
        assert!(began.elapsed() < std::time::Duration::from_secs(20));
    }
    let copied = folder.path().join("copied.db");
    done(&at(&["store", "copy", &there, "copied.db"]));
    assert!(Store::open(&copied).unwrap().is_sealed());
    assert!(
        failed(&at(&["key", "set", "--key-file", "key", "--new-key-file", "key", "--history", "copied.db"]))
            .contains("another")
    );
    done(&at(&["key", "set", "--key-file", "other", "--new-key-file", "key", "--history", "copied.db"]));
}

#[test]
fn edits_deletions_and_a_cut_end_of_the_log_are_found() {
    for (number, change, told) in [
        (1, "UPDATE lantern.audit_log SET actor = 'nobody' WHERE number = 2", "entry 2"),
        (2, "DELETE FROM lantern.audit_log WHERE number = 2", "entry 2"),
        (3, "DELETE FROM lantern.audit_log WHERE number = 3", "ends at entry 2"),
    ] {
        let name = format!("tampered_{number}");
        let address = cluster::fresh(&name);
        let store = connect(&address);
        for action in ["one.read", "two.read", "three.read"] {
            store.record(&by(), action, "").unwrap();
        }
        let anchor = store.anchor().unwrap().to_string();
        // By accident nothing is changed.
        let guarded = std::panic::catch_unwind(|| cluster::ask(&name, change));
        assert!(guarded.is_err(), "{change}");
        cluster::ask(&name, &format!("ALTER TABLE lantern.audit_log DISABLE TRIGGER USER; {change}"));
        let arguments = ["audit-log", "verify", "--anchor", &anchor, "--database", &address];
        let said = failed(&lantern(Path::new("/"), &arguments));
        assert!(said.contains(told), "{said}");
    }
}

#[test]
fn a_newer_schema_and_what_cannot_be_reached_are_told() {
    let address = cluster::fresh("newer");
    drop(connect(&address));
    cluster::ask("newer", "UPDATE lantern.version SET steps = 99");
    let told = |address: &str| {
        let settings = PostgresSettings::new(address, None, None);
        settings.and_then(|settings| Store::connect(&settings).map(drop)).unwrap_err().to_string()
    };
    assert!(told(&address).contains("newer Lantern"));
    assert!(told("postgres://lantern@127.0.0.1:1/none").contains("check that it runs"));
    assert!(told("postgres://lantern@db.clinic.example/none").contains("--database-ca"));
    assert!(told("postgres://:none/x?y=z").contains("postgres://USER@HOST/DATABASE"));
    assert!(told(&address.replace("newer", "nowhere")).contains("nowhere"));
}

#[test]
fn over_the_network_the_server_is_asked_over_tls_and_must_be_the_one_that_was_signed() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open(&folder.path().join("history.db")).unwrap();
    let (certificate, key) = authority.issue(&["localhost".into()], &["127.0.0.1".parse().unwrap()]).unwrap();
    let cluster = Cluster::start(&[]);
    cluster.put("server.crt", &certificate);
    cluster.put("server.key", &key);
    cluster.ask("postgres", "ALTER SYSTEM SET ssl = on");
    cluster.ask("postgres", "SELECT pg_reload_conf()");
    let address = cluster.over_network("secure", "localhost");
    let settings = |certificate: &str| PostgresSettings::new(&address, None, Some(certificate)).unwrap();
    let store = Store::connect(&settings(&authority.certificate)).unwrap();
    store.save_case(&by(), serde_json::from_value(case()).unwrap()).unwrap();
    let over = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = 'secure' AND application_name = 'lantern'";
    assert_eq!(cluster.ask("postgres", over), "t");
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Authority::open(&elsewhere.path().join("history.db")).unwrap();
    assert!(matches!(Store::connect(&settings(&other.certificate)), Err(Error::Unreachable(_))));
    assert!(matches!(
        PostgresSettings::new(&address, None, Some("no PEM")),
        Err(Error::Authority(_)) | Ok(_)
    ));
}

/// The server of the database is killed again and again while cases are saved.
#[test]
fn what_was_acknowledged_survives_a_killed_database_and_the_companion_goes_on() {
    // Each commit reaches the disk, as in use.
    let cluster = Cluster::start(&["fsync=on"]);
    let address = cluster.database("killed");
    let companion = Companion::serve_store(Companion::folder(), connect(&address), Settings::default());
    let (acknowledge, acknowledged) = mpsc::channel();
    let mut all: Vec<i64> = Vec::new();
    for kill in 0..4 {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                let acknowledge = acknowledge.clone();
                let companion = &companion;
                scope.spawn(move || {
                    loop {
                        let mut answer = companion.post(&case());
                        match answer.status().as_u16() {
                            201 => acknowledge
                                .send(answer.body_mut().read_json::<SavedCase>().unwrap().id)
                                .unwrap(),
                            other => {
                                assert_eq!(other, 503);
                                return;
                            }
                        }
                    }
                });
            }
            all.extend(acknowledged.iter().take(4 + 5 * kill));
            cluster.kill();
        });
        all.extend(acknowledged.try_iter());
        cluster.run();
        let began = std::time::Instant::now();
        while companion.get("/api/cases").status() != 200 {
            assert!(began.elapsed() < std::time::Duration::from_secs(30));
        }
    }
    let store = connect(&address);
    assert!(store.verify_audit_log(None).unwrap().is_ok());
    let kept: Vec<i64> =
        cluster.ask("killed", "SELECT id FROM lantern.cases").lines().map(|id| id.parse().unwrap()).collect();
    let lost: Vec<_> = all.iter().filter(|id| !kept.contains(id)).collect();
    assert!(lost.is_empty() && all.len() >= 40, "{lost:?} of {}", all.len());
}

#[test]
fn waiting_for_who_writes_ends_and_is_told() {
    let address = cluster::fresh("locked");
    let store = connect(&address);
    let held = std::thread::spawn(|| cluster::ask("locked", "SELECT pg_advisory_lock(5504801), pg_sleep(8)"));
    std::thread::sleep(std::time::Duration::from_millis(500));
    let told = store.record(&by(), "one.read", "").unwrap_err();
    assert!(matches!(told, Error::Locked), "{told}");
    held.join().unwrap();
    store.record(&by(), "one.read", "").unwrap();
    assert_eq!(store.anchor().unwrap().number, 1);
}
