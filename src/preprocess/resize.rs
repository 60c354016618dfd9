//! An image becomes the square that a network takes, and its coordinates those of the square.

use super::field::field;
use crate::imaging::Image;
use ::image::imageops::{self, FilterType};
use ::image::{DynamicImage, ImageBuffer, Luma, Rgb};
use serde::{Deserialize, Serialize};

/// How an image becomes square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResizeMode {
    /// Both sides are scaled to the square's, each by its own factor.
    Squash,
    /// One factor for both sides; the rest of the square is black.
    Letterbox,
    /// As letterboxed, after a black border around the field of a camera was cut off: cameras differ in how much they leave.
    /// Not for images with masks, which have another border.
    Field,
}

/// The square that a network takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputSpec {
    /// Pixels.
    pub side: u32,
    /// 1 (grey, Rec. 601 luma) or 3 (RGB).
    pub channels: u32,
    /// How an image becomes square.
    pub resize: ResizeMode,
}

/// An image at the size that a network takes.
///
/// # Shapes
/// `values`: `(side, side, channels)`, 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Resized {
    /// Row by row, the channels innermost.
    pub values: Vec<f32>,
    /// Between the input's coordinates and the image's.
    pub map: CoordinateMap,
}

/// Between pixel coordinates of a network's input and of the image in it: `image = (input - offset) * scale`, an axis each.
/// Coordinates are continuous; the middle of the first pixel is 0.5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoordinateMap {
    offset: (f32, f32),
    scale: (f32, f32),
}

impl CoordinateMap {
    /// Of an image of `width` x `height` pixels in an input.
    pub fn new(width: u32, height: u32, spec: &InputSpec) -> Self {
        let side = spec.side as f32;
        let (width, height) = (width as f32, height as f32);
        match spec.resize {
            ResizeMode::Squash => Self { offset: (0.0, 0.0), scale: (width / side, height / side) },
            ResizeMode::Letterbox | ResizeMode::Field => {
                let (w, h, left, top) = boxed(width as u32, height as u32, spec.side);
                let scale = (width / w as f32, height / h as f32);
                Self { offset: (left as f32, top as f32), scale }
            }
        }
    }

    /// The same for an image that is a part of a larger one: `left` and `top` are where it lies there.
    fn moved(self, left: u32, top: u32) -> Self {
        let offset = (self.offset.0 - left as f32 / self.scale.0, self.offset.1 - top as f32 / self.scale.1);
        Self { offset, ..self }
    }

    /// From the image to the input.
    pub fn to_input(&self, (x, y): (f32, f32)) -> (f32, f32) {
        (x / self.scale.0 + self.offset.0, y / self.scale.1 + self.offset.1)
    }
}

/// Width, height, left and top of an image letterboxed into a square.
fn boxed(width: u32, height: u32, side: u32) -> (u32, u32, u32, u32) {
    let longest = width.max(height) as f32;
    let scaled = |length: u32| ((length as f32 * side as f32 / longest).round() as u32).clamp(1, side);
    let (w, h) = (scaled(width), scaled(height));
    (w, h, (side - w) / 2, (side - h) / 2)
}

/// Scales with a triangle filter that grows when shrinking (as Pillow's `BILINEAR`), so that nothing is skipped.
pub fn resize(image: &Image, spec: &InputSpec) -> Resized {
    if spec.resize != ResizeMode::Field {
        return scaled(image.pixels(), spec);
    }
    let (left, top, width, height) = field(image);
    let inner = scaled(&image.pixels().crop_imm(left, top, width, height), spec);
    Resized { map: inner.map.moved(left, top), ..inner }
}

fn scaled(pixels: &DynamicImage, spec: &InputSpec) -> Resized {
    let map = CoordinateMap::new(pixels.width(), pixels.height(), spec);
    let (width, height, left, top) = match spec.resize {
        ResizeMode::Squash => (spec.side, spec.side, 0, 0),
        ResizeMode::Letterbox | ResizeMode::Field => boxed(pixels.width(), pixels.height(), spec.side),
    };
    let (small, channels) = if spec.channels == 1 {
        (imageops::resize(&grey(pixels), width, height, FilterType::Triangle).into_raw(), 1)
    } else {
        (imageops::resize(&colour(pixels), width, height, FilterType::Triangle).into_raw(), 3)
    };
    let side = spec.side as usize;
    let mut values = vec![0f32; side * side * channels];
    let rows = values.chunks_mut(side * channels).skip(top as usize);
    for (target, row) in rows.zip(small.chunks(width as usize * channels)) {
        let target = target.iter_mut().skip(left as usize * channels);
        target.zip(row).for_each(|(place, value)| *place = value.clamp(0.0, 1.0));
    }
    Resized { values, map }
}

/// Pixels of an image that a thumbnail looks at, for each of its own, a side: more would take longer and change nothing.
const THUMBNAIL_DETAIL: u32 = 3;

/// An image squashed to a small colour square, quickly: large images are reduced by means of boxes first, and grey ones are scaled
/// once. The same as [`resize`] for images of less than six times the side.
///
/// # Shapes
/// Returns `(side, side, 3)`, 0 to 1.
pub fn thumbnail(image: &Image, side: u32) -> Vec<f32> {
    let factor = (image.width().min(image.height()) / (THUMBNAIL_DETAIL * side)).max(1);
    let (width, height) = (image.width() / factor, image.height() / factor);
    let grey = |values| -> Vec<f32> {
        let grey = Grey::from_raw(width, height, values).unwrap_or_default();
        let small = imageops::resize(&grey, side, side, FilterType::Triangle).into_raw();
        small.into_iter().flat_map(|value| [value; 3]).collect()
    };
    let colour = |values| -> Vec<f32> {
        let colour = Colour::from_raw(width, height, values).unwrap_or_default();
        imageops::resize(&colour, side, side, FilterType::Triangle).into_raw()
    };
    let mut values = match image.pixels() {
        DynamicImage::ImageLuma8(p) => grey(boxes(p.as_raw(), 1, image.width(), factor, 255.0)),
        DynamicImage::ImageLuma16(p) => grey(boxes(p.as_raw(), 1, image.width(), factor, 65_535.0)),
        DynamicImage::ImageRgb8(p) => colour(boxes(p.as_raw(), 3, image.width(), factor, 255.0)),
        DynamicImage::ImageRgb16(p) => colour(boxes(p.as_raw(), 3, image.width(), factor, 65_535.0)),
        _ => Vec::new(),
    };
    values.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
    values
}

/// Means of squares of `factor` pixels, 0 to 1; what is left over at the right and below is cut off. `samples`: row by row, the
/// channels innermost; `most`: the sample that becomes 1.
fn boxes<S: Copy + Into<f32>>(
    samples: &[S],
    channels: usize,
    width: u32,
    factor: u32,
    most: f32,
) -> Vec<f32> {
    let (width, factor) = (width as usize, factor as usize);
    let small = width / factor * channels;
    let share = 1.0 / (most * (factor * factor) as f32);
    let mut reduced = Vec::with_capacity(samples.len() / (factor * factor));
    let mut sums = vec![0f32; small];
    for rows in samples.chunks_exact(width * channels * factor) {
        sums.fill(0.0);
        for row in rows.chunks_exact(width * channels) {
            for (sums, pixels) in sums.chunks_mut(channels).zip(row.chunks(channels * factor)) {
                for pixel in pixels.chunks(channels) {
                    sums.iter_mut().zip(pixel).for_each(|(sum, sample)| *sum += (*sample).into());
                }
            }
        }
        reduced.extend(sums.iter().map(|sum| sum * share));
    }
    reduced
}

type Grey = ImageBuffer<Luma<f32>, Vec<f32>>;
type Colour = ImageBuffer<Rgb<f32>, Vec<f32>>;

fn grey(pixels: &DynamicImage) -> Grey {
    // ITU-R BT.601, the weights that Pillow's "L" and every JPEG use.
    let luma = |[r, g, b]: [f32; 3]| 0.299 * r + 0.587 * g + 0.114 * b;
    let values: Vec<f32> = match pixels {
        DynamicImage::ImageLuma8(p) => p.as_raw().iter().map(|v| f32::from(*v) / 255.0).collect(),
        DynamicImage::ImageLuma16(p) => p.as_raw().iter().map(|v| f32::from(*v) / 65_535.0).collect(),
        DynamicImage::ImageRgb8(p) => p.pixels().map(|p| luma(p.0.map(|v| f32::from(v) / 255.0))).collect(),
        DynamicImage::ImageRgb16(p) => {
            p.pixels().map(|p| luma(p.0.map(|v| f32::from(v) / 65_535.0))).collect()
        }
        _ => Vec::new(),
    };
    ImageBuffer::from_raw(pixels.width(), pixels.height(), values).unwrap_or_default()
}

fn colour(pixels: &DynamicImage) -> Colour {
    let narrow = |v: u8| f32::from(v) / 255.0;
    let wide = |v: u16| f32::from(v) / 65_535.0;
    let values: Vec<f32> = match pixels {
        DynamicImage::ImageLuma8(p) => p.as_raw().iter().flat_map(|v| [narrow(*v); 3]).collect(),
        DynamicImage::ImageLuma16(p) => p.as_raw().iter().flat_map(|v| [wide(*v); 3]).collect(),
        DynamicImage::ImageRgb8(p) => p.as_raw().iter().map(|v| narrow(*v)).collect(),
        DynamicImage::ImageRgb16(p) => p.as_raw().iter().map(|v| wide(*v)).collect(),
        _ => Vec::new(),
    };
    ImageBuffer::from_raw(pixels.width(), pixels.height(), values).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames() -> impl Strategy<Value = InputSpec> {
        (
            prop_oneof![Just(ResizeMode::Squash), Just(ResizeMode::Letterbox)],
            prop_oneof![Just(1u32), Just(3)],
            16..200u32,
        )
            .prop_map(|(resize, channels, side)| InputSpec { side, channels, resize })
    }

    proptest! {
        #[test]
        fn an_image_fills_its_square_or_lies_in_its_middle(w in 1..3000u32, h in 1..3000u32, spec in frames()) {
            let map = CoordinateMap::new(w, h, &spec);
            let ((left, top), (right, bottom)) = (map.to_input((0.0, 0.0)), map.to_input((w as f32, h as f32)));
            let side = spec.side as f32;
            let (across, down) = (right - left, bottom - top);
            prop_assert!((across.max(down) - side).abs() < 0.01);
            match spec.resize {
                ResizeMode::Squash => prop_assert!((across.min(down) - side).abs() < 0.01),
                // In whole pixels, and at least one.
                _ => prop_assert!((across.min(down) - (side * w.min(h) as f32 / w.max(h) as f32).max(1.0)).abs() < 0.51),
            }
            prop_assert!((left + right - side).abs() < 1.01 && (top + bottom - side).abs() < 1.01);
        }
    }

    /// The triangle filter straight from its definition, in f64: at each output pixel the weights fall linearly from the
    /// middle to nothing over one output pixel (one input pixel when enlarging), cut off at the border, and sum to 1.
    fn weights(length: u32, out: u32, at: u32) -> Vec<f64> {
        let scale = f64::from(length) / f64::from(out);
        let middle = (f64::from(at) + 0.5) * scale;
        let reach = scale.max(1.0);
        let raw: Vec<f64> =
            (0..length).map(|i| (1.0 - ((f64::from(i) + 0.5 - middle) / reach).abs()).max(0.0)).collect();
        let sum: f64 = raw.iter().sum();
        raw.into_iter().map(|w| w / sum).collect()
    }

    proptest! {
        #[test]
        fn fitting_is_the_triangle_filter(w in 1..90u32, h in 1..90u32, side in 16..40u32, factor in 1..250u32) {
            let level = |x: u32, y: u32| (x * factor + y * 31 + x * y) % 256;
            let pixels = ImageBuffer::from_fn(w, h, |x, y| Luma([level(x, y) as u8]));
            let image = crate::imaging::read(&crate::dataset::phantom::png(pixels.into())).unwrap().0;
            let resized = resize(&image, &InputSpec { side, channels: 1, resize: ResizeMode::Squash });
            let columns: Vec<Vec<f64>> = (0..side).map(|x| weights(w, side, x)).collect();
            for v in 0..side {
                let rows = weights(h, side, v);
                for (u, column) in columns.iter().enumerate() {
                    let expected: f64 = (0..w * h)
                        .map(|i| rows[(i / w) as usize] * column[(i % w) as usize] * f64::from(level(i % w, i / w)) / 255.0)
                        .sum();
                    let got = resized.values[v as usize * side as usize + u];
                    prop_assert!((f64::from(got) - expected).abs() < 1e-4, "{} instead of {} at {}, {}", got, expected, u, v);
                }
            }
        }
    }

    #[test]
    fn a_thumbnail_is_the_resized_image_or_nearly() {
        let level = |x: u32, y: u32, c: u32| {
            (128.0 + 100.0 * ((x * (c + 1)) as f32 * 0.005 + y as f32 * 0.008).sin()) as u8
        };
        for (width, height) in [(60, 90), (200, 150), (500, 401), (1200, 700)] {
            let grey = ImageBuffer::from_fn(width, height, |x, y| Luma([level(x, y, 0)]));
            let colour = ImageBuffer::from_fn(width, height, |x, y| Rgb([0, 1, 2].map(|c| level(x, y, c))));
            for pixels in [DynamicImage::from(grey), colour.into()] {
                let image = crate::imaging::read(&crate::dataset::phantom::png(pixels)).unwrap().0;
                let whole =
                    resize(&image, &InputSpec { side: 32, channels: 3, resize: ResizeMode::Squash }).values;
                let off =
                    thumbnail(&image, 32).iter().zip(&whole).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                // Up to a box is cut off at the right and below, which moves the rest a little.
                let allowed = if width.min(height) < 6 * 32 { 1e-6 } else { 0.03 };
                assert!(off <= allowed, "{width} x {height}: {off}");
            }
        }
    }

    #[test]
    fn colour_becomes_grey_by_the_eyes_weights_and_keeps_its_channels() {
        let pixels = ImageBuffer::from_pixel(20, 10, Rgb([255u8, 51, 0]));
        let image = crate::imaging::read(&crate::dataset::phantom::png(pixels.into())).unwrap().0;
        let grey = resize(&image, &InputSpec { side: 16, channels: 1, resize: ResizeMode::Squash }).values;
        assert!(grey.iter().all(|v| (v - (0.299 + 0.587 * 0.2)).abs() < 1e-5) && grey.len() == 256);
        let colour =
            resize(&image, &InputSpec { side: 16, channels: 3, resize: ResizeMode::Letterbox }).values;
        // Rows 4 to 11 hold the image; above and below it is black.
        let at = |channel: usize, row: usize| colour[(row * 16 + 7) * 3 + channel];
        assert_eq!([at(0, 3), at(0, 12)], [0.0, 0.0]);
        assert!(at(0, 4).min(at(0, 11)) > 0.9999, "{} {}", at(0, 4), at(0, 11));
        assert!((at(1, 8) - 0.2).abs() < 1e-6 && at(2, 8) == 0.0 && colour.len() == 768);
    }

    /// A grey image, dark but for one bright quarter.
    fn quarter(width: u32, height: u32, bright: impl Fn(u32, u32) -> bool) -> Image {
        let pixels = ImageBuffer::from_fn(width, height, |x, y| Luma([if bright(x, y) { 255u8 } else { 0 }]));
        let mut png = std::io::Cursor::new(Vec::new());
        DynamicImage::ImageLuma8(pixels).write_to(&mut png, ::image::ImageFormat::Png).unwrap();
        crate::imaging::read(png.get_ref()).unwrap().0
    }

    #[test]
    fn nothing_is_mirrored_or_transposed_and_the_map_agrees_with_the_pixels() {
        // The bright quarter lies right of the middle and above it.
        let image = quarter(300, 120, |x, y| x >= 200 && y < 40);
        for mode in [ResizeMode::Squash, ResizeMode::Letterbox] {
            let spec = InputSpec { side: 60, channels: 1, resize: mode };
            let resized = resize(&image, &spec);
            for (at, expected) in
                [((250.0, 20.0), 1.0), ((50.0, 20.0), 0.0), ((250.0, 100.0), 0.0), ((20.0, 100.0), 0.0)]
            {
                let (u, v) = resized.map.to_input(at);
                let value = resized.values[v as usize * 60 + u as usize];
                assert!((value - expected).abs() < 0.01, "{mode:?} {at:?}: {value}");
            }
        }
    }

    #[test]
    fn shrinking_keeps_the_mean() {
        let image = quarter(512, 512, |x, y| (x + y) % 2 == 0);
        let resized = resize(&image, &InputSpec { side: 32, channels: 1, resize: ResizeMode::Squash });
        assert!(resized.values.iter().all(|v| (v - 0.5).abs() < 0.02));
    }
}
