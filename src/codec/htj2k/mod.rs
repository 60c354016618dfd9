//! High-throughput JPEG 2000 (ITU-T T.814): a codestream of JPEG 2000 (T.800) whose blocks are coded in another way.

mod bits;
mod block;
mod codes;
mod grid;
mod header;
mod packet;
mod restore;
mod tile;
mod wavelet;

use super::{Error, Expected, Samples, Values};
use crate::messages::why::codec as why;

const NAME: &str = "High-Throughput JPEG 2000";

fn damaged(why: &str) -> Error {
    Error::Damaged { codec: NAME, why: why.into() }
}

fn unsupported(why: &str) -> Error {
    Error::Unsupported { codec: NAME, why: why.into() }
}

/// Whether a codestream says that it needs this decoder: by the capabilities in its size segment.
pub(super) fn is(stream: &[u8]) -> bool {
    stream.get(6).is_some_and(|capabilities| capabilities & 0x40 != 0)
}

/// Decodes a codestream whose size was compared with what is expected. Signed samples have their sign in all bits of a cell.
///
/// # Errors
///
/// A stream that is broken, cut short or of a rare kind.
pub(super) fn decode(stream: &[u8], expected: &Expected) -> Result<Samples, Error> {
    let (size, tiles) = header::read(stream)?;
    let Expected { width, height, components, bits } = *expected;
    if size.components != components {
        return Err(damaged(&why::components(size.components, components)));
    }
    // Unsigned samples were moved down by half their range.
    let half = 1i64 << (size.precision - 1);
    let middle = if size.is_signed { 0 } else { half };
    let mut cells = vec![0i32; expected.cells()];
    let [image_left, image_top, ..] = size.image;
    for tile in &tiles {
        let (area, planes) = tile::decode(&size, tile)?;
        let [left, top, ..] = area;
        let (x, y) = ((left - image_left) as usize, (top - image_top) as usize);
        for (component, plane) in planes.iter().enumerate() {
            for (row, samples) in plane.chunks_exact(grid::width(area).max(1)).enumerate() {
                let start = ((y + row) * width as usize + x) * components + component;
                let places = cells.get_mut(start..).unwrap_or_default().iter_mut().step_by(components);
                for (place, sample) in places.zip(samples) {
                    *place = ((sample.round() as i64).clamp(-half, half - 1) + middle) as i32;
                }
            }
        }
    }
    let values = Values::of(cells.into_iter().map(i64::from), bits);
    Ok(Samples { width, height, components, precision: size.precision, colours: None, values })
}
