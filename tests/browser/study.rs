//! A study as an archive hands it out: sorted, its header masked, its film examined, its documents made.

use crate::page::{Row, TestFile};
use crate::visit::{CHEST, DESK, Visit, native_probability};
use dicom_core::VR;
use dicom_dictionary_std::tags;
use lantern::dataset::phantom::dicom::Phantom;
use std::io::Write;

/// Slices of one series, out of order; a chest film of another study; a zip of the same; something else.
fn study() -> Vec<TestFile> {
    let slice = |at: u16| Phantom::slice(64, 3.0 * f64::from(at), 10 - at).file();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [("a/IM1", slice(3)), ("a/IM2", slice(1)), ("a/notes.doc", b"Dear reader".to_vec())]
    {
        archive.start_file(name, options).unwrap();
        archive.write_all(&bytes).unwrap();
    }
    let film = Phantom::chest(7, 512).text(tags::SERIES_INSTANCE_UID, VR::UI, "2.25.4").file();
    vec![
        TestFile { name: "IM5", bytes: slice(5) },
        TestFile { name: "IM2", bytes: slice(2) },
        TestFile { name: "IM4", bytes: slice(4) },
        TestFile { name: "film", bytes: film },
        TestFile { name: "study.zip", bytes: archive.finish().unwrap().into_inner() },
    ]
}

/// The line of the header's table that names the patient.
fn patient(table: &str) -> String {
    table.lines().find(|line| line.contains("(0010,0010)")).unwrap().to_string()
}

#[tokio::test]
async fn a_study_is_opened_sorted_read_masked_and_reported() {
    // What cannot be read is listed with its reason; the slices are one series, those in the archive among them.
    let Some(visit) = Visit::with(DESK, &study(), 3).await else { return };
    let page = &visit.page;
    let rows = page.rows().await;
    let place =
        |is_it: &dyn Fn(&Row) -> bool| rows.iter().position(is_it).unwrap_or_else(|| panic!("{rows:?}"));
    page.pick(place(&|row| row.file.contains("notes.doc"))).await;
    page.finding().alert("This file could not be examined…").says("not an image").await;

    // Sorted by position, each frame with its own values.
    page.pick(place(&|row| row.brief.contains("5 frames"))).await;
    page.marked_says("frame-number", "3 / 5").await;
    page.disclosure("What the file's header says").open().await;
    let table = page.region("Elements of the header");
    table.says("(0010,0010)").await;
    let masked = patient(&table.text().await);
    page.checkbox("Show who the patient is").click().await;
    table.says("Phantom^Anna").await;
    assert!(!masked.contains("Anna"), "{masked}");

    // The film is examined as the command line examines the same file, and its evidence is the file's own.
    page.overrule(place(&|row| row.file == "film"), CHEST).await;
    let film = study().remove(3);
    let (ours, expected) = (page.probability().await, native_probability(&film.bytes));
    println!("browser {ours}, command line {expected}");
    assert!((ours - expected).abs() < 0.002);
    let evidence = page.finding().disclosure("Evidence").disclosed().await;
    assert!(evidence.contains(&lantern::fingerprint::sha256(&film.bytes)), "{evidence}");

    // Documents are made here, read back by a program: the SR begins as DICOM does and names the image.
    page.disclosure("Report").open().await;
    for (button, words) in [
        ("DICOM SR", "DICM"),
        ("FHIR", "DiagnosticReport"),
        ("JSON", "lantern-report/2"),
        ("CSV of all images", "film"),
    ] {
        assert!(page.saved_by(button).await.contains(words), "{button}");
    }
    page.assert_quiet().await;
    visit.browser.close().await;
}
