//! Whether a file holds more than the one frame that is read. Only lengths are followed; nothing is decoded.

use super::tiff;

/// Animated GIF, PNG or WebP, or a TIFF of several pages. What is broken counts as one frame: its reader complains.
pub(super) fn are_several(bytes: &[u8]) -> bool {
    let several = match bytes {
        [b'G', b'I', b'F', ..] => gif(bytes),
        [0x89, b'P', b'N', b'G', ..] => png(bytes),
        [b'R', b'I', b'F', b'F', ..] => webp(bytes),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => tiff::has_pages(bytes),
        _ => None,
    };
    several.unwrap_or(false)
}

/// GIF89a: images are blocks that start with 0x2c, extensions with 0x21; both end in sub-blocks.
fn gif(bytes: &[u8]) -> Option<bool> {
    // A colour table has 2^(n + 1) colours of three bytes where the flags' top bit is set.
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 6usize << (flags & 7) };
    let mut rest = bytes.get(13 + table(*bytes.get(10)?)..)?;
    let mut images = 0;
    loop {
        match *rest.first()? {
            0x2c => {
                images += 1;
                if images > 1 {
                    return Some(true);
                }
                rest = rest.get(11 + table(*rest.get(9)?)..)?;
            }
            0x21 => rest = rest.get(2..)?,
            _ => return Some(false),
        }
        while *rest.first()? != 0 {
            rest = rest.get(1 + usize::from(*rest.first()?)..)?;
        }
        rest = rest.get(1..)?;
    }
}

/// PNG: `acTL` gives the number of frames, before the first `IDAT`.
fn png(bytes: &[u8]) -> Option<bool> {
    let mut rest = bytes.get(8..)?;
    loop {
        let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
        match rest.get(4..8)? {
            b"acTL" => return Some(u32::from_be_bytes(*rest.get(8..)?.first_chunk()?) > 1),
            b"IDAT" => return Some(false),
            _ => rest = rest.get(length.checked_add(12)?..)?,
        }
    }
}

/// WebP: each frame of an animation is an `ANMF` chunk; chunks are padded to even lengths.
fn webp(bytes: &[u8]) -> Option<bool> {
    let mut rest = bytes.get(12..)?;
    let mut frames = 0;
    while let Some(name) = rest.get(..4) {
        frames += usize::from(name == b"ANMF");
        if frames > 1 {
            return Some(true);
        }
        let length = usize::try_from(u32::from_le_bytes(*rest.get(4..)?.first_chunk()?)).ok()?;
        rest = rest.get(length.checked_add(8 + length % 2)?..)?;
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::are_several;
    use ::image::codecs::gif::GifEncoder;
    use ::image::codecs::webp::WebPEncoder;
    use ::image::{DynamicImage, ExtendedColorType, Frame, ImageFormat, Rgb, RgbImage, RgbaImage};
    use std::io::Cursor;

    fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let padding: &[u8] = if content.len().is_multiple_of(2) { &[] } else { &[0] };
        [name, &(content.len() as u32).to_le_bytes()[..], content, padding].concat()
    }

    #[test]
    fn a_still_image_of_any_format_is_one_frame() {
        let image = DynamicImage::ImageRgb8(RgbImage::from_pixel(9, 7, Rgb([9, 90, 200])));
        for format in
            [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Bmp]
        {
            let mut file = Cursor::new(Vec::new());
            image.write_to(&mut file, format).unwrap();
            assert!(!are_several(file.get_ref()), "{format:?}");
        }
    }

    #[test]
    fn an_animated_gif_is_several() {
        let mut file = Vec::new();
        let frame = |value| Frame::new(RgbaImage::from_pixel(5, 5, ::image::Rgba([value, 0, 0, 255])));
        GifEncoder::new(&mut file).encode_frames([frame(10), frame(200)]).unwrap();
        assert!(are_several(&file));
        let (image, concerns) = super::super::read(&file).unwrap();
        assert_eq!(concerns, [crate::examination::Concern::SeveralFrames]);
        assert_eq!(image.pixels().to_rgb8().get_pixel(2, 2).0, [10, 0, 0]);
    }

    #[test]
    fn an_animated_webp_is_several_and_its_first_frame_is_read() {
        let frame = |value: u8| {
            let mut still = Vec::new();
            WebPEncoder::new_lossless(&mut still)
                .encode(&[value; 3 * 16], 4, 4, ExtendedColorType::Rgb8)
                .unwrap();
            // Place 0, 0; 4 x 4, each less one; 100 ms; no blending.
            chunk(b"ANMF", &[&[0, 0, 0, 0, 0, 0, 3, 0, 0, 3, 0, 0, 100, 0, 0, 2], &still[12..]].concat())
        };
        let content = [
            &b"WEBP"[..],
            &chunk(b"VP8X", &[2, 0, 0, 0, 3, 0, 0, 3, 0, 0]),
            &chunk(b"ANIM", &[0; 6]),
            &frame(30),
            &frame(220),
        ];
        let file = chunk(b"RIFF", &content.concat());
        let (image, concerns) = super::super::read(&file).unwrap();
        assert_eq!(concerns, [crate::examination::Concern::SeveralFrames]);
        assert_eq!(image.pixels().to_rgb8().get_pixel(1, 1).0, [30; 3]);
    }

    #[test]
    fn a_png_or_tiff_says_how_many_it_holds() {
        let png = |frames: u8| {
            [&b"\x89PNG\r\n\x1a\n\0\0\0\x08acTL\0\0\0"[..], &[frames, 0, 0, 0, 0, 0, 0, 0, 0]].concat()
        };
        assert!(are_several(&png(2)) && !are_several(&png(1)));
        let tiff = |next: u8| [&b"MM\0*\0\0\0\x08\0\x01"[..], &[0; 12], &[0, 0, 0, next]].concat();
        assert!(are_several(&tiff(99)) && !are_several(&tiff(0)));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_fail(start in 0..5usize, rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let magic = [&b"GIF89a"[..], b"\x89PNG\r\n\x1a\n", b"RIFF", b"II*\0", b"MM\0*"][start];
            are_several(&[magic, &rest].concat());
        }
    }
}
