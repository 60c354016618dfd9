//! Pictures for the page.

use super::Image;
use ::image::DynamicImage;
use ::image::imageops::{FilterType, resize};

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

/// The size of [`preview`].
pub fn preview_size(image: &Image, longest: u32) -> (u32, u32) {
    let (width, height) = (image.width(), image.height());
    let longer = width.max(height).max(longest);
    let scaled = |side: u32| {
        ((f64::from(side) * f64::from(longest) / f64::from(longer)).round() as u32).clamp(1, longest)
    };
    (scaled(width), scaled(height))
}

/// The image for showing, its longer side at most `longest` pixels.
pub fn preview(image: &Image, longest: u32) -> Picture {
    let pixels = image.pixels();
    let (width, height) = preview_size(image, longest);
    let shown = if (width, height) == (image.width(), image.height()) {
        pixels
    } else {
        &smaller(pixels, width, height)
    };
    Picture { width, height, rgba: rgba(shown) }
}

fn rgba(pixels: &DynamicImage) -> Vec<u8> {
    let narrow = |v: u16| ((u32::from(v) + 128) / 257) as u8;
    let grey = |v: u8| [v, v, v, u8::MAX];
    let colour = |[r, g, b]: [u8; 3]| [r, g, b, u8::MAX];
    match pixels {
        DynamicImage::ImageLuma8(p) => p.pixels().flat_map(|p| grey(p.0[0])).collect(),
        DynamicImage::ImageLuma16(p) => p.pixels().flat_map(|p| grey(narrow(p.0[0]))).collect(),
        DynamicImage::ImageRgb8(p) => p.pixels().flat_map(|p| colour(p.0)).collect(),
        DynamicImage::ImageRgb16(p) => p.pixels().flat_map(|p| colour(p.0.map(narrow))).collect(),
        _ => Vec::new(),
    }
}

/// `DynamicImage::resize` for the four kinds of [`Image`] only: each kind is thirty kilobytes of code in the worker.
fn smaller(pixels: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    const FILTER: FilterType = FilterType::Triangle;
    match pixels {
        DynamicImage::ImageLuma8(p) => resize(p, width, height, FILTER).into(),
        DynamicImage::ImageLuma16(p) => resize(p, width, height, FILTER).into(),
        DynamicImage::ImageRgb16(p) => resize(p, width, height, FILTER).into(),
        DynamicImage::ImageRgb8(p) => resize(p, width, height, FILTER).into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::preview;
    use crate::dataset::phantom;
    use crate::imaging::read;

    #[test]
    fn a_preview_keeps_the_shape_and_the_corners() {
        let (image, _) = read(&phantom::png(phantom::asymmetric(300, 100))).unwrap();
        let small = preview(&image, 150);
        assert_eq!((small.width, small.height, small.rgba.len()), (150, 50, 150 * 50 * 4));
        let at = |x: usize, y: usize| &small.rgba[(y * 150 + x) * 4..][..4];
        assert_eq!([at(2, 2), at(147, 2)], [[40, 40, 40, 255], [100, 100, 100, 255]]);
        assert_eq!([at(2, 47), at(147, 47)], [[160, 160, 160, 255], [220, 220, 220, 255]]);
    }

    #[test]
    fn a_small_image_is_not_enlarged() {
        let (image, _) = read(&phantom::png(phantom::asymmetric(30, 10))).unwrap();
        assert_eq!((preview(&image, 150).width, preview(&image, 150).height), (30, 10));
    }
}
