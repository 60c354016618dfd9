//! What encoders leave open or state wrongly, and the library refuses: set right in a copy of the stream.

use std::borrow::Cow;

const END: [u8; 2] = [0xff, 0xd9];
/// The coding style, and where behind its marker the transform of colours stands (T.800, A.6.1).
const STYLE: u8 = 0x52;
const TRANSFORM: usize = 8;
/// The start of a tile-part, and where behind its marker its length stands (T.800, A.4.2).
const PART: u8 = 0x90;
const LENGTH: usize = 6;
/// Where the stream gives the number of components (T.800, A.5.1).
const COMPONENTS: usize = 40;

/// The stream with the length of its last tile-part, which may be left open, and without a transform of colours that are not there.
pub(super) fn rewritten(stream: &[u8]) -> Cow<'_, [u8]> {
    let filled = filled(stream);
    let style = segments(stream).find(|(marker, ..)| *marker == STYLE).map(|(_, at, _)| at + TRANSFORM);
    let style = style.filter(|at| is_grey(stream) && stream.get(*at) == Some(&1));
    if filled.is_none() && style.is_none() {
        return Cow::Borrowed(stream);
    }
    let mut copy = filled.unwrap_or_else(|| stream.to_vec());
    if let Some(place) = style.and_then(|at| copy.get_mut(at)) {
        *place = 0;
    }
    Cow::Owned(copy)
}

fn is_grey(stream: &[u8]) -> bool {
    stream.get(COMPONENTS..COMPONENTS + 2) == Some(&[0, 1])
}

/// The stream with its last tile-part's length filled in, without what pads it behind its end: the library would take the end marker for
/// data. `None` where the length is there, and where the end is not: then the stream is cut short.
fn filled(stream: &[u8]) -> Option<Vec<u8>> {
    let (_, start, _) = segments(stream).find(|(marker, _, length)| *marker == PART && *length == 0)?;
    let padding = stream.iter().rev().take_while(|byte| **byte == 0).count();
    let whole = stream.get(..stream.len() - padding)?;
    let end = whole.strip_suffix(&END)?.len();
    let length = u32::try_from(end.checked_sub(start)?).ok()?;
    let mut copy = whole.to_vec();
    copy.get_mut(start + LENGTH..)?.first_chunk_mut().map(|place| *place = length.to_be_bytes())?;
    Some(copy)
}

/// The segments of the main header, then the tile-parts: marker, place, and length with the marker.
fn segments(stream: &[u8]) -> impl Iterator<Item = (u8, usize, usize)> {
    let mut next = Some(2);
    std::iter::from_fn(move || {
        let at = next?;
        let [0xff, marker, high, low] = *stream.get(at..)?.first_chunk()? else { return None };
        let length = if marker == PART {
            u32::from_be_bytes(*stream.get(at + LENGTH..)?.first_chunk()?) as usize
        } else {
            2 + usize::from(u16::from_be_bytes([high, low]))
        };
        next = at.checked_add(length).filter(|_| length > 0);
        Some((marker, at, length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Expected, jpeg2000};

    const STREAM: &[u8] = include_bytes!("../../../fuzz/seeds/codec_jpeg2000/grey");
    const EXPECTED: Expected = Expected { width: 20, height: 14, components: 1, bits: 8 };

    fn place(marker: u8, offset: usize) -> usize {
        segments(STREAM).find(|(found, ..)| *found == marker).unwrap().1 + offset
    }

    #[test]
    fn a_stream_whose_last_part_has_no_length_is_decoded() {
        let mut open = STREAM.to_vec();
        open[place(PART, LENGTH)..][..4].fill(0);
        let decoded = jpeg2000::decode(STREAM, &EXPECTED).unwrap();
        assert_eq!(jpeg2000::decode(&open, &EXPECTED).unwrap(), decoded);
        // DICOM pads a fragment to an even length.
        open.push(0);
        assert_eq!(jpeg2000::decode(&open, &EXPECTED).unwrap(), decoded);
        open.truncate(open.len() - 3);
        assert!(jpeg2000::decode(&open, &EXPECTED).is_err());
    }

    #[test]
    fn a_transform_of_colours_means_nothing_for_grey() {
        let mut wrong = STREAM.to_vec();
        wrong[place(STYLE, TRANSFORM)] = 1;
        assert_eq!(jpeg2000::decode(&wrong, &EXPECTED), jpeg2000::decode(STREAM, &EXPECTED));
    }

    #[test]
    fn a_stream_that_is_right_is_not_copied() {
        assert!(matches!(rewritten(STREAM), Cow::Borrowed(_)));
        assert!(matches!(rewritten(&[0xff, 0x4f, 0xff, 0x51, 0, 0]), Cow::Borrowed(_)));
    }
}
