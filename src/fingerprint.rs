//! SHA-256 hashes of files and pixels.

use serde::{Deserialize, Serialize};
use sha2::Digest;
use std::fmt;
use std::str::FromStr;

/// Number of hexadecimal digits.
const DIGITS: usize = 64;

/// Digits of the short form.
const BRIEF: usize = 12;

/// A SHA-256 hash: validated once, and serialised as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256([u8; DIGITS / 2]);

/// The error for a text that is not a [`Sha256`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", crate::messages::why::case::NOT_A_FINGERPRINT)]
pub struct NotASha256;

impl Sha256 {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Whether the digits begin with `digits`. It makes no text of them, because a search asks it of every case.
    pub fn begins_with(&self, digits: &str) -> bool {
        let own = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.len() <= DIGITS && digits.bytes().zip(own).all(|(digit, own)| value(digit) == Some(own))
    }

    /// The first twelve digits: enough to distinguish the images of one clinic.
    pub fn brief(&self) -> String {
        self.to_string().chars().take(BRIEF).collect()
    }
}

impl FromStr for Sha256 {
    type Err = NotASha256;

    fn from_str(text: &str) -> Result<Self, NotASha256> {
        let digit = |digit: u8| value(digit).ok_or(NotASha256);
        if text.len() != DIGITS {
            return Err(NotASha256);
        }
        let mut bytes = [0; DIGITS / 2];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else { return Err(NotASha256) };
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = NotASha256;

    fn try_from(text: String) -> Result<Self, NotASha256> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(sha256: Sha256) -> Self {
        sha256.to_string()
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The value of a hexadecimal digit in lower case.
fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.filter_map(|half| char::from_digit(half.into(), 16)).collect()
}

/// The SHA-256 hash of `bytes` as 64 lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::of(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash of the empty file, as in FIPS 180-4's examples.
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn the_empty_file_has_the_standard_hash() {
        assert_eq!(sha256(b""), EMPTY);
        assert_eq!(Sha256::of(b"").brief(), "e3b0c44298fc");
        let begins_with = |digits: &str| Sha256::of(b"").begins_with(digits);
        assert!(["", "e", "e3b0c44298fc", EMPTY].into_iter().all(begins_with));
        assert!(!["3", "e3b0d", "E3", "é", &format!("{EMPTY}0")].into_iter().any(begins_with));
    }

    #[test]
    fn a_fingerprint_is_read_as_it_is_written_and_nothing_else_is() {
        let read: Sha256 = EMPTY.parse().unwrap();
        assert_eq!((read, read.to_string().as_str()), (Sha256::of(b""), EMPTY));
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(json, format!("\"{EMPTY}\""));
        assert_eq!(serde_json::from_str::<Sha256>(&json).unwrap(), read);
        let wrong = [
            String::new(),
            EMPTY.to_uppercase(),
            EMPTY.replace('e', "g"),
            format!("{EMPTY}0"),
            "ü".repeat(32),
        ];
        for text in wrong {
            assert_eq!(text.parse::<Sha256>(), Err(NotASha256), "{text}");
        }
    }
}
