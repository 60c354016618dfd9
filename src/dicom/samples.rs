//! A frame's samples, each in its cell: interleaved by pixel, row by row, with all bits of the cell.

use super::layout::{Layout, Photometric};
use super::{Error, damaged};
use crate::codec::Values;
use crate::messages::why::dicom as why;

impl Values {
    /// What becomes of each value in the cells: of the stored bits, with their sign.
    pub(super) fn map<T>(&self, layout: &Layout, of: impl Fn(i64) -> T) -> Vec<T> {
        let (unused, below) = (64 - layout.stored, layout.high + 1 - layout.stored);
        let value = |cell: u64| {
            let aligned = (cell >> below) << unused;
            of(if layout.is_signed { (aligned as i64) >> unused } else { (aligned >> unused) as i64 })
        };
        match self {
            Self::Bytes(cells) => cells.iter().map(|cell| value(u64::from(*cell))).collect(),
            Self::Words(cells) => cells.iter().map(|cell| value(u64::from(*cell))).collect(),
            Self::Longs(cells) => cells.iter().map(|cell| value(u64::from(*cell))).collect(),
        }
    }

    /// With the sign in all bits of a cell, of which the lower `stored` hold the sample.
    pub(super) fn extended(self, stored: u32) -> Self {
        match self {
            Self::Bytes(cells) if stored < 8 => Self::Bytes(
                cells.iter().map(|cell| ((cell << (8 - stored)) as i8 >> (8 - stored)) as u8).collect(),
            ),
            Self::Words(cells) if stored < 16 => Self::Words(
                cells.iter().map(|cell| ((cell << (16 - stored)) as i16 >> (16 - stored)) as u16).collect(),
            ),
            cells => cells,
        }
    }

    /// Colours in turn where they were one plane after the other.
    pub(super) fn interleaved(self) -> Self {
        match self {
            Self::Bytes(cells) => Self::Bytes(interleave(&cells)),
            Self::Words(cells) => Self::Words(interleave(&cells)),
            Self::Longs(cells) => Self::Longs(interleave(&cells)),
        }
    }
}

fn interleave<T: Copy>(planes: &[T]) -> Vec<T> {
    let third = planes.len() / 3;
    let (first, rest) = planes.split_at(third);
    let (second, last) = rest.split_at(third);
    first.iter().zip(second).zip(last).flat_map(|((a, b), c)| [*a, *b, *c]).collect()
}

/// What an uncompressed frame takes, in bits.
pub(super) fn plain_bits(layout: &Layout) -> u64 {
    let samples = match layout.photometric {
        // Two luminances and one pair of differences for two pixels.
        Photometric::Ybr422 if !layout.is_planar => layout.pixels() as u64 * 2,
        _ => layout.cells() as u64,
    };
    samples * u64::from(layout.allocated)
}

/// Frame `n` of uncompressed pixel data. `is_swapped`: whether the file is big-endian; `in_words`: whether bytes come in pairs there.
pub(super) fn plain(
    data: &[u8],
    layout: &Layout,
    n: u32,
    is_swapped: bool,
    in_words: bool,
) -> Result<Values, Error> {
    let size = plain_bits(layout);
    let from = size * u64::from(n);
    let short = || damaged(why::frame_cut(n as usize + 1));
    let bytes = |from: u64, to: u64| {
        data.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?).map(<[u8]>::to_vec)
    };
    if layout.allocated == 1 {
        // Frames follow each other without a gap, even within a byte.
        let mut packed = bytes(from / 8, (from + size).div_ceil(8)).ok_or_else(short)?;
        if is_swapped && in_words {
            packed = bytes(0, data.len() as u64 & !1).ok_or_else(short)?;
            packed.as_chunks_mut::<2>().0.iter_mut().for_each(|pair| pair.reverse());
            packed = packed
                .get((from / 8) as usize..(from + size).div_ceil(8) as usize)
                .ok_or_else(short)?
                .to_vec();
        }
        let bits = packed.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1));
        return Ok(Values::Bytes(bits.skip((from % 8) as usize).take(size as usize).collect()));
    }
    let mut raw = bytes(from / 8, (from + size) / 8).ok_or_else(short)?;
    let cells = match layout.allocated {
        8 => {
            if is_swapped && in_words {
                raw = swapped_pairs(data, (from / 8) as usize, raw.len()).ok_or_else(short)?;
            }
            Values::Bytes(raw)
        }
        16 => {
            let word = if is_swapped { u16::from_be_bytes } else { u16::from_le_bytes };
            Values::Words(raw.as_chunks().0.iter().map(|bytes| word(*bytes)).collect())
        }
        _ => {
            let long = if is_swapped { u32::from_be_bytes } else { u32::from_le_bytes };
            Values::Longs(raw.as_chunks().0.iter().map(|bytes| long(*bytes)).collect())
        }
    };
    Ok(match (layout.photometric, cells) {
        (Photometric::Ybr422, Values::Bytes(cells)) if !layout.is_planar => Values::Bytes(whole(&cells)),
        (Photometric::Ybr422, _) => return Err(super::unsupported(why::ODD_422)),
        (_, cells) if layout.is_planar => cells.interleaved(),
        (_, cells) => cells,
    })
}

/// Bytes that a big-endian file keeps in pairs: the first of each pair is the second in the file.
fn swapped_pairs(data: &[u8], from: usize, length: usize) -> Option<Vec<u8>> {
    (from..from + length).map(|at| data.get(at ^ 1).or_else(|| data.get(at)).copied()).collect()
}

/// Every pixel with differences of its own, of which a pair of pixels shares one.
fn whole(cells: &[u8]) -> Vec<u8> {
    cells.as_chunks().0.iter().flat_map(|[y1, y2, b, r]| [*y1, *b, *r, *y2, *b, *r]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(allocated: u32, stored: u32, high: u32, is_signed: bool) -> Layout {
        let photometric = Photometric::Monochrome2;
        let (rows, columns, frames, samples) = (1, 4, 2, 1);
        Layout {
            rows,
            columns,
            frames,
            samples,
            allocated,
            stored,
            high,
            is_signed,
            photometric,
            is_planar: false,
        }
    }

    fn values(cells: &Values, layout: &Layout) -> Vec<i64> {
        cells.map(layout, |value| value)
    }

    #[test]
    fn values_are_the_stored_bits_with_their_sign() {
        let cells = Values::Words(vec![0x0fff, 0xf7ff, 0x0800, 0xf001]);
        assert_eq!(values(&cells, &layout(16, 12, 11, false)), [4095, 2047, 2048, 1]);
        assert_eq!(values(&cells, &layout(16, 12, 11, true)), [-1, 2047, -2048, 1]);
        assert_eq!(values(&cells, &layout(16, 12, 15, false)), [255, 3967, 128, 3840]);
        assert_eq!(values(&Values::Bytes(vec![200, 255]), &layout(8, 8, 7, true)), [-56, -1]);
    }

    #[test]
    fn plain_frames_are_found_in_either_order_of_bytes() {
        let data: Vec<u8> = (0..16).collect();
        let words = layout(16, 16, 15, false);
        assert_eq!(
            plain(&data, &words, 1, false, true).unwrap(),
            Values::Words(vec![0x0908, 0x0b0a, 0x0d0c, 0x0f0e])
        );
        assert_eq!(
            plain(&data, &words, 0, true, true).unwrap(),
            Values::Words(vec![0x0001, 0x0203, 0x0405, 0x0607])
        );
        assert!(matches!(plain(&data, &words, 2, false, true), Err(Error::Damaged { .. })));
        let bytes = layout(8, 8, 7, false);
        assert_eq!(plain(&data, &bytes, 1, true, true).unwrap(), Values::Bytes(vec![5, 4, 7, 6]));
        // Four bits a frame: the second one begins in the middle of a byte.
        assert_eq!(
            plain(&[0b1010_0110], &layout(1, 1, 0, false), 1, false, false).unwrap(),
            Values::Bytes(vec![0, 1, 0, 1])
        );
    }

    #[test]
    fn planes_become_pixels() {
        let planes = Values::Bytes(vec![1, 2, 3, 11, 12, 13, 21, 22, 23]);
        assert_eq!(planes.interleaved(), Values::Bytes(vec![1, 11, 21, 2, 12, 22, 3, 13, 23]));
        assert_eq!(whole(&[10, 20, 128, 130]), [10, 128, 130, 20, 128, 130]);
    }
}
