//! The stored values of a file, untouched: what `lantern read` reports, to be compared with other readers.

use super::{Error, format};
use crate::fingerprint::sha256;
use ::image::{ColorType, ImageDecoder};

/// A file's first frame as it is stored: not turned upright, transparency kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPixels {
    /// For instance `PNG`.
    pub format: &'static str,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames that were read.
    pub frames: u32,
    /// Bits a sample.
    pub bits: u16,
    /// `MONOCHROME2` or `RGB`, with `+ALPHA` where there is an alpha channel.
    pub photometric: &'static str,
    /// Little-endian, row by row, samples interleaved.
    pub samples: Vec<u8>,
}

/// Decodes the stored values.
pub fn stored(bytes: &[u8]) -> Result<StoredPixels, Error> {
    let (decoder, name) = format::open(bytes)?;
    let (width, height) = decoder.dimensions();
    let colour = decoder.color_type();
    let photometric = match colour {
        ColorType::L8 | ColorType::L16 => "MONOCHROME2",
        ColorType::La8 | ColorType::La16 => "MONOCHROME2+ALPHA",
        ColorType::Rgba8 | ColorType::Rgba16 | ColorType::Rgba32F => "RGB+ALPHA",
        _ => "RGB",
    };
    let bits = colour.bits_per_pixel() / u16::from(colour.channel_count());
    let mut samples = vec![0; decoder.total_bytes() as usize];
    decoder.read_image_boxed(&mut samples).map_err(|e| format::refusal(name, e))?;
    // Decoders write in the machine's own order.
    if cfg!(target_endian = "big") {
        samples.chunks_exact_mut(usize::from(bits / 8)).for_each(<[u8]>::reverse);
    }
    Ok(StoredPixels { format: name, width, height, frames: 1, bits, photometric, samples })
}

impl StoredPixels {
    /// The fingerprint of the samples, 64 hexadecimal digits.
    pub fn pixels_sha256(&self) -> String {
        sha256(&self.samples)
    }
}
