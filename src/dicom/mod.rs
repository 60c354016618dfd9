//! DICOM files -> what they say of themselves, frames for the viewer, images for a model. Elements come through dicom-rs; the pixels
//! are decoded here, because every decoder must run in a browser too. What is read and what is refused: `docs/dicom-conformance.md`.

mod attributes;
mod element;
mod fragments;
mod layout;
mod lut;
mod meta;
mod object;
mod overlay;
mod real;
mod samples;
mod segmented;
mod syntax;
mod tags;
mod tree;
mod unknown;

pub use object::{Object, StoredFrame, head};

use crate::codec;
use crate::imaging::{self, ErrorKind, MAX_PIXELS, MAX_SIDE};
use crate::messages::fault;
use crate::sniff::{Kind, sniff};

/// Why a DICOM file gives no image.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another kind of file.
    #[error("{}", fault::dicom::NOT_DICOM)]
    NotDicom,
    /// A report, a plan, a structure: DICOM, but nothing to look at.
    #[error("{}", fault::dicom::no_image(.what))]
    NoImage {
        /// In words.
        what: String,
    },
    /// An image of a kind that is not read here.
    #[error("{}", fault::dicom::unsupported(.why))]
    Unsupported {
        /// What is rare about it.
        why: String,
    },
    /// Broken or cut short.
    #[error("{}", fault::dicom::damaged(.why))]
    Damaged {
        /// What was met.
        why: String,
    },
    /// Too large to be decoded safely.
    #[error("{}", fault::imaging::too_large((*.width, *.height), MAX_PIXELS, MAX_SIDE))]
    TooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// A frame that is not there.
    #[error("{}", fault::dicom::no_such_frame(*.frame, *.frames))]
    NoSuchFrame {
        /// From 1, as people count.
        frame: u32,
        /// How many there are.
        frames: u32,
    },
}

impl Error {
    /// Which kind of fault it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotDicom | Self::NoImage { .. } | Self::Unsupported { .. } | Self::NoSuchFrame { .. } => {
                ErrorKind::NotAnImage
            }
            Self::Damaged { .. } => ErrorKind::Damaged,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
        }
    }
}

impl From<Error> for imaging::Error {
    fn from(error: Error) -> Self {
        Self::Elsewhere { kind: error.kind(), message: error.to_string() }
    }
}

impl From<codec::Error> for Error {
    fn from(error: codec::Error) -> Self {
        let why = error.to_string();
        match error {
            codec::Error::Damaged { .. } => Self::Damaged { why },
            codec::Error::Unsupported { .. } => Self::Unsupported { why },
        }
    }
}

fn damaged(why: impl Into<String>) -> Error {
    Error::Damaged { why: why.into() }
}

fn unsupported(why: impl Into<String>) -> Error {
    Error::Unsupported { why: why.into() }
}

/// Whether a file is DICOM, by its first bytes: the mark after the preamble, or a data set that begins at once.
pub fn is(bytes: &[u8]) -> bool {
    sniff(bytes) == Kind::Dicom
}

/// Opens a DICOM file; it borrows its bytes.
///
/// # Errors
///
/// What is no DICOM file, has no image, or is of a kind that cannot be read.
pub fn open(bytes: &[u8]) -> Result<Object<'_>, Error> {
    Object::open(bytes)
}
