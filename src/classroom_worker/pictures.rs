//! Images of a class as a canvas takes them.

use crate::learn::Images;

/// RGBA of the images at `indices`, one after the other; one that is not there is left out.
pub(super) fn rgba(images: &Images, indices: &[usize]) -> Vec<u8> {
    let area = images.side() * images.side();
    let mut all = Vec::with_capacity(indices.len() * area * 4);
    for index in indices {
        let stored = images.stored(*index);
        if stored.len() != area * images.channels() {
            continue;
        }
        for pixel in 0..area {
            let value = |channel: usize| stored.get(channel * area + pixel).copied().unwrap_or_default();
            let [red, green, blue] = if images.channels() == 3 { [0, 1, 2] } else { [0; 3] };
            all.extend([value(red), value(green), value(blue), 255]);
        }
    }
    all
}

/// RGBA of values, 0 to 1, with the channels innermost.
pub(super) fn of_values(values: &[f32], channels: usize) -> Vec<u8> {
    let byte =
        |value: Option<&f32>| (value.copied().unwrap_or_default() * 255.0).round().clamp(0.0, 255.0) as u8;
    let pixel = |pixel: &[f32]| {
        let [red, green, blue] = if channels == 3 { [0, 1, 2] } else { [0; 3] };
        [byte(pixel.get(red)), byte(pixel.get(green)), byte(pixel.get(blue)), 255]
    };
    values.chunks(channels.max(1)).flat_map(pixel).collect()
}
