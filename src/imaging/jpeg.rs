//! JPEG pictures: what `codec` decodes, as a decoder among the others.

use super::Error;
use crate::codec;
use crate::codec::jpeg::{Output, Stream};
use crate::messages::why;
use ::image::error::DecodingError;
use ::image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};

/// What the headers say; the pixels are decoded when they are asked for.
pub(super) struct Jpeg<'a> {
    stream: Stream,
    bytes: &'a [u8],
}

/// Reads the headers.
pub(super) fn open(bytes: &[u8]) -> Result<Jpeg<'_>, Error> {
    let stream = Stream::read(bytes)?;
    stream.check(Output::Rgb)?;
    if stream.precision() < 8 {
        let why = why::codec::bits(stream.precision());
        return Err(Error::Unsupported { format: "JPEG", why });
    }
    Ok(Jpeg { stream, bytes })
}

impl From<codec::Error> for Error {
    fn from(error: codec::Error) -> Self {
        match error {
            codec::Error::Damaged { codec: format, why } => Self::Damaged { format, why },
            codec::Error::Unsupported { codec: format, why } => Self::Unsupported { format, why },
        }
    }
}

impl ImageDecoder for Jpeg<'_> {
    fn dimensions(&self) -> (u32, u32) {
        self.stream.size()
    }

    fn color_type(&self) -> ColorType {
        match (self.stream.components(), self.stream.precision()) {
            (1, 8) => ColorType::L8,
            (1, _) => ColorType::L16,
            (_, 8) => ColorType::Rgb8,
            _ => ColorType::Rgb16,
        }
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.stream.exif(self.bytes).map(<[u8]>::to_vec))
    }

    fn read_image(self, pixels: &mut [u8]) -> ImageResult<()> {
        self.stream
            .decode_into(self.bytes, Output::Rgb, pixels)
            .map_err(|e| ImageError::Decoding(DecodingError::new(ImageFormat::Jpeg.into(), e)))
    }

    fn read_image_boxed(self: Box<Self>, pixels: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ErrorKind, read};
    use ::image::codecs::jpeg::JpegEncoder;
    use ::image::{DynamicImage, ImageBuffer, Luma};

    /// One 8 x 8 block of flat colour in four components, written by hand: no encoder in reach writes inks.
    /// A component is 128, at most 64 or at least 192.
    fn inks(values: [u8; 4], adobe_transform: Option<u8>) -> Vec<u8> {
        let mut jpeg = vec![0xff, 0xd8];
        let mut segment = |marker: u8, parts: &[&[u8]]| {
            let content = parts.concat();
            jpeg.extend([0xff, marker, 0, content.len() as u8 + 2]);
            jpeg.extend(content);
        };
        if let Some(transform) = adobe_transform {
            segment(0xee, &[b"Adobe", &[0, 100, 0, 0, 0, 0, transform]]);
        }
        let of_each = |other: &[u8]| (1..=4u8).flat_map(|id| [&[id], other].concat()).collect::<Vec<u8>>();
        // Every quantisation step is 4, so that 2 of the constant coefficient are one grey level.
        segment(0xdb, &[&[0], &[4; 64]]);
        segment(0xc0, &[&[8, 0, 8, 0, 8, 4], &of_each(&[0x11, 0])]);
        // Constants: code 0 for none, code 10 for one of 8 bits. The others: code 0 for the end of the block.
        segment(0xc4, &[&[0x00, 1, 1], &[0; 14], &[0, 8]]);
        segment(0xc4, &[&[0x10, 1], &[0; 15], &[0]]);
        segment(0xda, &[&[4], &of_each(&[0]), &[0, 63, 0]]);
        let mut bits: String = values
            .into_iter()
            .map(|value| match 2 * (i32::from(value) - 128) {
                0 => "00".to_string(),
                above @ 1.. => format!("10{above:08b}0"),
                below => format!("10{:08b}0", below + 255),
            })
            .collect();
        bits.push_str(&"1".repeat(bits.len().next_multiple_of(8) - bits.len()));
        for start in (0..bits.len()).step_by(8) {
            let byte = u8::from_str_radix(&bits[start..start + 8], 2).unwrap();
            jpeg.push(byte);
            jpeg.extend((byte == 0xff).then_some(0));
        }
        jpeg.extend([0xff, 0xd9]);
        jpeg
    }

    #[test]
    fn inks_become_the_colours_that_were_meant() {
        // Adobe stores inks inverted: 255 is none. With transform 2 the first three are turned into YCbCr beforehand.
        for (values, transform, expected) in [
            ([255, 255, 255, 255], 0, [255, 255, 255]),
            ([255, 255, 255, 1], 0, [1, 1, 1]),
            ([1, 255, 255, 255], 0, [1, 255, 255]),
            ([255, 255, 1, 128], 0, [128, 128, 1]),
            ([1, 128, 128, 255], 2, [254, 254, 254]),
            ([255, 128, 128, 255], 2, [0, 0, 0]),
        ] {
            let (image, _) = read(&inks(values, Some(transform))).unwrap();
            let seen = image.pixels().to_rgb8().get_pixel(3, 4).0;
            let near = seen.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
            assert!(near, "{values:?}, transform {transform}: {seen:?} instead of {expected:?}");
        }
    }

    #[test]
    fn inks_of_unknown_meaning_are_refused() {
        let error = read(&inks([255, 255, 255, 255], None)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAnImage);
        assert!(error.to_string().contains("inks"), "{error}");
    }

    fn textured() -> Vec<u8> {
        let pixels = ImageBuffer::from_fn(96, 80, |x, y| Luma([((x * 37 + y * 91 + x * y) % 256) as u8]));
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&DynamicImage::ImageLuma8(pixels)).unwrap();
        jpeg
    }

    #[test]
    fn a_jpeg_cut_short_is_an_error_wherever_it_is_cut() {
        let jpeg = textured();
        assert!(read(&jpeg).is_ok());
        for length in 3..jpeg.len() - 1 {
            let kind = read(&jpeg[..length]).map(|_| ()).unwrap_err().kind();
            assert_eq!(kind, ErrorKind::Damaged, "{length} of {} bytes", jpeg.len());
        }
    }

    #[test]
    fn a_jpeg_whose_end_was_pasted_on_is_an_error_too() {
        let jpeg = textured();
        let half = [&jpeg[..jpeg.len() / 2], &[0xff, 0xd9]].concat();
        assert_eq!(read(&half).map(|_| ()).unwrap_err().kind(), ErrorKind::Damaged);
    }

    #[test]
    fn bytes_after_the_end_do_no_harm() {
        let jpeg = textured();
        let longer = [&jpeg[..], b"a camera's second picture"].concat();
        assert_eq!(read(&longer).unwrap().0.pixels().as_bytes(), read(&jpeg).unwrap().0.pixels().as_bytes());
    }
    proptest::proptest! {
        #[test]
        fn a_whole_jpeg_is_read_however_small_and_plain(w in 1..80u32, h in 1..40u32, step in 0..3u32, quality in 1..=100u8) {
            // Flat images have the fewest bytes: the decoder reads furthest ahead in them.
            let pixels = ImageBuffer::from_fn(w, h, |x, y| Luma([(x * y * step % 256) as u8]));
            for pixels in [DynamicImage::ImageLuma8(pixels.clone()), DynamicImage::ImageLuma8(pixels).into_rgb8().into()] {
                let mut jpeg = Vec::new();
                let encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
                pixels.write_with_encoder(encoder).unwrap();
                let usual = ::image::load_from_memory(&jpeg).unwrap();
                let (image, _) = read(&jpeg).unwrap();
                proptest::prop_assert!(image.pixels().as_bytes() == usual.as_bytes());
            }
        }
    }
}
