//! Pictures for the page.

use super::Image;

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

/// The size in which something is drawn over an image: the image's own, or smaller in the same shape, its longer side at most
/// `longest` pixels.
pub fn size_over(image: &Image, longest: u32) -> (u32, u32) {
    let (width, height) = (image.width(), image.height());
    let longer = width.max(height).max(longest);
    let scaled = |side: u32| {
        ((f64::from(side) * f64::from(longest) / f64::from(longer)).round() as u32).clamp(1, longest)
    };
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::size_over;
    use crate::dataset::phantom;
    use crate::imaging::read;

    #[test]
    fn the_shape_is_kept_and_nothing_is_enlarged() {
        let size = |width, height| {
            let (image, _) = read(&phantom::png(phantom::asymmetric(width, height))).unwrap();
            size_over(&image, 150)
        };
        assert_eq!([size(300, 100), size(30, 10), size(150, 150)], [(150, 50), (30, 10), (150, 150)]);
    }
}
