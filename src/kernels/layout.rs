//! Images come as planes and are computed with their channels innermost.

use super::parallel::{in_chunks, part_rows};
use super::{Error, Extent};

/// `planes`: `(channels, height, width)`; `pixels`: `(height, width, channels)`.
pub fn channels_innermost(planes: &[f32], extent: Extent, pixels: &mut [f32]) -> Result<(), Error> {
    let (channels, area) = (extent.channels, extent.height * extent.width);
    let (true, Some(pixels)) = (planes.len() == extent.values(), pixels.get_mut(..planes.len())) else {
        return Err(Error::new(format!("{} values are not an image of {extent:?}", planes.len())));
    };
    let part = part_rows(extent.height, 1) * extent.width;
    in_chunks(pixels, part * channels, |index, pixels| {
        for (channel, plane) in planes.chunks_exact(area.max(1)).enumerate() {
            let values = pixels.iter_mut().skip(channel).step_by(channels);
            values.zip(plane.iter().skip(index * part)).for_each(|(pixel, value)| *pixel = *value);
        }
    });
    Ok(())
}
