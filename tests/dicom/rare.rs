//! Rare forms of DICOM images, against what pydicom, numpy and the standard make of the same bytes.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use lantern::dataset::phantom::dicom::{Phantom, PixelData};
use lantern::dicom;
use lantern::fingerprint::sha256;
use lantern::frame::{Frame, Samples};
use lantern::scope::Presentation;

/// 16 x 16 pixels that count up, coloured by a palette in segments.
fn segmented(bits: u16, segments: [Vec<u16>; 3]) -> Phantom {
    let mut phantom = Phantom::grey(16, 16, 8, PixelData::Bytes((0..=255).collect())).text(
        tags::PHOTOMETRIC_INTERPRETATION,
        VR::CS,
        "PALETTE COLOR",
    );
    for (number, words) in (1..).zip(segments) {
        phantom = phantom
            .numbers(Tag(0x0028, 0x1100 + number), &[256, 0, bits])
            .numbers(Tag(0x0028, 0x1220 + number), &words);
    }
    phantom
}

fn colours(file: &[u8]) -> Vec<u8> {
    let Samples::Rgb(colours) = dicom::open(file).unwrap().frame(0).unwrap().samples else { panic!("grey") };
    colours
}

#[test]
fn palettes_in_segments_are_what_pydicom_makes_of_them() {
    let pairs = |bytes: &[u8]| -> Vec<u16> {
        bytes.chunks(2).map(|pair| u16::from(pair[0]) | u16::from(pair[1]) << 8).collect()
    };
    // Opcode, number, and: entries; the last entry of a line; where copied segments begin.
    let bytes = [
        pairs(&[0, 4, 10, 20, 30, 40, 1, 60, 250, 2, 2, 0, 0, 0, 0, 1, 128, 3]),
        pairs(&[0, 1, 200, 1, 99, 0, 1, 101, 255, 0, 5, 9, 8, 7, 6, 5, 1, 50, 77, 0]),
        pairs(&[0, 2, 0, 3, 1, 126, 129, 2, 1, 4, 0, 0, 0, 0, 2, 1, 2, 0]),
    ];
    let file = segmented(8, bytes).file();
    assert!(sha256(&colours(&file)).starts_with("9ec49ec50ce954b3"));
    let words = || {
        let steps = (0..126).map(|n| n * 400);
        [
            vec![0, 4, 1000, 2000, 3000, 40000, 1, 60, 65535, 2, 2, 0, 0, 1, 128, 300],
            vec![0, 1, 20000, 1, 99, 0, 1, 101, 65535, 0, 5, 900, 800, 700, 600, 500, 1, 50, 7700],
            [0, 2, 0, 300, 1, 126, 12900, 0, 126].into_iter().chain(steps).chain([0, 2, 100, 200]).collect(),
        ]
    };
    let file = segmented(16, words()).file();
    assert!(sha256(&colours(&file)).starts_with("49633f739df70657"));
    let swapped = segmented(16, words()).syntax("1.2.840.10008.1.2.2").file();
    assert_eq!(colours(&swapped), colours(&file));
    // The offset counts bytes (PS3.3, C.7.9.2.3), which pydicom 3.0.2 takes for entries.
    let [red, green, _] = words();
    let copied =
        segmented(16, [red, green, vec![0, 2, 0, 300, 1, 126, 12900, 2, 1, 8, 0, 0, 2, 100, 0xff00]]);
    let blues: Vec<u8> = colours(&copied.file()).chunks(3).map(|pixel| pixel[2]).collect();
    assert_eq!([127, 128, 253, 254, 255].map(|at| blues[at]), [50, 50, 50, 0, 255]);
    assert_eq!(blues[65], 26);
}

#[test]
fn palettes_in_broken_segments_are_damage() {
    for red in [
        vec![1, 256, 7],                // A line from nowhere.
        vec![0, 300, 1, 2],             // Fewer entries than it says.
        vec![0, 1, 5, 2, 1, 6, 0],      // A copy of itself.
        vec![0, 1, 5, 2, 1, 0xffff, 9], // A copy of what is not there.
        vec![0, 1, 5, 0, 0, 1, 255, 9], // A segment of nothing.
        vec![3, 256, 1],
        vec![],
    ] {
        let whole = || vec![0, 1, 5, 1, 255, 9];
        let file = segmented(16, [red, whole(), whole()]).file();
        let said = dicom::open(&file).unwrap().frame(0).unwrap_err().to_string();
        assert!(said.contains("palette"), "{said}");
    }
}

/// A file that was made for these tests.
pub fn made(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/files/dicom/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The real value of each pixel of a frame; none where it is padding.
fn real_values(frame: &Frame) -> Vec<Option<f64>> {
    let (Some(lut), Samples::Grey(samples)) = (&frame.facts.modality_lut, &frame.samples) else {
        panic!("no grey")
    };
    let real = |sample: &u16| (!lut.is_padding(*sample)).then(|| lut.real(f64::from(*sample)));
    samples.iter().map(real).collect()
}

#[test]
fn real_numbers_are_read_to_a_step_and_what_is_none_is_padding() {
    // What numpy wrote; padding is -999, and 2 x + 1 is meant.
    let frames = [
        [Some(0.25), Some(-1.5), Some(3.75), None, None, None, None, Some(2.5e-3)],
        [Some(1e-9), Some(2e-9), Some(3e-9), Some(4e-9), Some(5e-9), None, Some(0.0), Some(1e-9)],
    ];
    let file = made("float.dcm");
    let object = dicom::open(&file).unwrap();
    for (number, expected) in (0..).zip(frames) {
        let frame = object.frame(number).unwrap();
        let step = frame.facts.modality_lut.as_ref().unwrap().slope;
        for (got, expected) in real_values(&frame).into_iter().zip(expected) {
            let expected = expected.map(|value| 2.0 * value + 1.0);
            assert_eq!(got.is_some(), expected.is_some(), "{got:?} {expected:?}");
            let off = got.zip(expected).map_or(0.0, |(a, b)| (a - b).abs());
            assert!(off <= step * 0.501 + 1e-15, "{got:?} {expected:?} {step}");
        }
        assert_eq!(frame.facts.modality_lut.unwrap().unit, "MM2/S");
    }
    assert!(object.frame(2).is_err());
    let stored = object.stored(0).unwrap();
    let all = [stored.samples, object.stored(1).unwrap().samples].concat();
    assert!(stored.bits == 32 && sha256(&all).starts_with("63eaa9cea3ef3a2b"), "{}", sha256(&all));
    // The window is the range of what is image, and what is none stays black.
    let seen = object.image(1).unwrap().0.pixels().to_luma16().into_raw();
    assert_eq!([seen[4], seen[5], seen[6]], [65_535, 0, 0]);
    assert!(seen[2].abs_diff(39_321) <= 2, "{}", seen[2]);
}

#[test]
fn real_numbers_of_any_size_and_order_are_read() {
    let file = made("double_big_endian.dcm");
    let object = dicom::open(&file).unwrap();
    assert!(sha256(&object.stored(0).unwrap().samples).starts_with("94ca8692a5e90789"));
    let values = real_values(&object.frame(0).unwrap());
    let near = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 2e303);
    assert!(near(values[0], 1e300) && near(values[1], -8e307) && near(values[2], 8e307), "{values:?}");
    assert!(values[3..6].iter().all(Option::is_none) && values[6].is_some() && values[7].is_none());
    let even = dicom::open(&made("double_implicit.dcm")).unwrap().frame(0).unwrap();
    assert_eq!(real_values(&even), [None, Some(7.5), Some(7.5), Some(7.5)]);
    let file = made("float_nan.dcm");
    let nothing = dicom::open(&file).unwrap();
    assert_eq!(real_values(&nothing.frame(0).unwrap()), [None; 4]);
    assert_eq!(nothing.image(0).unwrap().0.pixels().to_luma16().into_raw(), [0; 4]);
}

#[test]
fn real_numbers_are_no_film_for_a_model() {
    let file = made("float.dcm");
    let source = lantern::engine::Source::file(&file).unwrap();
    assert_eq!(source.header.unwrap().presentation(), Some(Presentation::Map));
    assert_eq!(dicom::open(&Phantom::chest(1, 16).file()).unwrap().header().presentation(), None);
    let lines = dicom::open(&file).unwrap().tags(true);
    assert!(lines.iter().any(|line| line.tag == "(7FE0,0008)" && line.value == "64 bytes"));
}

/// The overlay of a frame: how many pixels are drawn on, and which.
fn overlay(name: &str, frame: u32) -> (u32, String) {
    let file = made(name);
    let bits = dicom::open(&file).unwrap().frame(frame).unwrap().overlay;
    (bits.iter().map(|byte| byte.count_ones()).sum(), sha256(&bits)[..16].to_string())
}

#[test]
fn overlays_lie_where_numpy_and_dcmtk_put_them() {
    // Two planes that begin outside of the image, and end there.
    for name in ["overlay_origin.dcm", "overlay_big_endian.dcm"] {
        assert_eq!(overlay(name, 0), (15, "dffa27f875e9c680".into()), "{name}");
    }
    // Of four frames, one plane lies over the second and the third, another over all.
    let expected = [
        (7, "3ed57a96da3b6110"),
        (21, "d78b7ecb0b672809"),
        (26, "a0638b7fa634a0d7"),
        (7, "3ed57a96da3b6110"),
    ];
    for (frame, (drawn, sha)) in (0..).zip(expected) {
        assert_eq!(overlay("overlay_frames.dcm", frame), (drawn, sha.into()), "{frame}");
    }
    // Bits 12 and 15 above samples of 12 bits, which they are no part of.
    assert_eq!(overlay("overlay_embedded.dcm", 0), (22, "92f215a598ec37c7".into()));
    assert_eq!(overlay("overlay_embedded.dcm", 1), (25, "d1ee8820c3aa3254".into()));
    let file = made("overlay_embedded.dcm");
    let object = dicom::open(&file).unwrap();
    let samples = (0..2).flat_map(|frame| match object.frame(frame).unwrap().samples {
        Samples::Grey(samples) => samples,
        Samples::Rgb(_) => panic!("colours"),
    });
    let samples: Vec<u8> = samples.flat_map(u16::to_le_bytes).collect();
    assert!(sha256(&samples).starts_with("f6159ddd"));
}

#[test]
fn an_overlay_is_nothing_that_a_model_sees() {
    let plain = || Phantom::chest(3, 32);
    let drawn = [(0x0010, 32), (0x0011, 32), (0x0100, 1), (0x0102, 0)]
        .into_iter()
        .fold(plain(), |phantom, (element, value)| phantom.number(Tag(0x6000, element), value))
        .numbers(Tag(0x6000, 0x3000), &[0xff00; 64]);
    let (plain, drawn) = (plain().file(), drawn.file());
    let image = |file: &[u8]| dicom::open(file).unwrap().image(0).unwrap();
    assert_eq!(image(&plain).0.pixels(), image(&drawn).0.pixels());
    let overlay = |file: &[u8]| dicom::open(file).unwrap().frame(0).unwrap().overlay;
    assert_eq!((overlay(&plain).len(), overlay(&drawn)), (0, [0, 0xff].repeat(64)));
}
