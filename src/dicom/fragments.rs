//! Which pieces of compressed pixel data make up which frame (PS3.5, section A.4).

use super::element::integer;
use super::tree::Data;
use super::{Error, damaged};
use crate::messages::why::dicom as why;
use dicom_core::Tag;
use std::ops::Range;

const EXTENDED_OFFSETS: Tag = Tag(0x7fe0, 0x0001);

/// The bytes of frame `n`, of `frames`. `pieces`: the basic offset table, then the fragments. Starts of frames are told by `begins`
/// where there are more fragments than frames and no table.
pub(super) fn frame(
    bytes: &[u8],
    root: &Data,
    pieces: &[Range<usize>],
    n: u32,
    frames: u32,
    begins: fn(&[u8]) -> bool,
) -> Result<Vec<u8>, Error> {
    let Some((table, pieces)) = pieces.split_first() else {
        return Err(damaged(why::EMPTY_PIXELS));
    };
    let starts = starts(bytes, root, table, pieces, frames as usize, begins);
    let n = n as usize;
    let from = *starts.get(n).ok_or_else(|| damaged(why::no_frame(n + 1)))?;
    let to = starts.get(n + 1).copied().unwrap_or(pieces.len());
    let own = pieces.get(from..to).unwrap_or_default();
    let frame = own.iter().filter_map(|piece| bytes.get(piece.clone())).collect::<Vec<_>>().concat();
    if frame.is_empty() { Err(damaged(why::frame_missing(n + 1))) } else { Ok(frame) }
}

/// How many frames the fragments make up, where nothing says so: as many as a table lists, or as fragments begin one.
pub(super) fn count(bytes: &[u8], root: &Data, pieces: &[Range<usize>], begins: fn(&[u8]) -> bool) -> usize {
    let Some((table, pieces)) = pieces.split_first() else { return 0 };
    let listed = extended(root).len().max(table.len() / 4);
    let is_start = |piece: &&Range<usize>| bytes.get((*piece).clone()).is_some_and(begins);
    if listed > 0 { listed } else { pieces.iter().filter(is_start).count() }
}

/// For each frame the number of its first fragment.
fn starts(
    bytes: &[u8],
    root: &Data,
    table: &Range<usize>,
    pieces: &[Range<usize>],
    frames: usize,
    begins: fn(&[u8]) -> bool,
) -> Vec<usize> {
    if frames <= 1 {
        return vec![0];
    }
    if frames == pieces.len() {
        return (0..frames).collect();
    }
    // Offsets count from the first fragment's header, which takes eight bytes.
    let first = pieces.first().map_or(0, |piece| piece.start);
    let piece_at = |offset: u64| {
        let at = usize::try_from(offset).ok()?.checked_add(first)?;
        pieces.iter().position(|piece| piece.start == at)
    };
    let basic = bytes.get(table.clone()).unwrap_or_default();
    let basic = basic.as_chunks().0.iter().map(|offset| u64::from(u32::from_le_bytes(*offset)));
    for offsets in [extended(root), basic.collect()] {
        let found: Option<Vec<usize>> = offsets.iter().map(|offset| piece_at(*offset)).collect();
        if let Some(found) = found.filter(|found| found.len() == frames && found.is_sorted()) {
            return found;
        }
    }
    let is_start = |piece: &Range<usize>| bytes.get(piece.clone()).is_some_and(begins);
    pieces.iter().enumerate().filter(|(_, piece)| is_start(piece)).map(|(number, _)| number).collect()
}

/// The extended offset table, where there is one.
fn extended(root: &Data) -> Vec<u64> {
    use dicom_core::PrimitiveValue::{U8, U64};
    match root.get(EXTENDED_OFFSETS).and_then(|element| element.value().primitive()) {
        Some(U64(offsets)) => offsets.to_vec(),
        Some(U8(bytes)) => bytes.as_chunks().0.iter().map(|offset| u64::from_le_bytes(*offset)).collect(),
        Some(_) => integer(root, EXTENDED_OFFSETS).and_then(|n| u64::try_from(n).ok()).into_iter().collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{DataElement, PrimitiveValue, VR};

    fn frame_of(root: &Data, table: &[u32], pieces: &[&[u8]], n: u32, frames: u32) -> Option<Vec<u8>> {
        let mut bytes: Vec<u8> = table.iter().flat_map(|offset| offset.to_le_bytes()).collect();
        let table = 0..bytes.len();
        let mut at = vec![table];
        for piece in pieces {
            bytes.extend([0; 8]);
            at.push(bytes.len()..bytes.len() + piece.len());
            bytes.extend(*piece);
        }
        frame(&bytes, root, &at, n, frames, |piece| piece.starts_with(b"S")).ok()
    }

    #[test]
    fn frames_are_found_by_number_by_table_and_by_their_beginning() {
        let none = Data::new_empty();
        assert_eq!(frame_of(&none, &[], &[b"one", b"two"], 1, 2).unwrap(), b"two");
        assert_eq!(frame_of(&none, &[], &[b"one", b"two"], 0, 1).unwrap(), b"onetwo");
        // The second frame begins at the third fragment: 8 + 3 + 8 + 2 bytes behind the first.
        let pieces = [&b"aaa"[..], b"bb", b"cccc"];
        assert_eq!(frame_of(&none, &[0, 21], &pieces, 0, 2).unwrap(), b"aaabb");
        assert_eq!(frame_of(&none, &[0, 21], &pieces, 1, 2).unwrap(), b"cccc");
        assert_eq!(frame_of(&none, &[], &[b"Sa", b"b", b"Sc"], 1, 2).unwrap(), b"Sc");
        assert_eq!(frame_of(&none, &[], &[b"a", b"b", b"c"], 1, 2), None);
        let mut extended = Data::new_empty();
        extended.put(DataElement::new(EXTENDED_OFFSETS, VR::OV, PrimitiveValue::U64([0u64, 21].into())));
        assert_eq!(frame_of(&extended, &[], &pieces, 1, 2).unwrap(), b"cccc");
    }
}
