//! A file of any kind that can be looked at, open: a picture or DICOM. What the viewer needs of it, and what the model is given.

mod look;
mod unpack;

pub use look::{Look, look};
pub use unpack::{MAX_UNPACKED, Unpacked, unpack};

use crate::case::{Concern, ImageFacts};
use crate::dicom::{self, Object};
use crate::fingerprint::sha256;
use crate::imaging::{self, Error, Image};
use crate::study::{FileFacts, Tag};
use crate::viewing::{Frame, FrameFacts, Grey, Samples, Window, WindowShape};
use ::image::DynamicImage;

/// An open file.
#[derive(Debug)]
pub enum Opened {
    /// PNG, JPEG and their like; its first frame where it has several.
    Picture {
        /// The file.
        bytes: Vec<u8>,
        /// As it is meant to be seen.
        image: Image,
    },
    /// DICOM.
    Dicom(Box<Object<'static>>),
}

/// A frame as the model is to see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// A file that `imaging::read` turns into the very image.
    pub bytes: Vec<u8>,
    /// What the frame is in the file that it was taken from, and what a reader should know of the taking. None where the bytes are
    /// that file's own.
    pub original: Option<(ImageFacts, Vec<Concern>)>,
}

impl Opened {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// Those of the file's own reader.
    pub fn open(bytes: Vec<u8>) -> Result<Self, Error> {
        if dicom::is(&bytes) {
            return Ok(Self::Dicom(Box::new(Object::open(bytes)?)));
        }
        let (image, _) = imaging::read(&bytes)?;
        Ok(Self::Picture { bytes, image })
    }

    /// About how much memory it takes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Dicom(object) => object.bytes(),
            Self::Picture { bytes, image } => bytes.len() + image.pixels().as_bytes().len(),
        }
    }

    /// What the file says of itself.
    pub fn facts(&self) -> FileFacts {
        match self {
            Self::Dicom(object) => object.facts(),
            Self::Picture { bytes, image } => FileFacts {
                sha256: sha256(bytes),
                image: image.facts(),
                frames: 1,
                frame_ms: None,
                dicom: None,
            },
        }
    }

    /// A frame to look at; a picture has one, whatever is asked for.
    ///
    /// # Errors
    ///
    /// A frame that is not there, or cannot be decoded.
    pub fn frame(&self, frame: u32) -> Result<Frame, Error> {
        match self {
            Self::Dicom(object) => Ok(object.frame(frame)?),
            Self::Picture { image, .. } => Ok(picture(image)),
        }
    }

    /// A frame for the model: a picture's own file, for it needs no preparing; a DICOM frame as TIFF without compression.
    ///
    /// # Errors
    ///
    /// A frame that is not there, or cannot be decoded.
    pub fn prepare(&self, frame: u32) -> Result<Prepared, Error> {
        match self {
            Self::Picture { bytes, .. } => Ok(Prepared { bytes: bytes.clone(), original: None }),
            Self::Dicom(object) => {
                let (image, concerns) = object.image(frame)?;
                Ok(Prepared { bytes: imaging::tiff(&image)?, original: Some((image.facts(), concerns)) })
            }
        }
    }

    /// The header of a DICOM file; empty for a picture. `is_masked`: whether what names the patient is left out.
    pub fn tags(&self, is_masked: bool) -> Vec<Tag> {
        match self {
            Self::Dicom(object) => object.tags(is_masked),
            Self::Picture { .. } => Vec::new(),
        }
    }
}

/// A picture's pixels. Its whole range is its window: it is meant to be shown as it is.
fn picture(image: &Image) -> Frame {
    let narrow = |v: &u16| ((u32::from(*v) + 128) / 257) as u8;
    let (samples, most) = match image.pixels() {
        DynamicImage::ImageLuma8(p) => (Samples::Grey(p.iter().map(|v| u16::from(*v)).collect()), 255.0),
        DynamicImage::ImageLuma16(p) => (Samples::Grey(p.as_raw().clone()), 65_535.0),
        DynamicImage::ImageRgb16(p) => (Samples::Rgb(p.iter().map(narrow).collect()), 0.0),
        other => (Samples::Rgb(other.as_bytes().to_vec()), 0.0),
    };
    let is_grey = matches!(samples, Samples::Grey(_));
    let grey = Grey { slope: 1.0, intercept: 0.0, unit: String::new(), is_inverted: false };
    let shape = WindowShape::LinearExact { center: most / 2.0, width: most };
    let whole = Window { name: String::new(), shape };
    let facts = FrameFacts {
        width: image.width(),
        height: image.height(),
        grey: is_grey.then_some(grey),
        spacing: None,
        windows: if is_grey { vec![whole] } else { Vec::new() },
    };
    Frame { facts, samples }
}

#[cfg(test)]
mod tests;
