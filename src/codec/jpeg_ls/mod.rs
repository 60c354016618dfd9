//! JPEG-LS (ITU-T T.87), lossless and nearly so. There is no decoder in pure Rust that is kept up, so it stands here.

mod bits;
mod context;
mod header;
mod scan;

use super::{Error, Expected, Samples, Values, marker};
use crate::messages::why::codec as why;
use header::{Header, Interleave};

const NAME: &str = "JPEG-LS";

fn damaged(why: impl Into<String>) -> Error {
    Error::Damaged { codec: NAME, why: why.into() }
}

fn unsupported(why: impl Into<String>) -> Error {
    Error::Unsupported { codec: NAME, why: why.into() }
}

/// Whether bytes begin a stream.
pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xd8])
}

/// Whether bytes are a stream of this standard: JPEG's other processes begin alike, and differ in the mark of the frame.
pub fn is(bytes: &[u8]) -> bool {
    const OWN_FRAME: u8 = 0xf7;
    let mut at = 2;
    // Segments before the frame are jumped over: their content may look like a marker.
    while let Some((marker, from)) = marker::next(bytes, at, |marker| marker != 0 && marker != 0xff) {
        // The frame of another process, or the first scan, ends the search too.
        if matches!(marker, OWN_FRAME | 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xda) {
            return begins(bytes) && marker == OWN_FRAME;
        }
        let Some(content) = marker::segment(bytes, from) else { return false };
        at = from + 2 + content.len();
    }
    false
}

/// Decodes a stream.
///
/// # Errors
///
/// A stream that is broken, cut short, of a rare kind, or not what is expected.
pub fn decode(bytes: &[u8], expected: &Expected) -> Result<Samples, Error> {
    let header = Header::read(bytes)?;
    let size = (header.width as u32, header.height as u32);
    expected.check(NAME, size, header.components.len(), header.precision)?;
    let mut samples = vec![0u16; expected.cells()];
    let mut is_done = vec![false; expected.components];
    for scan in &header.scans {
        scan::decode(bytes, &header, scan, &mut samples)?;
        for component in &scan.components {
            if let Some(done) = is_done.get_mut(*component) {
                *done = true;
            }
        }
    }
    if is_done.contains(&false) {
        return Err(damaged(why::COLOUR_MISSING));
    }
    Ok(Samples {
        width: expected.width,
        height: expected.height,
        components: expected.components,
        precision: header.precision,
        colours: None,
        values: Values::Words(samples).in_cells(expected.bits),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Streams that CharLS wrote: another hand than the one that reads here.
    const LOSSLESS: &str = "ffd8fff7000b080009000c01011100ffda000801010000000000000f28000004d878d6d95d54e700018031079c69800dc74b28921ee10c75cd6b58c4c758c5ac014000cf61d5b8a8e31ca7489b666354e9a66666314e72aaaa96ffd9";
    const NEAR: &str = "ffd8fff7000b080009000c01011100ffda000801010002000000ec004ccfaff70208413330b8233309902c633322358c464618136188cd099a94c812666a7099132352f36d9180ffd9";
    const WIDE: &str = "ffd8fff7000b100006000a01011100fff8000d01ffff0012004301140040ffda00080101000000003e7c00802008040201008080801fc7f30000000000012004000080c02008ff78ff68ff58ff48ff38ff2bf13f03ef3ee3ed3ec3eb3ea3e90f89f41f39f31f29f21f19f11f09f01f81ef9ef1ee9ee1ed9ed1ec9ec1eb9f78ffd9";
    /// The same image in pieces of four rows, each compressed by CharLS as an image of its own, with markers between them.
    const RESTARTED: &str = "ffd8fff7000b080009000c01011100ffdd00040004ffda000801010000000000000f28000004d878d6d95d54e700018031079c69800dc74b28921ee10c75cd6b58c4ffd000000f280000077d1a1ffdec02f338000c01883d0000ce006e3a6a70c2ca10c74d9243dce3c0ffd100000f280400031e345895d5ffd9";

    fn bytes(stream: &str) -> Vec<u8> {
        (0..stream.len()).step_by(2).map(|at| u8::from_str_radix(&stream[at..at + 2], 16).unwrap()).collect()
    }

    fn decoded(stream: &[u8], width: u32, height: u32, bits: u32) -> Result<Values, Error> {
        let expected = Expected { width, height, components: 1, bits };
        decode(stream, &expected).map(|samples| samples.values)
    }

    /// What was written: a flat part, for runs, and a busy one.
    fn narrow() -> Vec<u8> {
        let value = |x: u32, y: u32| if x < 4 { 40 } else { (x * 17 + y * 29) % 256 };
        (0..9).flat_map(|y| (0..12).map(move |x| value(x, y) as u8)).collect()
    }

    #[test]
    fn streams_of_another_encoder_are_decoded() {
        assert_eq!(decoded(&bytes(LOSSLESS), 12, 9, 8).unwrap(), Values::Bytes(narrow()));
        let value = |x: u32, y: u32| if y < 2 { 1000 } else { (x * 4099 + y * 1009) % 65_536 };
        let wide = (0..6).flat_map(|y| (0..10).map(move |x| value(x, y) as u16)).collect();
        assert_eq!(decoded(&bytes(WIDE), 10, 6, 16).unwrap(), Values::Words(wide));
        let Values::Bytes(near) = decoded(&bytes(NEAR), 12, 9, 8).unwrap() else { panic!("8 bits") };
        let off = near.iter().zip(narrow()).map(|(a, b)| a.abs_diff(b)).max();
        assert_eq!(off, Some(2));
    }

    #[test]
    fn decoding_begins_anew_behind_each_restart_marker() {
        let whole = bytes(RESTARTED);
        assert_eq!(decoded(&whole, 12, 9, 8).unwrap(), Values::Bytes(narrow()));
        let second = whole.windows(2).position(|two| two == [0xff, 0xd1]).unwrap();
        let mut swapped = whole.clone();
        swapped[second + 1] = 0xd2;
        assert!(decoded(&swapped, 12, 9, 8).is_err());
        assert!(decoded(&[&whole[..second], &[0, 0], &whole[second..]].concat(), 12, 9, 8).is_err());
    }

    #[test]
    fn a_stream_that_is_cut_short_is_damage_wherever_it_is_cut() {
        let whole = bytes(LOSSLESS);
        for length in 0..whole.len() - 3 {
            assert!(decoded(&whole[..length], 12, 9, 8).is_err(), "{length} bytes");
        }
    }
}
