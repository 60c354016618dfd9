//! Bytes -> checked, upright images.

mod format;
mod frames;
mod image;
mod jpeg;
pub mod picture;
mod raw;
mod render;
mod stored;
mod tiff;

pub use format::check_type;
pub use image::{Image, read};
pub use raw::PixelLayout;
pub use render::render;
pub use stored::{StoredPixels, stored};

use crate::messages::fault;

/// The most pixels that are decoded: a 16-bit grey image of this size takes 200 MB.
pub const MAX_PIXELS: u64 = 100_000_000;
/// The longest side that is decoded.
pub const MAX_SIDE: u32 = 32_768;

/// Why a file is no image that can be read here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing in it.
    #[error("{}", fault::imaging::EMPTY)]
    Empty,
    /// Something else.
    #[error("{}", fault::imaging::not_an_image(.what))]
    NotAnImage {
        /// What its content looks like.
        what: String,
    },
    /// An image of a rare kind.
    #[error("{}", fault::imaging::unsupported(.format, .why))]
    Unsupported {
        /// The format, for instance `TIFF`.
        format: &'static str,
        /// What is rare about it.
        why: String,
    },
    /// An image, but broken.
    #[error("{}", fault::imaging::damaged(.format, .why))]
    Damaged {
        /// The format, for instance `PNG`.
        format: &'static str,
        /// What the decoder met.
        why: String,
    },
    /// An image, but too large to be decoded safely.
    #[error("{}", fault::imaging::too_large((*.width, *.height), MAX_PIXELS, MAX_SIDE))]
    TooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// A file that has a reader of its own, which refused it.
    #[error("{message}")]
    Elsewhere {
        /// Which kind of fault it is.
        kind: ErrorKind,
        /// In that reader's words.
        message: String,
    },
}

/// The kinds of [`Error`], for advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Nothing in it.
    Empty,
    /// Something else, or an image of a kind that cannot be read.
    NotAnImage,
    /// An image, but broken.
    Damaged,
    /// An image, but too large.
    TooLarge,
}

impl Error {
    /// Which kind of fault it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty => ErrorKind::Empty,
            Self::NotAnImage { .. } | Self::Unsupported { .. } => ErrorKind::NotAnImage,
            Self::Damaged { .. } => ErrorKind::Damaged,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Elsewhere { kind, .. } => *kind,
        }
    }
}
