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
