//! Files as they come: every format, orientation and depth, and files that are broken, hostile or something else.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in tests a failed expectation is the report"
)]

use image::codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder};
use image::{
    DynamicImage, GenericImageView, ImageBuffer, ImageEncoder, ImageFormat, Luma, Rgb, Rgba, RgbaImage,
};
use lantern::dataset::phantom;
use lantern::examination::Concern;
use lantern::imaging::{self, ErrorKind, MAX_PIXELS, MAX_SIDE};
use proptest::prelude::*;
use std::io::Cursor;

const LOSSLESS: [(ImageFormat, &str); 5] = [
    (ImageFormat::Png, "PNG"),
    (ImageFormat::WebP, "WebP"),
    (ImageFormat::Bmp, "BMP"),
    (ImageFormat::Tiff, "TIFF"),
    (ImageFormat::Gif, "GIF"),
];

fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Few colours, so that a GIF's palette holds them, and no symmetry.
fn coloured(width: u32, height: u32) -> DynamicImage {
    ImageBuffer::from_fn(width, height, |x, y| Rgb([(x / 4 * 20) as u8, (y / 4 * 30) as u8, 40])).into()
}

/// A classic TIFF of one strip, little-endian; `tags` are added to the ones that it needs.
fn tiff(width: u32, height: u32, bits: u32, photometric: u32, tags: &[(u16, u32)], data: &[u8]) -> Vec<u8> {
    let needed = [(256, width), (257, height), (258, bits), (259, 1), (262, photometric), (273, 8)];
    let mut entries: Vec<(u16, u32)> =
        needed.into_iter().chain([(277, 1), (278, height), (279, data.len() as u32)]).collect();
    entries.extend(tags);
    entries.sort_unstable();
    let mut bytes = b"II*\0".to_vec();
    bytes.extend((8 + data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, value) in entries {
        // Type 4 is a 32-bit number; orientation, palette and sample format must be of type 3, 16 bits.
        let kind: u16 = if [274, 320, 339].contains(&tag) { 3 } else { 4 };
        let count: u16 = if tag == 320 { 3 << bits } else { 1 };
        bytes.extend([tag.to_le_bytes(), kind.to_le_bytes(), count.to_le_bytes(), [0, 0]].concat());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes
}

#[test]
fn every_lossless_format_gives_the_pixels_back() {
    let image = coloured(40, 28);
    for (format, name) in LOSSLESS {
        let (read, concerns) = imaging::read(&file(&image, format)).unwrap();
        assert_eq!(read.pixels().to_rgb8(), image.to_rgb8(), "{name}");
        assert_eq!(concerns, [], "{name}");
        let facts = read.facts();
        assert_eq!((&*facts.format, facts.width, facts.height, facts.bits), (name, 40, 28, 8));
        assert!(!read.is_grey());
    }
}

#[test]
fn a_jpeg_is_nearly_what_was_saved() {
    let (read, _) = imaging::read(&file(&phantom::asymmetric(64, 48), ImageFormat::Jpeg)).unwrap();
    assert_eq!((read.facts().format.as_str(), read.width(), read.height()), ("JPEG", 64, 48));
    let corner = |x, y| i32::from(read.pixels().to_luma8().get_pixel(x, y).0[0]);
    for (x, y, expected) in [(4, 4, 40), (60, 4, 100), (4, 44, 160), (60, 44, 220)] {
        assert!((corner(x, y) - expected).abs() <= 3, "{x} {y}: {}", corner(x, y));
    }
}

#[test]
fn sixteen_bits_are_kept() {
    let grey: ImageBuffer<Luma<u16>, _> =
        ImageBuffer::from_fn(30, 20, |x, y| Luma([(x * 2000 + y * 300) as u16]));
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let (read, _) = imaging::read(&file(&grey.clone().into(), format)).unwrap();
        assert_eq!(read.pixels().as_luma16(), Some(&grey), "{format:?}");
        assert_eq!(read.facts().bits, 16);
        assert!(read.is_grey());
    }
}

#[test]
fn twelve_bits_in_sixteen_are_as_bright_as_they_were_meant() {
    let grey: ImageBuffer<Luma<u16>, _> = ImageBuffer::from_fn(64, 64, |x, _| Luma([(x * 65) as u16]));
    assert_eq!(grey.get_pixel(63, 0).0, [4095]);
    let bytes = file(&grey.into(), ImageFormat::Png);
    let (read, _) = imaging::read(&bytes).unwrap();
    let row: Vec<u16> = (0..64).map(|x| read.pixels().as_luma16().unwrap().get_pixel(x, 9).0[0]).collect();
    assert_eq!((row[0], row[63]), (0, u16::MAX));
    assert!((i32::from(row[32]) - 33_288).abs() < 2, "{}", row[32]);
    // What is stored is reported untouched.
    assert_eq!(imaging::stored(&bytes).unwrap().samples[126..128], 4095u16.to_le_bytes());
}

/// The four grey levels of [`phantom::asymmetric`], row by row, by the EXIF orientation that the file is marked with.
const TURNED: [(u8, [u8; 4]); 8] = [
    (1, [40, 100, 160, 220]),
    (2, [100, 40, 220, 160]),
    (3, [220, 160, 100, 40]),
    (4, [160, 220, 40, 100]),
    (5, [40, 160, 100, 220]),
    (6, [160, 40, 220, 100]),
    (7, [220, 100, 160, 40]),
    (8, [100, 220, 40, 160]),
];

#[test]
fn the_orientation_of_every_format_that_has_one_is_obeyed() {
    let stored = phantom::asymmetric(48, 32).to_luma8();
    let colour = DynamicImage::ImageLuma8(stored.clone()).to_rgb8();
    for (orientation, expected) in TURNED {
        let exif = || {
            [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[orientation, 0, 0, 0, 0, 0, 0, 0][..]]
                .concat()
        };
        let (mut jpeg, mut png, mut webp) = (Vec::new(), Vec::new(), Vec::new());
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 95);
        encoder.set_exif_metadata(exif()).unwrap();
        encoder.encode_image(&stored).unwrap();
        let mut encoder = PngEncoder::new(&mut png);
        encoder.set_exif_metadata(exif()).unwrap();
        encoder.write_image(&stored, 48, 32, image::ExtendedColorType::L8).unwrap();
        let mut encoder = WebPEncoder::new_lossless(&mut webp);
        encoder.set_exif_metadata(exif()).unwrap();
        encoder.write_image(&colour, 48, 32, image::ExtendedColorType::Rgb8).unwrap();
        let tiff = tiff(48, 32, 8, 1, &[(274, u32::from(orientation))], stored.as_raw());
        for bytes in [jpeg, png, webp, tiff] {
            let (image, _) = imaging::read(&bytes).unwrap();
            let (w, h) = if orientation < 5 { (48, 32) } else { (32, 48) };
            let name = image.facts().format;
            assert_eq!((image.width(), image.height()), (w, h), "{name} {orientation}");
            let seen = [(4, 4), (w - 4, 4), (4, h - 4), (w - 4, h - 4)]
                .map(|(x, y)| image.pixels().to_luma8().get_pixel(x, y).0[0]);
            let near = seen.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 3);
            assert!(near, "{name} {orientation}: {seen:?} instead of {expected:?}");
            // What is stored is reported as it is stored.
            let raw = imaging::stored(&bytes).unwrap();
            assert_eq!((raw.width, raw.height), (48, 32));
        }
    }
}

#[test]
fn transparency_is_black_and_said() {
    let half = RgbaImage::from_pixel(8, 8, Rgba([200, 100, 50, 128]));
    let (read, concerns) = imaging::read(&file(&half.clone().into(), ImageFormat::Png)).unwrap();
    assert_eq!(read.pixels().as_rgb8().unwrap().get_pixel(3, 3).0, [100, 50, 25]);
    assert_eq!(concerns, [Concern::Transparent]);

    let opaque = RgbaImage::from_pixel(8, 8, Rgba([200, 100, 50, 255]));
    let (read, concerns) = imaging::read(&file(&opaque.into(), ImageFormat::Png)).unwrap();
    assert_eq!(read.pixels().as_rgb8().unwrap().get_pixel(3, 3).0, [200, 100, 50]);
    assert_eq!(concerns, []);

    let grey: ImageBuffer<image::LumaA<u16>, _> =
        ImageBuffer::from_pixel(8, 8, image::LumaA([60_000u16, 32_768]));
    let (read, concerns) = imaging::read(&file(&grey.into(), ImageFormat::Png)).unwrap();
    assert_eq!(read.pixels().as_luma16().unwrap().get_pixel(0, 0).0, [30_000]);
    assert_eq!(concerns, [Concern::Transparent]);

    let stored = imaging::stored(&file(&half.into(), ImageFormat::Png)).unwrap();
    assert_eq!((stored.photometric, &stored.samples[..4]), ("RGB+ALPHA", &[200u8, 100, 50, 128][..]));
}

#[test]
fn stored_values_are_little_endian_and_have_a_fingerprint() {
    let grey: ImageBuffer<Luma<u16>, _> = ImageBuffer::from_fn(2, 1, |x, _| Luma([0x1234 + x as u16]));
    let stored = imaging::stored(&file(&grey.into(), ImageFormat::Png)).unwrap();
    assert_eq!(stored.samples, [0x34, 0x12, 0x35, 0x12]);
    assert_eq!((stored.bits, stored.photometric, stored.frames), (16, "MONOCHROME2", 1));
    assert_eq!(stored.pixels_sha256(), lantern::fingerprint::sha256(&[0x34, 0x12, 0x35, 0x12]));
}

#[test]
fn a_tiff_whose_zero_is_white_is_turned_around() {
    let bytes = tiff(4, 2, 8, 0, &[], &[0, 10, 20, 30, 40, 50, 60, 255]);
    let (read, _) = imaging::read(&bytes).unwrap();
    assert_eq!(read.pixels().as_luma8().unwrap().as_raw(), &[255, 245, 235, 225, 215, 205, 195, 0]);
}

#[test]
fn a_tiff_of_few_bits_or_with_a_palette_is_spread_over_its_samples() {
    let four =
        |photometric| imaging::read(&tiff(3, 2, 4, photometric, &[], &[0x0f, 0x80, 0x12, 0x30])).unwrap().0;
    assert_eq!(four(1).pixels().as_luma8().unwrap().as_raw(), &[0, 255, 136, 17, 34, 51]);
    assert_eq!(four(0).pixels().as_luma8().unwrap().as_raw(), &[255, 0, 119, 238, 221, 204]);
    let (twelve, _) = imaging::read(&tiff(3, 1, 12, 1, &[], &[0x00, 0x0f, 0xff, 0x80, 0x00])).unwrap();
    assert_eq!(twelve.pixels().as_luma16().unwrap().as_raw(), &[0, 65_535, 32_776]);
    // Four colours of two bits, red first; some programs write them in 8 bits.
    for (unit, name) in [(257u16, "16 bits"), (1, "8 bits")] {
        let map = [0, 255, 10, 20, 0, 0, 30, 40, 0, 9, 50, 60].map(|value: u16| (value * unit).to_le_bytes());
        let data = [&[0b0001_1011][..], &map.concat()].concat();
        let (coloured, _) = imaging::read(&tiff(4, 1, 2, 3, &[(320, 9)], &data)).unwrap();
        let expected = [0, 0, 0, 255, 0, 9, 10, 30, 50, 20, 40, 60];
        assert_eq!(coloured.pixels().as_rgb8().unwrap().as_raw(), &expected, "{name}");
    }
    // Rows that are not there.
    let error = imaging::read(&tiff(3, 200, 4, 1, &[], &[0x0f])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
}

#[test]
fn kinds_that_cannot_be_read_are_named_and_not_called_damaged() {
    let numbers: Vec<u8> = [0f32, 0.5, 1.0, 2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    let error = imaging::read(&tiff(2, 2, 32, 1, &[(339, 3)], &numbers)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnImage);
    assert!(error.to_string().starts_with("this kind of TIFF cannot be read here"), "{error}");
    let signed = imaging::read(&tiff(2, 2, 16, 1, &[(339, 2)], &numbers[..8])).unwrap_err().to_string();
    assert!(signed.contains("SampleFormat 2"), "{signed}");
}

#[test]
fn what_is_no_image_is_named() {
    let dicom = [&[0; 128][..], b"DICM"].concat();
    let cases: [(&[u8], &str); 9] = [
        (b"Patient: anonymous\nFinding: none\n", "text"),
        ("Größe: 3 mm".as_bytes(), "text"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"\xef\xbb\xbf <svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"PK\x03\x04\x14\0\0\0", "zip"),
        (&dicom, "DICOM"),
        (b"\x7f\x01\x02\x03\xff\xfe", "unknown"),
    ];
    for (bytes, word) in cases {
        let error = imaging::read(bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAnImage);
        assert!(error.to_string().contains(word), "{word}: {error}");
    }
    let error = imaging::read(&[]).unwrap_err();
    assert_eq!(
        (error.kind(), &*error.to_string()),
        (ErrorKind::Empty, "the file is empty: there is nothing to show; copy or export it again")
    );
}

/// The check sum of a PNG's chunk (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    let small = DynamicImage::ImageRgb8(phantom::asymmetric(16, 16).to_rgb8());
    let claim = |format, at: usize, size: &[u8]| {
        let mut bytes = file(&small, format);
        bytes[at..at + size.len()].copy_from_slice(size);
        bytes
    };
    let mut png = claim(ImageFormat::Png, 16, &[0, 0, 0x9c, 0x40, 0, 0, 0x9c, 0x40]);
    let sum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    let mut jpeg = file(&small, ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    let cases = [
        (png, (40_000, 40_000)),
        (jpeg, (65_535, 65_535)),
        (claim(ImageFormat::Bmp, 18, &[0x40, 0x9c, 0, 0, 0x40, 0x9c, 0, 0]), (40_000, 40_000)),
        (claim(ImageFormat::Gif, 6, &[0x40, 0x9c, 0x40, 0x9c]), (40_000, 40_000)),
        (tiff(40_000, 40_000, 8, 1, &[], &[0; 16]), (40_000, 40_000)),
        // Under the limit on pixels, over the one on sides.
        (tiff(MAX_SIDE + 1, 2, 8, 1, &[], &[0; 16]), (MAX_SIDE + 1, 2)),
    ];
    for (bytes, size) in cases {
        assert!(bytes.len() < 5_000);
        let error = imaging::read(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        let text = error.to_string();
        assert!(
            text.contains(&format!("{} x {}", size.0, size.1)) && text.contains(&MAX_PIXELS.to_string()),
            "{text}"
        );
    }
    // The next file still works.
    assert!(imaging::read(&file(&small, ImageFormat::Png)).is_ok());
}

fn specimens() -> Vec<(ImageFormat, Vec<u8>)> {
    let textured: image::RgbImage = ImageBuffer::from_fn(33, 29, |x, y| {
        Rgb([(x * y % 7 * 36) as u8, (x * 13 % 5 * 50) as u8, (y * 7 % 3 * 80) as u8])
    });
    LOSSLESS
        .into_iter()
        .map(|(format, _)| format)
        .chain([ImageFormat::Jpeg])
        .map(|format| (format, file(&textured.clone().into(), format)))
        .collect()
}

#[test]
fn a_file_cut_short_is_an_error_or_whole() {
    for (format, bytes) in specimens() {
        let (whole, _) = imaging::read(&bytes).unwrap();
        for length in 0..bytes.len() {
            // What is missing may be a mere end mark.
            if let Ok((image, _)) = imaging::read(&bytes[..length]) {
                assert!(image.pixels() == whole.pixels(), "{format:?}: {length} of {}", bytes.len());
                assert!(bytes.len() - length < 32, "{format:?}: {length} of {}", bytes.len());
            }
        }
    }
}

proptest! {
    #[test]
    fn no_broken_file_makes_the_reader_fail(which in 0..6usize, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let (_, mut bytes) = specimens().swap_remove(which);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        // It may be read or refused; it must come back, and within bounds.
        if let Ok((image, _)) = imaging::read(&bytes) {
            let (w, h) = image.pixels().dimensions();
            prop_assert!(u64::from(w) * u64::from(h) <= MAX_PIXELS);
        }
    }
}
