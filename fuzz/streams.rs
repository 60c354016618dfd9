//! What a stream by itself says of its size: decoders otherwise hear it from the file around the stream.

use lantern::codec::Expected;

/// A big-endian number of `N` bytes at a place; 0 beyond the end.
fn number<const N: usize>(data: &[u8], at: usize) -> u32 {
    let bytes: Option<&[u8; N]> = data.get(at..).and_then(|rest| rest.first_chunk());
    bytes.map_or(0, |bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

fn cell(precision: u32) -> u32 {
    if precision <= 8 { 8 } else { 16 }
}

/// JPEG-LS: the frame's header (T.87, C.2.2).
pub fn jpeg_ls(data: &[u8]) -> Option<Expected> {
    let at = data.windows(2).position(|two| two == [0xff, 0xf7])?;
    Some(Expected {
        height: number::<2>(data, at + 5),
        width: number::<2>(data, at + 7),
        components: number::<1>(data, at + 9) as usize,
        bits: cell(number::<1>(data, at + 4)),
    })
}

/// JPEG 2000: the segment SIZ (T.800, A.5.1), of a file around the stream too.
pub fn jpeg2000(data: &[u8]) -> Option<Expected> {
    let at = data.windows(4).position(|four| four == [0xff, 0x4f, 0xff, 0x51])?;
    let side =
        |to: usize, from: usize| number::<4>(data, at + to).saturating_sub(number::<4>(data, at + from));
    Some(Expected {
        width: side(8, 16),
        height: side(12, 20),
        components: number::<2>(data, at + 40) as usize,
        bits: cell((number::<1>(data, at + 42) & 0x7f) + 1),
    })
}
