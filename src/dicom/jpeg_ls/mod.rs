//! JPEG-LS (ITU-T T.87), lossless and nearly so. There is no decoder in pure Rust that is kept up, so it stands here.

mod bits;
mod context;
mod header;
mod scan;

use super::layout::Layout;
use super::samples::PixelSamples;
use super::{Error, damaged};
use header::{Header, Interleave};

/// Whether a fragment begins a frame.
pub(super) fn begins(fragment: &[u8]) -> bool {
    fragment.starts_with(&[0xff, 0xd8])
}

/// Decodes a frame.
pub(super) fn decode(frame: &[u8], layout: &Layout) -> Result<PixelSamples, Error> {
    let header = Header::read(frame)?;
    if (header.width, header.height) != (layout.columns as usize, layout.rows as usize) {
        return Err(damaged("JPEG-LS: the stream is not of the size that the header gives"));
    }
    if header.components.len() != layout.samples || header.precision > layout.allocated {
        return Err(damaged("JPEG-LS: the stream is not of the kind that the header gives"));
    }
    let mut samples = vec![0u16; layout.cells()];
    let mut is_done = vec![false; layout.samples];
    for scan in &header.scans {
        scan::decode(frame, &header, scan, &mut samples)?;
        for component in &scan.components {
            if let Some(done) = is_done.get_mut(*component) {
                *done = true;
            }
        }
    }
    if is_done.contains(&false) {
        return Err(damaged("JPEG-LS: a colour is missing"));
    }
    Ok(match layout.allocated {
        8 => PixelSamples::Bytes(samples.iter().map(|sample| *sample as u8).collect()),
        16 => PixelSamples::Words(samples),
        _ => PixelSamples::Longs(samples.iter().map(|sample| u32::from(*sample)).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::layout::Photometric;
    use super::*;

    /// Streams that CharLS wrote: another hand than the one that reads here.
    const LOSSLESS: &str = "ffd8fff7000b080009000c01011100ffda000801010000000000000f28000004d878d6d95d54e700018031079c69800dc74b28921ee10c75cd6b58c4c758c5ac014000cf61d5b8a8e31ca7489b666354e9a66666314e72aaaa96ffd9";
    const NEAR: &str = "ffd8fff7000b080009000c01011100ffda000801010002000000ec004ccfaff70208413330b8233309902c633322358c464618136188cd099a94c812666a7099132352f36d9180ffd9";
    const WIDE: &str = "ffd8fff7000b100006000a01011100fff8000d01ffff0012004301140040ffda00080101000000003e7c00802008040201008080801fc7f30000000000012004000080c02008ff78ff68ff58ff48ff38ff2bf13f03ef3ee3ed3ec3eb3ea3e90f89f41f39f31f29f21f19f11f09f01f81ef9ef1ee9ee1ed9ed1ec9ec1eb9f78ffd9";

    fn bytes(stream: &str) -> Vec<u8> {
        (0..stream.len()).step_by(2).map(|at| u8::from_str_radix(&stream[at..at + 2], 16).unwrap()).collect()
    }

    fn layout(columns: u32, rows: u32, bits: u32) -> Layout {
        Layout {
            rows,
            columns,
            frames: 1,
            samples: 1,
            allocated: bits,
            stored: bits,
            high: bits - 1,
            is_signed: false,
            photometric: Photometric::Monochrome2,
            is_planar: false,
        }
    }

    /// What was written: a flat part, for runs, and a busy one.
    fn narrow() -> Vec<u8> {
        let value = |x: u32, y: u32| if x < 4 { 40 } else { (x * 17 + y * 29) % 256 };
        (0..9).flat_map(|y| (0..12).map(move |x| value(x, y) as u8)).collect()
    }

    #[test]
    fn streams_of_another_encoder_are_decoded() {
        assert_eq!(decode(&bytes(LOSSLESS), &layout(12, 9, 8)).unwrap(), PixelSamples::Bytes(narrow()));
        let value = |x: u32, y: u32| if y < 2 { 1000 } else { (x * 4099 + y * 1009) % 65_536 };
        let wide = (0..6).flat_map(|y| (0..10).map(move |x| value(x, y) as u16)).collect();
        assert_eq!(decode(&bytes(WIDE), &layout(10, 6, 16)).unwrap(), PixelSamples::Words(wide));
        let PixelSamples::Bytes(near) = decode(&bytes(NEAR), &layout(12, 9, 8)).unwrap() else {
            panic!("8 bits")
        };
        let off = near.iter().zip(narrow()).map(|(a, b)| a.abs_diff(b)).max();
        assert_eq!(off, Some(2));
    }

    #[test]
    fn a_stream_that_is_cut_short_is_damage_wherever_it_is_cut() {
        let whole = bytes(LOSSLESS);
        for length in 0..whole.len() - 3 {
            assert!(decode(&whole[..length], &layout(12, 9, 8)).is_err(), "{length} bytes");
        }
    }
}
