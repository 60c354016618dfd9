//! Content hashes in file names, and the places that refer to these names.

use anyhow::{Result, bail};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The first sixteen hexadecimal digits of the SHA-256 of all parts.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut sha256 = Sha256::new();
    parts.into_iter().for_each(|part| sha256.update(part));
    sha256.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// `app.js` becomes `app-0123456789abcdef.js`.
pub fn hashed(name: &str, bytes: &[u8]) -> String {
    let hash = digest([bytes]);
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}-{hash}.{ending}"),
        None => format!("{name}-{hash}"),
    }
}

/// A script with `constants`, names and values, declared before its first line.
pub fn with_constants(script: &str, constants: &[(&str, serde_json::Value)]) -> Vec<u8> {
    let declared: String =
        constants.iter().map(|(name, value)| format!("const {name} = {value};\n")).collect();
    (declared + script).into_bytes()
}

/// HTML with every quoted address replaced by its entry in `names`.
///
/// # Errors
/// A quoted address of this site has no entry.
pub fn in_html(html: &str, names: &BTreeMap<String, String>) -> Result<String> {
    let mut named = String::new();
    for (at, part) in html.split('"').enumerate() {
        let is_quoted = at % 2 == 1;
        if at > 0 {
            named.push('"');
        }
        match names.get(part) {
            Some(name) if is_quoted => named.push_str(name),
            None if is_quoted && part.starts_with('/') => {
                bail!("index.html names {part}, which is no file of the page")
            }
            _ => named.push_str(part),
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_the_hash_of_the_content() {
        assert_eq!(hashed("a.b.js", b""), "a.b-e3b0c44298fc1c14.js");
        assert_ne!(hashed("a.js", b"1"), hashed("a.js", b"2"));
    }

    #[test]
    fn addresses_in_quotes_are_replaced_and_unknown_ones_refused() {
        let names = BTreeMap::from([("/a.js".to_string(), "/a-1.js".to_string())]);
        let html = r#"<script src="/a.js"></script> /a.js <p lang="en">"#;
        assert_eq!(in_html(html, &names).unwrap(), r#"<script src="/a-1.js"></script> /a.js <p lang="en">"#);
        assert!(in_html(r#"<img src="/b.png">"#, &names).is_err());
    }

    #[test]
    fn constants_stand_before_the_script() {
        let script = with_constants("go(FILES);\n", &[("FILES", serde_json::json!(["/", "/a\"b"]))]);
        assert_eq!(String::from_utf8(script).unwrap(), "const FILES = [\"/\",\"/a\\\"b\"];\ngo(FILES);\n");
    }
}
