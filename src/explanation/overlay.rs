//! Heat maps and outlines as colours over the image.

use super::HeatMap;
use crate::imaging::picture::Picture;
use crate::preprocess::resize::CoordinateMap;

/// Matplotlib's viridis (Smith and van der Walt 2015, CC0), a perceptually uniform colour map, at nine evenly
/// spaced values, as RGB.
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

/// The heat map as an RGBA picture of the size `picture` (width, height): opaque where the evidence is
/// strong, transparent where there is none.
///
/// `map` takes coordinates of the whole image, of size `image`, to those of the model's input, `side` pixels
/// wide.
pub fn overlay(
    heat: &HeatMap,
    map: &CoordinateMap,
    image: (u32, u32),
    side: u32,
    picture: (u32, u32),
) -> Picture {
    let (width, height) = picture;
    let scale = (image.0 as f32 / width as f32, image.1 as f32 / height as f32);
    let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
    for y in 0..height {
        for x in 0..width {
            let at = ((x as f32 + 0.5) * scale.0, (y as f32 + 0.5) * scale.1);
            let (u, v) = map.to_input(at);
            let value = heat.at(u / side as f32, v / side as f32);
            let [r, g, b] = colour(value);
            // Opacity rises steeply near 0, so that moderate evidence is visible, and flattens towards 1.
            rgba.extend_from_slice(&[r, g, b, (value * (2.0 - value) * 255.0) as u8]);
        }
    }
    Picture { width, height, rgba }
}

/// The region inside an outline (logits above 0) with a faint fill and an edge. The edge's width grows with
/// the picture, so that it is visible on large images too. Arguments as for [`overlay`].
pub fn outline(
    logits: &HeatMap,
    map: &CoordinateMap,
    image: (u32, u32),
    side: u32,
    picture: (u32, u32),
) -> Picture {
    let (width, height) = picture;
    let inside = inside(logits, map, image, side, picture);
    let at = |x: i64, y: i64| {
        let index = usize::try_from(y * i64::from(width) + x).unwrap_or(usize::MAX);
        (0..i64::from(width)).contains(&x) && inside.get(index).copied().unwrap_or(false)
    };
    let reach = i64::from(width.max(height).div_ceil(250));
    let mut rgba = Vec::with_capacity(inside.len() * 4);
    for y in 0..i64::from(height) {
        for x in 0..i64::from(width) {
            let around = [(reach, 0), (-reach, 0), (0, reach), (0, -reach)];
            let is_edge = || around.iter().any(|(dx, dy)| !at(x + dx, y + dy));
            rgba.extend_from_slice(&match at(x, y) {
                false => [0; 4],
                true if is_edge() => EDGE,
                true => FILL,
            });
        }
    }
    Picture { width, height, rgba }
}

/// The bright end of viridis, which stands out on grey and on skin; the fill keeps the image visible.
const EDGE: [u8; 4] = [253, 231, 37, 255];
const FILL: [u8; 4] = [253, 231, 37, 70];

/// For each pixel of `picture`, whether it lies inside the outline. Arguments as for [`overlay`].
pub fn inside(
    logits: &HeatMap,
    map: &CoordinateMap,
    image: (u32, u32),
    side: u32,
    picture: (u32, u32),
) -> Vec<bool> {
    let scale = (image.0 as f32 / picture.0 as f32, image.1 as f32 / picture.1 as f32);
    let pixels = (0..picture.1).flat_map(|y| (0..picture.0).map(move |x| (x, y)));
    let is_inside = |(x, y): (u32, u32)| {
        let (u, v) = map.to_input(((x as f32 + 0.5) * scale.0, (y as f32 + 0.5) * scale.1));
        logits.at(u / side as f32, v / side as f32) > 0.0
    };
    pixels.map(is_inside).collect()
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
    use crate::preprocess::resize::{InputSpec, ResizeMode};

    #[test]
    fn an_outline_has_an_edge_around_a_faint_inside_and_nothing_beyond() {
        // The right half of 4x4 cells.
        let values = (0..16).map(|i| if i % 4 < 2 { -5.0 } else { 5.0 }).collect();
        let logits = HeatMap { width: 4, height: 4, values };
        let map =
            CoordinateMap::new(100, 50, &InputSpec { side: 16, channels: 1, resize: ResizeMode::Squash });
        let drawn = outline(&logits, &map, (100, 50), 16, (100, 50));
        let at = |x: usize, y: usize| &drawn.rgba[(y * 100 + x) * 4..][..4];
        assert_eq!([at(20, 25), at(75, 25), at(50, 25), at(99, 25)], [&[0; 4], &FILL, &EDGE, &EDGE]);
        let area = inside(&logits, &map, (100, 50), 16, (100, 50));
        assert_eq!(area.iter().filter(|inside| **inside).count(), 2500);
    }

    #[test]
    fn the_ends_of_the_scale_are_viridis_ends() {
        assert_eq!((colour(0.0), colour(1.0), colour(0.5)), ([68, 1, 84], [253, 231, 37], [33, 144, 141]));
    }
}
