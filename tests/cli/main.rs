//! The command line as a person or a script uses it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

#[path = "../files/bomb.rs"]
mod bomb;
mod bundles;
mod compare;
mod examine;
mod places;
mod small;
#[path = "../support/mod.rs"]
mod support;
mod sweep;
mod training;

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn lantern(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_string_lossy().into_owned()
}
