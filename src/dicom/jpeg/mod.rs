//! JPEG (ITU-T T.81) as DICOM uses it: what has 8 bits and cosines goes to the decoder that pictures have; the lossless process and
//! the extended one of 12 bits have no decoder in pure Rust that is kept up, and stand here.

mod bits;
mod extended;
mod huffman;
mod lossless;
mod stream;

use super::layout::{Layout, Photometric};
use super::samples::PixelSamples;
use super::{Error, damaged, unsupported};
pub(super) use stream::segment;
use stream::{Process, Stream};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Whether a fragment begins a frame.
pub(super) fn begins(fragment: &[u8]) -> bool {
    fragment.starts_with(&[0xff, 0xd8])
}

/// Decodes a frame, and says what its colours are, where the stream knows better than the header.
pub(super) fn decode(frame: &[u8], layout: &Layout) -> Result<(PixelSamples, Photometric), Error> {
    let stream = Stream::read(frame)?;
    if (stream.width, stream.height) != (layout.columns, layout.rows) {
        return Err(damaged("JPEG: the stream is not of the size that the header gives"));
    }
    if stream.components.len() != layout.samples {
        let (got, expected) = (stream.components.len(), layout.samples);
        return Err(damaged(format!("JPEG: {got} components instead of {expected}")));
    }
    if stream.precision > layout.allocated {
        return Err(damaged(format!("JPEG: {} bits a sample in {}", stream.precision, layout.allocated)));
    }
    let colours = match (layout.photometric, stream.adobe) {
        (Photometric::Rgb | Photometric::Ybr | Photometric::Ybr422, Some(0)) => Photometric::Rgb,
        (Photometric::Rgb, Some(1)) => Photometric::Ybr,
        (Photometric::Ybr422, _) => Photometric::Ybr,
        (colours, _) => colours,
    };
    let cells = match stream.process {
        Process::Cosines if stream.precision == 8 => usual(&unmarked(frame), layout)?,
        Process::Sequential => extended::decode(&stream, frame)?,
        Process::Lossless => lossless::decode(&stream, frame)?,
        Process::Cosines => return Err(unsupported("progressive JPEG of more than 8 bits")),
    };
    let cells = match (cells, layout.allocated) {
        (PixelSamples::Words(words), 8) => {
            PixelSamples::Bytes(words.iter().map(|word| *word as u8).collect())
        }
        (PixelSamples::Bytes(bytes), 16) => {
            PixelSamples::Words(bytes.iter().map(|byte| u16::from(*byte)).collect())
        }
        (cells, _) => cells,
    };
    Ok((cells, colours))
}

/// The stream without what programs say in it for themselves: the decoder would make other colours by such marks, or stumble over one.
fn unmarked(frame: &[u8]) -> Vec<u8> {
    let mut kept = frame.get(..2).unwrap_or_default().to_vec();
    let mut rest = frame.get(2..).unwrap_or_default();
    while let [0xff, marker @ 0xc0..=0xfe, h, l, ..] = rest {
        let length = 2 + usize::from(u16::from_be_bytes([*h, *l]));
        let is_mark = matches!(marker, 0xe0..=0xef | 0xfe);
        if *marker == 0xda || length > rest.len() {
            break;
        }
        let (segment, after) = rest.split_at(length);
        kept.extend(if is_mark { &[] } else { segment });
        rest = after;
    }
    [&kept, rest].concat()
}

/// Eight bits and cosines. The samples stay as they are coded: what they mean is the header's to say.
fn usual(frame: &[u8], layout: &Layout) -> Result<PixelSamples, Error> {
    let broken = |error: zune_jpeg::errors::DecodeErrors| damaged(format!("JPEG: {error}"));
    let options = |colours| DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(colours);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(frame), options(ColorSpace::YCbCr));
    decoder.decode_headers().map_err(broken)?;
    let coded = decoder.input_colorspace().unwrap_or(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(frame), options(coded));
    let cells = decoder.decode().map_err(broken)?;
    if cells.len() != layout.cells() {
        return Err(damaged("JPEG: there are not as many samples as the header gives"));
    }
    Ok(PixelSamples::Bytes(cells))
}
