//! An image as it is meant to be seen: upright, without transparency, grey or RGB.

use super::{Error, format, frames};
use crate::case::{Concern, ImageFacts};
use ::image::metadata::Orientation;
use ::image::{DynamicImage, ImageDecoder};

/// A decoded image: Luma8, Luma16, Rgb8 or Rgb16, in reading orientation, from black at 0 to white at the type's
/// maximum.
#[derive(Clone, Debug)]
pub struct Image {
    pixels: DynamicImage,
    format: &'static str,
}

/// Decodes a file. An odd image is not an error: what is odd comes back as concerns.
pub fn read(bytes: &[u8]) -> Result<(Image, Vec<Concern>), Error> {
    let (mut decoder, name) = format::open(bytes)?;
    // An orientation that cannot be read is as good as none: the pixels still can.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(|e| format::refusal(name, e))?;
    pixels.apply_orientation(orientation);
    let mut concerns = Vec::new();
    if is_transparent(&pixels) {
        concerns.push(Concern::Transparent);
    }
    if frames::are_several(bytes) {
        concerns.push(Concern::SeveralFrames);
    }
    Ok((Image { pixels: spread(opaque(pixels)), format: name }, concerns))
}

fn is_transparent(pixels: &DynamicImage) -> bool {
    match pixels {
        DynamicImage::ImageLumaA8(p) => p.pixels().any(|p| p.0[1] < u8::MAX),
        DynamicImage::ImageLumaA16(p) => p.pixels().any(|p| p.0[1] < u16::MAX),
        DynamicImage::ImageRgba8(p) => p.pixels().any(|p| p.0[3] < u8::MAX),
        DynamicImage::ImageRgba16(p) => p.pixels().any(|p| p.0[3] < u16::MAX),
        _ => false,
    }
}

/// The same over black, without an alpha channel.
fn opaque(pixels: DynamicImage) -> DynamicImage {
    let over8 = |v: u8, a: u8| ((u16::from(v) * u16::from(a) + 127) / 255) as u8;
    let over16 = |v: u16, a: u16| ((u32::from(v) * u32::from(a) + 32_767) / 65_535) as u16;
    match pixels {
        DynamicImage::ImageLumaA8(mut p) => {
            p.pixels_mut().for_each(|p| p.0[0] = over8(p.0[0], p.0[1]));
            DynamicImage::ImageLumaA8(p).into_luma8().into()
        }
        DynamicImage::ImageLumaA16(mut p) => {
            p.pixels_mut().for_each(|p| p.0[0] = over16(p.0[0], p.0[1]));
            DynamicImage::ImageLumaA16(p).into_luma16().into()
        }
        DynamicImage::ImageRgba8(mut p) => {
            p.pixels_mut().for_each(|p| {
                p.0 = [over8(p.0[0], p.0[3]), over8(p.0[1], p.0[3]), over8(p.0[2], p.0[3]), 255]
            });
            DynamicImage::ImageRgba8(p).into_rgb8().into()
        }
        DynamicImage::ImageRgba16(mut p) => {
            p.pixels_mut().for_each(|p| {
                p.0 = [over16(p.0[0], p.0[3]), over16(p.0[1], p.0[3]), over16(p.0[2], p.0[3]), u16::MAX]
            });
            DynamicImage::ImageRgba16(p).into_rgb16().into()
        }
        DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_) => pixels.into_rgb16().into(),
        other => other,
    }
}

/// Depths of detectors whose values are stored in 16 bits as they are, so that white is not 65,535 but far below.
const SHALLOW: [u32; 4] = [8, 10, 12, 14];

/// The same with white at 65,535: viewers show a 12-bit radiograph in a 16-bit file nearly black, and so would we.
fn spread(mut pixels: DynamicImage) -> DynamicImage {
    let samples: &mut [u16] = match &mut pixels {
        DynamicImage::ImageLuma16(p) => p,
        DynamicImage::ImageRgb16(p) => p,
        _ => return pixels,
    };
    let brightest = u32::from(samples.iter().copied().max().unwrap_or_default());
    if let Some(white) = SHALLOW.iter().map(|bits| (1u32 << bits) - 1).find(|white| brightest <= *white) {
        samples.iter_mut().for_each(|v| *v = ((u32::from(*v) * 65_535 + white / 2) / white) as u16);
    }
    pixels
}

impl Image {
    /// Pixels, in reading orientation.
    pub fn width(&self) -> u32 {
        self.pixels.width()
    }

    /// Pixels, in reading orientation.
    pub fn height(&self) -> u32 {
        self.pixels.height()
    }

    /// The pixels themselves.
    pub fn pixels(&self) -> &DynamicImage {
        &self.pixels
    }

    /// Whether nothing in it has a hue: stored as grey, or as RGB whose channels agree to within 2 of 255.
    pub fn is_grey(&self) -> bool {
        let near = |values: [u16; 3], tolerance: u16| {
            let [r, g, b] = values;
            r.abs_diff(g) <= tolerance && g.abs_diff(b) <= tolerance && r.abs_diff(b) <= tolerance
        };
        match &self.pixels {
            DynamicImage::ImageRgb8(p) => p.pixels().all(|p| near(p.0.map(u16::from), 2)),
            DynamicImage::ImageRgb16(p) => p.pixels().all(|p| near(p.0, 2 * 257)),
            _ => true,
        }
    }

    /// What the file was.
    pub fn facts(&self) -> ImageFacts {
        let bytes = self.pixels.color().bytes_per_pixel() / self.pixels.color().channel_count();
        ImageFacts { format: self.format.into(), width: self.width(), height: self.height(), bits: bytes * 8 }
    }
}
