//! Collections of images for the classroom: what lies in the folder can be had, and nothing else.

use crate::companion::{Companion, header, refused};
use crate::program::page;
use lantern::account::Role;
use lantern::protocol::companion::CollectionList;
use lantern::server::Settings;
use std::fs;
use std::io::{Cursor, Read};
use std::process::Command;

/// A companion with a folder that holds a folder, an archive and what is no collection, beside a secret file.
fn companion() -> Companion {
    let folder = Companion::folder();
    let collections = folder.path().join("collections");
    for class in ["clear", "lesion/deeper"] {
        fs::create_dir_all(collections.join("cells").join(class)).unwrap();
        fs::write(collections.join("cells").join(class).join("1.png"), class).unwrap();
    }
    fs::write(collections.join("cells/.hidden"), "hidden").unwrap();
    fs::write(collections.join("lungs.zip"), "an archive").unwrap();
    fs::write(collections.join("notes.txt"), "no collection").unwrap();
    fs::write(folder.path().join("secret.zip"), "kept apart").unwrap();
    fs::create_dir_all(collections.join("empty")).unwrap();
    #[cfg(unix)]
    for (to, link) in [("secret.zip", "collections/link.zip"), ("collections", "collections/cells/all")] {
        std::os::unix::fs::symlink(folder.path().join(to), folder.path().join(link)).unwrap();
    }
    Companion::serve_as(folder, Settings { collections: Some(collections), ..Settings::default() })
}

#[test]
fn folders_and_archives_are_listed_and_fetched() {
    let companion = companion();
    let list: CollectionList = companion.nobody().json("/api/collections");
    let told: Vec<_> = list.collections.iter().map(|one| (one.name.as_str(), one.bytes)).collect();
    assert_eq!(told, [("cells", 18), ("lungs.zip", 10)]);
    let mut answer = companion.get("/api/collections/lungs.zip");
    assert_eq!(header(&answer, "content-type"), "application/zip");
    assert_eq!(answer.body_mut().read_to_string().unwrap(), "an archive");
    for _ in 0..2 {
        let bytes = companion.get("/api/collections/cells").body_mut().read_to_vec().unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        names.sort();
        assert_eq!(names, ["cells/clear/1.png", "cells/lesion/deeper/1.png"]);
        let mut text = String::new();
        archive.by_name("cells/clear/1.png").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "clear");
    }
}

#[test]
fn what_has_changed_is_read_anew() {
    let folder = Companion::folder();
    let collections = folder.path().join("collections");
    fs::create_dir(&collections).unwrap();
    let archive = collections.join("a.zip");
    fs::write(&archive, "old").unwrap();
    let settings = Settings { collections: Some(collections), ..Settings::default() };
    let companion = Companion::serve_as(folder, settings);
    let read = || companion.get("/api/collections/a.zip").body_mut().read_to_string().unwrap();
    assert_eq!(read(), "old");
    fs::write(&archive, "newer").unwrap();
    assert_eq!(read(), "newer");
}

#[test]
fn nothing_outside_the_folder_can_be_asked_for() {
    let companion = companion();
    for name in [
        "..",
        "%2e%2e",
        "../secret.zip",
        "..%2fsecret.zip",
        "%2e%2e%2fsecret.zip",
        "cells%2f..%2f..%2fsecret.zip",
        "..%5csecret.zip",
        "%2fetc%2fpasswd",
        "link.zip",
        "notes.txt",
        "empty",
        "cells%2fclear",
        ".hidden",
        "cells%00",
        "%ff",
        "CELLS",
    ] {
        let mut answer = companion.get(&format!("/api/collections/{name}"));
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().unwrap();
        assert!(!text.contains("kept apart") && !text.contains("root:"), "{name}: {text}");
        // A client may resolve the dots itself; then it asks for another route.
        assert!(status == 404 || name.starts_with("..") || name == "%2e%2e", "{name}: {status}");
    }
    // It is only read.
    assert_eq!(companion.delete("/api/collections/cells").status(), 405);
}

#[test]
fn who_is_not_logged_in_sees_no_collection_and_without_a_folder_there_is_none() {
    let companion = companion();
    let vera = companion.account("vera", Role::Viewer);
    for path in ["/api/collections", "/api/collections/cells"] {
        refused(companion.get(path), 401, "log-in");
        assert_eq!(vera.get(path).status(), 200, "{path}");
    }
    let without = Companion::start();
    assert!(without.nobody().json::<CollectionList>("/api/collections").collections.is_empty());
    refused(without.get("/api/collections/cells"), 404, "collection");
}

#[test]
fn a_folder_that_is_not_there_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    page(&folder.path().join("site"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    let command =
        command.current_dir(folder.path()).args(["serve", "--site", "site", "--collections", "none"]);
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("--collections"), "{told}");
}
