//! What a file is, told by its content and never by its name; and how large, before anything is decoded.

use super::{Error, MAX_PIXELS, MAX_SIDE};
use ::image::{ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// A decoder whose image is known to be small enough, and what it decodes.
pub(super) fn open(bytes: &[u8]) -> Result<(Box<dyn ImageDecoder + '_>, &'static str), Error> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    let (format, name) = sniff(bytes)?;
    let damaged = |e: ::image::ImageError| Error::Damaged { format: name, why: e.to_string() };
    if format == ImageFormat::Jpeg && !jpeg_is_whole(bytes) {
        return Err(Error::Damaged { format: name, why: "its end is missing".into() });
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    // The default limit of 512 MiB stays for the decoders' own buffers; our bound on pixels is checked below.
    reader.limits(Limits::default());
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE {
        return Err(Error::TooLarge { width, height });
    }
    if width == 0 || height == 0 {
        return Err(Error::Damaged { format: name, why: format!("it is {width} x {height} pixels") });
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 8);
    decoder.set_limits(limits).map_err(damaged)?;
    Ok((Box::new(decoder), name))
}

const FORMATS: [(ImageFormat, &str); 6] = [
    (ImageFormat::Png, "PNG"),
    (ImageFormat::Jpeg, "JPEG"),
    (ImageFormat::WebP, "WebP"),
    (ImageFormat::Bmp, "BMP"),
    (ImageFormat::Tiff, "TIFF"),
    (ImageFormat::Gif, "GIF"),
];

fn sniff(bytes: &[u8]) -> Result<(ImageFormat, &'static str), Error> {
    let guessed = ::image::guess_format(bytes).ok();
    let known = FORMATS.into_iter().find(|(format, _)| Some(*format) == guessed);
    known.ok_or_else(|| Error::NotAnImage { what: describe(bytes).into() })
}

/// In words, what a file that is none of ours looks like.
fn describe(bytes: &[u8]) -> &'static str {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if bytes.get(128..132) == Some(b"DICM") {
        "a DICOM file (not supported in this version; export the image as PNG)"
    } else if starts(b"%PDF") {
        "a PDF document"
    } else if bytes.get(4..8) == Some(b"ftyp") {
        "a HEIC, AVIF or video file (save it as JPEG or PNG)"
    } else if starts(b"PK\x03\x04") {
        "a zip archive (unpack it first)"
    } else if starts(b"<svg") || starts(b"<?xml") {
        "an XML or SVG document"
    } else if bytes.iter().take(512).all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        "text"
    } else {
        "of an unknown kind"
    }
}

/// Whether the end marker follows the picture's data. The decoder fills a JPEG that was cut short with grey, which a
/// model would take for lung.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    loop {
        match *rest {
            // Fill bytes before a marker.
            [0xff, 0xff, ..] => rest = rest.get(1..).unwrap_or_default(),
            // Start of scan: inside its data 0xff is always followed by 0 or a restart marker, so the first
            // 0xff 0xd9 is the end.
            [0xff, 0xda, ..] => return rest.windows(2).any(|pair| pair == [0xff, 0xd9]),
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([high, low]));
                match rest.get(2 + length..) {
                    Some(next) => rest = next,
                    None => return false,
                }
            }
            _ => return false,
        }
    }
}
