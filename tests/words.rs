//! Holds the texts in one place: what the program says to people stands in `src/messages`, not where it is used.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failed expectation is the report"
)]

use std::fs;
use std::path::Path;

/// Where other words stand than those for people: the beginning of the path below `src`.
const ELSEWHERE: [&str; 22] = [
    "messages/",
    // Broken invariants: sizes that do not fit one another. Only who changes the program meets them, behind a message that says so.
    "kernels/",
    "learn/optimiser.rs",
    "learn/parameters.rs",
    "model/architecture.rs",
    "model/cuda/",
    "model/gradient.rs",
    "model/graph.rs",
    "model/network.rs",
    "model/tape.rs",
    "model/train_network.rs",
    // A number of a file of ours that is none; it stands below the messages.
    "units.rs",
    // Names of standards: transfer syntaxes, codes, operators.
    "dicom/syntax.rs",
    "import/",
    "model/onnx.rs",
    "report/structured/codes.rs",
    "report/structured/content.rs",
    // HTTP's words, OpenAPI's, names of types that are sent, HTML.
    "server/api.rs",
    "server/headers.rs",
    "server/routes.rs",
    // A file that tests draw.
    "dataset/phantom/dicom.rs",
    // SVG's words.
    "viewing/plot.rs",
];

/// What looks like a text and is none: the end of its file's path, and how it begins.
const ALLOWED: [(&str, &str); 79] = [
    // Names of standards.
    ("codec/htj2k/mod.rs", "High-Throughput"),
    ("dicom/tags.rs", "Float Pixel"),
    ("dicom/tags.rs", "Double Float"),
    // Keys, as browsers name them.
    ("", "Arrow"),
    ("", "Ctrl+"),
    ("", "End"),
    ("", "Escape"),
    ("ui/classroom/maps.rs", "Enter"),
    ("", "Home"),
    ("", "Shift+"),
    ("viewing/hotkeys.rs", "Alt"),
    ("viewing/hotkeys.rs", "CapsLock"),
    ("viewing/hotkeys.rs", "Control"),
    ("viewing/hotkeys.rs", "Dead"),
    ("viewing/hotkeys.rs", "Delete"),
    ("viewing/hotkeys.rs", "Enter"),
    ("viewing/hotkeys.rs", "Meta"),
    ("viewing/hotkeys.rs", "Page"),
    ("viewing/hotkeys.rs", "Shift"),
    ("viewing/hotkeys.rs", "Space"),
    ("viewing/hotkeys.rs", "Tab"),
    // Drawings, in SVG.
    ("ui/components/curve.rs", "M0 "),
    ("ui/viewer/icons.rs", "M"),
    ("server/trust.rs", "<svg"),
    ("server/trust.rs", "M{} "),
    ("viewing/curve.rs", "M{x} "),
    // Classes, selectors and sizes, in CSS.
    ("ui/components/announce.rs", "input, textarea"),
    ("ui/account/menu.rs", "quiet account"),
    ("ui/components/drop_place.rs", "button camera"),
    ("ui/components/header.rs", "calc("),
    ("ui/viewer/keys.rs", "input:not"),
    // They reach the console only, for developers.
    ("inference_worker/mod.rs", "the plain worker has no threads"),
    ("inference_worker/weights.rs", "the model could not be kept"),
    ("ui/components/thumbnail.rs", "no drawing here"),
    ("ui/viewer/paint.rs", "no drawing here"),
    // Files.
    ("cli/bundle.rs", "README.md"),
    ("cli/folder.rs", "README.md"),
    ("file/unpack.rs", "Thumbs.db"),
    // The header of NumPy's files.
    ("cli/compare.rs", "{{'descr'"),
    // A name in `refusals.json`.
    ("cli/refusals.rs", "drawn chests"),
    // Names and values of DICOM and FHIR.
    ("dicom/layout.rs", "PALETTE COLOR"),
    ("dicom/tags.rs", "Pixel Data"),
    ("report/fhir.rs", "<div"),
    ("report/fhir.rs", "<li>"),
    ("scope.rs", "DOSE REPORT"),
    ("scope.rs", "PATIENT PROTOCOL"),
    // Names.
    ("nifti/mod.rs", "NIfTI"),
    ("report/fhir.rs", "Lantern"),
    ("report/mod.rs", "Lantern "),
    ("report/structured/mod.rs", "Lantern"),
    ("sniff.rs", "WebP"),
    // Classes, as cards name them.
    ("dataset/gallery/mod.rs", "benign lesion"),
    ("dataset/gallery/mod.rs", "malignant lesion"),
    ("dataset/gallery/mod.rs", "no lesion"),
    ("dataset/gallery/mod.rs", "no pneumonia"),
    ("dataset/gallery/mod.rs", "no retinopathy"),
    ("dataset/gallery/mod.rs", "no tumour"),
    ("dataset/gallery/mod.rs", "not parasitised"),
    ("dataset/gallery/mod.rs", "pituitary tumour"),
    ("dataset/gallery/mod.rs", "vascular lesion"),
    // A rule of HTTP.
    ("server/site.rs", "public, max-age"),
    // SQL.
    ("store/cases.rs", "(CAST("),
    ("store/migrate.rs", "CREATE "),
    ("store/postgres.rs", "BEGIN"),
    ("store/postgres.rs", "SET "),
    ("store/postgres.rs", "Postgres"),
    ("", "DELETE FROM"),
    ("", "INSERT "),
    ("", "PRAGMA "),
    ("", "SELECT "),
    ("", "UPDATE "),
    ("", "VACUUM "),
    // A browser's names for errors.
    ("file_worker/database.rs", "AbortError"),
    ("file_worker/database.rs", "QuotaExceededError"),
    ("file_worker/database.rs", "VersionError"),
    ("sealing.rs", "DataKey"),
    ("protocol/vault.rs", "Passphrase"),
    // Names of HTTP.
    ("server/access.rs", "{name}={token}"),
    ("server/metrics.rs", "text/plain"),
];

/// What must be found.
const TEXTS: [&str; 15] = [
    r#"view! { <p>"later"</p> }"#,
    r#"view! { <button on:click=go>"Go on"</button> }"#,
    r#"view! { <label>
        "signs of"
        {list}</label> }"#,
    r#"view! { <nav aria-label="rooms"></nav> }"#,
    r#"view! { <FileButton label="choose" from/> }"#,
    r#"let status = format!("{done} of {all} are through");"#,
    r#"let name = if is_on { "Pause" } else { go_on };"#,
    r#"Self::Fit => "Fit","#,
    r#"let quote = '"'; let line = "A line";"#,
    r#"println!("wrote {}", path.display());"#,
    r##"let raw = r#"Two words"#;"##,
    r#"let url = "http://a"; let line = "after an address";"#,
    r#"#[error("the file is empty")]"#,
    r#"return Err(damaged("a table is missing"));"#,
    r#"json!({ "text": "Accession number" })"#,
];

/// What nobody may complain about.
const NO_TEXTS: [&str; 14] = [
    r#"view! { <p class="small wide">{page::list::NOTHING_FITS}</p> }"#,
    r#"view! { <b>{title}</b>": "{line} }"#,
    r#"view! { <path d="M12 4a8 8 0 0 1 0 16z"></path> }"#,
    r#"Self::History => "/history","#,
    r#"let name = format!("lantern-report-{digits}.{ending}");"#,
    r#"leptos::logging::warn!("this browser has no {name}");"#,
    r#"#[allow(missing_docs, reason = "titles say it")]"#,
    r#"// A comment with a "quoted text" in it."#,
    r#"println!("{}: {}", name, value);"#,
    r#"#[error("{}", fault::imaging::EMPTY)]"#,
    r#"#[serde(skip_serializing_if = "Option::is_none", try_from = "String")]"#,
    r#"json!({ "resourceType": "Patient", "display": "Imaging" })"#,
    r#"bytes.starts_with(b"PNG and more")"#,
    "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c(\"Some text\") } }",
];

/// A string literal.
struct Literal<'a> {
    text: &'a str,
    /// All that stands before it in its file.
    before: &'a str,
}

/// All string literals of a source, without those of comments and of its tests.
fn literals(source: &str) -> Vec<Literal<'_>> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < source.len() {
        let (before, rest) = source.split_at(at);
        at += if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with(r#"'"'"#) {
            3
        } else if let Some(text) = rest.strip_prefix('"') {
            let text = &text[..length(text, before.ends_with(['r', '#']))];
            found.push(Literal { text, before });
            text.len() + 2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
    }
    found
}

/// The length of a literal that begins here. In a raw one a backslash escapes nothing.
fn length(text: &str, is_raw: bool) -> usize {
    let mut is_escaped = false;
    let is_end = |(_, c): &(usize, char)| {
        let ends = *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped && !is_raw;
        ends
    };
    text.char_indices().find(is_end).map_or(text.len(), |(at, _)| at)
}

/// Whether people read it: what is printed, what an element holds, an attribute that is shown or heard, two words, or a label.
fn is_read(Literal { text, before }: &Literal) -> bool {
    const PRINTED: [&str; 5] = ["print!(", "println!(", "bail!(", "anyhow!(", ".context("];
    const SHOWN: [&str; 6] = ["aria-label=", "aria-valuetext=", "alt=", "label=", "placeholder=", "title="];
    // Attributes of the compiler and of serde; in FHIR the names of types, and those that a code system gives.
    const NOT_SHOWN: [&str; 9] = [
        "logging::error!(",
        "logging::log!(",
        "logging::warn!(",
        "reason = ",
        "skip_serializing_if = ",
        "try_from = ",
        " into = ",
        "\"resourceType\": ",
        "\"display\": ",
    ];
    let fixed = without_arguments(text);
    let is_bytes = before.strip_suffix('b').is_some_and(|before| !before.ends_with(char::is_alphanumeric));
    if is_bytes
        || !fixed.contains(char::is_alphabetic)
        || NOT_SHOWN.iter().any(|start| before.ends_with(start))
    {
        return false;
    }
    if before.ends_with('=') {
        return SHOWN.iter().any(|name| before.ends_with(name));
    }
    let before = before.trim_end();
    let is_inside = before.ends_with('>') && !before.ends_with("=>");
    let is_label = fixed.starts_with(char::is_uppercase) && fixed.contains(char::is_lowercase);
    let words = fixed.split_whitespace().filter(|word| word.contains(char::is_alphabetic));
    is_inside || is_label || words.count() > 1 || PRINTED.iter().any(|start| before.ends_with(start))
}

/// A text without its `{arguments}` and line breaks.
fn without_arguments(text: &str) -> String {
    let text = text.replace(r"\n", " ");
    text.split('{').map(|part| part.split_once('}').map_or(part, |(_, after)| after)).collect()
}

/// Where `source` holds texts. `path`: below `src`.
fn texts(path: &str, source: &str) -> Vec<String> {
    let is_allowed = |literal: &Literal| {
        ALLOWED.iter().any(|(end, start)| path.ends_with(end) && literal.text.starts_with(start))
    };
    let line = |literal: &Literal| literal.before.matches('\n').count() + 1;
    let found = literals(source).into_iter().filter(|literal| is_read(literal) && !is_allowed(literal));
    found.map(|literal| format!("{path}:{}: {:?}", line(&literal), literal.text)).collect()
}

fn search(root: &Path, folder: &Path) -> Vec<String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let inside = |path: std::path::PathBuf| {
        let below = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        if path.is_dir() {
            search(root, &path)
        } else if below.ends_with(".rs") && !ELSEWHERE.iter().any(|start| below.starts_with(start)) {
            texts(&below, &fs::read_to_string(&path).unwrap())
        } else {
            vec![]
        }
    };
    paths.flat_map(inside).collect()
}

#[test]
fn all_texts_stand_in_messages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let found = search(&root, &root);
    assert!(found.is_empty(), "these texts belong to src/messages:\n{}", found.join("\n"));
}

#[test]
fn texts_are_told_from_other_literals() {
    for source in TEXTS {
        assert_eq!(texts("ui/new.rs", source).len(), 1, "{source}");
    }
    for source in NO_TEXTS {
        assert!(texts("ui/new.rs", source).is_empty(), "{source}");
    }
}
