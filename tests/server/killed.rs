//! The program is killed again and again while it writes: what it acknowledged is there.

use crate::companion::{agent, case};
use crate::program::{Served, page};
use lantern::protocol::companion::SavedCase;
use lantern::store::Store;
use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;

/// How often, unless `LANTERN_KILLS` says it.
const KILLS: usize = 8;

fn serve(folder: &Path) -> (Served, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(folder).args(["serve", "--port", "0", "--site", "site"]);
    let mut served = Served::start(&mut command);
    let url = served.until("Lantern is at")[0].rsplit(' ').next().unwrap().to_string();
    (served, url)
}

/// Saves cases until nobody answers, and sends the number of each that was acknowledged.
fn write(url: &str, acknowledged: &mpsc::Sender<i64>) {
    loop {
        let Ok(mut answer) = agent().post(format!("{url}/api/cases")).send_json(case()) else { return };
        assert_eq!(answer.status(), 201);
        let Ok(saved) = answer.body_mut().read_json::<SavedCase>() else { return };
        acknowledged.send(saved.id).unwrap();
    }
}

/// The numbers of all cases in the file.
fn kept(folder: &Path) -> HashSet<i64> {
    let connection = rusqlite::Connection::open(folder.join("lantern.db")).unwrap();
    let mut query = connection.prepare("SELECT id FROM cases").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn what_was_acknowledged_survives_being_killed_and_the_log_stays_whole() {
    let kills = std::env::var("LANTERN_KILLS").map_or(KILLS, |number| number.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    page(&folder.path().join("site"));
    let mut all = Vec::new();
    for kill in 0..kills {
        let (mut served, url) = serve(folder.path());
        let (acknowledge, acknowledged) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (url, acknowledge) = (url.clone(), acknowledge.clone());
                scope.spawn(move || write(&url, &acknowledge));
            }
            // Killed after a number of writes that differs each time, in the middle of the next ones.
            all.extend(acknowledged.iter().take(3 + 7 * kill % 31));
            served.child.kill().unwrap();
        });
        drop(acknowledge);
        all.extend(acknowledged.iter());
        let store = Store::open(&folder.path().join("lantern.db")).unwrap();
        assert!(store.verify_audit_log(None).unwrap().is_ok());
        drop(store);
        let there = kept(folder.path());
        let lost: Vec<_> = all.iter().filter(|id| !there.contains(id)).collect();
        assert!(lost.is_empty(), "lost after kill {kill}: {lost:?}");
    }
    println!("{} cases were acknowledged before {kills} kills", all.len());
    assert!(all.len() >= 3 * kills);
}
