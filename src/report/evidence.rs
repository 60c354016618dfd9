//! The provenance of a report, for humans: hashes, model, preprocessing.

use super::{PROGRAM, Reading, Report};
use crate::examination::{Examination, ImageFacts};
use crate::units::Estimate;

/// Names and values in order of importance. Empty values are left out.
pub fn evidence(report: &Report) -> Vec<(&'static str, String)> {
    let frames =
        if report.file.frames > 1 { format!(", {} frames", report.file.frames) } else { String::new() };
    let mut rows = vec![
        ("Image", format!("{}{frames}", image(&report.file.image))),
        ("SHA-256 of the file", report.file.sha256.clone()),
    ];
    rows.extend(report.readings.iter().flat_map(|reading| of_reading(reading, &report.file.sha256)));
    rows.push(("Program", report.program.clone()));
    rows.retain(|(_, value)| !value.is_empty());
    rows
}

/// The same of one examination, as the page shows it beside the answer.
pub fn evidence_of(examination: &Examination) -> [(&'static str, String); 6] {
    let model = &examination.model;
    [
        ("Image", image(&examination.image)),
        ("Image fingerprint (SHA-256)", examination.image_sha256.clone()),
        ("Model", format!("{} {}", model.id, model.version)),
        ("Model fingerprint (SHA-256 of its card)", model.sha256.clone()),
        (
            "Preprocessing fingerprint (SHA-256 of how the card fits an image)",
            model.preprocessing_sha256.clone(),
        ),
        ("Program", PROGRAM.into()),
    ]
}

fn image(ImageFacts { format, width, height, bits }: &ImageFacts) -> String {
    format!("{format}, {width} x {height} pixels, {bits} bits")
}

fn of_reading(reading: &Reading, file_sha256: &str) -> Vec<(&'static str, String)> {
    let examination = &reading.examination;
    let model = &examination.model;
    let mut rows = vec![
        ("Model", format!("{}, {} {}", reading.model_title, model.id, model.version)),
        ("SHA-256 of the model's card", model.sha256.clone()),
        ("SHA-256 of the preprocessing", model.preprocessing_sha256.clone()),
        ("Computed by", reading.backend.clone()),
    ];
    // The examined image may be a frame of the file, encoded as a picture with its own hash.
    if examination.image_sha256 != file_sha256 {
        rows.push(("SHA-256 of what the model was given", examination.image_sha256.clone()));
    }
    if let Some(answer) = &examination.answer {
        let point = &answer.operating_point;
        let share = |Estimate { value, low, high }: Estimate| {
            format!("{:.0} % ({:.0} to {:.0} %)", value * 100.0, low * 100.0, high * 100.0)
        };
        rows.push((
            "Operating point",
            format!(
                "{} is suspected from {} on, not sure between {} and {}; sensitivity {}, specificity {}, measured on {}",
                point.label,
                point.threshold,
                point.unsure_from,
                point.unsure_to,
                share(point.sensitivity),
                share(point.specificity),
                point.measured_on
            ),
        ));
    }
    rows
}
