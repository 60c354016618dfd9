//! An image as it is meant to be seen: upright, without transparency, grey or RGB.

use super::{Error, format, frames};
use crate::examination::{Concern, ImageFacts};
use ::image::metadata::Orientation;
use ::image::{ColorType, DynamicImage, ImageBuffer, ImageDecoder, ImageResult, Pixel};

/// A decoded image: Luma8, Luma16, Rgb8 or Rgb16, in reading orientation, from black at 0 to white at the type's
/// maximum.
#[derive(Clone, Debug)]
pub struct Image {
    pixels: DynamicImage,
    format: &'static str,
    /// Bits of a sample in the file.
    bits: u8,
}

/// Decodes a file. An odd image is not an error: what is odd comes back as concerns.
pub fn read(bytes: &[u8]) -> Result<(Image, Vec<Concern>), Error> {
    let (mut decoder, name) = format::open(bytes)?;
    // An orientation that cannot be read is as good as none: the pixels still can.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (pixels, alpha) = decode(decoder).map_err(|e| format::refusal(name, e))?;
    let mut concerns = Vec::new();
    match alpha {
        Alpha::Opaque => {}
        Alpha::Partly => concerns.push(Concern::Transparent),
        Alpha::Nothing => concerns.push(Concern::WhollyTransparent),
    }
    if frames::are_several(bytes) {
        concerns.push(Concern::SeveralFrames);
    }
    let pixels = stretch_to_16_bits(upright(pixels, orientation));
    let bits = (pixels.color().bits_per_pixel() / u16::from(pixels.color().channel_count())) as u8;
    Ok((Image { pixels, format: name, bits }, concerns))
}

/// The pixels over black, without an alpha channel, and what that channel held.
///
/// `DynamicImage` could do this and [`upright`], for ten kinds of pixels and every pair of them: that would be a tenth of the worker.
fn decode(decoder: Box<dyn ImageDecoder + '_>) -> ImageResult<(DynamicImage, Alpha)> {
    let (width, height) = decoder.dimensions();
    let values = width as usize * height as usize * usize::from(decoder.color_type().channel_count());
    let over8 = |v: u8, a: u8| ((u16::from(v) * u16::from(a) + 127) / 255) as u8;
    let over16 = |v: u16, a: u16| ((u32::from(v) * u32::from(a) + 32_767) / 65_535) as u16;
    let colour = decoder.color_type();
    let (grey, alpha, samples) = match colour {
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => {
            let mut samples = vec![0u8; values];
            decoder.read_image_boxed(&mut samples)?;
            let clear = flatten(&mut samples, colour, u8::MAX, over8);
            (!colour.has_color(), clear, Samples::Narrow(samples))
        }
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => {
            let mut samples = vec![0u16; values];
            decoder.read_image_boxed(bytemuck::cast_slice_mut(&mut samples))?;
            let clear = flatten(&mut samples, colour, u16::MAX, over16);
            (!colour.has_color(), clear, Samples::Wide(samples))
        }
        _ => {
            let mut samples = vec![0f32; values];
            decoder.read_image_boxed(bytemuck::cast_slice_mut(&mut samples))?;
            let clear = flatten(&mut samples, colour, 1.0, |v, a| v * a);
            let white = white(&samples);
            let wide =
                samples.iter().map(|v| ((v / white).clamp(0.0, 1.0) * 65_535.0).round() as u16).collect();
            (false, clear, Samples::Wide(wide))
        }
    };
    let pixels = match (grey, samples) {
        (true, Samples::Narrow(s)) => ImageBuffer::from_raw(width, height, s).map(DynamicImage::ImageLuma8),
        (true, Samples::Wide(s)) => ImageBuffer::from_raw(width, height, s).map(DynamicImage::ImageLuma16),
        (false, Samples::Narrow(s)) => ImageBuffer::from_raw(width, height, s).map(DynamicImage::ImageRgb8),
        (false, Samples::Wide(s)) => ImageBuffer::from_raw(width, height, s).map(DynamicImage::ImageRgb16),
    };
    Ok((pixels.unwrap_or_default(), alpha))
}

enum Samples {
    Narrow(Vec<u8>),
    Wide(Vec<u16>),
}

/// What an alpha channel says.
enum Alpha {
    Opaque,
    Partly,
    /// Every pixel is transparent: a program that never set the channel. The colours behind it are used.
    Nothing,
}

/// White of a picture in floating point: 1 by convention, but some programs write the numbers of 8 or 16 bits as they are.
fn white(samples: &[f32]) -> f32 {
    let most = samples.iter().copied().filter(|value| value.is_finite()).fold(0.0, f32::max);
    // Resampling overshoots: a little above white is still that white.
    let whites = [(1.0, 2.0), (255.0, 510.0), (65_535.0, 131_070.0)];
    whites.into_iter().find(|(_, limit)| most < *limit).map_or(most, |(white, _)| white)
}

/// Takes the alpha channel out, where there is one. In place, because a large image would not fit twice.
fn flatten<T: Copy + Default + PartialOrd>(
    samples: &mut Vec<T>,
    colour: ColorType,
    opaque: T,
    over: impl Fn(T, T) -> T,
) -> Alpha {
    if !colour.has_alpha() {
        return Alpha::Opaque;
    }
    let channels = usize::from(colour.channel_count());
    let is_nothing = samples.iter().skip(channels - 1).step_by(channels).all(|alpha| *alpha == T::default());
    let (mut clear, mut kept) = (false, 0);
    for pixel in (0..samples.len()).step_by(channels) {
        let Some(&alpha) = samples.get(pixel + channels - 1) else { break };
        let alpha = if is_nothing { opaque } else { alpha };
        clear |= alpha < opaque;
        for channel in pixel..pixel + channels - 1 {
            let value = samples.get(channel).map(|value| over(*value, alpha));
            if let (Some(place), Some(value)) = (samples.get_mut(kept), value) {
                *place = value;
            }
            kept += 1;
        }
    }
    samples.truncate(kept);
    match (is_nothing, clear) {
        (true, _) => Alpha::Nothing,
        (false, true) => Alpha::Partly,
        (false, false) => Alpha::Opaque,
    }
}

/// Turned as the camera was held.
fn upright(pixels: DynamicImage, orientation: Orientation) -> DynamicImage {
    match (orientation, pixels) {
        (Orientation::NoTransforms, pixels) => pixels,
        (_, DynamicImage::ImageLuma8(p)) => turned(&p, orientation).into(),
        (_, DynamicImage::ImageLuma16(p)) => turned(&p, orientation).into(),
        (_, DynamicImage::ImageRgb8(p)) => turned(&p, orientation).into(),
        (_, DynamicImage::ImageRgb16(p)) => turned(&p, orientation).into(),
        (_, other) => other,
    }
}

fn turned<P: Pixel>(
    p: &ImageBuffer<P, Vec<P::Subpixel>>,
    orientation: Orientation,
) -> ImageBuffer<P, Vec<P::Subpixel>> {
    use Orientation::{
        FlipHorizontal, FlipVertical, Rotate90, Rotate90FlipH, Rotate180, Rotate270, Rotate270FlipH,
    };
    let (right, bottom) = (p.width().saturating_sub(1), p.height().saturating_sub(1));
    let is_sideways = matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH);
    let (width, height) = if is_sideways { (p.height(), p.width()) } else { (p.width(), p.height()) };
    // Where the pixel that comes to x, y was.
    let from = |x: u32, y: u32| match orientation {
        Rotate90 => (y, bottom - x),
        Rotate180 => (right - x, bottom - y),
        Rotate270 => (right - y, x),
        FlipHorizontal => (right - x, y),
        FlipVertical => (x, bottom - y),
        Rotate90FlipH => (y, x),
        Rotate270FlipH => (right - y, bottom - x),
        Orientation::NoTransforms => (x, y),
    };
    ImageBuffer::from_fn(width, height, |x, y| {
        let (x, y) = from(x, y);
        *p.get_pixel(x, y)
    })
}

/// Depths of detectors whose values are stored in 16 bits as they are, so that white is not 65,535 but far below.
const SHALLOW: [u32; 4] = [8, 10, 12, 14];

/// Scales the values of a 16-bit file with fewer significant bits (for instance 12) so that white is 65,535; otherwise the image would look
/// nearly black.
fn stretch_to_16_bits(mut pixels: DynamicImage) -> DynamicImage {
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
    /// Of pixels as they are meant to be seen: Luma8, Luma16, Rgb8 or Rgb16, upright, black at 0 and white at the type's largest value.
    /// `bits`: of a sample in the file.
    pub(crate) fn upright(pixels: DynamicImage, format: &'static str, bits: u8) -> Self {
        Self { pixels, format, bits }
    }

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
        let Self { format, bits, .. } = *self;
        ImageFacts { format: format.into(), width: self.width(), height: self.height(), bits }
    }
}
