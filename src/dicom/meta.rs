//! The beginning of a file: the preamble and the group that tells the transfer syntax (PS3.10, section 7.1), or what stands in for it.

use super::syntax::{self, Encoding, Syntax};
use crate::sniff::{is_marked_dicom, is_value_representation};

/// Those whose length takes four bytes after two of padding.
const LONG: [&[u8; 2]; 13] =
    [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"];

/// How the data set of a file is written, and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    pub syntax: Syntax,
    pub at: usize,
}

/// Reads the group 0002 where there is one.
pub(super) fn read(bytes: &[u8]) -> Beginning {
    let mut at = if is_marked_dicom(bytes) { 132 } else { 0 };
    let mut uid = None;
    // This group is little-endian.
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
    let is_explicit = rest.get(4..6).is_some_and(is_value_representation);
    match rest {
        [0, 8, ..] if is_explicit => syntax::BIG_ENDIAN,
        _ if is_explicit => syntax::EXPLICIT,
        _ => syntax::IMPLICIT,
    }
}

/// Some programs say explicit and write implicit, or the other way around.
fn corrected(named: Syntax, rest: &[u8]) -> Syntax {
    let is_explicit = rest.get(4..6).map(is_value_representation);
    let encoding = match (named.encoding, is_explicit) {
        (Encoding::Explicit, Some(false)) => Encoding::Implicit,
        (Encoding::Implicit, Some(true)) => Encoding::Explicit,
        (encoding, _) => encoding,
    };
    Syntax { encoding, ..named }
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
        let (from, length) = if LONG.contains(&&[v0, v1]) {
            (at + 12, u32::from_le_bytes(*bytes.get(at + 8..)?.first_chunk()?) as usize)
        } else if is_value_representation(&[v0, v1]) {
            (at + 8, usize::from(u16::from_le_bytes([l0, l1])))
        } else {
            // Some programs write this group as implicit, too.
            (at + 8, u32::from_le_bytes([v0, v1, l0, l1]) as usize)
        };
        let to = from.checked_add(length).filter(|to| *to <= bytes.len())?;
        let (group, number) = (u16::from_le_bytes([g0, g1]), u16::from_le_bytes([n0, n1]));
        Some(Self { group, number, from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_contradicts_its_syntax_is_read_as_it_is_written() {
        let meta = [&[0; 128], &b"DICM\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0\x08\0\x16\0"[..]].concat();
        let explicit = read(&[&meta, &b"UI\x04\x001.2\0"[..]].concat());
        assert_eq!((explicit.syntax.encoding, explicit.at), (Encoding::Explicit, 160));
        let implicit_meta =
            [&[0; 128], &b"DICM\x02\0\x10\0\x14\0\0\x001.2.840.10008.1.2.1\0\x08\0\x16\0"[..]].concat();
        assert_eq!(read(&[&implicit_meta, &b"UI\x04\x001.2\0"[..]].concat()), explicit);
        let implicit = read(&[&meta, &b"\x04\0\0\x001.2\0"[..]].concat());
        assert_eq!(implicit.syntax.encoding, Encoding::Implicit);
    }
}
