//! Synthetic images for tests. No model was trained on such images. The images for users are in
//! [`super::gallery`].

pub mod dicom;

use ::image::codecs::bmp::BmpEncoder;
use ::image::codecs::png::PngEncoder;
use ::image::{DynamicImage, ExtendedColorType, GrayImage, ImageBuffer, Luma, Rgb, RgbImage};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A schematic chest radiograph as PNG, `side` pixels square.
pub fn chest(seed: u64, side: u32) -> Vec<u8> {
    png(radiograph(seed, side).into())
}

/// The same as BMP; empty if memory runs out.
pub fn chest_bmp(seed: u64, side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written =
        BmpEncoder::new(&mut bytes).encode(&radiograph(seed, side), side, side, ExtendedColorType::L8);
    written.map_or_else(|_| Vec::new(), |()| bytes)
}

/// Dark lungs, bright spine, heart and ribs, noise.
fn radiograph(seed: u64, side: u32) -> GrayImage {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let tilt = random.random_range(-0.05..0.05f32);
    ImageBuffer::from_fn(side, side, |x, y| {
        let (x, y) = (
            x as f32 / side as f32 - 0.5 + tilt * (y as f32 / side as f32 - 0.5),
            y as f32 / side as f32 - 0.5,
        );
        // How far a point lies inside an ellipse; 0 at the edge and outside.
        let inside = |cx: f32, cy: f32, rx: f32, ry: f32| {
            (1.0 - ((x - cx) / rx).powi(2) - ((y - cy) / ry).powi(2)).clamp(0.0, 1.0)
        };
        let body = inside(0.0, 0.1, 0.5, 0.75).sqrt() * 0.62;
        let lungs = (inside(-0.22, 0.0, 0.17, 0.36) + inside(0.22, 0.0, 0.17, 0.36)).sqrt() * 0.45;
        let heart = inside(0.06, 0.15, 0.16, 0.2).sqrt() * 0.3;
        let spine = (-(x / 0.05).powi(2)).exp() * 0.18;
        let ribs = (0.5 + 0.5 * ((y - 0.5 * x * x) * 60.0).sin()).powi(4) * 0.07 * lungs.min(1.0);
        let noise = random.random_range(-0.03..0.03f32);
        Luma([((body - lungs + heart + spine + ribs + noise).clamp(0.0, 1.0) * 255.0) as u8])
    })
}

/// Uniform noise as PNG; every second seed in colour.
pub fn noise(seed: u64, side: u32) -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    if seed.is_multiple_of(2) {
        return png(GrayImage::from_fn(side, side, |_, _| Luma([random.random()])).into());
    }
    png(RgbImage::from_fn(side, side, |_, _| Rgb(random.random())).into())
}

/// Four quadrants of different grey, so that mirroring and rotation can be detected: 40 and 100 at the top,
/// 160 and 220 at the bottom.
pub fn asymmetric(width: u32, height: u32) -> DynamicImage {
    ImageBuffer::from_fn(width, height, |x, y| {
        Luma([match (x < width / 2, y < height / 2) {
            (true, true) => 40u8,
            (false, true) => 100,
            (true, false) => 160,
            (false, false) => 220,
        }])
    })
    .into()
}

/// Encodes as PNG; empty if memory runs out.
pub fn png(image: DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = image.write_with_encoder(PngEncoder::new(&mut bytes));
    written.map_or_else(|_| Vec::new(), |()| bytes)
}
