//! Elements of unknown representation and undefined length (PS3.5, section 6.2.2, note 2): what is in them is written implicitly, whatever
//! the transfer syntax says, and the library's reader loses its way there. They get the length that they have.

use std::ops::Range;

/// No sane object nests deeper.
const MAX_DEPTH: usize = 64;
/// Representation, reserved bytes and length.
const MARK: [u8; 8] = *b"UN\0\0\xff\xff\xff\xff";
const UNDEFINED: u32 = u32::MAX;
const ITEM: u32 = 0xfffe_e000;
const END_OF_ITEM: u32 = 0xfffe_e00d;
const END_OF_SEQUENCE: u32 = 0xfffe_e0dd;

/// A copy of an explicit, little-endian data set in which such elements have their length; `None` where there is none.
pub(super) fn with_lengths(data: &[u8]) -> Option<Vec<u8>> {
    let mut copy: Option<Vec<u8>> = None;
    let mut from = 0;
    // Each header is looked at once in an honest file; a hostile one would have the whole rest walked again for every mark.
    let mut left = data.len() / 8 + 1;
    while let Some(found) = find(data, from) {
        let value = found + MARK.len();
        from = value;
        // What looks like one by chance, in pixels say, does not go on like one.
        let Some(end) = sequence(data, value, 0, &mut left) else { continue };
        let length = u32::try_from(end - value).ok()?;
        let place: Range<usize> = value - 4..value;
        copy.get_or_insert_with(|| data.to_vec()).get_mut(place)?.copy_from_slice(&length.to_le_bytes());
        from = end;
    }
    copy
}

fn find(data: &[u8], from: usize) -> Option<usize> {
    let rest = data.get(from..)?;
    rest.windows(MARK.len()).position(|window| window == MARK).map(|at| at + from)
}

/// Tag and length at a place.
fn header(data: &[u8], at: usize) -> Option<(u32, u32)> {
    let &[g0, g1, n0, n1, l0, l1, l2, l3] = data.get(at..)?.first_chunk()?;
    let tag = u32::from(u16::from_le_bytes([g0, g1])) << 16 | u32::from(u16::from_le_bytes([n0, n1]));
    Some((tag, u32::from_le_bytes([l0, l1, l2, l3])))
}

/// The end of a sequence whose first item is at `at`. `left`: headers that may still be looked at.
fn sequence(data: &[u8], mut at: usize, depth: usize, left: &mut usize) -> Option<usize> {
    if depth > MAX_DEPTH {
        return None;
    }
    loop {
        *left = left.checked_sub(1)?;
        let (tag, length) = header(data, at)?;
        at += 8;
        match (tag, length) {
            (END_OF_SEQUENCE, _) => return Some(at),
            (ITEM, UNDEFINED) => at = item(data, at, depth, left)?,
            (ITEM, length) => at = behind(data, at, length)?,
            _ => return None,
        }
    }
}

/// The end of an item whose first element is at `at`.
fn item(data: &[u8], mut at: usize, depth: usize, left: &mut usize) -> Option<usize> {
    loop {
        *left = left.checked_sub(1)?;
        let (tag, length) = header(data, at)?;
        at += 8;
        match (tag, length) {
            (END_OF_ITEM, _) => return Some(at),
            (_, UNDEFINED) => at = sequence(data, at, depth + 1, left)?,
            (_, length) => at = behind(data, at, length)?,
        }
    }
}

fn behind(data: &[u8], at: usize, length: u32) -> Option<usize> {
    at.checked_add(length as usize).filter(|end| *end <= data.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u32, length: u32) -> Vec<u8> {
        let words = [(tag >> 16) as u16, tag as u16];
        [words.map(u16::to_le_bytes).concat(), length.to_le_bytes().to_vec()].concat()
    }

    #[test]
    fn an_unknown_sequence_gets_its_length_and_chance_does_not() {
        let inner = [element(ITEM, 10), element(0x0009_1001, 2), b"ab".to_vec()].concat();
        let nested = [element(0x0009_1002, UNDEFINED), inner, element(END_OF_SEQUENCE, 0)].concat();
        let value =
            [element(ITEM, UNDEFINED), nested, element(END_OF_ITEM, 0), element(END_OF_SEQUENCE, 0)].concat();
        let data = [&b"\x09\0\x00\x10"[..], &MARK, &value, b"behind"].concat();
        let mended = with_lengths(&data).unwrap();
        assert_eq!(mended[8..12], (value.len() as u32).to_le_bytes());
        assert_eq!((&mended[..8], &mended[12..]), (&data[..8], &data[12..]));
        assert_eq!(with_lengths(&[&MARK[..], b"pixels that look like it"].concat()), None);
        assert_eq!(with_lengths(&data[..data.len() - 20]), None);
    }
}
