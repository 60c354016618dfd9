//! Pixel data of real numbers: Float Pixel Data and Double Float Pixel Data (PS3.3, C.7.6.24 and C.7.6.25), as maps are stored that a
//! program computed.

use super::element::number;
use super::layout::Layout;
use super::tree::{Data, Pixels};
use super::{Error, damaged};
use crate::frame::ModalityLut;
use crate::messages::why::dicom as why;
use dicom_core::VR;
use dicom_dictionary_std::tags;

/// The numbers of one frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reals<'a> {
    bytes: &'a [u8],
    /// Bytes of a number: 4 or 8.
    size: usize,
    is_swapped: bool,
}

/// Bits of a number, where pixels are real ones.
pub(super) fn bits(pixels: Option<&Pixels>) -> Option<u32> {
    match pixels {
        Some(Pixels::Plain { vr: VR::OF, .. }) => Some(32),
        Some(Pixels::Plain { vr: VR::OD, .. }) => Some(64),
        _ => None,
    }
}

impl<'a> Reals<'a> {
    /// Those of frame `n` in the whole pixel data. `is_swapped`: whether the file is big-endian.
    pub fn of(data: &'a [u8], layout: &Layout, n: u32, is_swapped: bool) -> Result<Self, Error> {
        let size = layout.allocated as usize / 8;
        let length = layout.pixels() * size;
        let from = length.checked_mul(n as usize);
        let bytes = from.and_then(|from| data.get(from..from.checked_add(length)?));
        let bytes = bytes.ok_or_else(|| damaged(why::frame_cut(n as usize + 1)))?;
        Ok(Self { bytes, size, is_swapped })
    }

    fn values(self) -> impl Iterator<Item = f64> + Clone {
        self.bytes.chunks_exact(self.size).map(move |bytes| {
            let number = bytes.iter().enumerate().fold(0, |number, (place, byte)| {
                let place = if self.is_swapped { self.size - 1 - place } else { place };
                number | u64::from(*byte) << (8 * place)
            });
            if self.size == 4 { f32::from_bits(number as u32).into() } else { f64::from_bits(number) }
        })
    }

    /// Little-endian.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.bytes.to_vec();
        if self.is_swapped {
            bytes.chunks_exact_mut(self.size).for_each(<[u8]>::reverse);
        }
        bytes
    }

    /// Samples and what they mean, as [`ModalityLut::spread`] makes them: `lut` is what the numbers themselves mean. What is not finite,
    /// and padding, is no image.
    pub fn grey(self, root: &Data, lut: ModalityLut) -> (ModalityLut, Vec<u16>) {
        let padding = padding(root);
        let is_image = |value: f64| {
            value.is_finite() && !padding.is_some_and(|[first, last]| (first..=last).contains(&value))
        };
        lut.spread(self.values().map(|value| is_image(value).then_some(value)), 0.0)
    }
}

/// The lowest and the highest of the numbers that stand for no image.
fn padding(root: &Data) -> Option<[f64; 2]> {
    let either = |float, double| number(root, float).or_else(|| number(root, double));
    let first = either(tags::FLOAT_PIXEL_PADDING_VALUE, tags::DOUBLE_FLOAT_PIXEL_PADDING_VALUE)?;
    let last = either(tags::FLOAT_PIXEL_PADDING_RANGE_LIMIT, tags::DOUBLE_FLOAT_PIXEL_PADDING_RANGE_LIMIT);
    let last = last.unwrap_or(first);
    Some([first.min(last), first.max(last)])
}
