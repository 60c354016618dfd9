//! What a student takes away: the project file as a teacher opens it, and the network as the clinic examines with it.

use crate::classroom::{EASY, images_are_ready, open, train};
use crate::machine::{BrowserKind, Companion};
use crate::one_bundle::copy;
use crate::page::TestFile;
use crate::visit::{DESK, Visit};
use lantern::dataset::phantom;
use serde_json::json;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

const PROJECT: &str = "Settings and results as a project file";

#[tokio::test]
async fn a_project_file_shows_the_teacher_every_run_and_its_images() {
    let Some(mut visit) = open(&format!("{EASY}&lesson=convolution")).await else { return };
    let page = &visit.page;
    train(page, 3).await;
    page.button("End, and tell the test score").click().await;
    page.region("What was held out").says("The other hospital").await;
    train(page, 3).await;
    page.button("End, and tell the test score").click().await;
    page.textbox("Your name and notes, for the project file").fill("Mora: \u{fc}ber das Rauschen").await;
    let told = page.region("What was held out").text().await;
    let project = page.bytes_by(PROJECT, "application/json").await;

    visit.again("/").await;
    visit.again("/classroom").await;
    let page = &visit.page;
    images_are_ready(page).await;
    page.choose_file("Open a project file", "broken.json", b"{}").await;
    page.alert("").says("no project file").await;
    page.choose_file("Open a project file", "mora.json", &project).await;
    page.region("Take it with you").says("Opened, with 2 runs.").await;
    images_are_ready(page).await;
    for run in ["Run 1", "Run 2"] {
        page.region("Runs").says(run).await;
    }
    assert_eq!(page.region("What was held out").text().await, told);
    assert_eq!(
        page.textbox("Your name and notes, for the project file").value().await,
        "Mora: \u{fc}ber das Rauschen"
    );
    page.complementary("Lesson").says("1 of 3 steps done").await;
    // Every cell opens the images of the run.
    let open_one = "[...e.querySelectorAll('.matrix td button')].find(cell => cell.innerText != '0').click(); return true";
    page.region("What was held out").until("to have a cell", open_one, json!(null)).await;
    page.region("What was held out").button("test …").wait().await;
    // Other images are not shown in their place.
    page.slider("Noise").fill("20").await;
    // The images are drawn anew a moment after the slider stands still.
    let gone = "[...e.querySelectorAll('.matrix td button')].find(cell => cell.innerText != '0').click(); return content(e).includes('no longer here') ? true : null";
    page.region("What was held out").until("to say that they are gone", gone, json!(null)).await;
    // A new run follows on.
    train(page, 3).await;
    page.region("Runs").says("Run 3").await;
    page.assert_no_violations().await;
    visit.browser.close().await;
}

/// As `docs/classroom.md` says it for the released archive: into `site/models`, then `lantern bundle describe`.
#[tokio::test]
async fn the_clinic_examines_with_a_network_of_the_classroom() {
    if !BrowserKind::chosen().is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("dist"), &site, &|_| true);
    // One visit ends before the next begins.
    let bundle = {
        let visit = Visit::at(Companion::with_site(&site), BrowserKind::chosen(), DESK, EASY).await;
        images_are_ready(&visit.page).await;
        train(&visit.page, 3).await;
        let bundle = visit.page.bytes_by("The network as a bundle (zip)", "application/zip").await;
        visit.browser.close().await;
        bundle
    };

    zip::ZipArchive::new(Cursor::new(bundle)).unwrap().extract(site.join("models")).unwrap();
    let mut describe = Command::new(env!("CARGO_BIN_EXE_lantern"));
    let described =
        describe.args(["bundle", "describe"]).arg(site.join("models/classroom")).output().unwrap();
    assert!(described.status.success(), "{}", String::from_utf8_lossy(&described.stderr));
    let index: serde_json::Value =
        serde_json::from_slice(&fs::read(site.join("models/index.json")).unwrap()).unwrap();
    assert_eq!(index["first"], "chest-pneumonia", "a first visit still loads what it loaded");

    let companion = Companion::with_site(&site);
    let visit = Visit::at(companion, BrowserKind::chosen(), DESK, "/?model=classroom").await;
    let page = &visit.page;
    page.model_ready().await;
    page.drop_files(&[TestFile { name: "drawing.png", bytes: phantom::chest(7, 64) }]).await;
    assert_eq!(page.all_done(1).await, ["done"]);
    page.finding().says("Trained in the classroom").await;
    page.assert_no_violations().await;
    visit.browser.close().await;
}
