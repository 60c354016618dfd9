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
