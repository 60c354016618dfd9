//! An image as a file again, for the worker that examines: TIFF without compression, which is quick to write and to read.

use super::{Error, Image};
use ::image::DynamicImage;
use ::image::codecs::tiff::TiffEncoder;
use ::image::{ExtendedColorType, ImageEncoder};
use std::io::Cursor;

/// A file that [`super::read`] turns into the very same pixels.
///
/// # Errors
///
/// Where memory ran out.
pub fn tiff(image: &Image) -> Result<Vec<u8>, Error> {
    let (width, height) = (image.width(), image.height());
    let colour = match image.pixels() {
        DynamicImage::ImageLuma8(_) => ExtendedColorType::L8,
        DynamicImage::ImageLuma16(_) => ExtendedColorType::L16,
        DynamicImage::ImageRgb16(_) => ExtendedColorType::Rgb16,
        _ => ExtendedColorType::Rgb8,
    };
    let mut file = Cursor::new(Vec::new());
    TiffEncoder::new(&mut file)
        .write_image(image.pixels().as_bytes(), width, height, colour)
        .map_err(|e| Error::Damaged { format: "TIFF", why: e.to_string() })?;
    Ok(file.into_inner())
}
