//! A site with one bundle, which is not the one that this project's own site loads first.

use crate::machine::{BrowserKind, Companion};
use crate::page::TestFile;
use crate::visit::{DESK, Visit, card};
use lantern::dataset::gallery::GalleryImage;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;

const ONLY: &str = "malaria-cells";

/// The built page with other models.
pub fn copy(from: &Path, to: &Path, wants: &dyn Fn(&str) -> bool) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if !wants(&name) {
            continue;
        }
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to.join(&name), wants),
            false => drop(fs::copy(entry.path(), to.join(&name)).unwrap()),
        }
    }
}

fn site(root: &Path) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&here.join("dist"), root, &|name| name != "models");
    let models = root.join("models");
    copy(&here.join("models").join(ONLY), &models.join(ONLY), &|_| true);
    fs::copy(here.join("models/extractor.safetensors"), models.join("extractor.safetensors")).unwrap();
    let mut describe = Command::new(env!("CARGO_BIN_EXE_lantern"));
    assert!(describe.args(["bundle", "describe"]).arg(models.join(ONLY)).status().unwrap().success());
}

#[tokio::test]
async fn a_site_with_any_one_bundle_starts_and_examines() {
    if !BrowserKind::Chromium.is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    site(folder.path());
    let companion = Companion::with_site(folder.path());
    let visit = Visit::at(companion, BrowserKind::Chromium, DESK, "/").await;
    let page = &visit.page;
    page.model_ready().await;
    // What is offered to try is what this model knows, and what no model knows.
    let offered =
        "return [...document.querySelectorAll('[aria-labelledby=gallery] button')].map(e => e.ariaLabel)";
    let kind = format!("Try one: {}", card(ONLY).about.kind);
    assert_eq!(page.script(offered, vec![]).await, json!([kind, "Try one that is refused"]));
    page.drop_files(&[
        TestFile { name: "cell.bmp", bytes: GalleryImage::CellWithRing.draw() },
        TestFile { name: "chest.bmp", bytes: GalleryImage::ChestClear.draw() },
    ])
    .await;
    assert_eq!(page.all_done(2).await, ["done", "refused"]);
    page.assert_no_violations().await;
    visit.browser.close().await;
}
