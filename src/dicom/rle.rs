//! RLE Lossless (PS3.5, annex G): each byte of a cell in a segment of its own, packed like `PackBits`.

use super::layout::Layout;
use super::samples::PixelSamples;
use super::{Error, damaged};

/// Decodes a frame.
pub(super) fn decode(frame: &[u8], layout: &Layout) -> Result<PixelSamples, Error> {
    let width = (layout.allocated / 8) as usize;
    let segments = layout.samples * width;
    let header: Vec<usize> =
        frame.as_chunks().0.iter().take(16).map(|n| u32::from_le_bytes(*n) as usize).collect();
    if width == 0 || header.first() != Some(&segments) {
        return Err(damaged(format!("a frame of {segments} RLE segments was expected")));
    }
    let mut planes = Vec::new();
    for number in 1..=segments {
        let start = header.get(number).copied().unwrap_or_default();
        let end = if number == segments { frame.len() } else { header.get(number + 1).copied().unwrap_or(0) };
        let packed = frame.get(start..end).ok_or_else(|| damaged("an RLE segment lies beyond the end"))?;
        planes.push(unpack(packed, layout.pixels())?);
    }
    // The most significant byte of a sample comes first.
    let cell = |sample: usize, pixel: usize| {
        (0..width).fold(0u32, |value, byte| {
            let plane = planes.get(sample * width + byte);
            value << 8 | u32::from(plane.and_then(|plane| plane.get(pixel)).copied().unwrap_or_default())
        })
    };
    let cells = (0..layout.pixels()).flat_map(|pixel| (0..layout.samples).map(move |sample| (sample, pixel)));
    let cells = cells.map(|(sample, pixel)| cell(sample, pixel));
    Ok(match width {
        1 => PixelSamples::Bytes(cells.map(|cell| cell as u8).collect()),
        2 => PixelSamples::Words(cells.map(|cell| cell as u16).collect()),
        _ => PixelSamples::Longs(cells.collect()),
    })
}

fn unpack(packed: &[u8], length: usize) -> Result<Vec<u8>, Error> {
    // Two bytes unpack to at most 128: no more is set aside than the segment can fill.
    let mut plane = Vec::with_capacity(length.min(packed.len() * 64));
    let mut rest = packed;
    while plane.len() < length {
        let [code, after @ ..] = rest else { return Err(damaged("an RLE segment ends too early")) };
        rest = match *code as i8 {
            literal @ 0.. => {
                let (copied, after) = after.split_at((literal as usize + 1).min(after.len()));
                plane.extend(copied);
                after
            }
            -128 => after,
            repeat => {
                let [value, after @ ..] = after else { return Err(damaged("an RLE segment ends too early")) };
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
