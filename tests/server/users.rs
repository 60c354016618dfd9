//! Accounts by the command line: `lantern user`, the one-time token, and a file with a password.

use crate::companion::{PASSWORD, agent, header};
use crate::program::{Served, page};
use serde_json::json;
use std::path::Path;
use std::process::{Command, Output};

fn user(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(folder).arg("user").args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([&*output.stdout, &*output.stderr].concat()).unwrap()
}

fn serve(folder: &Path, more: &[&str]) -> Served {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    Served::start(command.current_dir(folder).args(["serve", "--port", "0", "--site", "site"]).args(more))
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    page(&folder.path().join("site"));
    folder
}

fn log_in(url: &str, name: &str, password: &str) -> u16 {
    let sent = json!({ "name": name, "password": password });
    agent().post(format!("{url}/api/session")).send_json(sent).unwrap().status().as_u16()
}

#[test]
fn accounts_are_managed_beside_a_running_server() {
    let folder = folder();
    let run = |arguments: &[&str]| user(folder.path(), arguments);
    let told = said(&run(&["list"]));
    assert!(told.contains("no case history") && told.contains("--history"), "{told}");
    let mut served = serve(folder.path(), &["--session-longest", "2"]);
    let url = served.until("Lantern is at")[0].rsplit(' ').next().unwrap().to_string();
    let added = run(&["add", "Mora", "--admin"]);
    let password = said(&added).lines().last().unwrap().to_string();
    assert!(added.status.success() && password.len() == 23, "{password}");
    assert_eq!((log_in(&url, "mora", &password), log_in(&url, "mora", PASSWORD)), (200, 401));
    let sent = json!({ "name": "mora", "password": password });
    let answer = agent().post(format!("{url}/api/session")).send_json(sent).unwrap();
    assert!(header(&answer, "set-cookie").contains("Max-Age=7200"));
    std::fs::write(folder.path().join("password"), format!("{PASSWORD}\nand more")).unwrap();
    assert!(run(&["password", "mora", "--password-file", "password"]).status.success());
    assert_eq!(log_in(&url, "mora", PASSWORD), 200);
    assert!(run(&["add", "finn", "--role", "educator"]).status.success());
    assert!(run(&["role", "finn", "viewer"]).status.success());
    let list = said(&run(&["list"]));
    assert!(list.contains("mora") && list.contains("administrator") && list.contains("viewer"), "{list}");
    std::fs::write(folder.path().join("short"), "short").unwrap();
    for (arguments, word) in [
        (&["add", "mora"][..], "exists already"),
        (&["add", "a b"], "Choose another name"),
        (&["add", "x", "--role", "root"], "clinician"),
        (&["remove", "none"], "no account"),
        (&["remove", "mora"], "last administrator"),
        (&["role", "mora", "viewer"], "last administrator"),
        (&["password", "mora", "--password-file", "none"], "cannot be read"),
        (&["password", "mora", "--password-file", "short"], "cannot be used"),
    ] {
        let output = run(arguments);
        let told = said(&output);
        assert!(!output.status.success() && told.contains(word), "{arguments:?}: {told}");
    }
    assert!(run(&["remove", "finn"]).status.success());
    assert!(!said(&run(&["list"])).contains("finn"));
}

#[test]
fn the_printed_token_makes_the_first_administrator_once_and_the_next_start_makes_another() {
    let folder = folder();
    let start = || {
        let mut served = serve(folder.path(), &["--accounts"]);
        let said = served.until("#first-administrator=");
        let (url, token) = said[said.len() - 1].trim().split_once("/#first-administrator=").unwrap();
        (served, url.to_string(), token.to_string())
    };
    let (first, _, old) = start();
    drop(first);
    let (served, url, token) = start();
    let make = |token: &str| {
        let sent = json!({ "token": token, "name": "mora", "password": PASSWORD });
        agent().post(format!("{url}/api/first-account")).send_json(sent).unwrap().status().as_u16()
    };
    assert_eq!((make(&old), make(&token), make(&token)), (403, 200, 403));
    assert_eq!(log_in(&url, "mora", PASSWORD), 200);
    drop(served);
    let mut again = serve(folder.path(), &["--accounts"]);
    let said = again.until("Lantern is at");
    again.child.kill().unwrap();
    assert!(
        !said
            .into_iter()
            .chain(again.lines.by_ref().map_while(Result::ok))
            .any(|line| line.contains("first-administrator"))
    );
}

#[test]
fn a_file_gives_the_first_administrators_password() {
    let folder = folder();
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    for _ in 0..2 {
        let mut served = serve(folder.path(), &["--accounts", "--admin-password-file", "password"]);
        let url = served.until("Lantern is at")[0].rsplit(' ').next().unwrap().to_string();
        assert_eq!(log_in(&url, "admin", PASSWORD), 200);
        // It is not read once an account exists.
        std::fs::write(folder.path().join("password"), "short").unwrap();
    }
}
