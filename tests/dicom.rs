//! DICOM files as they come: those that pydicom ships, against pydicom itself; and phantoms that are written by dicom-rs.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]

#[path = "dicom/htj2k.rs"]
mod htj2k;
#[path = "dicom/rare.rs"]
mod rare;
mod support;

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use lantern::dataset::phantom::dicom::{Phantom, PixelData};
use lantern::dicom::{self, Error};
use lantern::frame::plane::Direction;
use lantern::frame::{Samples, SpacingKind, VoiLut};
use lantern::imaging::ErrorKind;
use proptest::prelude::*;
use std::process::Command;

/// Files that pydicom ships and that are refused, with a part of the reason. All others with an image must agree.
const REFUSED: [(&str, &str); 4] = [
    ("JPEG2000-embedded-sequence-delimiter.dcm", "not of the size"),
    ("MR_truncated.dcm", "not all there"),
    ("meta_missing_tsyntax.dcm", "no image"),
    ("nested_priv_SQ.dcm", "no image"),
];

/// How far a sample may be off where cosines or wavelets are rounded: by one step. All that is lossless must be equal.
const TOLERANCE: i64 = 1;

fn numbers(bytes: &[u8], bits: u64, is_signed: bool) -> Vec<i64> {
    match (bits, is_signed) {
        (8, false) => bytes.iter().map(|v| i64::from(*v)).collect(),
        (8, true) => bytes.iter().map(|v| i64::from(*v as i8)).collect(),
        (16, false) => bytes.as_chunks().0.iter().map(|v| i64::from(u16::from_le_bytes(*v))).collect(),
        (16, true) => bytes.as_chunks().0.iter().map(|v| i64::from(i16::from_le_bytes(*v))).collect(),
        (_, false) => bytes.as_chunks().0.iter().map(|v| i64::from(u32::from_le_bytes(*v))).collect(),
        (_, true) => bytes.as_chunks().0.iter().map(|v| i64::from(i32::from_le_bytes(*v))).collect(),
    }
}

/// All frames, one after the other.
fn stored(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let object = dicom::open(bytes)?;
    let frames: Result<Vec<_>, Error> = (0..object.frames()).map(|n| Ok(object.stored(n)?.samples)).collect();
    Ok(frames?.concat())
}

#[test]
fn stored_values_agree_with_pydicom() {
    let Some(python) = support::tool("python/bin/python", "Python with pydicom") else { return };
    let out = tempfile::tempdir().unwrap();
    let peer = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dicom/peer.py");
    let listed = Command::new(python).arg(peer).arg(out.path()).output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let (mut compared, mut refused, mut wrong) = (0, Vec::new(), Vec::new());
    for line in String::from_utf8(listed.stdout).unwrap().lines() {
        let theirs: serde_json::Value = serde_json::from_str(line).unwrap();
        let (name, syntax) = (theirs["file"].as_str().unwrap(), theirs["syntax"].as_str().unwrap());
        let result = match stored(&std::fs::read(theirs["path"].as_str().unwrap()).unwrap()) {
            Err(error) => {
                refused.push((name.to_string(), error.to_string()));
                format!("refused: {error}")
            }
            Ok(ours) => match theirs["samples"].as_str() {
                None => format!("{} bytes; pydicom: {}", ours.len(), theirs["error"]),
                Some(samples) => {
                    compared += 1;
                    let (bits, is_signed) =
                        (theirs["bits"].as_u64().unwrap(), theirs["is_signed"].as_bool().unwrap());
                    let other = std::fs::read(samples).unwrap();
                    let (a, b) = (numbers(&ours, bits, is_signed), numbers(&other, bits, is_signed));
                    let off = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).max().unwrap_or(0);
                    let is_lossy = ["Process 1)", "Process 2 and 4", "JPEG 2000 Image Compression"]
                        .iter()
                        .any(|part| syntax.ends_with(part) || syntax.contains("Process 2 and 4"));
                    if ours.len() != other.len() || off > if is_lossy { TOLERANCE } else { 0 } {
                        wrong.push(format!("{name}: {off}"));
                    }
                    if off == 0 { "equal".into() } else { format!("differs by at most {off}") }
                }
            },
        };
        println!("{name} | {syntax} | {result}");
    }
    assert!(compared > 80, "only {compared} files were compared");
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(refused.len(), REFUSED.len(), "{refused:?}");
    for (name, why) in REFUSED {
        let said = refused.iter().find(|(file, _)| file == name);
        assert!(said.is_some_and(|(_, said)| said.contains(why)), "{name}: {said:?}");
    }
}

#[test]
fn a_slice_gives_real_values_windows_and_its_place() {
    let file = Phantom::slice(64, 12.5, 3).file();
    let object = dicom::open(&file).unwrap();
    let facts = object.facts();
    let header = facts.dicom.unwrap();
    assert_eq!(
        (header.modality.as_str(), header.position, header.instance_number),
        ("CT", Some(12.5), Some(3))
    );
    assert_eq!((facts.image.format.as_str(), facts.image.bits, facts.frames), ("DICOM", 16, 1));
    assert_eq!(header.patient.name, "Phantom, Anna");
    assert_eq!(header.patient.key, lantern::fingerprint::sha256(b"\0PHANTOM-1"));
    let frame = object.frame(0).unwrap();
    let (grey, Samples::Grey(samples)) = (frame.facts.modality_lut.unwrap(), frame.samples) else {
        panic!("no grey")
    };
    let real = |x: usize, y: usize| grey.slope * f64::from(samples[y * 64 + x]) + grey.intercept;
    assert_eq!([real(22, 19), real(30, 30), real(60, 60)], [700.0, 0.0, -1000.0]);
    assert_eq!(grey.unit, "HU");
    let spacing = frame.facts.spacing.unwrap();
    assert_eq!((spacing.row_mm, spacing.column_mm, spacing.kind), (0.7, 0.8, SpacingKind::Patient));
    let names: Vec<&str> = frame.facts.windows.iter().map(|window| window.name.as_str()).collect();
    assert_eq!(names, ["Lung", "Soft tissue"]);
    assert_eq!(frame.facts.windows[1].shape, VoiLut::Linear { center: 40.0, width: 400.0 });
    let toward = frame.facts.plane.toward.unwrap();
    assert_eq!(
        (toward.each_ref().map(Direction::letters), frame.facts.plane.position),
        (["L", "P"], Some(12.5))
    );
    // The lung window ends below water.
    let (image, _) = object.image(0).unwrap();
    let seen = image.pixels().to_luma16();
    assert_eq!([seen.get_pixel(30, 30).0, seen.get_pixel(60, 60).0].map(|p| p[0] / 100), [590, 153]);
}

#[test]
fn a_projection_tells_its_directions_and_an_animal_none() {
    let film = || Phantom::chest(1, 16).text(tags::PATIENT_ORIENTATION, VR::CS, "L\\F");
    let toward = |film: Phantom| {
        let frame = dicom::open(&film.file()).unwrap().frame(0).unwrap();
        frame.facts.plane.toward.map(|toward| toward.map(|direction| direction.letters().to_string()))
    };
    assert_eq!(toward(film()), Some(["L".to_string(), "F".to_string()]));
    assert_eq!(toward(film().text(tags::ANATOMICAL_ORIENTATION_TYPE, VR::CS, "QUADRUPED")), None);
    assert_eq!(toward(film().text(tags::PATIENT_ORIENTATION, VR::CS, "L")), None);
    assert_eq!(toward(Phantom::chest(1, 16)), None);
}

#[test]
fn the_beginning_of_a_file_is_enough_wherever_it_is_cut() {
    let file = Phantom::chest(1, 64).file();
    let whole = dicom::head(&file).unwrap();
    let pixels = file.len() - 64 * 64 * 2;
    for length in (pixels - 4..file.len()).step_by(97) {
        assert_eq!(dicom::head(&file[..length]).unwrap(), whole);
    }
    for length in 140..pixels {
        let _ = dicom::head(&file[..length]);
    }
}

#[test]
fn inverted_frames_and_those_of_several_are_seen_as_they_are_meant() {
    let pixels = PixelData::Bytes(vec![0, 50, 100, 255, 255, 100, 50, 0]);
    let several = Phantom::grey(2, 2, 8, pixels).text(tags::NUMBER_OF_FRAMES, VR::IS, "2");
    let inverted = several.text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME1").file();
    let object = dicom::open(&inverted).unwrap();
    let seen = |n| object.image(n).unwrap().0.pixels().to_luma8().into_raw();
    assert_eq!((seen(0), seen(1)), (vec![255, 205, 155, 0], vec![0, 155, 205, 255]));
    assert_eq!(object.image(2).unwrap_err().kind(), ErrorKind::NotAnImage);
    let source = lantern::engine::Source::file(&inverted).unwrap();
    assert_eq!(source.concerns, [lantern::examination::Concern::OneFrameOf { frame: 2, frames: 2 }]);
}

#[test]
fn every_way_of_writing_elements_is_read_alike() {
    let values: Vec<u8> = stored(&Phantom::slice(16, 0.0, 1).file()).unwrap();
    for syntax in [uids::IMPLICIT_VR_LITTLE_ENDIAN, "1.2.840.10008.1.2.2"] {
        let file = Phantom::slice(16, 0.0, 1).syntax(syntax).file();
        assert_eq!(stored(&file).unwrap(), values, "{syntax}");
        // Without the preamble and its group.
        let at = file.windows(4).position(|four| {
            [[8, 0, 0x16, 0], [0, 8, 0, 0x16]].contains(&[four[0], four[1], four[2], four[3]])
        });
        assert_eq!(stored(&file[at.unwrap()..]).unwrap(), values, "{syntax}");
    }
}

#[test]
fn sizes_are_bounded_before_anything_is_decoded() {
    let huge = Phantom::grey(60_000, 60_000, 8, PixelData::Bytes(vec![0; 4])).file();
    assert_eq!(dicom::open(&huge).unwrap_err().kind(), ErrorKind::TooLarge);
    let short = Phantom::grey(5_000, 5_000, 8, PixelData::Bytes(vec![0; 4])).file();
    assert_eq!(dicom::open(&short).unwrap().frame(0).unwrap_err().kind(), ErrorKind::Damaged);
}

#[test]
fn what_names_the_patient_is_masked_on_request() {
    let file = Phantom::slice(16, 0.0, 1).file();
    let shown = |is_masked| {
        let lines = dicom::open(&file).unwrap().tags(is_masked);
        lines.iter().find(|line| line.tag == "(0010,0010)").unwrap().value.clone()
    };
    assert_eq!([shown(false).as_str(), shown(true).as_str()], ["Phantom^Anna", "(masked)"]);
}

/// Whatever is broken, an answer comes back.
fn survive(bytes: &[u8]) {
    let _ = dicom::head(bytes);
    if let Ok(object) = dicom::open(bytes) {
        let _ = (object.facts(), object.tags(true), object.frame(0).is_ok(), object.image(0).is_ok());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_fail(rest in proptest::collection::vec(any::<u8>(), 0..400), start in 0..3usize) {
        let beginnings = [&b"\x08\0\x16\0UI\x04\x001.2\0"[..], b"\x08\0\x16\0\x04\0\0\x001.2\0", b"\0\x08\0\x16UI\0\x041.2\0"];
        survive(&[beginnings[start], &rest].concat());
    }

    #[test]
    fn no_change_of_a_good_file_makes_it_fail(changes in proptest::collection::vec((0..2000usize, any::<u8>()), 1..12), cut in 0..3000usize) {
        let mut file = Phantom::slice(24, 1.0, 1).file();
        for (at, value) in changes {
            let at = 132 + at % (file.len() - 132);
            file[at] = value;
        }
        survive(&file);
        survive(&file[..cut.min(file.len())]);
    }

    #[test]
    fn no_compressed_bytes_make_it_fail(rest in proptest::collection::vec(any::<u8>(), 0..300), kind in 0..4usize, head in 0..3usize) {
        let syntax = [uids::RLE_LOSSLESS, uids::JPEG_LOSSLESS_SV1, uids::JPEGLS_LOSSLESS, uids::JPEG2000_LOSSLESS][kind];
        let heads: [&[u8]; 3] = [
            &[0xff, 0xd8, 0xff, 0xc3, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0xff, 0xc4, 0, 20, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 5, 0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0],
            &[0xff, 0xd8, 0xff, 0xf7, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0],
            &[0xff, 0x4f, 0xff, 0x51, 0, 41, 0, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7, 1, 1],
        ];
        let pixels = PixelData::Fragments(Vec::new(), vec![[heads[head], &rest].concat()]);
        survive(&Phantom::grey(8, 8, 8, pixels).syntax(syntax).file());
    }
}
