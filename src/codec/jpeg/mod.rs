//! JPEG (ITU-T T.81), strictly: a stream that is cut short is refused, because what usual decoders make up for it would be taken for
//! lung. Eight bits and cosines go to a library's decoder; the lossless process and the extended one of 12 bits have none in pure Rust
//! that is kept up, and stand here.

mod bits;
mod complete;
mod extended;
mod huffman;
mod lossless;
mod stream;

use super::{Colours, Error, Expected, Samples, Values};
use crate::messages::why::codec as why;
pub use stream::Stream;
use stream::{Process, Scan};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

const NAME: &str = "JPEG";

fn damaged(why: impl Into<String>) -> Error {
    Error::Damaged { codec: NAME, why: why.into() }
}

fn unsupported(why: impl Into<String>) -> Error {
    Error::Unsupported { codec: NAME, why: why.into() }
}

/// What colours become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// They stay as they are coded.
    Coded,
    /// Red, green, blue.
    Rgb,
}

/// Whether bytes begin a stream.
pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xd8])
}

/// Decodes a stream; its colours stay as they are coded.
///
/// # Errors
///
/// A stream that is broken, cut short, of a rare kind, or not what is expected.
pub fn decode(bytes: &[u8], expected: &Expected) -> Result<Samples, Error> {
    let stream = Stream::read(bytes)?;
    expected.check(NAME, stream.size(), stream.components(), stream.precision())?;
    let samples = stream.decode(bytes, Output::Coded)?;
    Ok(Samples { values: samples.values.in_cells(expected.bits), ..samples })
}

impl Stream {
    /// Refuses what cannot be had as it is wanted, before anything is decoded.
    ///
    /// # Errors
    ///
    /// A stream whose colours are of a rare kind.
    pub fn check(&self, output: Output) -> Result<(), Error> {
        match (self.process, self.components(), self.colours()) {
            // Adobe stores inks inverted and says so; without its mark black and white could be mistaken for each other.
            (_, 4, None) => Err(unsupported(why::FOUR_INKS)),
            (Process::Sequential | Process::Progressive, 4, _) if output == Output::Rgb => Ok(()),
            (Process::Sequential | Process::Progressive, 1 | 3, _) => Ok(()),
            (Process::Extended | Process::Lossless, 1 | 3, colours)
                if self.components() == 1 || output == Output::Coded || colours == Some(Colours::Rgb) =>
            {
                Ok(())
            }
            (_, count, _) => Err(unsupported(why::many_components(count))),
        }
    }

    /// Decodes the stream that this was read from.
    ///
    /// # Errors
    ///
    /// A stream that is broken, cut short, or whose colours cannot be had as they are wanted.
    pub fn decode(&self, bytes: &[u8], output: Output) -> Result<Samples, Error> {
        self.check(output)?;
        // Four inks become three colours.
        let components = if output == Output::Rgb { self.components().min(3) } else { self.components() };
        let count = self.width as usize * self.height as usize * components;
        let values = match self.process {
            Process::Extended => Values::Words(extended::decode(self, bytes)?),
            Process::Lossless => Values::Words(lossless::decode(self, bytes)?),
            Process::Sequential | Process::Progressive => {
                let mut values = vec![0; count];
                self.cosines(bytes, output, &mut values)?;
                Values::Bytes(values)
            }
        };
        let is_rgb = output == Output::Rgb && components == 3;
        let colours = if is_rgb { Some(Colours::Rgb) } else { self.colours() };
        let (width, height) = self.size();
        Ok(Samples { width, height, components, precision: self.precision, colours, values })
    }

    /// The same into memory that was taken already: cells of 8 bits, or of 16 in the machine's own order.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn decode_into(&self, bytes: &[u8], output: Output, place: &mut [u8]) -> Result<(), Error> {
        if matches!(self.process, Process::Sequential | Process::Progressive) {
            self.check(output)?;
            return self.cosines(bytes, output, place);
        }
        let is_narrow = self.precision <= 8;
        let Values::Words(words) = self.decode(bytes, output)?.values else {
            return Err(damaged(why::OTHER_WIDTH));
        };
        if is_narrow {
            place.iter_mut().zip(words).for_each(|(place, word)| *place = word as u8);
        } else {
            let cells = place.as_chunks_mut::<2>().0;
            cells.iter_mut().zip(words).for_each(|(place, word)| *place = word.to_ne_bytes());
        }
        Ok(())
    }

    /// Eight bits and cosines.
    fn cosines(&self, bytes: &[u8], output: Output, place: &mut [u8]) -> Result<(), Error> {
        let coded = self.colours().unwrap_or(Colours::Ybr);
        // The decoder goes by the ids first, where they say RGB.
        let is_overruled = coded == Colours::Ybr && self.components.iter().map(|c| c.id).eq(*b"RGB");
        let wanted = match (self.components(), output) {
            (1, _) => ColorSpace::Luma,
            (3, Output::Coded) if coded == Colours::Ybr && !is_overruled => ColorSpace::YCbCr,
            _ => ColorSpace::RGB,
        };
        decoder(self.normalised(bytes, coded)?, wanted).decode_into(place).map_err(|error| {
            damaged(if matches!(error, DecodeErrors::ExhaustedData) {
                why::ENDS_EARLY
            } else {
                why::UNDECODABLE
            })
        })?;
        if is_overruled && output == Output::Rgb {
            place.as_chunks_mut().0.iter_mut().for_each(|pixel| *pixel = to_rgb(pixel.map(f32::from)));
        }
        Ok(())
    }

    /// The stream as the decoder is to have it: with one mark of its colours, without what programs say in it for themselves, and checked
    /// to be complete, or so that the decoder finds out.
    fn normalised(&self, bytes: &[u8], coded: Colours) -> Result<Vec<u8>, Error> {
        let end = self.end.ok_or_else(|| damaged(why::END_MISSING))?;
        let transform = match coded {
            Colours::Rgb | Colours::Cmyk => 0,
            Colours::Ybr => 1,
            Colours::Ycck => 2,
        };
        let mut stream = vec![0xff, 0xd8];
        if self.components() > 1 {
            stream.extend([0xff, 0xee, 0, 14]);
            stream.extend(*b"Adobe\0\x64\0\0\0\0");
            stream.push(transform);
        }
        for segment in &self.head {
            stream.extend(bytes.get(segment.clone()).unwrap_or_default());
        }
        stream.extend(bytes.get(self.body..end).unwrap_or_default());
        if self.is_plain() {
            stream.extend(NO_CODE.repeat(AHEAD));
        } else {
            complete::check(self, bytes)?;
            stream.extend([0xff, 0xd9]);
        }
        Ok(stream)
    }

    /// Whether one scan without restarts holds the whole image.
    fn is_plain(&self) -> bool {
        let whole = |scan: &Scan| scan.components.len() == self.components() && scan.restart == 0;
        self.process == Process::Sequential && matches!(self.scans.as_slice(), [scan] if whole(scan))
    }
}

/// Stands where the end marker was. Behind that marker the decoder makes up what is missing, even in strict mode; where the bytes just
/// stop it complains, but too late where little is missing, because it reads ahead. No Huffman table has a code of ones only (T.81, annex
/// C), so that a decoder that needs one of these bits stops. Each 0xff has a zero stuffed behind it.
const NO_CODE: [u8; 2] = [0xff, 0];
/// So often: more than it reads ahead.
const AHEAD: usize = 16;

/// It owns its bytes because the one inside TIFF does: two kinds of it would be a tenth of the worker.
fn decoder(bytes: Vec<u8>, colours: ColorSpace) -> JpegDecoder<ZCursor<Vec<u8>>> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .jpeg_set_out_colorspace(colours)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    JpegDecoder::new_with_options(ZCursor::new(bytes), options)
}

/// Red, green and blue of a luminance and two colour differences, all of 0 to 255 (ITU-T T.871, section 7).
pub fn to_rgb([y, b, r]: [f32; 3]) -> [u8; 3] {
    let (b, r) = (b - 128.0, r - 128.0);
    [y + 1.402 * r, y - 0.344_136 * b - 0.714_136 * r, y + 1.772 * b]
        .map(|value| value.round().clamp(0.0, 255.0) as u8)
}
