//! Holds the architecture: which floor may import which, and what may stand nowhere. `ARCHITECTURE.md` gives the reasons.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]

use std::fs;
use std::path::Path;

/// The floors, lowest first. A module imports only from floors below its own, and from itself.
const FLOORS: [&[&str]; 6] = [
    &[
        "about",
        "account",
        "codec",
        "examination",
        "fingerprint",
        "frame",
        "lesson",
        "messages",
        "metrics",
        "scope",
        "sealing",
        "sniff",
        "study",
        "text",
        "triage",
        "units",
    ],
    &["dataset", "dicom", "file", "imaging", "nifti", "preprocess", "viewing"],
    &["calibration", "classic", "explanation", "gate", "kernels", "model"],
    &["compare", "engine", "learn"],
    &["case", "protocol", "report", "schedule", "vault"],
    &[
        "classroom_worker",
        "cli",
        "file_worker",
        "import",
        "inference_worker",
        "server",
        "store",
        "ui",
        "worker_port",
    ],
];

/// Imports on one floor, each with its reason.
const NEIGHBOURS: [(&str, &str); 53] = [
    ("account", "messages"),        // a name that is refused is told why
    ("about", "scope"),             // a bundle says for which headers it is meant
    ("metrics", "units"),           // an estimate is a unit
    ("examination", "units"),       // a finding has a probability
    ("examination", "scope"),       // and a refusal what a header said
    ("examination", "metrics"),     // whose reliability bins a verdict looks at
    ("study", "scope"),             // of which a file's header is one
    ("study", "examination"),       // a file has an image
    ("messages", "examination"),    // what is said is said of an examination
    ("lesson", "metrics"),          // a trial looks at the most probable class
    ("lesson", "units"),            // what a training came to is estimated
    ("messages", "lesson"),         // what is said of a lesson and of its settings
    ("messages", "metrics"),        // of its figures
    ("messages", "scope"),          // of what a header said
    ("triage", "examination"),      // what was found decides how soon to see a doctor
    ("triage", "scope"),            // and what a card is for decides what is asked
    ("messages", "triage"),         // which is told in words
    ("messages", "text"),           // in pieces that texts share
    ("messages", "units"),          // and of probabilities
    ("codec", "messages"),          // a stream that cannot be decoded is told of
    ("fingerprint", "messages"),    // so is what is no fingerprint
    ("sniff", "messages"),          // and what a file is
    ("dataset", "file"),            // the audit reads the images it counts, pictures and DICOM
    ("dataset", "imaging"),         // acquisition is told by their pixels
    ("preprocess", "imaging"),      // an image becomes an input
    ("dataset", "preprocess"),      // acquisition is told by sharpness and light
    ("dicom", "imaging"),           // an object's frame becomes an image for the model
    ("file", "dicom"),              // a file is a DICOM object
    ("file", "imaging"),            // or a picture
    ("file", "nifti"),              // or a volume
    ("nifti", "imaging"),           // which is refused as pictures are, and whose slices become images
    ("case", "report"),             // a kept case becomes a report again
    ("protocol", "case"),           // the companion keeps cases
    ("protocol", "report"),         // a report is written as DICOM SR by the file worker
    ("schedule", "protocol"),       // jobs have the page's numbers
    ("sealing", "fingerprint"),     // keyed fingerprints are written in hexadecimal
    ("vault", "case"),              // what is sealed is a case
    ("vault", "protocol"),          // as the companion has it
    ("model", "kernels"),           // networks are made of kernels
    ("gate", "model"),              // features tell how far an image is
    ("explanation", "model"),       // a map explains a network's features
    ("learn", "engine"),            // evaluation goes through the one inference path
    ("classic", "kernels"),         // learners of tables multiply matrices
    ("compare", "engine"),          // a released bundle is compared as it examines
    ("compare", "learn"),           // and networks as they are trained
    ("file_worker", "worker_port"), // both workers talk to the page the same way
    ("classroom_worker", "worker_port"),
    ("classroom_worker", "inference_worker"), // released bundles are fetched in one place
    ("inference_worker", "worker_port"),
    ("cli", "import"),   // the command line imports networks
    ("cli", "server"),   // and starts the server
    ("cli", "store"),    // and opens the history for it
    ("server", "store"), // the server keeps cases
];

/// Tells what of a source breaks a rule.
type Rule = fn(&Source) -> Vec<String>;

/// Each rule with what it says of a source that breaks it.
const RULES: [(&str, Rule); 12] = [
    ("every module stands on a floor", on_a_floor),
    ("imports go downward", downward),
    ("I1: floors 0 to 4 compile on both targets", few_know_the_target),
    ("I2: the page speaks protocol and computes nothing", page_computes_nothing),
    ("I3: all inference goes through the engine", one_inference_path),
    ("I4: convolution lives in kernels", one_convolution),
    ("I5: no type sent to the companion can hold pixels", no_pixels),
    ("I5: the companion takes no files", no_upload),
    ("I6: network code has two homes", two_homes_of_the_network),
    ("I8: clock and chance are passed in", no_clock_and_no_chance),
    ("a file holds one thing", short),
    ("library code does not panic", no_panic),
];

/// For each rule, by the start of its name, what it must catch: a file and its text.
const BAD: [(&str, &str, &str); 29] = [
    ("every", "helpers/mod.rs", ""),
    ("imports", "preprocess/fit.rs", "use crate::engine::Engine;"),
    ("imports", "preprocess/fit.rs", "use crate::{units, learn::{Recipe, Session}};"),
    ("imports", "preprocess/fit.rs", "let x = super::super::model::Card::parse(b);"),
    ("imports", "imaging/mod.rs", "use super::dataset;"),
    ("imports", "ui/app.rs", "crate::inference_worker::start()"),
    ("imports", "units.rs", "use crate::examination::Verdict; // upward on one floor"),
    ("I1", "imaging/mod.rs", "#[cfg(target_arch = \"wasm32\")]"),
    ("I2", "ui/workspace.rs", "use crate::engine::Engine;"),
    ("I2", "ui/workspace.rs", "use candle_core::Tensor;"),
    ("I3", "cli/examine.rs", "let logits = network.head(&features)?;"),
    ("I4", "model/layer.rs", "xs.conv2d(&kernel, 1, 1, 1, 1)"),
    ("I5: no type", "protocol/companion.rs", "pub struct New {\n    pub image: Vec<u8>,\n}"),
    (
        "I5: no type",
        "protocol/companion.rs",
        "pub struct New {\n    #[serde(default)]\n    hidden: Option<Vec<f32>>,\n}",
    ),
    ("I5: no type", "protocol/companion.rs", "pub struct New(Vec<u8>);"),
    ("I5: no type", "protocol/companion.rs", "pub enum New {\n    Image(Vec<u8>),\n}"),
    ("I5: no type", "protocol/companion.rs", "pub struct New {\n    pub hash: Vec<Sha256>,\n}"),
    ("I5: no type", "case/mod.rs", "pub struct Case {\n    pub thumbnail: Vec<u8>,\n}"),
    ("I5: no type", "examination.rs", "pub enum Reason {\n    Seen { map: Option<Box<[f32]>> },\n}"),
    ("I5: no type", "viewing/annotation.rs", "pub struct Mark {\n    pub under: [u16; 4096],\n}"),
    ("I5: the companion", "server/cases.rs", "async fn save(form: Multipart) {}"),
    ("I6", "ui/app.rs", "gloo_net::http::Request::get(url)"),
    ("I6", "inference_worker/mod.rs", "let address = \"https://a\"; scope.fetch_with_str(address)"),
    ("I8", "learn/session.rs", "let began = std::time::Instant::now();"),
    ("I8", "learn/augment.rs", "let mut rng = rand::rng();"),
    ("a file", "engine.rs", "LONG"),
    ("library", "engine.rs", "let first = list.first().unwrap();"),
    ("library", "engine.rs", "panic!(\"no\")"),
    ("library", "server/mod.rs", "path.to_str().expect(\"text\")"),
];

/// What no rule may complain about.
const GOOD: [(&str, &str); 6] = [
    ("learn/evaluate.rs", "use crate::{engine::{self, Engine}, metrics};"),
    ("preprocess/fit.rs", "use super::picture; // not crate::engine"),
    ("kernels/simd.rs", "#[cfg(target_arch = \"wasm32\")] fn conv2d() {}"),
    ("engine.rs", "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c.unwrap() } }"),
    (
        "protocol/companion.rs",
        "pub const LIMIT: usize = 4;\npub struct Row {\n    pub id: i64,\n}\npub struct List {\n    pub rows: Vec<Row>,\n    pub next: Option<String>,\n}",
    ),
    ("cli/serve.rs", "let now = std::time::SystemTime::now();"),
];

struct Source {
    /// Path below `src`.
    path: String,
    /// The top module that the file belongs to: `learn` for `learn/session.rs`.
    module: String,
    /// How many modules deep it stands: 2 for `learn/session.rs`.
    depth: usize,
    /// The text without its tests and comments.
    code: String,
    lines: usize,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let inside = path.trim_end_matches(".rs").trim_end_matches("/mod");
        Self {
            path: path.into(),
            module: inside.split('/').next().unwrap().into(),
            depth: inside.split('/').count(),
            code: code(text),
            lines: text.lines().count(),
        }
    }

    /// Those of `words` that the code names.
    fn naming(&self, words: &[&str]) -> Vec<String> {
        words.iter().filter(|word| self.code.contains(**word)).map(|word| word.to_string()).collect()
    }

    fn of(&self, modules: &[&str]) -> bool {
        modules.contains(&self.module.as_str())
    }
}

/// The text up to its tests, without comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    // `://` is no comment but part of an address.
    let comment =
        |line: &str| line.match_indices("//").map(|(at, _)| at).find(|at| !line[..*at].ends_with(':'));
    text.lines().map(|line| &line[..comment(line).unwrap_or(line.len())]).collect::<Vec<_>>().join("\n")
}

fn sources(folder: &Path, below: &str) -> Vec<Source> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let (name, path) = entry.map(|e| (e.file_name().into_string().unwrap(), e.path())).unwrap();
        if path.is_dir() {
            found.extend(sources(&path, &format!("{below}{name}/")));
        } else if name.ends_with(".rs") {
            found.push(Source::new(&format!("{below}{name}"), &fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// Top modules that a source names: after `crate::`, and after as many `super::` as lead to the root.
fn imports(source: &Source) -> Vec<String> {
    let to_root = "super::".repeat(source.depth);
    source.code.replace(&to_root, "crate::").split("crate::").skip(1).flat_map(first_names).collect()
}

/// `x` of `x::y`, and each of `{x, y::{z}}`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut depth, mut names) = (0, vec![String::new()]);
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            c if depth == 0 && !c.is_whitespace() => names.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    names.iter().map(|part| name(part)).collect()
}

fn on_a_floor(source: &Source) -> Vec<String> {
    let known = source.of(&["lib", "bin"]) || floor(&source.module).is_some();
    if known { vec![] } else { vec![source.module.clone()] }
}

fn downward(source: &Source) -> Vec<String> {
    let allowed = |to: &str| match (floor(&source.module), floor(to)) {
        (Some(a), Some(b)) => {
            source.module == to || b < a || NEIGHBOURS.contains(&(source.module.as_str(), to))
        }
        // `lib` and `bin`, and names that are no modules.
        _ => true,
    };
    imports(source).into_iter().filter(|to| !allowed(to)).collect()
}

fn few_know_the_target(source: &Source) -> Vec<String> {
    if source.of(&["lib", "bin", "kernels"]) { vec![] } else { source.naming(&["target_arch"]) }
}

fn page_computes_nothing(source: &Source) -> Vec<String> {
    let computing = ["candle_", "crate::engine", "crate::learn", "crate::model", "crate::kernels"];
    if source.of(&["ui"]) { source.naming(&computing) } else { vec![] }
}

fn one_inference_path(source: &Source) -> Vec<String> {
    // `classic` has no network, and `compare` calls `learn` and the engine.
    let allowed = [
        "calibration",
        "classic",
        "compare",
        "engine",
        "explanation",
        "gate",
        "import",
        "kernels",
        "learn",
        "model",
    ];
    let steps = ["Network::", ".features(", ".head(", "probabilities("];
    if source.of(&allowed) { vec![] } else { source.naming(&steps) }
}

fn one_convolution(source: &Source) -> Vec<String> {
    let words = ["conv2d", "conv1d", "candle_nn::Conv", "batch_norm("];
    if source.of(&["kernels"]) { vec![] } else { source.naming(&words) }
}

/// What a case is made of: plain types, none of which may hold many numbers.
const CASE: [&str; 10] = [
    "case/mod.rs",
    "case/earlier.rs",
    "case/follow_up.rs",
    "examination.rs",
    "report/measurement.rs",
    "report/mod.rs",
    "scope.rs",
    "study.rs",
    "units.rs",
    "viewing/annotation.rs",
];

/// Of the companion's words: only structs with named fields, and fields only of types that cannot hold an image. Of what a case is made
/// of: no list of numbers.
fn no_pixels(source: &Source) -> Vec<String> {
    const SCALARS: [&str; 7] = ["String", "Sha256", "bool", "i64", "u64", "u32", "u16"];
    // Places and words.
    const ELSEWHERE: [&str; 3] = ["FollowUp", "Role", "VersionedCase"];
    if CASE.contains(&source.path.as_str()) {
        return lists_of_numbers(source);
    }
    if source.path != "protocol/companion.rs" {
        return vec![];
    }
    let header = |line: &str| {
        let name = line.trim_start_matches("pub ").strip_prefix("struct ")?.strip_suffix(" {")?;
        Some(name.to_string())
    };
    let declared: Vec<String> = source.code.lines().filter_map(header).collect();
    let safe = |kind: &str| {
        let kind = kind.strip_prefix("Option<").and_then(|k| k.strip_suffix('>')).unwrap_or(kind);
        let many = kind.strip_prefix("Vec<").and_then(|k| k.strip_suffix('>'));
        let struct_name = many.unwrap_or(kind);
        declared.iter().any(|name| name == struct_name)
            || ELSEWHERE.contains(&struct_name)
            || many.is_none() && SCALARS.contains(&kind)
    };
    let line = |line: &&str| {
        let line = line.trim();
        let field =
            line.trim_start_matches("pub ").strip_suffix(',').and_then(|field| field.split_once(": "));
        field.is_some_and(|(_, kind)| safe(kind))
            || header(line).is_some()
            || ["", "}"].contains(&line)
            || ["use ", "pub const ", "#["].iter().any(|start| line.starts_with(start))
    };
    source.code.lines().filter(|l| !line(l)).map(String::from).collect()
}

fn lists_of_numbers(source: &Source) -> Vec<String> {
    const NUMBERS: [&str; 10] = ["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"];
    let names = NUMBERS.iter().flat_map(|number| {
        [
            format!("Vec<{number}>"),
            format!("VecDeque<{number}>"),
            format!("[{number}]"),
            format!("[{number};"),
        ]
    });
    names.filter(|name| source.code.contains(name.as_str())).collect()
}

fn no_upload(source: &Source) -> Vec<String> {
    if source.of(&["server"]) { source.naming(&["Multipart", "multipart"]) } else { vec![] }
}

fn two_homes_of_the_network(source: &Source) -> Vec<String> {
    let words = [
        "gloo_net",
        "fetch_with",
        "XmlHttpRequest",
        "WebSocket",
        "send_beacon",
        "EventSource",
        "WebTransport",
    ];
    if ["ui/net.rs", "inference_worker/weights.rs"].contains(&source.path.as_str()) {
        vec![]
    } else {
        source.naming(&words)
    }
}

fn no_clock_and_no_chance(source: &Source) -> Vec<String> {
    let words = [
        "Instant::now",
        "SystemTime",
        "Date::now",
        "performance()",
        "thread_rng",
        "rand::rng(",
        "rand::random",
        "from_os_rng",
        "from_entropy",
    ];
    if floor(&source.module).is_some_and(|floor| floor < 5) { source.naming(&words) } else { vec![] }
}

fn short(source: &Source) -> Vec<String> {
    if source.lines > 500 { vec![format!("{} lines", source.lines)] } else { vec![] }
}

fn no_panic(source: &Source) -> Vec<String> {
    source.naming(&[".unwrap()", ".expect(", "panic!(", "unreachable!(", "todo!("])
}

#[test]
fn the_sources_keep_every_rule() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "");
    assert!(sources.len() > 40, "only {} sources were found", sources.len());
    let mut broken = Vec::new();
    for (name, rule) in RULES {
        for source in &sources {
            broken.extend(rule(source).iter().map(|what| format!("{name}\n    {}: {what}", source.path)));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_rule_catches_what_breaks_it_and_nothing_else() {
    for (name, rule) in RULES {
        let bad: Vec<_> = BAD.iter().filter(|(start, ..)| name.starts_with(start)).collect();
        assert!(!bad.is_empty(), "nothing shows that \"{name}\" can fail");
        for (_, path, text) in bad {
            let text = if *text == "LONG" { "\n".repeat(501) } else { text.to_string() };
            assert!(!rule(&Source::new(path, &text)).is_empty(), "\"{name}\" does not see {text:?}");
        }
        for (path, text) in GOOD {
            let said = rule(&Source::new(path, text));
            assert!(said.is_empty(), "\"{name}\" complains about {text:?}: {said:?}");
        }
    }
}
