//! Conversion from planar images to channels innermost.

use super::parallel::{in_chunks, part_rows};
use super::{Error, Shape};

/// Converts an image from planar to channels innermost.
///
/// # Shapes
/// `planes`: `(channels, height, width)`; `pixels`: `(height, width, channels)`, may be longer.
///
/// # Errors
/// Fails if the lengths do not match `shape`.
pub fn channels_innermost(planes: &[f32], shape: Shape, pixels: &mut [f32]) -> Result<(), Error> {
    let (channels, area) = (shape.channels, shape.height * shape.width);
    let (true, Some(pixels)) = (planes.len() == shape.values(), pixels.get_mut(..planes.len())) else {
        return Err(Error::new(format!("{} values are not an image of {shape:?}", planes.len())));
    };
    let part = part_rows(shape.height, 1) * shape.width;
    in_chunks(pixels, part * channels, |index, pixels| {
        for (channel, plane) in planes.chunks_exact(area.max(1)).enumerate() {
            let values = pixels.iter_mut().skip(channel).step_by(channels);
            values.zip(plane.iter().skip(index * part)).for_each(|(pixel, value)| *pixel = *value);
        }
    });
    Ok(())
}
