//! What the gallery says of its drawings holds with the bundles that are released: a bundle that is trained anew must still fit, or the
//! gallery must say so.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

use lantern::dataset::gallery::{GalleryImage, Outcome};
use lantern::engine::{Engine, OnReject, Source};
use lantern::messages;
use lantern::model::{Bundle, Card, Files};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// As far as a drawing may be from what its model knows; the gate's own limit is 1. The rest is for other machines' arithmetic.
const FARTHEST: f64 = 0.95;

/// What the command line answers about every drawing, each image choosing its model.
fn answers() -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let write = |(index, sample): (usize, GalleryImage)| {
        let path = folder.path().join(format!("{index}.bmp"));
        std::fs::write(&path, sample.draw()).unwrap();
        path
    };
    let files: Vec<_> = GalleryImage::ALL.into_iter().enumerate().map(write).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.args(["examine", "--json", "--age", "3"]).args(files).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn file(bundle: &str, name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(bundle).join(name)).unwrap()
}

/// Whether what is drawn is the finding that its model looks for.
fn shows_the_finding(sample: GalleryImage, bundle: &str) -> bool {
    let card = Card::parse(&file(bundle, "card.json")).unwrap();
    let is_right = |class: &&usize| sample.right_answers().contains(&card.classes[**class].label.as_str());
    card.calibration.one().unwrap().finding.iter().any(|class| is_right(&class))
}

#[test]
fn each_drawing_comes_out_as_the_gallery_says() {
    let answers = answers();
    assert_eq!(answers.len(), GalleryImage::ALL.len());
    for (sample, answer) in GalleryImage::ALL.into_iter().zip(answers) {
        let Some(bundle) = sample.bundle() else {
            assert_eq!(answer["accepted"], false, "{sample:?}: {answer}");
            continue;
        };
        assert_eq!(
            (answer["accepted"].as_bool(), answer["model"].as_str()),
            (Some(true), Some(bundle)),
            "{answer}"
        );
        let distance = answer["admission"]["distance"].as_f64().unwrap();
        assert!(distance < FARTHEST, "{sample:?} lies at {distance}");
        let findings = answer["findings"].as_array().unwrap();
        let probability = |finding: &&Value| finding["probability"].as_f64().unwrap();
        let first = findings.iter().max_by(|a, b| probability(a).total_cmp(&probability(b))).unwrap();
        let is_right = sample.right_answers().contains(&first["label"].as_str().unwrap());
        assert_eq!(is_right, sample.outcome() != Outcome::Wrong, "{sample:?}: {first}");
        if sample.outcome() == Outcome::Right {
            let against = if shows_the_finding(sample, bundle) { "not_suspected" } else { "suspected" };
            assert_ne!(answer["verdict"], against, "{sample:?}: {}", answer["heading"]);
        }
    }
}

#[test]
fn the_truth_says_where_the_model_is_wrong() {
    let file = |name| file("blood-cells", name);
    let files = Files {
        card: file("card.json"),
        weights: file("weights.safetensors"),
        golden: file("golden.safetensors"),
        distribution: Some(file("distribution.safetensors")),
    };
    let engine = Engine::new(Bundle::open(files).unwrap());
    let said = |sample: GalleryImage| {
        let source = Source::picture(&sample.draw()).unwrap();
        messages::drawn(
            sample.truth(),
            sample.is_missed(&engine.examine(source, OnReject::Refuse, |_| ()).unwrap().examination),
        )
    };
    assert_eq!(said(GalleryImage::Neutrophil), "Drawn here: a neutrophil. No patient ever looked like this.");
    let wrong = said(GalleryImage::Monocyte);
    assert!(wrong.starts_with("Drawn here: a monocyte. ") && wrong.contains("the model is wrong"), "{wrong}");
}
