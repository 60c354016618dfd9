//! RLE Lossless (PS3.5, annex G): each byte of a cell in a segment of its own, packed like `PackBits`.

use super::{Error, Expected, Samples, Values};
use crate::messages::why::codec as why;

const NAME: &str = "RLE";

fn damaged(why: impl Into<String>) -> Error {
    Error::Damaged { codec: NAME, why: why.into() }
}

/// Decodes a stream, which says nothing of its size.
///
/// # Errors
///
/// A stream that is broken, cut short, or not what is expected.
pub fn decode(bytes: &[u8], expected: &Expected) -> Result<Samples, Error> {
    let width = (expected.bits / 8) as usize;
    let segments = expected.components * width;
    let header: Vec<usize> =
        bytes.as_chunks().0.iter().take(16).map(|n| u32::from_le_bytes(*n) as usize).collect();
    if width == 0 || header.first() != Some(&segments) {
        return Err(damaged(why::segments(segments)));
    }
    let mut planes = Vec::new();
    for number in 1..=segments {
        let start = header.get(number).copied().unwrap_or_default();
        let end = if number == segments { bytes.len() } else { header.get(number + 1).copied().unwrap_or(0) };
        let packed = bytes.get(start..end).ok_or_else(|| damaged(why::SEGMENT_BEYOND))?;
        planes.push(unpack(packed, expected.pixels())?);
    }
    // The most significant byte of a sample comes first.
    let cell = |sample: usize, pixel: usize| {
        (0..width).fold(0u32, |value, byte| {
            let plane = planes.get(sample * width + byte);
            value << 8 | u32::from(plane.and_then(|plane| plane.get(pixel)).copied().unwrap_or_default())
        })
    };
    let cells =
        (0..expected.pixels()).flat_map(|pixel| (0..expected.components).map(move |sample| (sample, pixel)));
    let cells = cells.map(|(sample, pixel)| cell(sample, pixel));
    let values = Values::of(cells.map(i64::from), 8 * width as u32);
    Ok(Samples {
        width: expected.width,
        height: expected.height,
        components: expected.components,
        precision: expected.bits,
        colours: None,
        values,
    })
}

fn unpack(packed: &[u8], length: usize) -> Result<Vec<u8>, Error> {
    // Two bytes unpack to at most 128: no more is set aside than the segment can fill.
    let mut plane = Vec::with_capacity(length.min(packed.len() * 64));
    let mut rest = packed;
    while plane.len() < length {
        let [code, after @ ..] = rest else { return Err(damaged(why::SEGMENT_SHORT)) };
        rest = match *code as i8 {
            literal @ 0.. => {
                let (copied, after) = after.split_at((literal as usize + 1).min(after.len()));
                plane.extend(copied);
                after
            }
            -128 => after,
            repeat => {
                let [value, after @ ..] = after else { return Err(damaged(why::SEGMENT_SHORT)) };
                plane.extend(std::iter::repeat_n(*value, 1 + usize::from(repeat.unsigned_abs())));
                after
            }
        };
    }
    plane.truncate(length);
    Ok(plane)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_repeats_are_unpacked_and_nothing_is_made_up() {
        assert_eq!(unpack(&[2, 7, 8, 9, 254, 5, 128, 0, 1], 7).unwrap(), [7, 8, 9, 5, 5, 5, 1]);
        assert_eq!(unpack(&[255, 4, 255, 4], 3).unwrap(), [4, 4, 4]);
        assert!(unpack(&[2, 7], 7).is_err() && unpack(&[254], 3).is_err() && unpack(&[], 1).is_err());
    }
}
