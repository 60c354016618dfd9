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

/// The most pixels that are decoded: a 16-bit grey image of this size takes 200 MB.
pub const MAX_PIXELS: u64 = 100_000_000;
/// The longest side that is decoded.
pub const MAX_SIDE: u32 = 32_768;

/// Why a file is no image that can be read here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Something else.
    #[error(
        "the file is {what}, not an image in a format that can be read here (PNG, JPEG, WebP, BMP, TIFF or GIF)"
    )]
    NotAnImage {
        /// What its content looks like.
        what: String,
    },
    /// An image of a rare kind.
    #[error("this kind of {format} cannot be read here: {why}; save it as an 8-bit or 16-bit PNG")]
    Unsupported {
        /// The format, for instance `TIFF`.
        format: &'static str,
        /// What is rare about it.
        why: String,
    },
    /// An image, but broken.
    #[error("the {format} file is damaged or cut short: {why}; fetch it again from where it comes from")]
    Damaged {
        /// The format, for instance `PNG`.
        format: &'static str,
        /// What the decoder met.
        why: String,
    },
    /// An image, but too large to be decoded safely.
    #[error(
        "the image is {width} x {height} pixels; at most {MAX_PIXELS} pixels and {MAX_SIDE} a side can be read"
    )]
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
