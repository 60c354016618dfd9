//! Holds `docs/risk.md` to its word: each test that it names as holding a control exists, and no text calms anybody.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "in a test a failed expectation is the report")]

use std::fs;
use std::path::{Path, PathBuf};

const RISKS: &str = include_str!("../docs/risk.md");

/// What would tell somebody that nothing is wrong.
const CALMING: [&str; 8] = [
    "all clear",
    "you are healthy",
    "is healthy",
    "nothing is wrong",
    "nothing to worry",
    "no disease",
    "no cancer",
    "no need to see",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let inner = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(inner).filter(|path| path.extension().is_some_and(|ending| ending == "rs")).collect()
}

fn texts_of(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    sources(&root).into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The names in the last column of the table of hazards.
fn named() -> Vec<&'static str> {
    let rows = RISKS.lines().filter(|line| line.starts_with("| H"));
    let last = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    last.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_control_is_held_by_a_test_that_exists() {
    let all: String =
        ["tests", "src"].iter().flat_map(|folder| texts_of(folder)).map(|(_, text)| text).collect();
    let is_test = |name: &str| {
        let place = all.find(&format!("fn {name}("))?;
        let before = all.get(..place)?.trim_end().trim_end_matches("async").trim_end();
        Some(before.ends_with(']') && before.rsplit('\n').take(3).any(|line| line.contains("test")))
    };
    let named = named();
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<&str> = named.into_iter().filter(|name| is_test(name) != Some(true)).collect();
    assert!(missing.is_empty(), "docs/risk.md names tests that do not exist: {missing:?}");
}

#[test]
fn every_hazard_has_a_control_and_a_test() {
    let rows: Vec<Vec<&str>> = RISKS
        .lines()
        .filter(|line| line.starts_with("| H"))
        .map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    for (number, row) in rows.iter().enumerate() {
        assert_eq!(row.len(), 6, "{row:?}");
        assert_eq!(row.first().copied(), Some(format!("H{}", number + 1).as_str()));
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
    }
}

#[test]
fn no_text_says_all_clear() {
    for (path, text) in texts_of("src/messages") {
        let said = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<String>();
        let said = said.to_lowercase();
        let found: Vec<&&str> = CALMING.iter().filter(|words| said.contains(**words)).collect();
        assert!(found.is_empty(), "{} says {found:?}", path.display());
    }
}
