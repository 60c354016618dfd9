//! The provenance of a report, for humans: hashes, model, preprocessing.

use super::{PROGRAM, Reading, Report};
use crate::examination::{Answer, Examination, ImageFacts};
use crate::messages::report as words;

/// Names and values in order of importance. Empty values are left out.
pub fn evidence(report: &Report) -> Vec<(&'static str, String)> {
    let frames = if report.file.frames > 1 { words::more_frames(report.file.frames) } else { String::new() };
    let mut rows = vec![
        (words::IMAGE, format!("{}{frames}", image(&report.file.image))),
        (words::FILE_HASH, report.file.sha256.clone()),
    ];
    rows.extend(report.readings.iter().flat_map(|reading| of_reading(reading, &report.file.sha256)));
    rows.push((words::PROGRAM, report.program.clone()));
    rows.retain(|(_, value)| !value.is_empty());
    rows
}

/// The same of one examination, as the page shows it beside the answer.
pub fn evidence_of(examination: &Examination) -> [(&'static str, String); 6] {
    let model = &examination.model;
    [
        (words::IMAGE, image(&examination.image)),
        (words::IMAGE_FINGERPRINT, examination.image_sha256.clone()),
        (words::MODEL, format!("{} {}", model.id, model.version)),
        (words::MODEL_FINGERPRINT, model.sha256.clone()),
        (words::PREPROCESSING_FINGERPRINT, model.preprocessing_sha256.clone()),
        (words::PROGRAM, PROGRAM.into()),
    ]
}

fn image(ImageFacts { format, width, height, bits }: &ImageFacts) -> String {
    words::image(format, (*width, *height), *bits)
}

fn of_reading(reading: &Reading, file_sha256: &str) -> Vec<(&'static str, String)> {
    let examination = &reading.examination;
    let model = &examination.model;
    let mut rows = vec![
        (words::MODEL, format!("{}, {} {}", reading.model_title, model.id, model.version)),
        (words::CARD_HASH, model.sha256.clone()),
        (words::PREPROCESSING_HASH, model.preprocessing_sha256.clone()),
        (words::COMPUTED_BY, reading.backend.clone()),
    ];
    // The examined image may be a frame of the file, encoded as a picture with its own hash.
    if examination.image_sha256 != file_sha256 {
        rows.push((words::INPUT_HASH, examination.image_sha256.clone()));
    }
    let points =
        examination.answer.iter().flat_map(Answer::labels).filter_map(|label| label.operating_point.as_ref());
    rows.extend(points.map(|point| (words::OPERATING_POINT, words::operating_point(point))));
    rows
}
