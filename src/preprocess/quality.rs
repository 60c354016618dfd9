//! Faults of a picture that the user must know before believing a score.

use super::resize::InputSpec;
use crate::examination::Concern;
use crate::imaging::Image;
use ::image::DynamicImage;

/// Grey levels (of 256) between the darkest and the brightest of nearly all pixels, below which an image is blank.
const BLANK_RANGE: u8 = 8;
/// Share of pure black or of pure white pixels above which detail was lost. Radiographs have black borders.
const CLIPPED: f32 = 0.5;
/// Longer side over shorter side.
const ELONGATED: f32 = 2.2;
/// At most so many pixels are looked at.
const SAMPLES: usize = 65_536;

/// Concerns about an image for a model with the input `spec`.
pub fn concerns(image: &Image, spec: &InputSpec) -> Vec<Concern> {
    let (width, height) = (image.width(), image.height());
    let mut concerns = Vec::new();
    let channels = levels(image);
    if channels.iter().all(|sorted| range(sorted) < BLANK_RANGE) {
        concerns.push(Concern::Blank);
    } else {
        let share = channels.iter().map(|sorted| clipped(sorted)).fold(1.0, f32::min);
        if share > CLIPPED {
            concerns.push(Concern::Clipped { share });
        }
    }
    let ratio = width.max(height) as f32 / width.min(height).max(1) as f32;
    if ratio > ELONGATED {
        concerns.push(Concern::Elongated { ratio });
    }
    if width.min(height) < spec.side / 2 {
        concerns.push(Concern::Tiny { width, height });
    }
    match (spec.channels, image.is_grey()) {
        (1, false) => concerns.push(Concern::Coloured),
        (3, true) => concerns.push(Concern::Colourless),
        _ => {}
    }
    concerns
}

/// How much of an image's contrast is fine detail: the mean absolute difference of a pixel from the mean of its four neighbours,
/// in units of the deviation of all pixels.
///
/// # Shapes
/// `values`: `(side, side, channels)`, as a model takes them.
pub fn sharpness(values: &[f32], side: usize) -> f32 {
    let plane = (side * side).max(1);
    let channels = (values.len() / plane).max(1);
    let grey: Vec<f32> = values
        .chunks(channels)
        .map(|pixel| pixel.iter().map(|value| value / channels as f32).sum())
        .collect();
    let mean = grey.iter().sum::<f32>() / plane as f32;
    let deviation = (grey.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / plane as f32).sqrt();
    let at = |x: usize, y: usize| grey.get(y * side + x).copied().unwrap_or_default();
    let inner = 1..side.saturating_sub(1);
    let detail: f32 = inner
        .clone()
        .flat_map(|y| inner.clone().map(move |x| (x, y)))
        .map(|(x, y)| (at(x, y) - (at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1)) / 4.0).abs())
        .sum();
    detail / plane as f32 / deviation.max(1e-6)
}

/// Levels, of 256, of evenly spread pixels: a sorted list a channel.
fn levels(image: &Image) -> Vec<Vec<u8>> {
    let count = image.width() as usize * image.height() as usize;
    // Odd, so that an image of a usual, even width is not sampled in a few columns only.
    let step = (count / SAMPLES).max(1) | 1;
    let narrow = |v: u16| (v >> 8) as u8;
    let spread = |pixels: &mut dyn Iterator<Item = [u8; 3]>, channels: usize| -> Vec<Vec<u8>> {
        let picked: Vec<[u8; 3]> = pixels.step_by(step).collect();
        (0..channels)
            .map(|channel| {
                let mut sorted: Vec<u8> = picked.iter().filter_map(|p| p.get(channel).copied()).collect();
                sorted.sort_unstable();
                sorted
            })
            .collect()
    };
    match image.pixels() {
        DynamicImage::ImageLuma8(p) => spread(&mut p.pixels().map(|p| [p.0[0]; 3]), 1),
        DynamicImage::ImageLuma16(p) => spread(&mut p.pixels().map(|p| [narrow(p.0[0]); 3]), 1),
        DynamicImage::ImageRgb16(p) => spread(&mut p.pixels().map(|p| p.0.map(narrow)), 3),
        DynamicImage::ImageRgb8(p) => spread(&mut p.pixels().map(|p| p.0), 3),
        _ => Vec::new(),
    }
}

/// From nearly the darkest to nearly the brightest.
fn range(sorted: &[u8]) -> u8 {
    let at = |share: f32| sorted.get((sorted.len().saturating_sub(1) as f32 * share) as usize).copied();
    at(0.995).unwrap_or_default().saturating_sub(at(0.005).unwrap_or_default())
}

/// Share of pure black or of pure white, whichever is larger.
fn clipped(sorted: &[u8]) -> f32 {
    let count = |level: u8| sorted.iter().filter(|v| **v == level).count() as f32;
    count(0).max(count(u8::MAX)) / sorted.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::phantom;
    use crate::preprocess::resize::ResizeMode;
    use ::image::{GrayImage, Luma, Rgb, RgbImage};

    fn names(pixels: impl Into<DynamicImage>) -> Vec<&'static str> {
        let spec = InputSpec { side: 64, channels: 1, resize: ResizeMode::Squash };
        let (image, _) = crate::imaging::read(&phantom::png(pixels.into())).unwrap();
        concerns(&image, &spec).iter().map(Concern::name).collect()
    }

    /// A grey ramp from left to right.
    fn ramp(width: u32, height: u32) -> GrayImage {
        GrayImage::from_fn(width, height, |x, _| Luma([(1 + x * 250 / width) as u8]))
    }

    #[test]
    fn a_phantom_raises_no_concern() {
        for seed in 0..4 {
            let (image, _) = crate::imaging::read(&phantom::chest(seed, 300)).unwrap();
            let spec = InputSpec { side: 224, channels: 1, resize: ResizeMode::Squash };
            assert_eq!(concerns(&image, &spec), []);
        }
    }

    #[test]
    fn each_oddity_has_its_concern() {
        assert_eq!(names(ramp(100, 100)), [""; 0]);
        assert_eq!(names(GrayImage::from_pixel(100, 100, Luma([77]))), ["blank"]);
        assert_eq!(names(ramp(300, 100)), ["elongated"]);
        assert_eq!(names(ramp(40, 31)), ["tiny"]);
        assert_eq!(names(ramp(40, 32)), [""; 0]);
        let black = |below: u32| {
            GrayImage::from_fn(100, 100, move |x, _| Luma([if x < below { 0 } else { x as u8 }]))
        };
        assert_eq!(names(black(60)), ["clipped"]);
        assert_eq!(names(black(40)), [""; 0]);
    }

    #[test]
    fn sharpness_is_what_blur_takes_away_and_contrast_does_not() {
        let fine: Vec<f32> = (0..32 * 32).map(|i| if (i + i / 32) % 2 == 0 { 0.2 } else { 0.8 }).collect();
        let coarse: Vec<f32> = (0..32 * 32).map(|i| if i / 16 % 2 == 0 { 0.2 } else { 0.8 }).collect();
        let faint: Vec<f32> = coarse.iter().map(|v| 0.5 + (v - 0.5) * 0.1).collect();
        assert!(sharpness(&fine, 32) > 5.0 * sharpness(&coarse, 32));
        assert!((sharpness(&coarse, 32) - sharpness(&faint, 32)).abs() < 1e-3);
    }

    #[test]
    fn colour_is_looked_at_in_every_channel() {
        let red = RgbImage::from_fn(100, 100, |x, _| Rgb([x as u8, 9, 9]));
        assert_eq!(names(red), ["coloured"]);
        assert_eq!(names(RgbImage::from_pixel(100, 100, Rgb([200, 9, 90]))), ["blank", "coloured"]);
        let nearly_grey = RgbImage::from_fn(100, 100, |x, _| Rgb([x as u8 + 1, x as u8, x as u8 + 2]));
        assert_eq!(names(nearly_grey), [""; 0]);
    }
}
