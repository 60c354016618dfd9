//! Conversion between interleaved (channels innermost, used here) and planar (channels first, used by other runtimes) images.

/// The pixels of a planar image.
///
/// # Shapes
/// `planes`: `(channels, height, width)`; returns `(height, width, channels)`.
pub fn interleaved(planes: &[f32], channels: usize) -> Vec<f32> {
    let mut pixels = vec![0.0; planes.len() / channels.max(1) * channels];
    interleave(planes, channels, &mut pixels);
    pixels
}

/// As [`interleaved`], into `pixels`, which has the length of `planes`.
pub fn interleave(planes: &[f32], channels: usize, pixels: &mut [f32]) {
    let area = planes.len() / channels.max(1);
    for (channel, plane) in planes.chunks_exact(area.max(1)).enumerate() {
        let places = pixels.iter_mut().skip(channel).step_by(channels.max(1));
        places.zip(plane).for_each(|(place, value)| *place = *value);
    }
}

/// The reverse of [`interleaved`].
///
/// # Shapes
/// `pixels`: `(height, width, channels)`; returns `(channels, height, width)`.
pub fn planar(pixels: &[f32], channels: usize) -> Vec<f32> {
    (0..channels).flat_map(|channel| pixels.iter().skip(channel).step_by(channels).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_become_pixels_and_planes_again() {
        let planes = [1.0, 2.0, 3.0, 11.0, 12.0, 13.0];
        assert_eq!(interleaved(&planes, 2), [1.0, 11.0, 2.0, 12.0, 3.0, 13.0]);
        assert_eq!(planar(&interleaved(&planes, 2), 2), planes);
    }
}
