//! A heat map as colours over the image.

use super::HeatMap;
use crate::imaging::fit::Map;
use crate::imaging::picture::Picture;

/// Matplotlib's viridis (Smith and van der Walt 2015, CC0) at nine evenly spaced values, as RGB: perceptually uniform.
pub const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// Colours the size of `picture`, opaque where the evidence is strong and clear where there is none.
///
/// `map` takes coordinates of the whole image (of `image` size) to those of the model's input, `side` pixels wide.
pub fn overlay(heat: &HeatMap, map: &Map, image: (u32, u32), side: u32, picture: (u32, u32)) -> Picture {
    let (width, height) = picture;
    let scale = (image.0 as f32 / width as f32, image.1 as f32 / height as f32);
    let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
    for y in 0..height {
        for x in 0..width {
            let at = ((x as f32 + 0.5) * scale.0, (y as f32 + 0.5) * scale.1);
            let (u, v) = map.to_input(at);
            let value = heat.at(u / side as f32, v / side as f32);
            let [r, g, b] = colour(value);
            // Twice as steep near nothing, so that moderate evidence is seen, and level at the strongest.
            rgba.extend_from_slice(&[r, g, b, (value * (2.0 - value) * 255.0) as u8]);
        }
    }
    Picture { width, height, rgba }
}

fn colour(value: f32) -> [u8; 3] {
    let place = value.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f32;
    let below = (place as usize).min(VIRIDIS.len() - 2);
    let share = place - below as f32;
    let [Some(from), Some(to)] = [VIRIDIS.get(below), VIRIDIS.get(below + 1)] else { return [0; 3] };
    let mut rgb = [0; 3];
    for ((out, a), b) in rgb.iter_mut().zip(from).zip(to) {
        *out = (f32::from(*a) * (1.0 - share) + f32::from(*b) * share).round() as u8;
    }
    rgb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_scale_are_viridis_ends() {
        assert_eq!((colour(0.0), colour(1.0), colour(0.5)), ([68, 1, 84], [253, 231, 37], [33, 144, 141]));
    }
}
