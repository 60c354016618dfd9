//! Images to drop: real films of the data sets, and drawings as DICOM files.

use crate::page::TestFile;
use crate::support;
use crate::visit::native_probability;
use dicom_core::VR;
use dicom_dictionary_std::tags;
use lantern::dataset::Dataset;
use lantern::dataset::phantom::dicom::Phantom;

/// Real radiographs: two test films, and two full-size originals as a clinic would upload them.
pub fn radiographs() -> Option<Vec<TestFile>> {
    let set = support::data("chest-pneumonia.zip")?;
    let originals = support::file("chest-originals.zip")?;
    let film = |label: usize| {
        let sample = set.samples.iter().find(|s| s.split == "test" && s.label == label).unwrap();
        set.bytes(sample).unwrap()
    };
    let mut zip = zip::ZipArchive::new(std::fs::File::open(originals).unwrap()).unwrap();
    let names = zip.file_names().filter_map(Result::ok).map(|name| name.into_owned());
    let names: Vec<String> =
        names.filter(|name| name.contains("/fullsize/") && name.ends_with("jpeg")).collect();
    let mut original = |class: &str| {
        let name = names.iter().filter(|name| name.contains(class)).min().unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut zip.by_name(name).unwrap(), &mut bytes).unwrap();
        bytes
    };
    Some(vec![
        TestFile { name: "film-a.jpg", bytes: film(0) },
        TestFile { name: "film-b", bytes: film(1) },
        TestFile { name: "original-a.jpeg", bytes: original("NORMAL") },
        TestFile { name: "original-b.jpeg", bytes: original("PNEUMONIA") },
    ])
}

/// A test film whose probability lies well inside a range, by the command line.
pub fn film_between(from: f64, to: f64) -> Option<TestFile> {
    let set: Dataset = support::data("chest-pneumonia.zip")?;
    let films = set.samples.iter().filter(|s| s.split == "test").step_by(7).take(40);
    let mut all = films.map(|sample| set.bytes(sample).unwrap());
    let bytes = all.find(|film| (from..to).contains(&native_probability(film)));
    Some(TestFile { name: "film.jpg", bytes: bytes.expect("a film with such a probability") })
}

/// A clip of drawings of a chest, of a child.
pub fn clip(frames: u16) -> TestFile {
    let bytes = Phantom::chests(frames, 96).text(tags::PATIENT_AGE, VR::AS, "004Y").file();
    TestFile { name: "clip", bytes }
}

/// Slices of one series, whose header names a patient.
pub fn series(count: u16) -> Vec<TestFile> {
    let slice = |at: u16| TestFile {
        name: format!("IM{at}").leak(),
        bytes: Phantom::slice(64, 3.0 * f64::from(at), at + 1)
            .text(tags::STUDY_DATE, VR::DA, "20250131")
            .text(tags::STUDY_DESCRIPTION, VR::LO, "Head")
            .text(tags::SERIES_DESCRIPTION, VR::LO, "Axial 3 mm")
            .file(),
    };
    (0..count).map(slice).collect()
}
