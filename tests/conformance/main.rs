//! Other people's test suites, where `LANTERN_CONFORMANCE` names the folder that holds them (docs/dicom-conformance.md says which, and where
//! they are found). `truth.py` beside this file writes what others make of them. Every result is pinned: the counts in the document's table,
//! and in `results.txt` each file whose samples are not equal.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failed expectation is the report"
)]

#[path = "../../fuzz/streams.rs"]
mod streams;

use lantern::codec::{self, Expected, jpeg, jpeg_ls, jpeg2000};
use lantern::dicom;
use lantern::imaging::{self, ErrorKind};
use lantern::sniff::{Kind, sniff};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Folders of suites, and where each is found. Of the last one only is asked that no file breaks a reader: its results are counted, not
/// listed.
const SUITES: [(&str, &str); 9] = [
    ("charls", "GitHub's team-charls/charls"),
    ("openjpeg-data", "GitHub's uclouvain/openjpeg-data"),
    ("pylibjpeg-data", "GitHub's pydicom/pylibjpeg-data"),
    ("pydicom-data", "PyPI's pydicom-data 1.0.0, its folder data_store"),
    ("dcm4che", "GitHub's dcm4che/dcm4che, its folder dcm4che-test-data"),
    ("highdicom", "GitHub's ImagingDataCommons/highdicom, its folder data"),
    ("imagecodecs", "PyPI's source of imagecodecs 2026.8.16, its folder tests/data"),
    ("pngsuite", "GitHub's lunapaint/pngsuite"),
    ("seed-corpora", "GitHub's libjpeg-turbo/seed-corpora"),
];
/// The most memory that all suites may take, in kB.
const MEMORY: u64 = 2 << 20;
const DOCUMENT: &str = include_str!("../../docs/dicom-conformance.md");
const RESULTS: &str = include_str!("results.txt");

/// Samples and the bits of their cells.
type Decoded = (Vec<u8>, u32);

/// A kind of refusal, which is pinned, and its words.
type Refusal = (&'static str, String);

/// What others make of a file, and where.
struct Truth {
    samples: PathBuf,
    bits: u32,
    is_signed: bool,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn of_codec(decoded: Result<codec::Samples, codec::Error>) -> Result<Decoded, Refusal> {
    match decoded {
        Ok(samples) => Ok((samples.values.to_bytes(), u32::from(samples.values.bits()))),
        Err(error) => {
            let is_damaged = matches!(error, codec::Error::Damaged { .. });
            Err((if is_damaged { "damaged" } else { "of a rare kind" }, error.to_string()))
        }
    }
}

/// A stream without a file around it: more pixels than a file may hold are refused, as the file's reader would.
fn stream(
    expected: Option<Expected>,
    decode: impl Fn(&Expected) -> Result<codec::Samples, codec::Error>,
) -> Result<Decoded, Refusal> {
    let expected = expected.ok_or(("damaged", "no size".to_string()))?;
    if u64::from(expected.width) * u64::from(expected.height) > imaging::MAX_PIXELS || expected.components > 4
    {
        return Err(("too large", format!("{expected:?}")));
    }
    of_codec(decode(&expected))
}

fn object(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let named = |error: dicom::Error| {
        let kind = match error {
            dicom::Error::NoImage { .. } => "without an image",
            dicom::Error::Unsupported { .. } => "of a rare kind",
            dicom::Error::Damaged { .. } => "damaged",
            dicom::Error::TooLarge { .. } => "too large",
            _ => "not DICOM",
        };
        (kind, error.to_string())
    };
    let object = dicom::open(bytes).map_err(named)?;
    let (mut all, mut bits) = (Vec::new(), 0);
    for frame in 0..object.frames() {
        let stored = object.stored(frame).map_err(named)?;
        bits = u32::from(stored.bits);
        all.extend(stored.samples);
    }
    Ok((all, bits))
}

fn picture(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let stored = imaging::stored(bytes).map_err(|error| {
        let kind = match error.kind() {
            ErrorKind::Empty => "empty",
            ErrorKind::NotAnImage => "of a rare kind",
            ErrorKind::Damaged => "damaged",
            ErrorKind::TooLarge => "too large",
        };
        (kind, error.to_string())
    })?;
    Ok((stored.samples, u32::from(stored.bits)))
}

/// `None` where the file is none that is read here.
fn decode(path: &Path, bytes: &[u8]) -> Option<Result<Decoded, Refusal>> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    Some(match ending.to_lowercase().as_str() {
        "j2k" | "jp2" | "j2c" | "jpc" | "jhc" => {
            stream(streams::jpeg2000(bytes), |expected| jpeg2000::decode(bytes, expected))
        }
        "jls" => stream(streams::jpeg_ls(bytes), |expected| jpeg_ls::decode(bytes, expected)),
        // T.83's streams have no colours that a picture could have.
        "jpg" if ending == "JPG" => match jpeg::Stream::read(bytes) {
            Ok(read) => of_codec(read.decode(bytes, jpeg::Output::Coded)),
            Err(error) => of_codec(Err(error)),
        },
        _ if dicom::is(bytes) || ending == "dcm" => object(bytes),
        _ if matches!(sniff(bytes), Kind::Picture(_)) => picture(bytes),
        _ => return None,
    })
}

fn truths(folder: &Path, suite: &str) -> BTreeMap<String, Truth> {
    let listed =
        std::fs::read_to_string(folder.join("truth").join(format!("{suite}.jsonl"))).unwrap_or_default();
    let truth = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let place = line["samples"].as_str()?;
        let samples = folder.join("truth").join(suite).join(place);
        let (bits, is_signed) = (line["bits"].as_u64().unwrap() as u32, line["is_signed"].as_bool().unwrap());
        Some((line["file"].as_str().unwrap().to_string(), Truth { samples, bits, is_signed }))
    };
    listed.lines().filter_map(truth).collect()
}

fn numbers(bytes: &[u8], bits: u32, is_signed: bool) -> impl ExactSizeIterator<Item = i64> {
    let sign = 1i64 << (bits - 1);
    let value = |cell: &[u8]| cell.iter().rev().fold(0i64, |sum, byte| sum << 8 | i64::from(*byte));
    let cells = bytes.chunks_exact((bits / 8) as usize).map(value);
    cells.map(move |cell| if is_signed { (cell ^ sign) - sign } else { cell })
}

fn compared((ours, bits): &Decoded, truth: &Truth) -> String {
    let ours = numbers(ours, *bits, truth.is_signed);
    let theirs = std::fs::read(&truth.samples).unwrap();
    let theirs = numbers(&theirs, truth.bits, truth.is_signed);
    if ours.len() != theirs.len() {
        return format!("{} samples instead of {}", ours.len(), theirs.len());
    }
    match ours.zip(theirs).map(|(a, b)| a.abs_diff(b)).max() {
        Some(0) | None => "equal".into(),
        Some(1) => "off by one".into(),
        Some(most) => format!("off by {most}"),
    }
}

/// The most memory that this process ever took, in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// A suite's results by file.
fn results(folder: &Path, suite: &str) -> BTreeMap<String, String> {
    let root = folder.join(suite);
    let truths = truths(folder, suite);
    let result = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let decoded = std::panic::catch_unwind(|| decode(path, &bytes));
        let outcome = match decoded {
            Err(_) => "panics".into(),
            Ok(None) => return None,
            Ok(Some(Err((kind, why)))) => {
                println!("{suite}/{name}: {why}");
                format!("refused: {kind}")
            }
            Ok(Some(Ok(decoded))) => {
                truths.get(&name).map_or("not judged".into(), |truth| compared(&decoded, truth))
            }
        };
        Some((name, outcome))
    };
    files(&root).iter().filter_map(result).collect()
}

/// A row of the document's table.
fn row(suite: &str, results: &BTreeMap<String, String>) -> String {
    let count = |is: &dyn Fn(&str) -> bool| results.values().filter(|outcome| is(outcome)).count();
    let [equal, one, unjudged] =
        ["equal", "off by one", "not judged"].map(|kind| count(&|outcome| outcome == kind));
    let refused = count(&|outcome| outcome.starts_with("refused"));
    // Further off, or of another size.
    let more = results.len() - equal - one - unjudged - refused;
    format!("| {suite} | {} | {equal} | {one} | {more} | {refused} | {unjudged} |", results.len())
}

#[test]
fn every_suite_gives_what_is_pinned() {
    // Where there are none this is no failure: they are fetched by hand.
    let folder = PathBuf::from(std::env::var_os("LANTERN_CONFORMANCE").unwrap_or_default());
    let (mut table, mut listed, mut missing) = (Vec::new(), String::new(), Vec::new());
    for (suite, place) in SUITES {
        let results = if folder.is_dir() { results(&folder, suite) } else { BTreeMap::new() };
        if results.is_empty() {
            println!("skipped: LANTERN_CONFORMANCE names no folder with {suite}, which is found at {place}");
            missing.push(suite);
            continue;
        }
        let row = row(suite, &results);
        println!("{row}");
        table.push(row);
        let notable = results.iter().filter(|(_, outcome)| *outcome != "equal");
        for (name, outcome) in notable.filter(|(_, outcome)| suite != "seed-corpora" || *outcome == "panics")
        {
            writeln!(listed, "{suite}/{name}: {outcome}").unwrap();
        }
    }
    if table.is_empty() {
        return;
    }
    println!("{} MB at most", memory() >> 10);
    std::fs::write(folder.join("results.txt"), &listed).unwrap();
    assert!(!listed.contains(": panics\n"), "a reader panics: {listed}");
    assert!(memory() < MEMORY, "{} kB were taken", memory());
    let known: Vec<&str> =
        RESULTS.lines().filter(|line| !missing.iter().any(|suite| line.starts_with(suite))).collect();
    let changed: Vec<&str> = listed.lines().filter(|line| !known.contains(line)).collect();
    let gone: Vec<&&str> = known.iter().filter(|line| !listed.lines().any(|other| other == **line)).collect();
    assert!(
        changed.is_empty() && gone.is_empty(),
        "now {changed:#?}\nno longer {gone:#?}\nall in results.txt of the folder"
    );
    for row in table {
        assert!(DOCUMENT.contains(&row), "docs/dicom-conformance.md lacks {row}");
    }
}
