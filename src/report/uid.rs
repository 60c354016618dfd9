//! Deterministic UIDs: the same report always has the same ones.

use crate::fingerprint::sha256;

/// A DICOM UID below 2.25 (PS3.5 B.2), derived from `role` and `of`. Its number is a version 8 UUID made of
/// the first digits of their SHA-256.
pub(super) fn uid(role: &str, of: &str) -> String {
    const VERSION: u128 = 0xf << 76;
    const VARIANT: u128 = 0b11 << 62;
    let digits = sha256(format!("lantern {role}\n{of}").as_bytes());
    let number =
        digits.get(..32).and_then(|digits| u128::from_str_radix(digits, 16).ok()).unwrap_or_default();
    format!("2.25.{}", number & !VERSION & !VARIANT | 8 << 76 | 0b10 << 62)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_short_and_differ_by_role_and_by_what_they_are_of() {
        let all = [uid("series", "a"), uid("study", "a"), uid("series", "b")];
        assert!(all.iter().all(|uid| uid.len() <= 64 && uid.starts_with("2.25.")));
        assert!(all[0] != all[1] && all[0] != all[2]);
        assert_eq!(all[0], uid("series", "a"));
        let number: u128 = all[0]["2.25.".len()..].parse().unwrap();
        assert_eq!((number >> 76 & 0xf, number >> 62 & 0b11), (8, 2));
    }
}
