//! An image as plain samples, to go from one worker to another without a file in between.

use super::{Error, Image};
use crate::messages::why;
use ::image::{DynamicImage, ImageBuffer};
use serde::{Deserialize, Serialize};

/// How samples lie in a buffer: rows from the top, channels innermost, 16 bits little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelLayout {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// 1 (grey) or 3 (RGB).
    pub channels: u8,
    /// 8 or 16.
    pub bits: u8,
}

impl Image {
    /// The samples and how they lie.
    pub fn raw(&self) -> (PixelLayout, &[u8]) {
        let (channels, bits) = match self.pixels() {
            DynamicImage::ImageLuma8(_) => (1, 8),
            DynamicImage::ImageLuma16(_) => (1, 16),
            DynamicImage::ImageRgb16(_) => (3, 16),
            _ => (3, 8),
        };
        // Every machine that this runs on is little-endian, as WebAssembly is.
        let layout = PixelLayout { width: self.width(), height: self.height(), channels, bits };
        (layout, self.pixels().as_bytes())
    }

    /// The image of such samples.
    ///
    /// # Errors
    ///
    /// Where the buffer does not hold what the layout says.
    pub fn from_raw(layout: PixelLayout, bytes: Vec<u8>) -> Result<Self, Error> {
        let PixelLayout { width, height, channels, bits } = layout;
        let wide = |bytes: &[u8]| bytes.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        let pixels = match (channels, bits) {
            (1, 8) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8),
            (1, 16) => ImageBuffer::from_raw(width, height, wide(&bytes)).map(DynamicImage::ImageLuma16),
            (3, 8) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8),
            (3, 16) => ImageBuffer::from_raw(width, height, wide(&bytes)).map(DynamicImage::ImageRgb16),
            _ => None,
        };
        let why = || why::imaging::unfilled(width, height, channels, bits);
        pixels
            .map(|pixels| Self::upright(pixels, "frame", bits))
            .ok_or_else(|| Error::Damaged { format: "frame", why: why() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::phantom;
    use crate::imaging::read;

    #[test]
    fn samples_make_the_very_image_again() {
        for file in [phantom::chest(3, 80), phantom::png(phantom::asymmetric(40, 30))] {
            let (image, _) = read(&file).unwrap();
            let (layout, bytes) = image.raw();
            assert_eq!(Image::from_raw(layout, bytes.to_vec()).unwrap().pixels(), image.pixels());
            let cut = bytes.get(1..).unwrap().to_vec();
            assert!(Image::from_raw(layout, cut).is_err());
        }
    }
}
