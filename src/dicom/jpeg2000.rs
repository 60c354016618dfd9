//! JPEG 2000 (ITU-T T.800). The decoder is a library's; what it leaves to us are signed samples and boxes around the stream.

use super::layout::Layout;
use super::samples::PixelSamples;
use super::{Error, damaged, unsupported};
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

/// What a stream begins with: its start, and the segment that gives its size.
const BEGINNING: [u8; 4] = [0xff, 0x4f, 0xff, 0x51];

/// Whether a fragment begins a frame.
pub(super) fn begins(fragment: &[u8]) -> bool {
    fragment.starts_with(&BEGINNING)
}

/// Decodes a frame.
pub(super) fn decode(frame: &[u8], layout: &Layout) -> Result<PixelSamples, Error> {
    // Some programs put the whole file around the stream: what its boxes say of colours, the DICOM header says better.
    let at = frame.windows(4).position(|four| four == BEGINNING);
    let stream = at.and_then(|at| frame.get(at..)).ok_or_else(|| damaged("a JPEG 2000 stream is missing"))?;
    check_size(stream, layout)?;
    // Without the palette of a box, and strictly: what is missing must not be made up.
    let settings = DecodeSettings { resolve_palette_indices: false, strict: true, target_resolution: None };
    let broken = |error: hayro_jpeg2000::DecodeError| damaged(format!("JPEG 2000: {error}"));
    let image = Image::new(stream, &settings).map_err(broken)?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(broken)?;
    let components = decoded.components();
    if components.len() != layout.samples {
        return Err(damaged(format!(
            "JPEG 2000: {} components instead of {}",
            components.len(),
            layout.samples
        )));
    }
    // The library moves every sample up by half the range, signed ones too.
    let depth = u32::from(image.original_bit_depth());
    let moved = if is_signed(stream) { 1i64 << (depth - 1) } else { 0 };
    let most = (1i64 << depth) - 1;
    let planes: Vec<&[f32]> = components.iter().map(|component| component.samples()).collect();
    let cells = (0..layout.pixels()).flat_map(|pixel| planes.iter().map(move |plane| plane.get(pixel)));
    let cells = cells.map(|sample| {
        let value = sample.map_or(0, |sample| sample.round() as i64).clamp(0, most);
        value - moved
    });
    Ok(match layout.allocated {
        8 => PixelSamples::Bytes(cells.map(|cell| cell as u8).collect()),
        16 => PixelSamples::Words(cells.map(|cell| cell as u16).collect()),
        _ => PixelSamples::Longs(cells.map(|cell| cell as u32).collect()),
    })
}

/// Before anything is set aside for the pixels: the stream must be as large as the header says, and as deep as a cell.
fn check_size(stream: &[u8], layout: &Layout) -> Result<(), Error> {
    let number =
        |at: usize| stream.get(at..).and_then(|rest| rest.first_chunk().copied()).map(u32::from_be_bytes);
    let side = |to, from| Some(number(to)?.saturating_sub(number(from)?));
    let size = (side(8, 16), side(12, 20));
    if size != (Some(layout.columns), Some(layout.rows)) {
        return Err(damaged("JPEG 2000: the stream is not of the size that the header gives"));
    }
    let depth = u32::from(stream.get(42).copied().unwrap_or_default() & 0x7f) + 1;
    if depth > layout.allocated.min(16) {
        return Err(unsupported(format!("JPEG 2000 with {depth} bits a sample in {}", layout.allocated)));
    }
    Ok(())
}

/// Whether the first component is signed.
fn is_signed(stream: &[u8]) -> bool {
    stream.get(42).is_some_and(|depth| depth & 0x80 != 0)
}
