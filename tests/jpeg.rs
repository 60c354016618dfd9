//! JPEG streams in pictures and in DICOM files: one way to read them, which makes nothing up and knows their colours.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]

mod support;

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lantern::dataset::Dataset;
use lantern::dataset::phantom::dicom::{Phantom, PixelData};
use lantern::dicom::{self};
use lantern::frame::Samples;
use lantern::imaging::{self, ErrorKind};
use std::path::Path;

const END: [u8; 2] = [0xff, 0xd9];

/// A DICOM file around a stream. `photometric`: what its header says of colours; grey where that is nothing.
fn wrapped(stream: &[u8], (width, height): (u32, u32), photometric: Option<&str>) -> Vec<u8> {
    let pixels = PixelData::Fragments(Vec::new(), vec![stream.to_vec()]);
    let phantom = Phantom::grey(width as u16, height as u16, 8, pixels).syntax(uids::JPEG_BASELINE8_BIT);
    let Some(photometric) = photometric else { return phantom.file() };
    phantom
        .number(tags::SAMPLES_PER_PIXEL, 3)
        .number(tags::PLANAR_CONFIGURATION, 0)
        .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric)
        .file()
}

/// A picture with detail everywhere; `restarts`: the interval, 0 for none.
fn picture(colours: ColorType, sampling: SamplingFactor, restarts: u16, is_progressive: bool) -> Vec<u8> {
    let channels = match colours {
        ColorType::Luma => 1,
        ColorType::Cmyk => 4,
        _ => 3,
    };
    let (width, height) = (93u16, 77u16);
    let value = |i: usize| {
        let (x, y, c) = (i / channels % 93, i / channels / 93, i % channels);
        ((x * 37 + y * 91 + x * y * (c + 1)) % 256) as u8
    };
    let pixels: Vec<u8> = (0..93 * 77 * channels).map(value).collect();
    let mut stream = Vec::new();
    let mut encoder = Encoder::new(&mut stream, 85);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(is_progressive);
    if restarts > 0 {
        encoder.set_restart_interval(restarts);
    }
    encoder.encode(&pixels, width, height, colours).unwrap();
    stream
}

/// Cuts a stream at many places of its data, as it is and with an end pasted on, alone and in a DICOM file: a cut stream is refused.
/// Only its last byte may be of no account.
fn refuses_every_cut(name: &str, stream: &[u8], places: usize) {
    let (image, _) = imaging::read(stream).unwrap();
    let size = (image.width(), image.height());
    let photometric = image.pixels().color().has_color().then_some("YBR_FULL_422");
    let whole = dicom::open(&wrapped(stream, size, photometric)).unwrap().stored(0).unwrap();
    assert_eq!(whole.samples.len(), image.pixels().as_bytes().len(), "{name}");
    let data = stream.windows(2).position(|two| two == [0xff, 0xda]).unwrap() + 14;
    let end = stream.windows(2).rposition(|two| two == END).unwrap();
    let step = ((end - data) / places).max(1);
    for length in (data..end - 1).step_by(step).chain(end.saturating_sub(12)..end - 1) {
        let cut = &stream[..length];
        for stream in [cut.to_vec(), [cut, &END].concat()] {
            let picture = imaging::read(&stream).map(|_| ()).unwrap_err().kind();
            assert_eq!(picture, ErrorKind::Damaged, "{name}: {length} bytes of {end}");
            let file = wrapped(&stream, size, photometric);
            let frame = dicom::open(&file).unwrap().frame(0).map(|_| ()).unwrap_err();
            assert_eq!(frame.kind(), ErrorKind::Damaged, "{name}: {length} bytes of {end}");
        }
    }
}

#[test]
fn a_stream_cut_anywhere_is_refused_in_pictures_and_in_dicom() {
    let (full, half) = (SamplingFactor::F_1_1, SamplingFactor::F_2_2);
    for (name, stream) in [
        ("grey", picture(ColorType::Luma, full, 0, false)),
        ("colour", picture(ColorType::Rgb, half, 0, false)),
        ("restarts", picture(ColorType::Luma, full, 5, false)),
        ("restarts in colour", picture(ColorType::Rgb, half, 3, false)),
        ("progressive", picture(ColorType::Rgb, full, 0, true)),
        ("of libjpeg, refined", include_bytes!("files/jpeg/progressive.jpg").to_vec()),
        ("of libjpeg, refined, with restarts", include_bytes!("files/jpeg/progressive_grey.jpg").to_vec()),
    ] {
        refuses_every_cut(name, &stream, 60);
    }
}

#[test]
fn real_films_cut_anywhere_are_refused() {
    let data = std::env::var("LANTERN_DATA").unwrap_or_else(|_| "../shared/data".into());
    let archive = Path::new(&data).join("chest-pneumonia.zip");
    if !archive.exists() {
        return support::missing("chest-pneumonia.zip");
    }
    let dataset = Dataset::open(&archive).unwrap();
    let films: Vec<_> = dataset.samples.iter().filter(|sample| sample.split == "test").step_by(150).collect();
    assert!(films.len() > 2);
    for film in films {
        refuses_every_cut(&film.path, &dataset.bytes(film).unwrap(), 80);
    }
}

/// A stream whose coded components are `coded` everywhere, with these marks and ids.
fn marked(coded: [u8; 3], is_jfif: bool, adobe: Option<u8>, ids: [u8; 3]) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut encoder = Encoder::new(&mut stream, 100);
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    encoder.encode(&coded.repeat(256), 16, 16, ColorType::Ycbcr).unwrap();
    let mut made = vec![0xff, 0xd8];
    if is_jfif {
        made.extend(b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    }
    if let Some(transform) = adobe {
        made.extend(b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0");
        made.push(transform);
    }
    let mut rest = &stream[2..];
    while rest[1] != 0xd9 {
        let length = 2 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let mut segment = rest[..length].to_vec();
        match rest[1] {
            0xe0 | 0xee => segment.clear(),
            0xc0 => (0..3).for_each(|i| segment[10 + 3 * i] = ids[i]),
            0xda => {
                (0..3).for_each(|i| segment[5 + 2 * i] = ids[i]);
                made.extend(segment);
                made.extend(&rest[length..]);
                return made;
            }
            _ => {}
        }
        made.extend(segment);
        rest = &rest[length..];
    }
    panic!("there is no scan")
}

#[test]
fn the_stream_decides_on_its_colours_as_libjpeg_does() {
    let coded = [120u8, 90, 200];
    // T.871, section 7.
    let turned = [221, 82, 53];
    // JFIF's mark first, then Adobe's, then the ids; where all are silent a picture is taken for luminance and differences, and a DICOM
    // file for what its header says.
    for (is_jfif, adobe, ids, rgb) in [
        (true, None, [1, 2, 3], Some(turned)),
        (true, Some(0), [1, 2, 3], Some(turned)),
        (true, None, *b"RGB", Some(turned)),
        (false, Some(0), [1, 2, 3], Some(coded)),
        (false, Some(1), [1, 2, 3], Some(turned)),
        (false, Some(1), *b"RGB", Some(turned)),
        (false, None, *b"RGB", Some(coded)),
        (false, None, [1, 2, 3], Some(turned)),
        (false, None, [0, 1, 2], None),
    ] {
        let stream = marked(coded, is_jfif, adobe, ids);
        let name = format!("JFIF {is_jfif}, Adobe {adobe:?}, ids {ids:?}");
        let near =
            |seen: &[u8], expected: [u8; 3]| seen.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
        let (image, _) = imaging::read(&stream).unwrap();
        let seen = image.pixels().to_rgb8().get_pixel(7, 7).0;
        assert!(near(&seen, rgb.unwrap_or(turned)), "{name}: {seen:?}");
        for (header, own) in [("RGB", coded), ("YBR_FULL", turned), ("YBR_FULL_422", turned)] {
            let file = wrapped(&stream, (16, 16), Some(header));
            let Samples::Rgb(pixels) = dicom::open(&file).unwrap().frame(0).unwrap().samples else {
                panic!("colour was expected")
            };
            assert!(near(&pixels[300..303], rgb.unwrap_or(own)), "{name}, {header}: {:?}", &pixels[300..303]);
        }
    }
}

#[test]
fn files_that_once_had_wrong_colours_have_the_right_ones() {
    // As Pillow decodes them.
    let near = |seen: [u8; 3], expected: [u8; 3]| seen.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 3);
    for file in
        [&include_bytes!("files/jpeg/jfif_adobe0.jpg")[..], include_bytes!("files/jpeg/extraneous.jpg")]
    {
        let image = imaging::read(file).unwrap().0.pixels().to_rgb8();
        assert!(near(image.get_pixel(4, 4).0, [220, 20, 20]), "{:?}", image.get_pixel(4, 4));
    }
    let file = include_bytes!("files/jpeg/jpeg_rgb_header_ybr_stream.dcm");
    let image = dicom::open(file).unwrap().image(0).unwrap().0;
    let image = image.pixels().to_rgb8();
    for ((x, y), expected) in
        [((4, 4), [220, 20, 20]), ((20, 10), [79, 60, 175]), ((28, 20), [112, 120, 143])]
    {
        assert!(near(image.get_pixel(x, y).0, expected), "{:?}", image.get_pixel(x, y));
    }
}

#[test]
fn a_picture_of_twelve_bits_is_read() {
    let (image, _) = imaging::read(include_bytes!("files/jpeg/jpeg12.jpg")).unwrap();
    assert_eq!((image.width(), image.height(), image.facts().bits), (56, 40, 16));
    let levels: Vec<u16> = image.pixels().to_luma16().into_raw();
    let range = (levels.iter().min().unwrap(), levels.iter().max().unwrap());
    assert!(range.1 - range.0 > 10_000, "{range:?}");
}
