//! How the samples of an image lie in its pixel data (PS3.3, section C.7.6.3), checked before anything is decoded.

use super::element::{integer, text};
use super::tree::Data;
use super::{Error, damaged, unsupported};
use crate::codec::Expected;
use crate::imaging::{MAX_PIXELS, MAX_SIDE};
use crate::messages::why::dicom as why;
use dicom_dictionary_std::tags;

/// What samples mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Photometric {
    Monochrome1,
    Monochrome2,
    Palette,
    Rgb,
    /// Luminance and two colour differences.
    Ybr,
    /// The same, of which a decoder of JPEG 2000 makes RGB by itself.
    Transformed,
    /// The same with one pair of differences for two pixels where nothing is compressed.
    Ybr422,
}

/// How samples lie in the pixel data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub rows: u32,
    pub columns: u32,
    pub frames: u32,
    /// A pixel: 1 or 3.
    pub samples: usize,
    /// Bits of a cell: 1, 8, 16 or 32; of a real number 32 or 64.
    pub allocated: u32,
    /// Bits of it that hold the sample.
    pub stored: u32,
    /// The highest of them.
    pub high: u32,
    pub is_signed: bool,
    pub photometric: Photometric,
    /// Whether all samples of one colour come before those of the next.
    pub is_planar: bool,
}

/// Whether an object says that it has an image at all.
pub(super) fn has_image(root: &Data) -> bool {
    root.get(tags::ROWS).is_some() && root.get(tags::COLUMNS).is_some()
}

/// Number of Frames, where the header has it.
pub(super) fn stated_frames(root: &Data) -> Option<u32> {
    integer(root, tags::NUMBER_OF_FRAMES).map(|frames| frames.clamp(1, i64::from(u32::MAX)) as u32)
}

/// Reads the layout. `real`: bits of a sample that is a real number.
pub(super) fn read(root: &Data, real: Option<u32>) -> Result<Layout, Error> {
    let number = |tag, name: &str| {
        let value = integer(root, tag).and_then(|value| u32::try_from(value).ok());
        value.ok_or_else(|| damaged(why::not_given(name)))
    };
    let (rows, columns) = (number(tags::ROWS, why::ROWS)?, number(tags::COLUMNS, why::COLUMNS)?);
    if rows == 0 || columns == 0 {
        return Err(damaged(why::size(columns, rows)));
    }
    if rows > MAX_SIDE || columns > MAX_SIDE || u64::from(rows) * u64::from(columns) > MAX_PIXELS {
        return Err(Error::TooLarge { width: columns, height: rows });
    }
    let samples = integer(root, tags::SAMPLES_PER_PIXEL).unwrap_or(1);
    let allocated = real.map_or_else(|| number(tags::BITS_ALLOCATED, why::SAMPLE_BITS), Ok)?;
    if real.is_none() && ![1, 8, 16, 32].contains(&allocated) {
        return Err(unsupported(why::cells(allocated)));
    }
    let stored = number(tags::BITS_STORED, why::SAMPLE_BITS).unwrap_or(allocated);
    let stored = real.unwrap_or(stored);
    if stored == 0 || stored > allocated {
        return Err(damaged(why::stored_bits(stored, allocated)));
    }
    let high = number(tags::HIGH_BIT, why::HIGHEST_BIT).ok();
    let high = high.filter(|high| (stored - 1..allocated).contains(high)).unwrap_or(stored - 1);
    let photometric = photometric(&text(root, tags::PHOTOMETRIC_INTERPRETATION), samples)?;
    if real.is_some() && !matches!(photometric, Photometric::Monochrome1 | Photometric::Monochrome2) {
        return Err(unsupported(why::REAL_COLOURS));
    }
    let samples = if photometric.is_colour() { 3 } else { 1 };
    let frames = stated_frames(root).unwrap_or(1);
    Ok(Layout {
        rows,
        columns,
        frames,
        samples,
        allocated,
        stored,
        high,
        is_signed: integer(root, tags::PIXEL_REPRESENTATION) == Some(1),
        photometric,
        is_planar: samples == 3 && integer(root, tags::PLANAR_CONFIGURATION) == Some(1),
    })
}

fn photometric(name: &str, samples: i64) -> Result<Photometric, Error> {
    let photometric = match name {
        "MONOCHROME1" => Photometric::Monochrome1,
        "MONOCHROME2" => Photometric::Monochrome2,
        "PALETTE COLOR" => Photometric::Palette,
        "RGB" => Photometric::Rgb,
        "YBR_FULL" => Photometric::Ybr,
        "YBR_RCT" | "YBR_ICT" => Photometric::Transformed,
        "YBR_FULL_422" => Photometric::Ybr422,
        // An image of one sample that says nothing is grey: nothing else can be made of it.
        "" if samples == 1 => Photometric::Monochrome2,
        other => return Err(unsupported(why::photometric(other))),
    };
    if samples != if photometric.is_colour() { 3 } else { 1 } {
        return Err(damaged(why::samples_of(samples, name)));
    }
    Ok(photometric)
}

impl Photometric {
    /// Whether a pixel has three samples.
    pub fn is_colour(self) -> bool {
        matches!(self, Self::Rgb | Self::Ybr | Self::Ybr422 | Self::Transformed)
    }
}

impl Layout {
    /// Pixels of a frame.
    pub fn pixels(&self) -> usize {
        self.rows as usize * self.columns as usize
    }

    /// What a compressed frame must be.
    pub fn expected(&self) -> Expected {
        let Self { columns: width, rows: height, samples: components, allocated: bits, .. } = *self;
        Expected { width, height, components, bits }
    }

    /// Samples of a frame, once every pixel has its own.
    pub fn cells(&self) -> usize {
        self.pixels() * self.samples
    }
}
