//! Pictures for the page.

use super::Image;
use ::image::imageops::FilterType;

/// Eight-bit RGBA pixels, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

/// The image for showing, its longer side at most `longest` pixels.
pub fn preview(image: &Image, longest: u32) -> Picture {
    let pixels = image.pixels();
    let shown = if pixels.width().max(pixels.height()) > longest {
        pixels.resize(longest, longest, FilterType::Triangle).into_rgba8()
    } else {
        pixels.to_rgba8()
    };
    Picture { width: shown.width(), height: shown.height(), rgba: shown.into_raw() }
}
