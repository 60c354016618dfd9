//! Images come as planes and are computed with their channels innermost.

use super::parallel::{in_chunks, part_rows};
use super::{Error, Extent};

/// `planes`: `(channels, height, width)`; `pixels`: `(height, width, channels)`.
pub fn channels_innermost(planes: &[f32], extent: Extent, pixels: &mut [f32]) -> Result<(), Error> {
    let (channels, area) = (extent.channels, extent.height * extent.width);
    if planes.len() != extent.values() || pixels.len() < planes.len() || planes.is_empty() {
        return Err(Error::new(format!("{} values are not an image of {extent:?}", planes.len())));
    }
    let part = part_rows(extent.height, 1) * extent.width;
    in_chunks(&mut pixels[..planes.len()], part * channels, |index, pixels| {
        for (channel, plane) in planes.chunks_exact(area).enumerate() {
            let values = pixels.iter_mut().skip(channel).step_by(channels);
            values.zip(&plane[index * part..]).for_each(|(pixel, value)| *pixel = *value);
        }
    });
    Ok(())
}
