//! What a file is, told by its content and never by its name; and how large, before anything is decoded.

use super::{Error, MAX_PIXELS, MAX_SIDE, jpeg};
use ::image::{ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// A decoder whose image is known to be small enough, and what it decodes.
pub(super) fn open(bytes: &[u8]) -> Result<(Box<dyn ImageDecoder + '_>, &'static str), Error> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    let (format, name) = kind(bytes)?;
    let mut decoder: Box<dyn ImageDecoder + '_> = match format {
        ImageFormat::Jpeg => Box::new(jpeg::open(bytes)?),
        _ => Box::new(usual(bytes, format).map_err(|e| refusal(name, e))?),
    };
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE {
        return Err(Error::TooLarge { width, height });
    }
    if width == 0 || height == 0 {
        return Err(Error::Damaged { format: name, why: format!("it is {width} x {height} pixels") });
    }
    decoder.set_limits(limits()).map_err(|e| refusal(name, e))?;
    Ok((decoder, name))
}

/// Reads the header only; our bound on pixels is checked before anything is decoded.
fn usual(bytes: &[u8], format: ImageFormat) -> ::image::ImageResult<impl ImageDecoder + '_> {
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

/// Our words for a decoder's: a kind that it does not know is no damage.
pub(super) fn refusal(format: &'static str, error: ImageError) -> Error {
    match error {
        ImageError::Unsupported(e) => Error::Unsupported { format, why: e.to_string() },
        e => Error::Damaged { format, why: e.to_string() },
    }
}

const FORMATS: [(ImageFormat, &str); 6] = [
    (ImageFormat::Png, "PNG"),
    (ImageFormat::Jpeg, "JPEG"),
    (ImageFormat::WebP, "WebP"),
    (ImageFormat::Bmp, "BMP"),
    (ImageFormat::Tiff, "TIFF"),
    (ImageFormat::Gif, "GIF"),
];

/// What kind of picture a file is, by its beginning.
///
/// # Errors
///
/// What is no picture that can be read here.
pub fn sniff(head: &[u8]) -> Result<&'static str, Error> {
    if head.is_empty() { Err(Error::Empty) } else { kind(head).map(|(_, name)| name) }
}

fn kind(bytes: &[u8]) -> Result<(ImageFormat, &'static str), Error> {
    let guessed = ::image::guess_format(bytes).ok();
    let known = FORMATS.into_iter().find(|(format, _)| Some(*format) == guessed);
    known.ok_or_else(|| Error::NotAnImage { what: describe(bytes).into() })
}

/// Whether the first thing after white space and a byte-order mark is a tag.
fn is_marked_up(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    matches!(text, [b'<', b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z', ..])
}

/// In words, what a file that is none of ours looks like.
fn describe(bytes: &[u8]) -> &'static str {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if bytes.get(128..132) == Some(b"DICM") {
        "a DICOM file (open it by itself, or export the image as PNG)"
    } else if starts(b"%PDF") {
        "a PDF document"
    } else if bytes.get(4..8) == Some(b"ftyp") {
        "a HEIC, AVIF or video file (save it as JPEG or PNG)"
    } else if starts(b"PK\x03\x04") {
        "a zip archive (unpack it first)"
    } else if is_marked_up(bytes) {
        "a page or drawing in HTML, XML or SVG (save the picture itself as PNG)"
    } else if bytes.iter().take(512).all(|b| !b.is_ascii_control() || b.is_ascii_whitespace()) {
        "text"
    } else {
        "of an unknown kind"
    }
}
