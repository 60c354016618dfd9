//! What a test needs and a machine may lack: data sets, browsers, other people's readers.

#![allow(dead_code, reason = "no test needs all of it")]

pub mod networks;

use lantern::dataset::Dataset;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Says what a test lacks, so that it can pass over it. With `LANTERN_STRICT=1`, which CI sets, that is a failure: a test that skips
/// has not passed. `make test` lists what was skipped at its end, from the file that `LANTERN_SKIPPED` names.
pub fn missing(what: &str) {
    assert!(std::env::var("LANTERN_STRICT").as_deref() != Ok("1"), "this machine lacks {what}");
    println!("skipped: this machine lacks {what}");
    if let Some(path) = std::env::var_os("LANTERN_SKIPPED")
        && let Ok(mut list) = std::fs::File::options().append(true).create(true).open(path)
    {
        let test = std::thread::current().name().unwrap_or("a test").to_string();
        // The list is a service; a test does not fail for it.
        writeln!(list, "{test}: {what}").ok();
    }
}

/// A file of the folder with the data sets; `None`, and said so, where it is absent.
pub fn file(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LANTERN_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let path = folder.join(name);
    if !path.exists() {
        missing(&format!("{name} in the folder that LANTERN_DATA names"));
        return None;
    }
    Some(path)
}

/// A data set; `None`, and said so, where it is absent.
pub fn data(archive: &str) -> Option<Dataset> {
    Some(Dataset::open(&file(archive)?).unwrap())
}

/// A file in the folder of tools, where `make setup-browser` installs it; `None`, and said so, where it did not.
pub fn tool(path: &str, what: &str) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let tools = variable("LANTERN_TOOLS").or_else(|| Some(cache()?.join("lantern/tools")));
    let found = tools.map(|tools| tools.join(path)).filter(|path| path.exists());
    if found.is_none() {
        missing(&format!("{what}, which `make setup-browser` installs"));
    }
    found
}

/// Whether a program is there that tells its version; says so where it is not.
pub fn has_program(program: &Path, what: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    if !is_there {
        missing(&format!("{what}, which `make setup-browser` installs"));
    }
    is_there
}

/// The largest difference between two rows; not a number where a value of either is none, which no tolerance then lets pass.
pub fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "rows of one length");
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    // `f32::max` would leave out what is no number.
    differences.fold(0.0, |most, off| if most.is_nan() || off <= most { most } else { off })
}
