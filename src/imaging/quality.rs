//! Faults of a picture that a reader should know before believing a score.

use super::Image;
use super::fit::Frame;
use crate::case::Concern;

/// Grey levels (of 256) between the darkest and the brightest of nearly all pixels, below which an image is blank.
const BLANK_RANGE: u8 = 8;
/// Share of pure black or of pure white pixels above which detail was lost. Radiographs have black borders.
const CLIPPED: f32 = 0.5;
/// Longer side over shorter side.
const ELONGATED: f32 = 2.2;
/// At most so many pixels are looked at.
const SAMPLES: usize = 65_536;

/// What is odd about an image for a model that takes `frame`.
pub fn concerns(image: &Image, frame: &Frame) -> Vec<Concern> {
    let (width, height) = (image.width(), image.height());
    let mut concerns = Vec::new();
    let levels = levels(image);
    let (low, high) = (quantile(&levels, 0.005), quantile(&levels, 0.995));
    if high.saturating_sub(low) < BLANK_RANGE {
        concerns.push(Concern::Blank);
    } else {
        let share =
            |level: u8| levels.iter().filter(|v| **v == level).count() as f32 / levels.len().max(1) as f32;
        let share = share(0).max(share(255));
        if share > CLIPPED {
            concerns.push(Concern::Clipped { share });
        }
    }
    let ratio = width.max(height) as f32 / width.min(height).max(1) as f32;
    if ratio > ELONGATED {
        concerns.push(Concern::Elongated { ratio });
    }
    if width.min(height) < frame.side / 2 {
        concerns.push(Concern::Tiny { width, height });
    }
    if frame.channels == 1 && !image.is_grey() {
        concerns.push(Concern::Coloured);
    }
    concerns
}

/// Grey levels of evenly spread pixels, sorted.
fn levels(image: &Image) -> Vec<u8> {
    let pixels = image.pixels();
    let count = pixels.width() as usize * pixels.height() as usize;
    // A step that shares no factor with usual widths would be ideal; an odd one is good enough against columns.
    let step = (count / SAMPLES).max(1) | 1;
    let wide = |v: &u16| (v >> 8) as u8;
    let mut levels: Vec<u8> = match pixels {
        ::image::DynamicImage::ImageLuma8(p) => p.as_raw().iter().step_by(step).copied().collect(),
        ::image::DynamicImage::ImageLuma16(p) => p.as_raw().iter().step_by(step).map(wide).collect(),
        ::image::DynamicImage::ImageRgb8(p) => p.as_raw().iter().skip(1).step_by(3 * step).copied().collect(),
        ::image::DynamicImage::ImageRgb16(p) => {
            p.as_raw().iter().skip(1).step_by(3 * step).map(wide).collect()
        }
        other => other.to_luma8().into_raw(),
    };
    levels.sort_unstable();
    levels
}

fn quantile(sorted: &[u8], share: f32) -> u8 {
    let at = (sorted.len().saturating_sub(1)) as f32 * share;
    sorted.get(at as usize).copied().unwrap_or_default()
}
