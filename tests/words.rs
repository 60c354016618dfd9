//! Holds the texts in one place: what the page and the command line say to people stands in `src/messages`, not where it is used.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failed expectation is the report"
)]

use std::fs;
use std::path::Path;

/// What looks like a text and is none: the end of its file's path, and how it begins.
const ALLOWED: [(&str, &str); 17] = [
    // Keys, as browsers name them.
    ("", "Arrow"),
    ("", "Ctrl+"),
    ("", "End"),
    ("", "Escape"),
    ("", "Home"),
    ("", "Shift+"),
    // Drawings, in SVG.
    ("ui/components/curve.rs", "M0 "),
    ("ui/viewer/icons.rs", "M"),
    // Classes, selectors and sizes, in CSS.
    ("ui/components/announce.rs", "input, textarea"),
    ("ui/components/drop_place.rs", "button camera"),
    ("ui/components/header.rs", "calc("),
    ("ui/viewer/keys.rs", "input:not"),
    // They reach the console only, for developers.
    ("ui/components/thumbnail.rs", "no drawing here"),
    ("ui/viewer/paint.rs", "no drawing here"),
    // Files.
    ("cli/bundle.rs", "README.md"),
    ("cli/folder.rs", "README.md"),
    // A name in `refusals.json`.
    ("cli/refusals.rs", "drawn chests"),
];

/// What must be found.
const TEXTS: [&str; 12] = [
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
];

/// What nobody may complain about.
const NO_TEXTS: [&str; 10] = [
    r#"view! { <p class="small wide">{page::list::NOTHING_FITS}</p> }"#,
    r#"view! { <b>{title}</b>": "{line} }"#,
    r#"view! { <path d="M12 4a8 8 0 0 1 0 16z"></path> }"#,
    r#"Self::History => "/history","#,
    r#"let name = format!("lantern-report-{digits}.{ending}");"#,
    r#"leptos::logging::warn!("this browser has no {name}");"#,
    r#"#[allow(missing_docs, reason = "titles say it")]"#,
    r#"// A comment with a "quoted text" in it."#,
    r#"println!("{}: {}", name, value);"#,
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
    const NOT_SHOWN: [&str; 4] = ["logging::error!(", "logging::log!(", "logging::warn!(", "reason = "];
    let fixed = without_arguments(text);
    if !fixed.contains(char::is_alphabetic) || NOT_SHOWN.iter().any(|start| before.ends_with(start)) {
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

/// Where `source` holds texts.
fn texts(path: &str, source: &str) -> Vec<String> {
    let is_allowed = |literal: &Literal| {
        ALLOWED.iter().any(|(end, start)| path.ends_with(end) && literal.text.starts_with(start))
    };
    let line = |literal: &Literal| literal.before.matches('\n').count() + 1;
    let found = literals(source).into_iter().filter(|literal| is_read(literal) && !is_allowed(literal));
    found.map(|literal| format!("{path}:{}: {:?}", line(&literal), literal.text)).collect()
}

fn search(folder: &Path) -> Vec<String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let inside = |path: std::path::PathBuf| {
        if path.is_dir() {
            search(&path)
        } else {
            texts(&path.to_string_lossy().replace('\\', "/"), &fs::read_to_string(&path).unwrap())
        }
    };
    paths.flat_map(inside).collect()
}

#[test]
fn the_texts_of_page_and_command_line_stand_in_messages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let found = [search(&root.join("ui")), search(&root.join("cli"))].concat();
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
