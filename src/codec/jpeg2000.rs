//! JPEG 2000 (ITU-T T.800). The decoder is a library's, but for high throughput; what it leaves to us are signed samples and boxes
//! around the stream.

mod rewrite;

use super::{Error, Expected, Samples, Values, htj2k};
use crate::messages::why::codec as why;
use hayro_jpeg2000::error::{DecodeError, DecodingError, MarkerError, ValidationError};
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

const NAME: &str = "JPEG 2000";

/// What a stream begins with: its start, and the segment that gives its size.
const BEGINNING: [u8; 4] = [0xff, 0x4f, 0xff, 0x51];

fn damaged(why: impl Into<String>) -> Error {
    Error::Damaged { codec: NAME, why: why.into() }
}

fn unsupported(why: impl Into<String>) -> Error {
    Error::Unsupported { codec: NAME, why: why.into() }
}

/// Whether bytes begin a stream.
pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&BEGINNING)
}

/// Decodes a stream, or a file around one. Signed samples have their sign in all bits of a cell.
///
/// # Errors
///
/// A stream that is broken, cut short, of a rare kind, or not what is expected.
pub fn decode(bytes: &[u8], expected: &Expected) -> Result<Samples, Error> {
    // Some programs put the whole file around the stream: what its boxes say of colours, the DICOM header says better.
    let at = bytes.windows(4).position(|four| four == BEGINNING);
    let stream = at.and_then(|at| bytes.get(at..)).ok_or_else(|| damaged(why::STREAM_MISSING))?;
    let precision = check(stream, expected)?;
    if htj2k::is(stream) {
        return htj2k::decode(stream, expected);
    }
    // Without the palette of a box, and strictly: what is missing must not be made up.
    let settings = DecodeSettings { resolve_palette_indices: false, strict: true, target_resolution: None };
    let stream = &rewrite::rewritten(stream);
    let broken = |error| match error {
        DecodeError::Marker(MarkerError::Unsupported)
        | DecodeError::Validation(ValidationError::ImageTooLarge | ValidationError::TooManyChannels) => {
            unsupported(why::RARE)
        }
        DecodeError::Decoding(DecodingError::UnexpectedEof) => damaged(why::ENDS_EARLY),
        _ => damaged(why::UNDECODABLE),
    };
    let image = Image::new(stream, &settings).map_err(broken)?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(broken)?;
    let components = decoded.components();
    if components.len() != expected.components {
        return Err(damaged(why::components(components.len(), expected.components)));
    }
    // The library moves every sample up by half the range, signed ones too.
    let depth = u32::from(image.original_bit_depth());
    let moved = if is_signed(stream) { 1i64 << (depth - 1) } else { 0 };
    let most = (1i64 << depth) - 1;
    let planes: Vec<&[f32]> = components.iter().map(|component| component.samples()).collect();
    let cells = (0..expected.pixels()).flat_map(|pixel| planes.iter().map(move |plane| plane.get(pixel)));
    let cells = cells.map(|sample| {
        let value = sample.map_or(0, |sample| sample.round() as i64).clamp(0, most);
        value - moved
    });
    let values = Values::of(cells, expected.bits);
    let Expected { width, height, components, .. } = *expected;
    Ok(Samples { width, height, components, precision, colours: None, values })
}

/// Before anything is set aside for the pixels: the stream must be as large as the header says, and as deep as a cell. Gives the bits of a
/// sample.
fn check(stream: &[u8], expected: &Expected) -> Result<u32, Error> {
    let number =
        |at: usize| stream.get(at..).and_then(|rest| rest.first_chunk().copied()).map(u32::from_be_bytes);
    let side = |to, from| Some(number(to)?.saturating_sub(number(from)?));
    let size = (side(8, 16).unwrap_or_default(), side(12, 20).unwrap_or_default());
    let precision = u32::from(stream.get(42).copied().unwrap_or_default() & 0x7f) + 1;
    expected.check(NAME, size, expected.components, precision)?;
    if precision > 16 {
        return Err(unsupported(why::with_bits(precision)));
    }
    Ok(precision)
}

/// Whether the first component is signed.
fn is_signed(stream: &[u8]) -> bool {
    stream.get(42).is_some_and(|depth| depth & 0x80 != 0)
}
