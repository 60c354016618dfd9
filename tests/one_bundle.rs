//! A folder of models with one bundle, which is not the one that this project's own folder names first.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

use lantern::dataset::gallery::GalleryImage;
use lantern::model::Index;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const ONLY: &str = "malaria-cells";

fn lantern(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lantern")).args(arguments).output().unwrap()
}

fn add(models: &Path, bundle: &str) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    fs::create_dir_all(models.join(bundle)).unwrap();
    for file in ["card.json", "weights.safetensors", "golden.safetensors", "distribution.safetensors"] {
        fs::copy(shipped.join(bundle).join(file), models.join(bundle).join(file)).unwrap();
    }
    fs::copy(shipped.join("extractor.safetensors"), models.join("extractor.safetensors")).unwrap();
    let described = lantern(&["bundle", "describe", &models.join(bundle).to_string_lossy()]);
    assert!(described.status.success(), "{described:?}");
}

fn index(models: &Path) -> Index {
    Index::parse(&fs::read(models.join("index.json")).unwrap()).unwrap()
}

#[test]
fn one_bundle_is_enough_and_is_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    add(&models, ONLY);
    assert_eq!((index(&models).first.as_str(), index(&models).models.len()), (ONLY, 1));
    let mut arguments = vec!["examine", "--json", "--models"];
    let names = [models.clone(), folder.path().join("cell.bmp"), folder.path().join("chest.bmp")];
    fs::write(&names[1], GalleryImage::CellWithRing.draw()).unwrap();
    fs::write(&names[2], GalleryImage::ChestClear.draw()).unwrap();
    let names = names.map(|name| name.to_string_lossy().into_owned());
    arguments.extend(names.iter().map(String::as_str));
    let output = lantern(&arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["accepted"], &lines[0]["model"]), (&true.into(), &ONLY.into()), "{text}");
    assert_eq!(lines[1]["accepted"], false, "{text}");
}

#[test]
fn the_first_bundle_stays_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    add(&models, ONLY);
    // Before it by name.
    add(&models, "blood-cells");
    assert_eq!((index(&models).first.as_str(), index(&models).models.len()), (ONLY, 2));
    // Of an index of another version too.
    fs::write(models.join("index.json"), format!("{{ \"first\": \"{ONLY}\", \"models\": [7] }}")).unwrap();
    add(&models, "blood-cells");
    assert_eq!(index(&models).first, ONLY);
    fs::remove_dir_all(models.join(ONLY)).unwrap();
    add(&models, "blood-cells");
    assert_eq!(index(&models).first, "blood-cells");
}

#[test]
fn a_bundle_that_is_added_beside_a_built_page_is_in_the_index_that_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    add(&models, ONLY);
    // As the page's builder leaves them.
    let copies = ["index.json.br", "index.json.gz"].map(|name| models.join(name));
    copies.iter().for_each(|copy| fs::write(copy, b"old").unwrap());
    fs::rename(models.join(ONLY), models.join("of-a-lesson")).unwrap();
    // By its bare name, from within the folder of models.
    let mut describe = Command::new(env!("CARGO_BIN_EXE_lantern"));
    let described =
        describe.current_dir(&models).args(["bundle", "describe", "of-a-lesson"]).output().unwrap();
    assert!(String::from_utf8_lossy(&described.stdout).contains("index.json"), "{described:?}");
    assert!(copies.iter().all(|copy| !copy.exists()));
    // Elsewhere no index is made.
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(models.join("of-a-lesson"), elsewhere.join("of-a-lesson")).unwrap();
    let mut describe = Command::new(env!("CARGO_BIN_EXE_lantern"));
    let described =
        describe.current_dir(&elsewhere).args(["bundle", "describe", "of-a-lesson"]).output().unwrap();
    assert!(described.status.success() && !elsewhere.join("index.json").exists(), "{described:?}");
}
