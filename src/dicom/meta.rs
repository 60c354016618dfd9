//! The beginning of a file: the preamble and the group that tells the transfer syntax (PS3.10, section 7.1), or what stands in for it.

use super::syntax::{self, Encoding, Syntax};

/// Value representations of PS3.5, section 6.2; for telling whether two bytes can be one.
const REPRESENTATIONS: [&[u8; 2]; 34] = [
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"OB", b"OD", b"OF",
    b"OL", b"OV", b"OW", b"PN", b"SH", b"SL", b"SQ", b"SS", b"ST", b"SV", b"TM", b"UC", b"UI", b"UL", b"UN",
    b"UR", b"US", b"UT", b"UV",
];

/// Those whose length takes four bytes after two of padding.
const LONG: [&[u8; 2]; 13] =
    [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"];

/// How the data set of a file is written, and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    pub syntax: Syntax,
    pub at: usize,
}

/// Whether the mark stands after the preamble.
pub(super) fn is_marked(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
}

/// Whether a data set, or the group before it, begins with the first byte: some programs leave the preamble out.
pub(super) fn begins_at_once(bytes: &[u8]) -> bool {
    let Some(&[g0, g1, e0, e1, v0, v1, l0, l1]) = bytes.first_chunk() else { return false };
    let is_explicit = REPRESENTATIONS.contains(&&[v0, v1]);
    match (g0, g1) {
        (2 | 8, 0) if is_explicit => true,
        (0, 8) => is_explicit,
        // Implicit: the first element of the group that every object begins with, and not a long one.
        (8, 0) => e1 == 0 && e0 <= 0x70 && v1 == 0 && l0 == 0 && l1 == 0 && v0 % 2 == 0,
        _ => false,
    }
}

/// Reads the group 0002 where there is one.
pub(super) fn read(bytes: &[u8]) -> Beginning {
    let mut at = if is_marked(bytes) { 132 } else { 0 };
    let mut uid = None;
    // This group is always explicit and little-endian.
    while let Some(element) = Element::at(bytes, at).filter(|element| element.group == 2) {
        if element.number == 0x0010 {
            uid = bytes.get(element.from..element.to).and_then(|value| std::str::from_utf8(value).ok());
        }
        at = element.to;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let named = uid.map(|uid| syntax::find(uid.trim_matches(['\0', ' '])));
    Beginning { syntax: named.map_or_else(|| guess(rest), |named| corrected(named, rest)), at }
}

/// Where the file does not say.
fn guess(rest: &[u8]) -> Syntax {
    let is_explicit = rest.get(4..6).is_some_and(looks_explicit);
    match rest {
        [0, 8, ..] if is_explicit => syntax::BIG_ENDIAN,
        _ if is_explicit => syntax::EXPLICIT,
        _ => syntax::IMPLICIT,
    }
}

/// Some programs say explicit and write implicit, or the other way around.
fn corrected(named: Syntax, rest: &[u8]) -> Syntax {
    let is_explicit = rest.get(4..6).map(looks_explicit);
    let encoding = match (named.encoding, is_explicit) {
        (Encoding::Explicit, Some(false)) => Encoding::Implicit,
        (Encoding::Implicit, Some(true)) => Encoding::Explicit,
        (encoding, _) => encoding,
    };
    Syntax { encoding, ..named }
}

fn looks_explicit(bytes: &[u8]) -> bool {
    REPRESENTATIONS.iter().any(|known| known.as_slice() == bytes)
}

struct Element {
    group: u16,
    number: u16,
    from: usize,
    to: usize,
}

impl Element {
    fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let &[g0, g1, n0, n1, v0, v1, l0, l1] = bytes.get(at..)?.first_chunk()?;
        let is_long = LONG.contains(&&[v0, v1]);
        let (from, length) = if is_long {
            (at + 12, u32::from_le_bytes(*bytes.get(at + 8..)?.first_chunk()?) as usize)
        } else {
            (at + 8, usize::from(u16::from_le_bytes([l0, l1])))
        };
        let to = from.checked_add(length).filter(|to| *to <= bytes.len())?;
        let group = u16::from_le_bytes([g0, g1]);
        looks_explicit(&[v0, v1]).then(|| Self { group, number: u16::from_le_bytes([n0, n1]), from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_data_set_is_told_from_what_does_not() {
        assert!(begins_at_once(b"\x08\0\x05\0CS\x0a\0ISO_IR 100"));
        assert!(begins_at_once(b"\x08\0\x16\0\x1a\0\0\x001.2.840.10008"));
        assert!(begins_at_once(b"\0\x08\0\x05CS\0\x0aISO_IR 100"));
        for other in
            [&b"\x89PNG\r\n\x1a\n"[..], b"GIF89a..", b"BM______", b"\x08\0abcdef", b"a text of words", b""]
        {
            assert!(!begins_at_once(other), "{other:?}");
        }
    }

    #[test]
    fn a_file_that_contradicts_its_syntax_is_read_as_it_is_written() {
        let meta = [&[0; 128], &b"DICM\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0\x08\0\x16\0"[..]].concat();
        let explicit = read(&[&meta, &b"UI\x04\x001.2\0"[..]].concat());
        assert_eq!((explicit.syntax.encoding, explicit.at), (Encoding::Explicit, 160));
        let implicit = read(&[&meta, &b"\x04\0\0\x001.2\0"[..]].concat());
        assert_eq!(implicit.syntax.encoding, Encoding::Implicit);
    }
}
