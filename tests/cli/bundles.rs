//! `lantern bundle verify`, of those that are released and of one that was changed.

use crate::lantern;
use lantern::learn::model_card;
use lantern::model::Card;
use std::path::{Path, PathBuf};

#[test]
fn every_bundle_is_whole_and_small() {
    let mut seen = 0;
    for folder in ["models", "baselines", "pretrained"] {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap().flatten()
        {
            let dir = entry.path();
            if dir.is_dir() {
                let output = lantern(&["bundle", "verify", &dir.to_string_lossy()]);
                assert!(output.status.success(), "{output:?}");
                let size = std::fs::metadata(dir.join("weights.safetensors")).unwrap().len();
                assert!(size <= 6_000_000, "{}: {size} bytes", dir.display());
                let card = Card::parse(&std::fs::read(dir.join("card.json")).unwrap()).unwrap();
                let words = std::fs::read_to_string(dir.join("README.md")).unwrap();
                assert_eq!(words, model_card(&card), "{}", dir.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 1);
}

#[test]
fn a_bundle_is_verified_or_refused() {
    let shipped = "models/chest-pneumonia";
    let output = lantern(&["bundle", "verify", shipped]);
    assert!(output.status.success(), "{output:?}");
    let folder = tempfile::tempdir().unwrap();
    let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(shipped);
    for file in ["card.json", "weights.safetensors", "golden.safetensors", "distribution.safetensors"] {
        std::fs::copy(shipped.join(file), folder.path().join(file)).unwrap();
    }
    let weights = folder.path().join("weights.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    bytes.pop();
    std::fs::write(&weights, bytes).unwrap();
    let output = lantern(&["bundle", "verify", &folder.path().to_string_lossy()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("weights.safetensors is not the file"), "{said}");
}
