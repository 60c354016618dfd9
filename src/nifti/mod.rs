//! NIfTI-1 volumes (`.nii`, `.nii.gz`) as axial slices: the patient's right at the left edge, anterior at the top, from the feet up
//! (Cox et al., "A (sort of) new image data format standard: NIfTI-1", 2004; its header `nifti1.h`).

mod header;
mod slices;

use crate::examination::{Concern, ImageFacts};
use crate::frame::Frame;
use crate::imaging::{self, ErrorKind, Image};
use crate::messages::fault::nifti as fault;
use crate::messages::why::nifti as why;
use flate2::read::{GzDecoder, MultiGzDecoder};
use header::{DataType, Header};
use slices::Slices;
use std::borrow::Cow;
use std::io::Read;

/// The most bytes of a volume once it is unpacked.
const MAX_BYTES: u64 = 1 << 30;
/// The longest side of a slice.
const MAX_SIDE: usize = 8192;
/// The name of the format.
const FORMAT: &str = "NIfTI";

/// Why a volume cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file breaks its own format.
    #[error("{}", fault::damaged(.0))]
    Damaged(String),
    /// A form that is not read here.
    #[error("{}", fault::unsupported(.0))]
    Unsupported(String),
    /// More than can be held in memory.
    #[error("{}", fault::too_large(MAX_BYTES >> 20, MAX_SIDE))]
    TooLarge,
    /// The volume ends before this slice.
    #[error("{}", fault::no_such_slice(*.slice, *.slices))]
    NoSuchSlice {
        /// From 1, as people count.
        slice: u32,
        /// How many there are.
        slices: u32,
    },
}

impl From<Error> for imaging::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Damaged(_) => ErrorKind::Damaged,
            Error::Unsupported(_) | Error::NoSuchSlice { .. } => ErrorKind::NotAnImage,
            Error::TooLarge => ErrorKind::TooLarge,
        };
        Self::Elsewhere { kind, message: error.to_string() }
    }
}

/// An open volume.
#[derive(Debug)]
pub struct Volume {
    header: Header,
    slices: Slices,
    bytes: Vec<u8>,
}

/// Whether the beginning of a file, gzip or not, is that of a NIfTI file.
pub fn is(head: &[u8]) -> bool {
    if !is_gzip(head) {
        return header::is(head);
    }
    let mut inflated = Vec::new();
    // A beginning that is cut off ends in an error; what was inflated until there is enough.
    GzDecoder::new(head).take(header::HEADER as u64).read_to_end(&mut inflated).ok();
    header::is(&inflated)
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

impl Volume {
    /// Opens a volume.
    ///
    /// # Errors
    /// Fails if this is no NIfTI-1 volume in one file, or is too large.
    pub fn open<'a>(file: impl Into<Cow<'a, [u8]>>) -> Result<Self, Error> {
        let file = file.into();
        let mut bytes = if is_gzip(&file) { inflated(&file)? } else { file.into_owned() };
        let header = header::read(&bytes)?;
        let [i, j, k, volumes] = header.size;
        if [i, j, k].iter().any(|side| *side > MAX_SIDE) {
            return Err(Error::TooLarge);
        }
        let voxels =
            [i, j, k, volumes].iter().try_fold(header.number.bytes(), |all, side| all.checked_mul(*side));
        let needed = voxels.filter(|needed| *needed as u64 <= MAX_BYTES).ok_or(Error::TooLarge)?;
        let there = bytes.len().saturating_sub(header.offset);
        if there < needed {
            return Err(Error::Damaged(why::voxels_cut(needed, there)));
        }
        let slices = Slices::new(&header);
        // Whatever stands behind the voxels is not kept.
        bytes.truncate(header.offset.saturating_add(needed));
        Ok(Self { header, slices, bytes })
    }

    /// How many slices it has, all volumes one after the other.
    pub fn slices(&self) -> u32 {
        self.slices.count() as u32
    }

    /// The slice that is examined if only one is: the middle one of the middle volume.
    pub fn middle(&self) -> u32 {
        self.slices.middle() as u32
    }

    /// Bytes that it takes in memory.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Format, size of a slice, and bits of a stored value.
    pub fn facts(&self) -> ImageFacts {
        let (width, height) = self.slices.size();
        ImageFacts { format: FORMAT.into(), width, height, bits: self.header.number.bits() }
    }

    /// Whether a voxel is red, green and blue.
    pub fn is_colour(&self) -> bool {
        self.header.number == DataType::Rgb
    }

    /// All voxels as they are stored, in the file's order and byte order.
    pub fn voxels(&self) -> &[u8] {
        self.bytes.get(self.header.offset..).unwrap_or_default()
    }

    /// An axial slice, from 0 at the feet.
    ///
    /// # Errors
    /// Fails if there is no such slice.
    pub fn frame(&self, slice: u32) -> Result<Frame, Error> {
        let frame = self.slices.frame(&self.header, self.voxels(), slice as usize);
        frame.ok_or(Error::NoSuchSlice { slice: slice.saturating_add(1), slices: self.slices() })
    }

    /// An axial slice for a model, and what a user must know of it.
    ///
    /// # Errors
    /// Fails if there is no such slice.
    pub fn image(&self, slice: u32) -> Result<(Image, Vec<Concern>), Error> {
        let image = imaging::render(&self.frame(slice)?, FORMAT, self.header.number.bits());
        let image = image.ok_or_else(|| Error::Damaged(why::UNFILLED.into()))?;
        let slices = self.slices();
        let one = Concern::OneFrameOf { frame: slice.saturating_add(1), frames: slices };
        Ok((image, if slices > 1 { vec![one] } else { Vec::new() }))
    }
}

fn inflated(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    // Some programs write several members one after the other, others leave padding behind the only one.
    let whole = |reader: &mut dyn Read| {
        let mut all = Vec::new();
        reader.take(MAX_BYTES + 1).read_to_end(&mut all).map(|_| all)
    };
    let all = whole(&mut MultiGzDecoder::new(bytes))
        .or_else(|_| whole(&mut GzDecoder::new(bytes)))
        .map_err(|_| Error::Damaged(why::BROKEN_COMPRESSION.into()))?;
    if all.len() as u64 > MAX_BYTES { Err(Error::TooLarge) } else { Ok(all) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Samples;
    use proptest::prelude::*;
    use std::io::Write;

    /// A file of 16-bit numbers: `size` voxels along i, j and k, numbered in their order.
    fn file(size: [i16; 3], set: impl FnOnce(&mut [u8])) -> Vec<u8> {
        let mut bytes = vec![0u8; 352];
        let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
        put(0, &348i32.to_le_bytes());
        for (at, value) in [3, size[0], size[1], size[2]].iter().enumerate() {
            put(40 + 2 * at, &value.to_le_bytes());
        }
        put(70, &4i16.to_le_bytes());
        for (at, value) in [1.0f32, 2.0, 3.0, 4.0].iter().enumerate() {
            put(76 + 4 * at, &value.to_le_bytes());
        }
        put(108, &352f32.to_le_bytes());
        put(344, b"n+1\0");
        let voxels = size.iter().product::<i16>();
        bytes.extend((0..voxels).flat_map(i16::to_le_bytes));
        set(&mut bytes);
        bytes
    }

    fn affine(bytes: &mut [u8], rows: [[f32; 4]; 3]) {
        bytes[254..256].copy_from_slice(&1i16.to_le_bytes());
        for (at, value) in rows.iter().flatten().enumerate() {
            bytes[280 + 4 * at..][..4].copy_from_slice(&value.to_le_bytes());
        }
    }

    fn real(frame: &Frame) -> Vec<f64> {
        let lut = frame.facts.modality_lut.as_ref().unwrap();
        let Samples::Grey(samples) = &frame.samples else { panic!("grey was expected") };
        samples.iter().map(|sample| lut.slope * f64::from(*sample) + lut.intercept).collect()
    }

    fn letters(frame: &Frame) -> [String; 2] {
        frame.facts.plane.toward.clone().unwrap().map(|direction| direction.letters().to_string())
    }

    #[test]
    fn slices_lie_right_to_left_front_to_back_and_feet_to_head() {
        // i to the right, j to the front, k to the head: the usual form.
        let usual = file([2, 2, 2], |bytes| {
            affine(bytes, [[2., 0., 0., -1.], [0., 3., 0., -1.], [0., 0., 4., 10.]]);
        });
        let volume = Volume::open(usual).unwrap();
        let frame = volume.frame(0).unwrap();
        let size = |volume: &Volume| (volume.facts().width, volume.facts().height);
        assert_eq!((volume.slices(), size(&volume)), (2, (2, 2)));
        assert_eq!(real(&frame), [3., 2., 1., 0.]);
        assert_eq!((letters(&frame), frame.facts.plane.position), (["L".into(), "P".into()], Some(10.0)));
        let spacing = frame.facts.spacing.unwrap();
        assert_eq!((spacing.row_mm, spacing.column_mm), (3.0, 2.0));
        assert_eq!(volume.frame(1).unwrap().facts.plane.position, Some(14.0));
        assert_eq!(volume.frame(2).unwrap_err(), Error::NoSuchSlice { slice: 3, slices: 2 });
        // As DICOM stores it: i to the left, j to the back.
        let turned = file([2, 2, 2], |bytes| {
            affine(bytes, [[-2., 0., 0., 0.], [0., -3., 0., 0.], [0., 0., 4., 0.]]);
        });
        assert_eq!(real(&Volume::open(turned).unwrap().frame(0).unwrap()), [0., 1., 2., 3.]);
        // Sagittal: k to the right, i to the back, j to the feet.
        let sagittal = file([2, 3, 2], |bytes| {
            affine(bytes, [[0., 0., 2., 0.], [-3., 0., 0., 0.], [0., -4., 0., 0.]]);
        });
        let volume = Volume::open(sagittal).unwrap();
        assert_eq!((volume.slices(), size(&volume)), (3, (2, 2)));
        assert_eq!(real(&volume.frame(0).unwrap()), [10., 4., 11., 5.], "the feet are at the end of j");
    }

    #[test]
    fn small_voxels_keep_their_letters_and_their_place() {
        // Axes of 0.4 mm, and the same in metres.
        for (unit, code) in [(1.0f32, 2u8), (0.001, 1)] {
            let fine = file([2, 2, 2], |bytes| {
                affine(
                    bytes,
                    [[0.4, 0., 0., -1.], [0., 0.4, 0., -1.], [0., 0., 3., 10.]]
                        .map(|row| row.map(|v: f32| v * unit)),
                );
                bytes[123] = code;
            });
            let frame = Volume::open(fine).unwrap().frame(1).unwrap();
            assert_eq!(letters(&frame), ["L", "P"]);
            assert!((frame.facts.plane.position.unwrap() - 13.0).abs() < 1e-4);
        }
        // Of an even number of volumes the middle slice is still a middle one.
        let mut many = file([2, 2, 5], |bytes| {
            bytes[40..42].copy_from_slice(&4i16.to_le_bytes());
            bytes[48..50].copy_from_slice(&4i16.to_le_bytes());
        });
        many.extend(vec![0; 2 * 2 * 2 * 5 * 3]);
        let many = Volume::open(many).unwrap();
        assert_eq!((many.slices(), many.middle()), (20, 12));
    }

    #[test]
    fn a_quaternion_tells_the_same_as_its_matrix() {
        // Half a turn about the axis to the head: i to the left, j to the back.
        let quaternion = file([2, 2, 1], |bytes| {
            bytes[252..254].copy_from_slice(&1i16.to_le_bytes());
            bytes[264..268].copy_from_slice(&1f32.to_le_bytes());
        });
        let frame = Volume::open(quaternion).unwrap().frame(0).unwrap();
        assert_eq!((real(&frame), letters(&frame)), (vec![0., 1., 2., 3.], ["L".into(), "P".into()]));
        // Nothing told: as stored, and no letters at the edges.
        let untold = Volume::open(file([2, 2, 1], |_| ())).unwrap().frame(0).unwrap();
        assert_eq!((real(&untold), untold.facts.plane.toward.is_none()), (vec![0., 1., 2., 3.], true));
    }

    #[test]
    fn numbers_keep_their_real_values() {
        let scaled = file([2, 1, 1], |bytes| {
            bytes[112..116].copy_from_slice(&0.5f32.to_le_bytes());
            bytes[116..120].copy_from_slice(&(-100f32).to_le_bytes());
            bytes[352..354].copy_from_slice(&(-32_768i16).to_le_bytes());
        });
        assert_eq!(real(&Volume::open(scaled).unwrap().frame(0).unwrap()), [-16_484.0, -99.5]);
        let mut floats = file([3, 1, 1], |bytes| bytes[70..72].copy_from_slice(&16i16.to_le_bytes()));
        floats.truncate(352);
        floats.extend([-1.5f32, f32::NAN, 3.0].iter().flat_map(|value| value.to_le_bytes()));
        let found = real(&Volume::open(floats).unwrap().frame(0).unwrap());
        assert!((found[0] + 1.5).abs() < 1e-9 && (found[2] - 3.0).abs() < 1e-9, "{found:?}");
        let mut colours = file([2, 1, 1], |bytes| bytes[70..72].copy_from_slice(&128i16.to_le_bytes()));
        colours.truncate(352);
        colours.extend([1, 2, 3, 4, 5, 6]);
        assert_eq!(
            Volume::open(colours).unwrap().frame(0).unwrap().samples,
            Samples::Rgb(vec![1, 2, 3, 4, 5, 6])
        );
    }

    #[test]
    fn gzip_and_the_other_order_of_bytes_are_read() {
        let plain = file([2, 2, 2], |_| ());
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(&plain).unwrap();
        let packed = packed.finish().unwrap();
        assert!(
            is(&plain)
                && is(&packed)
                && is(&packed[..packed.len() - 20])
                && !is(b"\x1f\x8bno")
                && !is(b"n+1")
        );
        let slice = |bytes: Vec<u8>| Volume::open(bytes).unwrap().frame(1).unwrap();
        assert_eq!(slice(packed.clone()), slice(plain.clone()));
        // Several members, and padding behind the last.
        let member = |part: &[u8]| {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            packed.write_all(part).unwrap();
            packed.finish().unwrap()
        };
        let (head, rest) = plain.split_at(200);
        assert_eq!(slice([member(head), member(rest)].concat()), slice(plain.clone()));
        assert_eq!(slice([packed.clone(), vec![0; 30]].concat()), slice(plain.clone()));
        assert!(matches!(Volume::open(packed[..packed.len() - 20].to_vec()), Err(Error::Damaged(_))));
        let mut swapped = plain.clone();
        for (from, to, width) in [(0, 4, 4), (40, 56, 2), (70, 74, 2), (76, 120, 4), (352, plain.len(), 2)] {
            swapped[from..to].chunks_mut(width).for_each(<[u8]>::reverse);
        }
        assert_eq!(slice(swapped), slice(plain));
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (spoil, words) in [
            ((40usize, 9i16.to_le_bytes().to_vec()), "9 dimensions"),
            ((42, (-3i16).to_le_bytes().to_vec()), "-3 voxels"),
            ((42, 2000i16.to_le_bytes().to_vec()), "announced"),
            ((70, 32i16.to_le_bytes().to_vec()), "data type 32"),
            ((344, b"ni1\0".to_vec()), "another file"),
        ] {
            let (at, part) = spoil;
            let told =
                Volume::open(file([2, 2, 2], |bytes| bytes[at..at + part.len()].copy_from_slice(&part)));
            assert!(told.as_ref().is_err_and(|told| told.to_string().contains(words)), "{words}: {told:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(at in 0usize..352, part in proptest::collection::vec(any::<u8>(), 1..24), cut in 0usize..400) {
            let mut bytes = file([3, 2, 2], |_| ());
            let end = (at + part.len()).min(352);
            bytes[at..end].copy_from_slice(&part[..end - at]);
            bytes.truncate(bytes.len() - cut.min(bytes.len()) / 4);
            if let Ok(volume) = Volume::open(bytes) {
                for slice in 0..volume.slices().min(8) {
                    volume.frame(slice).unwrap();
                }
            }
        }
    }
}
