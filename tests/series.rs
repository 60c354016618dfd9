//! Every frame of a file is examined, and the answer that stands for it names its frame. Through the command line.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

use dicom_core::VR;
use dicom_dictionary_std::tags;
use lantern::dataset::phantom::dicom::Phantom;
use serde_json::Value;
use std::process::{Command, Output};

const FRAMES: u16 = 5;

fn lantern(bytes: &[u8], arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("image");
    std::fs::write(&file, bytes).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("examine")
        .args(arguments)
        .arg(&file)
        .output()
        .unwrap()
}

fn line(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Of every drawing the gate is overruled to see an answer.
const OVERRULED: [&str; 4] = ["--json", "--overrule", "--model", "chest-pneumonia"];

#[test]
fn each_frame_is_examined_as_if_alone_and_the_highest_stands_for_the_file() {
    let output = lantern(&Phantom::chests(FRAMES, 256).file(), &OVERRULED);
    assert!(output.status.success(), "{output:?}");
    let of_file = line(&output);
    let frames = of_file["frames"].as_array().unwrap();
    assert_eq!(frames.len(), usize::from(FRAMES));
    let mut probabilities = Vec::new();
    for (seed, frame) in frames.iter().enumerate() {
        let alone = line(&lantern(&Phantom::chest(seed as u64, 256).file(), &OVERRULED));
        assert_eq!((&alone["frame"], &alone["frames"]), (&Value::Null, &Value::Array(vec![])));
        let findings = alone["findings"].as_array().unwrap();
        let own =
            findings.iter().find(|finding| finding["label"] == "pneumonia").unwrap()["probability"].clone();
        assert_eq!((&frame["frame"], &frame["probability"]), (&(seed + 1).into(), &own));
        assert_eq!((&frame["accepted"], &frame["verdict"]), (&true.into(), &"withheld".into()));
        probabilities.push(own.as_f64().unwrap());
    }
    println!("{probabilities:?}");
    let highest =
        (0..probabilities.len()).max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b])).unwrap();
    assert_eq!(of_file["frame"], highest + 1);
    let finding =
        &of_file["findings"].as_array().unwrap().iter().find(|f| f["label"] == "pneumonia").unwrap();
    assert_eq!(finding["probability"], probabilities[highest]);
    let concern =
        of_file["concerns"].as_array().unwrap().iter().find(|c| c["kind"] == "one_frame_of").unwrap();
    assert_eq!((&concern["frame"], &concern["frames"]), (&(highest + 1).into(), &FRAMES.into()));

    let said =
        String::from_utf8(lantern(&Phantom::chests(FRAMES, 256).file(), &OVERRULED[1..]).stdout).unwrap();
    let words = format!("{FRAMES} of {FRAMES} frames got an answer, frame {} stands for them", highest + 1);
    assert!(said.contains(&words), "{said}");
}

#[test]
fn frames_of_a_file_that_no_model_may_answer_are_refused_alike() {
    let file = Phantom::chests(FRAMES, 128).text(tags::MODALITY, VR::CS, "MG").file();
    let output = lantern(&file, &["--json"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let line = line(&output);
    assert_eq!((&line["accepted"], &line["findings"]), (&false.into(), &Value::Array(vec![])));
    let frames = line["frames"].as_array().unwrap();
    let is_refused = |frame: &Value| {
        frame["accepted"] == false && frame["probability"].is_null() && frame["error"].is_null()
    };
    assert!(frames.len() == usize::from(FRAMES) && frames.iter().all(is_refused), "{frames:?}");
    assert!(line["reason"].as_str().unwrap().contains("MG"), "{line}");
}
