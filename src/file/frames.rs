//! The frames of a file for a model: one door for pictures, DICOM objects and volumes.

use crate::dicom;
use crate::examination::Concern;
use crate::imaging::{self, Error, Image};
use crate::nifti::{self, Volume};
use crate::scope::HeaderFacts;

/// The frames of a file, decoded one at a time.
#[derive(Debug)]
pub enum Frames<'a> {
    /// A picture, which is one frame; it is decoded only when that is asked for.
    Picture(&'a [u8]),
    /// A DICOM object.
    Dicom(Box<dicom::Object<'a>>),
    /// A volume's axial slices.
    Volume(Box<Volume>),
}

impl<'a> Frames<'a> {
    /// Opens a file.
    ///
    /// # Errors
    /// Fails if the file cannot be read; whether a picture can is told by [`Frames::image`].
    pub fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        Ok(if dicom::is(bytes) {
            Self::Dicom(Box::new(dicom::open(bytes)?))
        } else if nifti::is(bytes) {
            Self::Volume(Box::new(Volume::open(bytes)?))
        } else {
            Self::Picture(bytes)
        })
    }

    /// How many there are; at least 1.
    pub fn count(&self) -> u32 {
        match self {
            Self::Picture(_) => 1,
            Self::Dicom(object) => object.frames(),
            Self::Volume(volume) => volume.slices(),
        }
    }

    /// The one that is examined if only one is.
    pub fn middle(&self) -> u32 {
        match self {
            Self::Volume(volume) => volume.middle(),
            Self::Picture(_) | Self::Dicom(_) => self.count() / 2,
        }
    }

    /// Decodes a frame, from 0, with what the user must know of it.
    ///
    /// # Errors
    /// Fails if there is no such frame or if it cannot be decoded.
    pub fn image(&self, frame: u32) -> Result<(Image, Vec<Concern>), Error> {
        Ok(match self {
            Self::Picture(bytes) => imaging::read(bytes)?,
            Self::Dicom(object) => object.image(frame)?,
            Self::Volume(volume) => volume.image(frame)?,
        })
    }

    /// The part of the header that decides which model may examine the image; `None` if there is no header.
    pub fn header(&self) -> Option<HeaderFacts> {
        match self {
            Self::Dicom(object) => Some(object.header()),
            Self::Picture(_) | Self::Volume(_) => None,
        }
    }
}

/// Decodes a file as the model is to see it: a picture, or the middle frame of any other file.
///
/// # Errors
/// Fails if the file cannot be decoded.
pub fn image(bytes: &[u8]) -> Result<(Image, Vec<Concern>), Error> {
    let frames = Frames::open(bytes)?;
    frames.image(frames.middle())
}
