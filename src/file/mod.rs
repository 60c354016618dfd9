//! An open file, picture, DICOM or volume: frames for the viewer and images for the model.

mod frames;
mod look;
mod unpack;

pub use frames::{Frames, image};
pub use look::{Look, look};
pub(crate) use unpack::repeated_names;
pub use unpack::{MAX_UNPACKED, Unpacked, unpack};

use crate::dicom::{self, Object};
use crate::examination::{Concern, ImageFacts};
use crate::fingerprint::sha256;
use crate::frame::WindowLevel;
use crate::frame::plane::Plane;
use crate::frame::{Frame, FrameFacts, ModalityLut, Samples, VoiLut};
use crate::imaging::{self, Error, Image, PixelLayout};
use crate::nifti::{self, Volume};
use crate::scope::HeaderFacts;
use crate::study::{FileFacts, Tag};
use ::image::DynamicImage;
use std::borrow::Cow;

/// An open file.
#[derive(Debug)]
pub enum Opened {
    /// PNG, JPEG or another picture format; the first frame if it has several.
    Picture {
        /// The bytes of the file.
        bytes: Vec<u8>,
        /// The decoded image, upright.
        image: Image,
    },
    /// DICOM.
    Dicom {
        /// The object.
        object: Box<Object<'static>>,
        /// The frame that was decoded last: one that is viewed and examined is decoded once.
        last: Option<Box<(u32, Frame)>>,
    },
    /// NIfTI.
    Volume {
        /// Its slices.
        volume: Box<Volume>,
        /// The SHA-256 of the file's bytes, which are not kept.
        sha256: String,
    },
}

/// A frame, prepared for the model.
#[derive(Clone, Debug, PartialEq)]
pub enum Prepared {
    /// A picture's file, to be decoded by the engine.
    File(Vec<u8>),
    /// The decoded frame of a DICOM object or a volume.
    Frame {
        /// Width, height, channels and bits of the samples.
        layout: PixelLayout,
        /// The samples as bytes.
        bytes: Vec<u8>,
        /// Properties of the image file.
        facts: ImageFacts,
        /// The part of the header that decides which model may examine the image; `None` if there is no header.
        header: Option<HeaderFacts>,
        /// Concerns found while decoding.
        concerns: Vec<Concern>,
    },
}

impl Opened {
    /// Opens a file.
    ///
    /// # Errors
    /// Fails if the file cannot be decoded.
    pub fn open(bytes: Vec<u8>) -> Result<Self, Error> {
        if dicom::is(&bytes) {
            return Ok(Self::Dicom { object: Box::new(Object::open(bytes)?), last: None });
        }
        if nifti::is(&bytes) {
            let sha256 = sha256(&bytes);
            return Ok(Self::Volume { volume: Box::new(Volume::open(bytes)?), sha256 });
        }
        let (image, _) = imaging::read(&bytes)?;
        Ok(Self::Picture { bytes, image })
    }

    /// Approximate memory use, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Dicom { object, last } => {
                object.bytes() + last.as_ref().map_or(0, |last| last.1.samples.bytes())
            }
            Self::Picture { bytes, image } => bytes.len() + image.pixels().as_bytes().len(),
            Self::Volume { volume, .. } => volume.bytes(),
        }
    }

    /// The frame that is examined if only one is, from 0.
    pub fn middle(&self) -> u32 {
        match self {
            Self::Dicom { object, .. } => object.frames() / 2,
            Self::Picture { .. } => 0,
            Self::Volume { volume, .. } => volume.middle(),
        }
    }

    /// What the file says about itself.
    pub fn facts(&self) -> FileFacts {
        let (sha256, image, frames) = match self {
            Self::Dicom { object, .. } => return object.facts(),
            Self::Picture { bytes, image } => (sha256(bytes), image.facts(), 1),
            Self::Volume { volume, sha256 } => (sha256.clone(), volume.facts(), volume.slices()),
        };
        FileFacts { sha256, image, frames, frame_ms: None, dicom: None }
    }

    /// Decodes a frame, from 0, for the viewer. A picture has one frame; the index is ignored.
    ///
    /// # Errors
    /// Fails if there is no such frame or if it cannot be decoded.
    pub fn frame(&mut self, frame: u32) -> Result<Cow<'_, Frame>, Error> {
        match self {
            Self::Dicom { object, last } => Ok(Cow::Borrowed(decoded(object, last, frame)?)),
            Self::Picture { image, .. } => Ok(Cow::Owned(picture(image))),
            Self::Volume { volume, .. } => Ok(Cow::Owned(volume.frame(frame)?)),
        }
    }

    /// Decodes a frame, from 0, for the model.
    ///
    /// # Errors
    /// Fails if there is no such frame or if it cannot be decoded.
    pub fn prepare(&mut self, frame: u32) -> Result<Prepared, Error> {
        let ((image, concerns), header) = match self {
            Self::Picture { bytes, .. } => return Ok(Prepared::File(bytes.clone())),
            Self::Dicom { object, last } => {
                (object.render(frame, decoded(object, last, frame)?)?, Some(object.header()))
            }
            Self::Volume { volume, .. } => (volume.image(frame)?, None),
        };
        let (layout, bytes) = image.raw();
        let (facts, bytes) = (image.facts(), bytes.to_vec());
        Ok(Prepared::Frame { layout, bytes, facts, header, concerns })
    }

    /// The header elements of a DICOM file; empty for any other. `is_masked`: whether elements that identify
    /// the patient are masked.
    pub fn tags(&self, is_masked: bool) -> Vec<Tag> {
        match self {
            Self::Dicom { object, .. } => object.tags(is_masked),
            Self::Picture { .. } | Self::Volume { .. } => Vec::new(),
        }
    }
}

/// A frame as it was decoded last, or decoded now.
fn decoded<'a>(
    object: &Object,
    last: &'a mut Option<Box<(u32, Frame)>>,
    frame: u32,
) -> Result<&'a Frame, Error> {
    let kept = last.take().filter(|last| last.0 == frame);
    let kept = match kept {
        Some(kept) => kept,
        None => Box::new((frame, object.frame(frame)?)),
    };
    Ok(&last.insert(kept).1)
}

/// A picture as a frame. Its window is the full range, so that it is shown unchanged.
fn picture(image: &Image) -> Frame {
    let narrow = |v: &u16| ((u32::from(*v) + 128) / 257) as u8;
    let (samples, most) = match image.pixels() {
        DynamicImage::ImageLuma8(p) => (Samples::Grey(p.iter().map(|v| u16::from(*v)).collect()), 255.0),
        DynamicImage::ImageLuma16(p) => (Samples::Grey(p.as_raw().clone()), 65_535.0),
        DynamicImage::ImageRgb16(p) => (Samples::Rgb(p.iter().map(narrow).collect()), 0.0),
        other => (Samples::Rgb(other.as_bytes().to_vec()), 0.0),
    };
    let is_grey = matches!(samples, Samples::Grey(_));
    let grey =
        ModalityLut { slope: 1.0, intercept: 0.0, unit: String::new(), is_inverted: false, padding: None };
    let shape = VoiLut::LinearExact { center: most / 2.0, width: most };
    let whole = WindowLevel { name: String::new(), shape };
    let facts = FrameFacts {
        width: image.width(),
        height: image.height(),
        modality_lut: is_grey.then_some(grey),
        spacing: None,
        pixel_height: None,
        windows: if is_grey { vec![whole] } else { Vec::new() },
        plane: Plane::default(),
    };
    Frame { facts, samples, overlay: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::phantom;
    use crate::dataset::phantom::dicom::Phantom;
    use crate::imaging::ErrorKind;
    use std::io::{Cursor, Write};
    use zip::write::{SimpleFileOptions, ZipWriter};

    #[test]
    fn a_prepared_frame_is_the_very_image_with_what_its_header_says() {
        for file in [Phantom::slice(64, 10.0, 1).file(), Phantom::chest(5, 96).file()] {
            let object = dicom::open(&file).unwrap();
            let (image, _) = object.image(0).unwrap();
            let prepared = Opened::open(file.clone()).unwrap().prepare(0).unwrap();
            let Prepared::Frame { layout, bytes, facts, header, .. } = prepared else {
                panic!("a frame was expected")
            };
            assert_eq!(Image::from_raw(layout, bytes).unwrap().pixels(), image.pixels());
            assert_eq!((facts, header), (image.facts(), object.facts().dicom.map(|dicom| dicom.header())));
        }
        let picture = phantom::chest(3, 80);
        let prepared = Opened::open(picture.clone()).unwrap().prepare(0).unwrap();
        assert_eq!(prepared, Prepared::File(picture));
    }

    #[test]
    fn a_frame_that_is_viewed_and_examined_is_decoded_once() {
        let mut opened = Opened::open(Phantom::chests(3, 64).file()).unwrap();
        let place = |frame: Cow<'_, Frame>| match (&frame, &frame.samples) {
            (Cow::Borrowed(_), Samples::Grey(samples)) => samples.as_ptr(),
            _ => panic!("a grey frame that is kept was expected"),
        };
        let before = opened.bytes();
        let first = place(opened.frame(1).unwrap());
        opened.prepare(1).unwrap();
        assert_eq!(place(opened.frame(1).unwrap()), first);
        assert_eq!(opened.bytes(), before + 2 * 64 * 64);
        // Only one is kept, and each is the right one.
        let (one, other) = (opened.frame(1).unwrap().into_owned(), opened.frame(2).unwrap().into_owned());
        assert!(one.samples != other.samples && opened.frame(1).unwrap().samples == one.samples);
        assert_eq!(opened.bytes(), before + 2 * 64 * 64);
        assert!(opened.frame(3).is_err());
    }

    #[test]
    fn a_picture_is_shown_as_it_is() {
        let mut opened = Opened::open(phantom::png(phantom::asymmetric(6, 4))).unwrap();
        let frame = opened.frame(0).unwrap();
        let Samples::Grey(samples) = &frame.samples else { panic!("grey was expected") };
        assert_eq!([samples[0], samples[5], samples[18], samples[23]], [40, 100, 160, 220]);
        assert_eq!(frame.facts.windows[0].shape, VoiLut::LinearExact { center: 127.5, width: 255.0 });
        assert!(opened.tags(false).is_empty());
    }

    #[test]
    fn files_are_detected_by_their_first_bytes() {
        assert_eq!(look(&phantom::chest(1, 32)).unwrap(), Look::Picture);
        let Look::Dicom(facts) = look(&Phantom::slice(32, 7.5, 4).file()).unwrap() else {
            panic!("no DICOM")
        };
        assert_eq!((facts.position, facts.instance_number), (Some(7.5), Some(4)));
        assert_eq!(look(&zip(&[("a", b"b")])).unwrap(), Look::Archive);
        assert_eq!(look(b"").unwrap_err().kind(), ErrorKind::Empty);
        assert_eq!(look(b"words").unwrap_err().kind(), ErrorKind::NotAnImage);
    }

    fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn an_archive_gives_its_files_and_says_what_it_does_not() {
        let inner = zip(&[("x", b"y")]);
        let entries: [(&str, &[u8]); 5] = [
            ("study/1.dcm", b"one"),
            ("study/2.dcm", b"two"),
            ("study/inner.zip", &inner),
            ("__MACOSX/study/._1.dcm", b"mac"),
            ("study/.DS_Store", b"mac"),
        ];
        let unpacked = unpack(&zip(&entries)).unwrap();
        assert_eq!(
            unpacked.files,
            [("study/1.dcm".into(), b"one".to_vec()), ("study/2.dcm".into(), b"two".to_vec())]
        );
        assert_eq!(unpacked.problems.len(), 1);
        assert_eq!(unpacked.problems[0].0, "study/inner.zip");
    }

    #[test]
    fn a_trap_and_a_broken_entry_are_problems_of_their_own() {
        let zeros = vec![0u8; 80 << 20];
        let unpacked = unpack(&zip(&[("trap", &zeros), ("good", b"fine")])).unwrap();
        assert_eq!(unpacked.files, [("good".into(), b"fine".to_vec())]);
        assert_eq!(unpacked.problems[0].1.kind(), ErrorKind::TooLarge);
        let mut broken = zip(&[("a", b"aaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbb")]);
        let at = 31 + 2;
        broken[at] ^= 0xff;
        assert_eq!(unpack(&broken).unwrap().problems[0].1.kind(), ErrorKind::Damaged);
        assert_eq!(unpack(b"PK\x03\x04 and nothing").unwrap_err().kind(), ErrorKind::Damaged);
    }
}
