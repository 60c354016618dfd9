//! Holds the form of the program's error messages: each says what happened, what that means, and what to do next, in plain words.
//! `src/messages/fault` has whole messages, `src/messages/why` the parts that stand inside of one. Both are read as sources, so that none
//! is left out; what damaged and rare files come to is looked at too.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failed expectation is the report"
)]

use lantern::dataset::phantom;
use lantern::file;
use std::fs;
use std::path::{Path, PathBuf};

/// What an advice begins with.
const ADVICE: [&str; 56] = [
    "ask",
    "begin",
    "build",
    "change",
    "check",
    "choose",
    "close",
    "compute",
    "copy",
    "correct",
    "crop",
    "delete",
    "export",
    "fetch",
    "fit",
    "give",
    "hold",
    "install",
    "leave",
    "load",
    "lower",
    "make",
    "measure",
    "name",
    "open",
    "pick",
    "put",
    "raise",
    "read",
    "reload",
    "remove",
    "rename",
    "replace",
    "report",
    "restore",
    "save",
    "say",
    "see",
    "send",
    "set",
    "shorten",
    "show",
    "start",
    "stop",
    "take",
    "train",
    "try",
    "uninstall",
    "unpack",
    "use",
    "wait",
    "write",
    "turn",
    "add",
    "drop",
    "keep",
];

/// Words of libraries and of the language, which say nothing to a user.
const FOREIGN: [&str; 12] = [
    "Unknown(",
    "Os {",
    "InvalidData",
    "UnexpectedEof",
    "Some(",
    "Err(",
    "Error",
    "panicked",
    "unwrap",
    "os error",
    "deserialize",
    "EOCD",
];

/// A text of the sources: where it stands, and itself, each argument replaced by `X`.
struct Text {
    place: String,
    text: String,
}

/// The texts of a folder below `src/messages`. Lists of sizes are the only arguments that may be written as the language writes them.
fn texts(folder: &str) -> Vec<Text> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/messages").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let source = fs::read_to_string(&path).unwrap();
        let code: String = source
            .lines()
            .filter(|line| !line.trim_start().starts_with(['/', '#']))
            .map(|l| format!("{l}\n"))
            .collect();
        // Every second piece between quotes is a literal.
        for (before, text) in pairs(&code.replace(r#"\""#, "'")) {
            let text = text.replace(r"\n", " ");
            let is_list = before.rsplit("texts!").next().unwrap().contains("[usize]");
            assert!(
                is_list || !text.contains(":?}"),
                "{folder}/{name}: {text} shows an argument as the language does"
            );
            if text.contains(char::is_whitespace) {
                found.push(Text { place: format!("{folder}/{name}"), text: filled(&text) });
            }
        }
    }
    found
}

/// Each literal and what stands before it on its line.
fn pairs(code: &str) -> Vec<(String, String)> {
    let pieces: Vec<&str> = code.split('"').collect();
    let is_constant = |before: &str| !before.ends_with("join(");
    let both = pieces
        .chunks_exact(2)
        .map(|both| (both[0].rsplit('\n').next().unwrap().to_string(), both[1].to_string()));
    both.filter(|(before, _)| is_constant(before)).collect()
}

/// A text with its arguments.
fn filled(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| text + "X" + part.split_once('}').map_or(part, |(_, after)| after))
}

/// The advice that a message gives, clause by clause.
fn advice(message: &str) -> Vec<String> {
    let clauses = message.replace(". ", "; ").replace(": ", "; ").replace(" (", "; ");
    let is_advice = |clause: &&str| {
        let word: String = clause.trim_start().chars().take_while(|c| c.is_alphabetic()).collect();
        ADVICE.contains(&word.to_lowercase().as_str())
    };
    clauses.split("; ").filter(is_advice).map(String::from).collect()
}

/// What is wrong with the form of a whole message.
fn faults(message: &str) -> Vec<String> {
    let mut found = part_faults(message);
    let advice = advice(message);
    if advice.len() != 1 {
        found.push(format!("has {} advices", advice.len()));
    }
    let before = advice.first().and_then(|advice| message.find(advice.as_str())).unwrap_or(message.len());
    if message[..before].split_whitespace().count() < 3 {
        found.push("does not say what happened".into());
    }
    if message.contains("damaged")
        && ["cannot be read here", "unsupported"].iter().any(|word| message.contains(word))
    {
        found.push("says damaged and unsupported".into());
    }
    found
}

fn part_faults(text: &str) -> Vec<String> {
    let foreign = FOREIGN.iter().filter(|word| text.contains(**word));
    foreign.map(|word| format!("has a library's word, {word}")).collect()
}

#[test]
fn every_message_says_what_happened_and_gives_one_advice() {
    let messages = texts("fault");
    assert!(messages.len() > 100, "only {} messages were found", messages.len());
    let mut wrong = Vec::new();
    for Text { place, text } in messages {
        // A kind of file stands inside of a message about it.
        let text = if place.ends_with("/kind") {
            lantern::messages::fault::imaging::not_an_image(&text)
        } else {
            text
        };
        // The advice about files follows what kind they are.
        let is_frame = text.starts_with("the file is X, ");
        wrong.extend(
            faults(&text).iter().filter(|_| !is_frame).map(|fault| format!("{place}: {text:?} {fault}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_problem_on_the_page_gives_one_advice() {
    let of_page = [
        "NO_",
        "unread",
        "empty_",
        "too_many",
        "nested",
        "DOES_",
        "STOPPED",
        "TAKEN",
        "UNEXPECTED",
        "TWO_",
        "MAP_",
    ];
    let source =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/messages/page/fault.rs")).unwrap();
    let lines =
        source.lines().filter(|line| of_page.iter().any(|start| line.trim_start().starts_with(start)));
    let messages: Vec<String> = lines.filter_map(|line| Some(filled(line.split('"').nth(1)?))).collect();
    assert!(messages.len() >= 12, "{messages:?}");
    let wrong: Vec<String> = messages
        .iter()
        .filter(|text| advice(text).is_empty())
        .map(|text| format!("{text:?} has no advice"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_part_leaves_the_advice_to_its_message() {
    let mut wrong = Vec::new();
    for Text { place, text } in texts("why") {
        let both =
            part_faults(&text).into_iter().chain(advice(&text).into_iter().map(|a| format!("advises: {a}")));
        // A file may be damaged or of a rare kind; the message says which.
        let names =
            ["damaged", "unsupported", "cannot be read here"].iter().filter(|word| text.contains(**word));
        let both: Vec<String> = both.chain(names.map(|word| format!("says {word}"))).collect();
        wrong.extend(both.iter().map(|fault| format!("{place}: {text:?} {fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a file comes to: nothing, if it can be read.
fn refusal(bytes: &[u8]) -> Option<String> {
    file::image(bytes).err().map(|error| error.to_string())
}

#[test]
fn a_file_that_is_cut_short_is_damaged_and_one_that_is_whole_never_is() {
    let film = phantom::png(phantom::asymmetric(60, 40));
    let chest = phantom::chest(3, 80);
    let dicom =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/faults/pneu_nowin.dcm")).unwrap();
    for whole in [film, chest, dicom] {
        assert_eq!(refusal(&whole), None);
        for part in 1..20 {
            if let Some(said) = refusal(&whole[..whole.len() * part / 20]) {
                assert!(faults(&said).is_empty() && said.contains("damaged"), "{said}: {:?}", faults(&said));
            }
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    for entry in ["faults", "jpeg", "nifti"].iter().flat_map(|name| fs::read_dir(folder.join(name)).unwrap())
    {
        let path = entry.unwrap().path();
        let Some(said) = refusal(&fs::read(&path).unwrap()) else { continue };
        assert!(faults(&said).is_empty(), "{}: {said}: {:?}", path.display(), faults(&said));
        let is_broken = path.ends_with("missing_item_delim.dcm");
        assert_eq!(said.contains("damaged"), is_broken, "{}: {said}", path.display());
    }
}

#[test]
fn the_form_of_a_message_is_told() {
    let good = "the file is empty: there is nothing to show; copy or export it again";
    assert!(faults(good).is_empty(), "{:?}", faults(good));
    for bad in [
        "the file is empty",
        "it fails; try again; use another",
        "try again",
        "the disk failed: Os { code: 5 }; try again",
        "the film is damaged and cannot be read here; fetch it again",
    ] {
        assert!(!faults(bad).is_empty(), "{bad}");
    }
}
