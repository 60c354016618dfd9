//! Holds the architecture: which floor may import which, and what may stand nowhere. `ARCHITECTURE.md` gives the reasons.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, lowest first. A module imports only from floors below its own, and from itself.
const FLOORS: [&[&str]; 6] = [
    &["case", "fingerprint", "metrics", "units"],
    &["dataset", "imaging"],
    &["explanation", "kernels", "model", "prediction"],
    &["engine", "learn"],
    &["protocol"],
    &["cli", "server", "store", "ui", "worker"],
];

/// Imports on one floor, each with its reason.
const NEIGHBOURS: [(&str, &str); 8] = [
    ("metrics", "units"),   // an estimate is a unit
    ("case", "units"),      // a finding has a probability
    ("dataset", "imaging"), // the audit reads the images it counts
    ("model", "kernels"),   // networks are made of kernels
    ("learn", "engine"),    // evaluation goes through the one inference path
    ("cli", "server"),      // the command line starts the server
    ("cli", "store"),       // and opens the history for it
    ("server", "store"),    // the server keeps cases
];

struct Source {
    /// Path below `src`.
    path: String,
    /// The module that the file belongs to: `learn` for `learn/session.rs`.
    module: String,
    /// The text without its tests and comments.
    code: String,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                let module = path.split('/').next().unwrap().trim_end_matches(".rs").to_string();
                found.push(Source { path, module, code: code(&text), lines: text.lines().count() });
            }
        }
    }
    assert!(found.len() > 40, "only {} sources were found", found.len());
    found
}

/// The text up to its tests, without comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Top modules of this crate that a source names: `crate::x`, and each of `crate::{x, y}`.
fn imports(code: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    code.split("crate::")
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(group) => {
                top_level(group.split("};").next().unwrap()).iter().map(|part| name(part.trim())).collect()
            }
            None => vec![name(rest)],
        })
        .filter(|name| !name.is_empty())
        .collect()
}

/// Parts of a group, without those of inner groups.
fn top_level(group: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            c if depth == 0 => parts.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    parts
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn may_import(from: &str, to: &str) -> bool {
    match (floor(from), floor(to)) {
        (Some(a), Some(b)) => from == to || b < a || NEIGHBOURS.contains(&(from, to)),
        // `lib`, `bin` and names that are no modules.
        _ => true,
    }
}

/// Fails with every source whose code names one of `words`, unless `allowed`.
fn nowhere(words: &[&str], reason: &str, allowed: impl Fn(&Source) -> bool) {
    let found: Vec<String> = sources()
        .iter()
        .filter(|source| !allowed(source))
        .flat_map(|source| {
            words.iter().filter(|w| source.code.contains(**w)).map(|w| format!("{}: {w}", source.path))
        })
        .collect();
    assert!(found.is_empty(), "{reason}\n{}", found.join("\n"));
}

#[test]
fn every_module_stands_on_a_floor() {
    for source in sources().iter().filter(|s| s.module != "lib" && s.module != "bin") {
        assert!(floor(&source.module).is_some(), "{} stands on no floor", source.path);
    }
}

#[test]
fn imports_go_downward() {
    let mut wrong = Vec::new();
    for source in sources() {
        for name in imports(&source.code).iter().filter(|name| !may_import(&source.module, name)) {
            wrong.push(format!("{} imports {name}", source.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn i1_only_few_places_know_the_target() {
    nowhere(&["target_arch"], "I1: floors 0 to 4 compile on both targets", |s| {
        s.module == "lib" || s.module == "bin" || s.module == "kernels"
    });
}

#[test]
fn i2_the_page_speaks_protocol_and_computes_nothing() {
    nowhere(&["candle_", "crate::engine", "crate::learn", "crate::model", "crate::kernels"], "I2", |s| {
        s.module != "ui"
    });
}

#[test]
fn i3_there_is_one_inference_path() {
    let allowed = ["engine", "learn", "model", "prediction", "explanation", "kernels"];
    nowhere(&[".features(", ".head(", "probabilities("], "I3: all inference goes through the engine", |s| {
        allowed.contains(&s.module.as_str())
    });
}

#[test]
fn i4_there_is_one_convolution() {
    nowhere(
        &["conv2d", "conv1d", "candle_nn::Conv", "batch_norm("],
        "I4: convolution lives in kernels",
        |s| s.module == "kernels",
    );
}

#[test]
fn i5_no_type_sent_to_the_companion_can_hold_pixels() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/protocol/companion.rs")).unwrap();
    assert_eq!(pixel_fields(&code(&text)), Vec::<String>::new());
    nowhere(&["Multipart", "multipart"], "I5: the companion takes no files", |s| s.module != "server");
}

/// Fields of public structs whose type is none of the few that cannot hold an image.
fn pixel_fields(code: &str) -> Vec<String> {
    const SAFE: [&str; 9] = [
        "String",
        "Probability",
        "Verdict",
        "i64",
        "u64",
        "u16",
        "NewCase",
        "Vec<SavedCase>",
        "ProblemDetails",
    ];
    code.lines()
        .filter_map(|line| line.trim().strip_prefix("pub ")?.strip_suffix(',')?.split_once(": "))
        .filter(|(_, kind)| !SAFE.contains(kind))
        .map(|(name, kind)| format!("{name}: {kind}"))
        .collect()
}

#[test]
fn i6_network_code_has_two_homes() {
    nowhere(
        &["gloo_net", "fetch_with", "XmlHttpRequest", "WebSocket", "send_beacon", "EventSource"],
        "I6",
        |s| s.path == "ui/net.rs" || s.path == "worker/weights.rs",
    );
}

#[test]
fn i8_no_clock_and_no_chance_below_the_doors() {
    let words = [
        "Instant::now",
        "SystemTime",
        "Date::now",
        "thread_rng",
        "rand::rng(",
        "from_os_rng",
        "from_entropy",
    ];
    nowhere(&words, "I8: clock and chance are passed in", |s| floor(&s.module).is_none_or(|f| f == 5));
}

#[test]
fn a_file_holds_one_thing() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|s| s.lines > 500)
        .map(|s| format!("{}: {} lines", s.path, s.lines))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_checks_can_fail() {
    assert_eq!(imports("use crate::engine::{self, Engine};\nlet x = crate::units::P;"), ["engine", "units"]);
    assert_eq!(imports("use crate::{case::{A, B}, server};"), ["case", "server"]);
    assert!(!may_import("imaging", "engine") && !may_import("ui", "worker") && !may_import("units", "case"));
    assert!(may_import("learn", "metrics") && may_import("cli", "server"));
    assert_eq!(pixel_fields("pub image: Vec<u8>,\npub note: String,"), ["image: Vec<u8>"]);
    assert_eq!(code("a // b\n#[cfg(test)]\nmod tests { conv2d }"), "a ");
}
