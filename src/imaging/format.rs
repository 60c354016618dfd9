//! A decoder for a picture, once its size is known to be safe.

use super::{Error, MAX_PIXELS, MAX_SIDE, jpeg, tiff};
use crate::messages::{fault, why};
use crate::sniff::{Kind, PictureFormat, sniff};
use ::image::error::{ImageError, UnsupportedErrorKind};
use ::image::{ImageDecoder, ImageFormat, ImageReader, Limits};
use std::borrow::Cow;
use std::error::Error as _;
use std::io::{self, Cursor};

/// A decoder whose image is known to be small enough, and what it decodes.
pub(super) fn open(bytes: &[u8]) -> Result<(Box<dyn ImageDecoder + '_>, &'static str), Error> {
    let (format, name) = kind(bytes)?;
    check_form(bytes, format)?;
    let mut decoder: Box<dyn ImageDecoder + '_> = match format {
        ImageFormat::Jpeg => Box::new(jpeg::open(bytes)?),
        ImageFormat::Tiff if let Some(packed) = tiff::Packed::open(bytes) => {
            Box::new(packed.map_err(|e| refusal(name, e))?)
        }
        _ => Box::new(usual(Cow::Borrowed(bytes), format).map_err(|e| refusal(name, e))?),
    };
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE {
        return Err(Error::TooLarge { width, height });
    }
    if width == 0 || height == 0 {
        return Err(Error::Damaged { format: name, why: why::imaging::size(width, height) });
    }
    decoder.set_limits(limits()).map_err(|e| refusal(name, e))?;
    Ok((decoder, name))
}

/// Refuses what cannot be a picture that is read here, by its first bytes.
///
/// # Errors
/// Fails with the type that the file has instead.
pub fn check_type(head: &[u8]) -> Result<(), Error> {
    kind(head).map(|_| ())
}

/// Reads the header only; our bound on pixels is checked before anything is decoded.
pub(super) fn usual(
    bytes: Cow<'_, [u8]>,
    format: ImageFormat,
) -> ::image::ImageResult<impl ImageDecoder + '_> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    reader.into_decoder()
}

/// What a decoder may allocate: four 16-bit channels of the largest image.
fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_PIXELS * 8);
    limits
}

/// Converts a decoder's error. An unsupported format is not reported as damage.
pub(super) fn refusal(format: &'static str, error: ImageError) -> Error {
    match error {
        ImageError::Unsupported(error) => {
            let why = match error.kind() {
                UnsupportedErrorKind::Color(colour) => why::imaging::pixel_bits(colour.bits_per_pixel()),
                _ => why::imaging::RARE_PART.into(),
            };
            Error::Unsupported { format, why }
        }
        error if is_cut(&error) => Error::Damaged { format, why: why::imaging::BREAKS_OFF.into() },
        _ => Error::Damaged { format, why: why::codec::UNDECODABLE.into() },
    }
}

/// Whether a decoder wanted more bytes than there are.
fn is_cut(error: &ImageError) -> bool {
    if let ImageError::IoError(error) = error {
        return error.kind() == io::ErrorKind::UnexpectedEof;
    }
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        source = inner.source();
    }
    false
}

/// Refuses variants that the decoder would misread or report as damaged, with a message that names them.
fn check_form(bytes: &[u8], format: ImageFormat) -> Result<(), Error> {
    match format {
        ImageFormat::Tiff => tiff::check(bytes),
        ImageFormat::Png if bytes.get(12..16) == Some(b"CgBI") => {
            Err(Error::Unsupported { format: "PNG", why: why::imaging::IPHONE_PNG.into() })
        }
        _ => Ok(()),
    }
}

fn kind(bytes: &[u8]) -> Result<(ImageFormat, &'static str), Error> {
    let format = match sniff(bytes) {
        Kind::Picture(format) => format,
        Kind::Empty => return Err(Error::Empty),
        Kind::Dicom => return Err(Error::NotAnImage { what: fault::kind::DICOM.into() }),
        Kind::Archive => return Err(Error::NotAnImage { what: fault::kind::ARCHIVE.into() }),
        Kind::Other(what) => return Err(Error::NotAnImage { what: what.into() }),
    };
    let known = match format {
        PictureFormat::Png => ImageFormat::Png,
        PictureFormat::Jpeg => ImageFormat::Jpeg,
        PictureFormat::WebP => ImageFormat::WebP,
        PictureFormat::Bmp => ImageFormat::Bmp,
        PictureFormat::Tiff => ImageFormat::Tiff,
        PictureFormat::Gif => ImageFormat::Gif,
    };
    Ok((known, format.name()))
}
