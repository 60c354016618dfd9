//! A site whose one bundle judges many labels, one of which was never checked on data, and has no gate.

use crate::labels_bundle;
use crate::machine::{BrowserKind, Companion};
use crate::one_bundle::copy;
use crate::page::TestFile;
use crate::visit::{DESK, PHONE, Visit};
use lantern::dataset::phantom;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;

fn site(root: &Path) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&here.join("dist"), root, &|name| name != "models");
    let models = root.join("models");
    labels_bundle::write(&models, &labels_bundle::partly_checked());
    fs::copy(here.join("models/extractor.safetensors"), models.join("extractor.safetensors")).unwrap();
    let mut describe = Command::new(env!("CARGO_BIN_EXE_lantern"));
    let own = models.join(labels_bundle::BUNDLE);
    assert!(describe.args(["bundle", "describe"]).arg(own).status().unwrap().success());
}

#[tokio::test]
async fn every_label_is_shown_with_its_own_verdict() {
    if !BrowserKind::Chromium.is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    site(folder.path());
    for size in [DESK, PHONE] {
        let companion = Companion::with_site(folder.path());
        let visit = Visit::at(companion, BrowserKind::Chromium, size, "/").await;
        let page = &visit.page;
        page.model_ready().await;
        // Nothing is refused here, so no such drawing is offered.
        let offered = "return document.querySelectorAll('.gallery > .ways button').length";
        assert_eq!(page.script(offered, vec![]).await, json!(0));
        page.drop_files(&[TestFile { name: "chest.png", bytes: phantom::chest(3, 300) }]).await;
        assert_eq!(page.all_done(1).await, ["done"]);
        assert_eq!(page.verdict().await, "Suspected: effusion");
        let rows = "return [...document.querySelectorAll('details.label > summary')].map(e => e.innerText)";
        let expected = json!([
            "Effusion 0.88, suspected",
            "Nodule 0.62, no verdict: the network's raw output, not checked on data",
            "Mass 0.18, not suspected, which is not the same as absent"
        ]);
        assert_eq!(page.script(rows, vec![]).await, expected);
        page.finding().says("have not been checked on data for nodule").await;
        page.finding().says("nothing refuses images that it was not made for").await;
        // One label's own threshold and meaning, and no other's. Moved below its probability, it is suspected too.
        page.finding().disclosure("Mass 0.18, not suspected…").open().await;
        page.finding().says("Of 100 images with a probability from 0.1 to 0.2, 2 showed mass").await;
        page.finding().slider("Suspect mass from…").fill("5").await;
        assert_eq!(page.verdict().await, "Suspected: effusion and mass");
        // The map is about the label that heads the answer, and then about the one that is chosen.
        page.map_button().click().await;
        page.region("Image").says("what speaks for \"effusion\"").await;
        page.combobox("Signs of").choose("nodule").await;
        page.region("Image").says("what speaks for \"nodule\"").await;
        assert!(page.fits().await);
        page.assert_no_violations().await;
        visit.browser.close().await;
    }
}
