//! What must never reach a reader: an answer to an image that the model was not made for, by what the file says of itself. Real
//! images in DICOM wrappers, through the command line.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

mod support;

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use lantern::dataset::phantom;
use lantern::dataset::phantom::dicom::{Phantom, PixelData};
use lantern::imaging;
use serde_json::Value;
use std::process::Command;

/// A test image of a class, as the data set holds it; `None`, and said so, where the set is absent.
fn image(archive: &str, class: &str, nth: usize) -> Option<Vec<u8>> {
    let set = support::data(archive)?;
    let label = set.classes.iter().position(|name| name == class).unwrap();
    let sample = set.samples.iter().filter(|s| s.split == "test" && s.label == label).nth(nth).unwrap();
    Some(set.bytes(sample).unwrap())
}

/// A picture in a DICOM file with these elements: modality, body part, and what else is said.
fn wrapped(picture: &[u8], modality: &str, body_part: &str, more: &[(Tag, VR, &str)]) -> Vec<u8> {
    let (image, _) = imaging::read(picture).unwrap();
    let grey = image.pixels().to_luma8();
    let (width, height) = (grey.width() as u16, grey.height() as u16);
    let mut file = Phantom::grey(width, height, 8, PixelData::Bytes(grey.into_raw()))
        .text(tags::SOP_CLASS_UID, VR::UI, "1.2.840.10008.5.1.4.1.1.1")
        .text(tags::MODALITY, VR::CS, modality)
        .text(tags::BODY_PART_EXAMINED, VR::CS, body_part)
        .text(tags::WINDOW_CENTER, VR::DS, "128")
        .text(tags::WINDOW_WIDTH, VR::DS, "256");
    for (tag, vr, value) in more {
        file = file.text(*tag, *vr, value);
    }
    file.file()
}

/// What the command line says of a file.
fn examine(bytes: &[u8], arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("image");
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lantern"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["examine", "--json"])
        .args(arguments)
        .arg(&file)
        .output()
        .unwrap();
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    println!("{arguments:?}: {} {} {}", line["heading"], line["reason"], line["concerns"]);
    line
}

/// It is refused, in words that hold each of `words`.
fn assert_refused(line: &Value, words: &[&str]) {
    assert_eq!((&line["accepted"], &line["verdict"]), (&Value::Bool(false), &Value::Null), "{line}");
    let reason = line["reason"].as_str().unwrap();
    assert!(words.iter().all(|word| reason.contains(word)), "{reason}");
}

fn has_concern(line: &Value, kind: &str) -> bool {
    line["concerns"].as_array().unwrap().iter().any(|concern| concern["kind"] == kind)
}

#[test]
fn a_header_of_another_machine_or_body_part_is_refused_whatever_the_picture_looks_like() {
    let Some(slice) = image("brain-mri.zip", "notumor", 0) else { return };
    for model in ["auto", "brain-mri"] {
        let mammogram = examine(&wrapped(&slice, "MG", "BREAST", &[]), &["--model", model]);
        assert_refused(&mammogram, &["mammogram (MG)", "magnetic resonance (MR)"]);
        assert_eq!(mammogram["modality"], "MG");
        let head = examine(&wrapped(&slice, "CT", "HEAD", &[]), &["--model", model]);
        assert_refused(&head, &["computed tomography (CT)"]);
    }
    let brain = examine(&wrapped(&slice, "MR", "BRAIN", &[]), &[]);
    assert_eq!((&brain["accepted"], &brain["model"]), (&Value::Bool(true), &"brain-mri".into()), "{brain}");
    assert!(!has_concern(&brain, "header_silent"));
    // Silence is no contradiction, but it is named.
    let silent = examine(&wrapped(&slice, "OT", "", &[]), &[]);
    assert!(silent["accepted"] == true && has_concern(&silent, "header_silent"), "{silent}");
    let Some(breast) = image("breast-ultrasound.zip", "benign", 0) else { return };
    assert_refused(&examine(&wrapped(&breast, "US", "HEART", &[]), &[]), &["heart", "breast"]);
}

#[test]
fn scouts_and_reports_are_named_and_a_picture_of_a_screen_is_a_concern() {
    let Some(slice) = image("brain-mri.zip", "notumor", 0) else { return };
    let of = |image_type| (tags::IMAGE_TYPE, VR::CS, image_type);
    let scout = wrapped(&slice, "MR", "BRAIN", &[of("ORIGINAL\\PRIMARY\\LOCALIZER")]);
    assert_refused(&examine(&scout, &[]), &["scout"]);
    let report = wrapped(&slice, "MR", "BRAIN", &[of("DERIVED\\SECONDARY\\PROTOCOL")]);
    assert_refused(&examine(&report, &[]), &["report"]);
    let capture = [(tags::SOP_CLASS_UID, VR::UI, "1.2.840.10008.5.1.4.1.1.7")];
    let capture = examine(&wrapped(&slice, "MR", "BRAIN", &capture), &[]);
    assert!(capture["accepted"] == true && has_concern(&capture, "secondary_capture"), "{capture}");
}

#[test]
fn the_childrens_model_answers_for_no_adult_and_says_where_the_age_is_not_known() {
    let Some(film) = image("chest-pneumonia.zip", "PNEUMONIA", 0) else { return };
    let aged = |age| wrapped(&film, "DX", "CHEST", &[(tags::PATIENT_AGE, VR::AS, age)]);
    assert_refused(&examine(&aged("067Y"), &[]), &["67 years old", "a child of 1 to 5 years"]);
    assert_refused(&examine(&aged("003W"), &[]), &["months old"]);
    let child = examine(&aged("004Y"), &[]);
    assert!(child["accepted"] == true && !has_concern(&child, "age_unknown"), "{child}");
    assert_eq!(child["age"]["said_by"], "header");
    let born = [(tags::PATIENT_BIRTH_DATE, VR::DA, "19500101"), (tags::STUDY_DATE, VR::DA, "20250101")];
    assert_refused(&examine(&wrapped(&film, "DX", "CHEST", &born), &[]), &["75 years old"]);
    // What nobody confirmed is never cleared: a film without pneumonia, once without an age and once with one.
    let clear = image("chest-pneumonia.zip", "NORMAL", 0).unwrap();
    assert_eq!(examine(&clear, &["--age", "4"])["verdict"], "not_suspected");
    let open = examine(&clear, &[]);
    assert_eq!((&open["verdict"], &open["doubt"]["why"]), (&"unsure".into(), &"unconfirmed".into()));
    // A picture says nothing; the reader can.
    assert!(has_concern(&examine(&film, &[]), "age_unknown"));
    assert_refused(&examine(&film, &["--age", "67"]), &["67 years old"]);
    let told = examine(&film, &["--age", "4"]);
    assert!(told["accepted"] == true && !has_concern(&told, "age_unknown"), "{told}");
    // The header's word comes first.
    assert_refused(&examine(&aged("067Y"), &["--age", "4"]), &["67 years old"]);
    let lateral = [(tags::VIEW_POSITION, VR::CS, "LL"), (tags::PATIENT_AGE, VR::AS, "004Y")];
    assert_refused(&examine(&wrapped(&film, "DX", "CHEST", &lateral), &[]), &["view LL"]);
}

#[test]
fn a_cell_is_headed_by_its_kind_and_an_overruled_image_has_a_score_without_a_verdict() {
    let Some(cell) = image("blood-cells.zip", "monocyte", 0) else { return };
    let named = examine(&cell, &[]);
    assert_eq!(named["verdict"], "named", "{named}");
    assert!(named["heading"].as_str().unwrap().ends_with("of eight kinds"), "{named}");
    let drawing = phantom::chest(7, 256);
    let overruled = examine(&drawing, &["--overrule", "--model", "chest-pneumonia"]);
    assert_eq!((&overruled["verdict"], &overruled["accepted"]), (&"withheld".into(), &Value::Bool(true)));
    assert!(overruled["heading"].as_str().unwrap().starts_with("No verdict"), "{overruled}");
}

#[test]
fn an_age_that_nobody_has_is_refused_as_wrong_usage() {
    for age in ["-1", "old", "200"] {
        let output = Command::new(env!("CARGO_BIN_EXE_lantern"))
            .args(["examine", "--age", age, "x.png"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{age}");
    }
}
