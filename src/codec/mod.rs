//! Streams of compressed samples -> samples: JPEG in the processes that pictures and DICOM files use, JPEG-LS, JPEG 2000 (with high
//! throughput too) and RLE. One decoder a file or folder. A decoder knows its own standard and nothing of the file around the stream.

use crate::messages::why::codec as why;

mod htj2k;
pub mod jpeg;
pub mod jpeg2000;
pub mod jpeg_ls;
mod marker;
pub mod rle;

/// Why a stream gives no samples.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Broken or cut short.
    #[error("{codec}: {why}")]
    Damaged {
        /// The standard, for instance `JPEG-LS`.
        codec: &'static str,
        /// What was met.
        why: String,
    },
    /// A stream of a kind that is not decoded here.
    #[error("{codec} {why}")]
    Unsupported {
        /// The standard, for instance `JPEG`.
        codec: &'static str,
        /// What is rare about it, for instance `with arithmetic coding`.
        why: String,
    },
}

/// Decoded samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Samples of a pixel.
    pub components: usize,
    /// Bits of a sample; they are the lowest of its cell.
    pub precision: u32,
    /// What the components are; `None` where the stream does not say.
    pub colours: Option<Colours>,
    /// `width * height * components` of them, row by row, the components of a pixel in turn.
    pub values: Values,
}

/// What the components of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Red, green, blue.
    Rgb,
    /// Luminance and two colour differences.
    Ybr,
    /// Four inks, stored inverted.
    Cmyk,
    /// Luminance, two colour differences and black, stored inverted.
    Ycck,
}

/// Samples in cells of 8, 16 or 32 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// 8 bits.
    Bytes(Vec<u8>),
    /// 16 bits.
    Words(Vec<u16>),
    /// 32 bits.
    Longs(Vec<u32>),
}

/// What the file around a stream says of it. A stream of another size is refused before memory is taken for its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Samples of a pixel.
    pub components: usize,
    /// Bits of the cell that each sample is to lie in: 8, 16 or 32.
    pub bits: u32,
}

impl Values {
    /// Cells of 8, 16 or 32 bits; of each value the lowest bits are taken.
    fn of(cells: impl Iterator<Item = i64>, bits: u32) -> Self {
        match bits {
            8 => Self::Bytes(cells.map(|cell| cell as u8).collect()),
            16 => Self::Words(cells.map(|cell| cell as u16).collect()),
            _ => Self::Longs(cells.map(|cell| cell as u32).collect()),
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(cells) => cells.len(),
            Self::Words(cells) => cells.len(),
            Self::Longs(cells) => cells.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bits of a cell.
    pub fn bits(&self) -> u16 {
        match self {
            Self::Bytes(_) => 8,
            Self::Words(_) => 16,
            Self::Longs(_) => 32,
        }
    }

    /// Little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(cells) => cells.clone(),
            Self::Words(cells) => cells.iter().flat_map(|cell| cell.to_le_bytes()).collect(),
            Self::Longs(cells) => cells.iter().flat_map(|cell| cell.to_le_bytes()).collect(),
        }
    }

    /// The same in cells of `bits`, which hold every value.
    fn in_cells(self, bits: u32) -> Self {
        match (self, bits) {
            (Self::Words(cells), 8) => Self::Bytes(cells.iter().map(|cell| *cell as u8).collect()),
            (Self::Words(cells), 32) => Self::Longs(cells.iter().map(|cell| u32::from(*cell)).collect()),
            (Self::Bytes(cells), 16) => Self::Words(cells.iter().map(|cell| u16::from(*cell)).collect()),
            (Self::Bytes(cells), 32) => Self::Longs(cells.iter().map(|cell| u32::from(*cell)).collect()),
            (cells, _) => cells,
        }
    }
}

impl Expected {
    fn pixels(&self) -> usize {
        self.width as usize * self.height as usize
    }

    fn cells(&self) -> usize {
        self.pixels() * self.components
    }

    /// Refuses a stream that is not what the file around it says. `size`: width and height.
    fn check(
        &self,
        codec: &'static str,
        size: (u32, u32),
        components: usize,
        precision: u32,
    ) -> Result<(), Error> {
        let damaged = |why: String| Err(Error::Damaged { codec, why });
        if size != (self.width, self.height) {
            return damaged(why::OTHER_SIZE.into());
        }
        if components != self.components {
            return damaged(why::components(components, self.components));
        }
        if precision > self.bits {
            return damaged(why::bits_in_cell(precision, self.bits));
        }
        Ok(())
    }
}
