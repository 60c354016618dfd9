//! An encrypted history by the command line.

use crate::companion::{agent, case};
use crate::program::{Served, page};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

fn lantern(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(folder).args(arguments);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8([&*output.stdout, &*output.stderr].concat()).unwrap()
}

#[test]
fn a_history_is_encrypted_served_with_its_key_only_backed_up_and_given_another_key() {
    let folder = tempfile::tempdir().unwrap();
    page(&folder.path().join("site"));
    let run = |arguments: &[&str]| lantern(folder.path(), arguments).output().unwrap();
    let serve = |more: &[&str]| {
        let mut command = lantern(folder.path(), &["serve", "--port", "0", "--site", "site"]);
        let mut served = Served::start(command.args(more));
        let url = served.until("Lantern is at")[0].rsplit(' ').next().unwrap().to_string();
        (served, url)
    };
    let refused = |arguments: &[&str], word: &str| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(word), "{arguments:?}: {}", said(&output));
    };
    let total = |url: &str| {
        let mut answer = agent().get(format!("{url}/api/cases?text=zone")).call().unwrap();
        answer.body_mut().read_json::<serde_json::Value>().unwrap()["total"].as_u64().unwrap()
    };
    let (served, url) = serve(&[]);
    let save = |url: &str| {
        assert_eq!(agent().post(format!("{url}/api/cases")).send_json(case()).unwrap().status(), 201)
    };
    save(&url);
    let before = total(&url);
    assert!(run(&["key", "new", "key"]).status.success());
    assert_eq!(fs::metadata(folder.path().join("key")).unwrap().permissions().mode() & 0o777, 0o600);
    refused(&["key", "new", "key"], "exists already");
    refused(&["key", "set", "--new-key-file", "key"], "serves");
    drop(served);
    let set = run(&["key", "set", "--new-key-file", "key"]);
    assert!(set.status.success() && said(&set).contains("1 cases"), "{}", said(&set));

    let site = ["serve", "--port", "0", "--site", "site"];
    let with = |more: &[&'static str]| [&site[..], more].concat();
    refused(&site, "--key-file");
    assert!(run(&["key", "new", "other"]).status.success());
    refused(&with(&["--key-file", "other"]), "another key-file");
    fs::write(folder.path().join("short"), "abc").unwrap();
    refused(&with(&["--key-file", "short"]), "64 characters");
    refused(&with(&["--passphrase-file", "short"]), "cannot be used");
    let (served, url) = serve(&["--key-file", "key"]);
    save(&url);
    assert_eq!(total(&url), 2 * before);
    // Accounts and backups need no key, and a backup is as encrypted as the history.
    assert!(run(&["user", "list"]).status.success());
    assert!(run(&["backup", "copy.db"]).status.success());
    drop(served);
    assert!(run(&["restore", "copy.db"]).status.success());

    fs::write(folder.path().join("passphrase"), "correct horse battery\n").unwrap();
    refused(&["key", "set", "--new-passphrase-file", "passphrase"], "--key-file");
    let set = run(&["key", "set", "--key-file", "key", "--new-passphrase-file", "passphrase"]);
    assert!(set.status.success(), "{}", said(&set));
    refused(&with(&["--key-file", "key"]), "another passphrase");
    fs::set_permissions(folder.path().join("passphrase"), fs::Permissions::from_mode(0o644)).unwrap();
    refused(&["key", "set", "--passphrase-file", "passphrase", "--new-key-file", "short"], "chmod 600");
    let (_served, url) = serve(&["--passphrase-file", "passphrase"]);
    assert_eq!(total(&url), 2 * before);
}
