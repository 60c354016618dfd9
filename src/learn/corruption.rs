//! Corruptions of test images (blur, noise, compression and so on), to measure how much accuracy they cost.

use super::Error;
use super::parameters::normal;
use crate::imaging::Image;
use crate::messages::card;
use crate::messages::fault::learn as fault;
use ::image::imageops::FilterType;
use ::image::{DynamicImage, ImageFormat};
use jpeg_encoder::{ColorType, Encoder};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::io::Cursor;

/// One way to change an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corruption {
    /// A Gaussian whose deviation is 1 % of the shorter side.
    Blurred,
    /// Gaussian noise with a deviation of 5 % of the range, drawn for each pixel and channel.
    Noisy,
    /// JPEG at quality 15.
    Compressed,
    /// Every value less by 15 % of the range.
    Darker,
    /// Every value more by 15 % of the range.
    Brighter,
    /// Three quarters of the width, the whole height.
    Squashed,
}

impl Corruption {
    /// All of them, in the order of the cards' tables.
    pub const ALL: [Self; 6] =
        [Self::Blurred, Self::Noisy, Self::Compressed, Self::Darker, Self::Brighter, Self::Squashed];

    /// Its name in a card.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blurred => card::BLURRED,
            Self::Noisy => card::NOISY,
            Self::Compressed => card::COMPRESSED,
            Self::Darker => card::DARKER,
            Self::Brighter => card::BRIGHTER,
            Self::Squashed => card::SQUASHED,
        }
    }

    /// The changed image as a file. The same seed gives the same noise.
    pub fn apply(self, image: &Image, seed: u64) -> Result<Vec<u8>, Error> {
        let pixels = image.pixels();
        let (width, height) = (pixels.width(), pixels.height());
        let changed = match self {
            Self::Blurred => pixels.blur(0.01 * width.min(height) as f32),
            Self::Squashed => pixels.resize_exact((width * 3 / 4).max(1), height, FilterType::Triangle),
            Self::Noisy => {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                each(pixels, |value| value + 0.05 * 255.0 * normal(&mut random))
            }
            Self::Darker => each(pixels, |value| value - 0.15 * 255.0),
            Self::Brighter => each(pixels, |value| value + 0.15 * 255.0),
            Self::Compressed => {
                let pixels = eight_bits(pixels);
                let colours = if pixels.color().has_color() { ColorType::Rgb } else { ColorType::Luma };
                let sides = (u16::try_from(width), u16::try_from(height));
                let (Ok(width), Ok(height)) = sides else {
                    return Err(Error::Recipe(fault::jpeg_size(width, height)));
                };
                let mut bytes = Vec::new();
                Encoder::new(&mut bytes, 15)
                    .encode(pixels.as_bytes(), width, height, colours)
                    .map_err(|e| Error::Recipe(fault::unwritten_image(&e.to_string())))?;
                return Ok(bytes);
            }
        };
        let mut bytes = Cursor::new(Vec::new());
        changed
            .write_to(&mut bytes, ImageFormat::Png)
            .map_err(|e| Error::Recipe(fault::unwritten_image(&e.to_string())))?;
        Ok(bytes.into_inner())
    }
}

/// Grey or RGB with eight bits a value.
fn eight_bits(pixels: &DynamicImage) -> DynamicImage {
    if pixels.color().has_color() { pixels.to_rgb8().into() } else { pixels.to_luma8().into() }
}

/// Every value, 0 to 255, changed and kept in range.
fn each(pixels: &DynamicImage, mut change: impl FnMut(f32) -> f32) -> DynamicImage {
    let mut changed = eight_bits(pixels);
    let values: &mut [u8] = match &mut changed {
        DynamicImage::ImageRgb8(p) => p,
        DynamicImage::ImageLuma8(p) => p,
        _ => return changed,
    };
    values.iter_mut().for_each(|value| *value = change(f32::from(*value)).round().clamp(0.0, 255.0) as u8);
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::phantom;
    use crate::imaging::read;

    #[test]
    fn every_change_makes_an_image_that_differs_and_can_be_read() {
        let (image, _) = read(&phantom::png(phantom::asymmetric(80, 40))).unwrap();
        for change in Corruption::ALL {
            let bytes = change.apply(&image, 7).unwrap();
            let (changed, _) = read(&bytes).unwrap();
            let sides = if change == Corruption::Squashed { (60, 40) } else { (80, 40) };
            assert_eq!((changed.width(), changed.height()), sides, "{change:?}");
            assert!(changed.pixels().to_luma8() != image.pixels().to_luma8(), "{change:?}");
            assert_eq!(bytes, change.apply(&image, 7).unwrap(), "{change:?}");
        }
    }
}
