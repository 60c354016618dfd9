//! Grey of 2 to 15 bits a sample, and palettes, which the decoder refuses. The first directory is rewritten so that the decoder takes the
//! bytes of each row for grey of 8 bits; samples and colours are made of them here (TIFF 6.0, sections 3 to 5).

use super::{COMPRESSION, Directory, PHOTOMETRIC, SAMPLE_FORMAT, SAMPLES, TILE_WIDTH};
use crate::imaging::format;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageFormat, ImageResult};
use std::borrow::Cow;

const WIDTH: u16 = 256;
const BITS: u16 = 258;
const PREDICTOR: u16 = 317;
const COLOUR_MAP: u16 = 320;

/// None, LZW, Deflate (two numbers), PackBits: those that give back the bytes of a row.
const OF_BYTES: [u64; 5] = [1, 5, 8, 32_946, 32_773];

/// Values of [`PHOTOMETRIC`].
const BLACK_IS_ZERO: u64 = 1;
const PALETTE: u64 = 3;

/// A decoder for such a file.
pub struct Packed {
    /// Of the rewritten file.
    bytes: Box<dyn ImageDecoder>,
    width: u32,
    bits: u32,
    meaning: Meaning,
}

/// What a sample means.
enum Meaning {
    Grey { is_inverted: bool },
    Colour(Vec<[u8; 3]>),
}

impl Packed {
    /// `None` if the file is of another kind, or its directory cannot be read.
    pub fn open(file: &[u8]) -> Option<ImageResult<Self>> {
        let directory = Directory::first(file)?;
        let bits = u32::try_from(directory.tag(BITS)?).ok()?;
        let photometric = directory.tag(PHOTOMETRIC)?;
        let is_one = |tag: u16| directory.tag(tag).is_none_or(|value| value == 1);
        let meaning = match (photometric, bits) {
            (0 | BLACK_IS_ZERO, 2..=7 | 9..=15) => Meaning::Grey { is_inverted: photometric == 0 },
            (PALETTE, 1..=8) => Meaning::Colour(colours(&directory, bits)?),
            _ => return None,
        };
        // A predictor counts in samples, which are bytes only where they have 8 bits.
        let is_plain = is_one(SAMPLES) && is_one(SAMPLE_FORMAT) && (bits == 8 || is_one(PREDICTOR));
        if !is_plain || !OF_BYTES.contains(&directory.tag(COMPRESSION).unwrap_or(1)) {
            return None;
        }
        let width = u32::try_from(directory.tag(WIDTH)?).ok()?;
        let mut rewritten = file.to_vec();
        let mut put = |tag: u16, value: u64| directory.put(&mut rewritten, tag, value);
        put(WIDTH, (u64::from(width) * u64::from(bits)).div_ceil(8))?;
        put(BITS, 8)?;
        put(PHOTOMETRIC, BLACK_IS_ZERO)?;
        if let Some(tile) = directory.tag(TILE_WIDTH) {
            // The width of a tile is a multiple of 16.
            put(TILE_WIDTH, tile.checked_mul(u64::from(bits))? / 8)?;
        }
        let bytes = format::usual(Cow::Owned(rewritten), ImageFormat::Tiff);
        Some(bytes.map(|bytes| Self { bytes: Box::new(bytes), width, bits, meaning }))
    }
}

impl Directory<'_> {
    /// Writes another first value of a tag. `None` if it does not fit.
    fn put(&self, file: &mut [u8], tag: u16, value: u64) -> Option<()> {
        let entry = self.entry(tag)?;
        let place = file.get_mut(entry.place..entry.place.checked_add(entry.size)?)?;
        let bytes = value.to_be_bytes();
        let (beyond, bytes) = bytes.split_at_checked(8 - entry.size)?;
        if beyond.iter().any(|byte| *byte != 0) {
            return None;
        }
        place.copy_from_slice(bytes);
        if self.file.is_little {
            place.reverse();
        }
        Some(())
    }
}

/// The colours of a palette: all red values, then all green ones, then all blue ones. They have 16 bits by the standard, but some programs
/// write 8.
fn colours(directory: &Directory, bits: u32) -> Option<Vec<[u8; 3]>> {
    let entry = directory.entry(COLOUR_MAP)?;
    let count = 1usize << bits;
    if entry.count != 3 * count || entry.size != 2 {
        return None;
    }
    let value = |at: usize| directory.file.number(entry.place.checked_add(at * 2)?, 2);
    let values = (0..entry.count).map(value).collect::<Option<Vec<u64>>>()?;
    let shift = if values.iter().all(|value| *value < 256) { 0 } else { 8 };
    let colour = |index: usize| {
        let channel = |channel: usize| Some((values.get(channel * count + index)? >> shift) as u8);
        Some([channel(0)?, channel(1)?, channel(2)?])
    };
    (0..count).map(colour).collect()
}

impl ImageDecoder for Packed {
    fn dimensions(&self) -> (u32, u32) {
        (self.width, self.bytes.dimensions().1)
    }

    fn color_type(&self) -> ColorType {
        match self.meaning {
            Meaning::Grey { .. } if self.bits > 8 => ColorType::L16,
            Meaning::Grey { .. } => ColorType::L8,
            Meaning::Colour(_) => ColorType::Rgb8,
        }
    }

    fn orientation(&mut self) -> ImageResult<Orientation> {
        self.bytes.orientation()
    }

    fn read_image(self, pixels: &mut [u8]) -> ImageResult<()> {
        let (bytes_of_row, height) = self.bytes.dimensions();
        let mut packed = vec![0; bytes_of_row as usize * height as usize];
        self.bytes.read_image_boxed(&mut packed)?;
        let most = (1u32 << self.bits) - 1;
        let samples = packed
            .chunks_exact(bytes_of_row as usize)
            .flat_map(|row| samples(row, self.bits).take(self.width as usize));
        match self.meaning {
            Meaning::Colour(colours) => {
                for (pixel, sample) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(samples) {
                    *pixel = colours.get(sample as usize).copied().unwrap_or_default();
                }
            }
            Meaning::Grey { is_inverted } => {
                let samples = samples.map(|sample| if is_inverted { most - sample } else { sample });
                // From 0 to the largest value of the wider type, rounded.
                if self.bits > 8 {
                    let wide = samples.map(|sample| ((sample * 65_535 + most / 2) / most) as u16);
                    for (pixel, value) in pixels.as_chunks_mut::<2>().0.iter_mut().zip(wide) {
                        *pixel = value.to_ne_bytes();
                    }
                } else {
                    let narrow = samples.map(|sample| ((sample * 255 + most / 2) / most) as u8);
                    pixels.iter_mut().zip(narrow).for_each(|(pixel, value)| *pixel = value);
                }
            }
        }
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, pixels: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(pixels)
    }
}

/// The samples of a row, the highest bit first.
fn samples(row: &[u8], bits: u32) -> impl Iterator<Item = u32> {
    let (mut row, mut held, mut count) = (row.iter(), 0u32, 0);
    std::iter::from_fn(move || {
        while count < bits {
            held = held << 8 | u32::from(*row.next()?);
            count += 8;
        }
        count -= bits;
        Some(held >> count & ((1 << bits) - 1))
    })
}
