//! What a report says of itself: headings, names, sentences. What it says of an answer stands beside this file.

#![allow(missing_docs, reason = "a text says itself what it says; its name says what it is for")]

use crate::examination::OperatingPoint;
use crate::units::Estimate;

texts! {
    NOTICE = "Not a diagnosis. A computer's reading can be wrong; decisions belong to a clinician.";
    TO_CONFIRM = "To be confirmed or rejected by the reader of the image.";
    NO_ANSWER = "The model gave no answer; the image is to be read without it.";
    OUT_OF_SCOPE = "The model is not made for this image: the score is no verdict; the image is to be read without it.";
    model(title: &str, version: &str) = "The model \"{title}\" {version}";
    gave_no_answer(model: &str, reason: &str) = "{model} gave no answer. {reason}";
    no_answer(reason: &str) = "No answer. {reason}";
    answer_of(title: &str) = "Answer of the model \"{title}\"";
    suspected(finding: &str) = "Suspected by the model: {finding}.";
    not_suspected(finding: &str) = "Not suspected by the model: {finding}. That is not the same as absent, and the model looks for nothing else.";
    unchecked(finding: &str) = "Not checked on data, so without a verdict: {finding}; the image is to be read without it.";
    unsure(finding: &str) = "The model cannot tell about {finding}; the image is to be read without it.";
    named(line: &str) = "Named by the model: {line}.";
    note(note: &str) = "Note: {note}";
    pseudonym(key: &str) = "Not named; pseudonym {key}";

    // Measurements.
    AT_DETECTOR = "at the detector, larger than in the patient";
    AT_DETECTOR_NOTE = "At the detector, larger than in the patient";
    MAGNIFIED = "Measured at the detector, which magnifies: larger than in the patient";
    PIXELS = "pixels";
    SQUARE_PIXELS = "square pixels";
    MEAN = "Mean";
    DEVIATION = "Standard deviation";
    MINIMUM = "Minimum";
    MAXIMUM = "Maximum";
}

/// `range`: lowest and highest value.
pub fn values(mean: f64, deviation: f64, range: (f64, f64), unit: &str) -> String {
    format!("; mean {mean:.1}, SD {deviation:.1}, {:.1} to {:.1} {unit}", range.0, range.1)
}

texts! {
    /// `points`: pairs of coordinates.
    place(frame: u32, points: &str) = "Frame {frame}, at {points} in pixels from the upper left corner";

    // Headings and names.
    FINDINGS = "Findings";
    IMPRESSION = "Impression";
    IMAGING = "Imaging";
    READING = "Computer-aided reading of a medical image";
    SERIES = "Report of a computer-aided reading";
    SCHEME = "Concepts of the program Lantern";
    PSEUDONYM = "Pseudonym, the first digits of a SHA-256";
    ACCESSION = "Accession number";
    SOFTWARE = "Software that classifies medical images";
    IMAGE = "Image";
    MODEL = "Model";
    PROGRAM = "Program";
    BACKEND = "Backend";
    FILE_HASH = "SHA-256 of the file";
    CARD_HASH = "SHA-256 of the model's card";
    PREPROCESSING_HASH = "SHA-256 of the preprocessing";
    INPUT_HASH = "SHA-256 of what the model was given";
    COMPUTED_BY = "Computed by";
    OPERATING_POINT = "Operating point";
    IMAGE_FINGERPRINT = "Image fingerprint (SHA-256)";
    MODEL_FINGERPRINT = "Model fingerprint (SHA-256 of its card)";
    PREPROCESSING_FINGERPRINT = "Preprocessing fingerprint (SHA-256 of how the card fits an image)";
    input_hash(hash: &str) = "SHA-256 of what the model was given: {hash}";
    frames(frames: u32) = "The instance has {frames} frames.";
    more_frames(frames: u32) = ", {frames} frames";
    image(format: &str, (width, height): (u32, u32), bits: u8) = "{format}, {width} x {height} pixels, {bits} bits";
}

pub fn operating_point(point: &OperatingPoint) -> String {
    let share = |Estimate { value, low, high }: Estimate| {
        format!("{:.0} % ({:.0} to {:.0} %)", value * 100.0, low * 100.0, high * 100.0)
    };
    format!(
        "{} is suspected from {} on, not sure between {} and {}; sensitivity {}, specificity {}, measured on {}",
        point.label,
        point.threshold,
        point.unsure_from,
        point.unsure_to,
        share(point.sensitivity),
        share(point.specificity),
        point.measured_on
    )
}
