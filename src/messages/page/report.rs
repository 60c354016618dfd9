//! The report of an image: its editor, its documents, and the paper.

pub const TITLE: &str = "Report";

/// What computed, for the report.
pub fn backend(threads: Option<usize>) -> String {
    match threads {
        Some(1) => "WebAssembly, 1 thread".into(),
        Some(threads) => format!("WebAssembly, {threads} threads"),
        None => "WebAssembly".into(),
    }
}

pub const NOT_ANSWERED: &str = "the page asked something and was not answered yet";
pub const NOT_EXAMINED: &str = "not examined yet";
pub const STOPPED: &str = "stopped by the reader";
pub const FINDINGS: &str = "Findings";
pub const IMPRESSION: &str = "Impression";
pub const PROPOSED_WORDS_BUTTON: &str = "Back to the proposed words";
pub const READ_BY: &str = "Read by";
pub const NAME_PATIENT: &str = "Include the patient's name";

pub fn caption(number: usize) -> String {
    format!("What key image {number} shows")
}

pub fn remove(number: usize) -> String {
    format!("Remove key image {number}")
}

pub const CAPTION_HINT: &str = "What it shows";
pub const REMOVE_BUTTON: &str = "Remove";
pub const KEY_IMAGES: &str = "Key images";
pub const KEEP_PICTURE_BUTTON: &str = "Keep the picture as it is shown";
pub const KEY_IMAGE: &str = "Key image";
pub const MEASUREMENTS: &str = "Measurements";
pub const TIED_TO: &str = "What the report is tied to";
pub const SAVE_AS_FILES: &str = "Save as files";
pub const FILES_HINT: &str = "Files are made on this device and saved where your browser keeps downloads. They hold the image's file name and fingerprint; the printed report also holds the key images.";
pub const TABLE_HINT: &str = "One row for each image on the desk, for spreadsheets";
pub const TABLE_BUTTON: &str = "CSV of all images";
pub const PRINT_BUTTON: &str = "Print or save as PDF";
pub const STRUCTURED_HINT: &str = "For the archive of the clinic (PACS)";
pub const STRUCTURED_BUTTON: &str = "DICOM SR";
pub const FHIR_HINT: &str = "For the clinic's record system";
pub const FHIR_BUTTON: &str = "FHIR";
pub const JSON_HINT: &str = "Everything, for other programs";
pub const JSON_BUTTON: &str = "JSON";
pub const NO_DOWNLOAD: &str = "this browser did not let the page save a file";

/// What is said once a file is saved.
pub fn saved_as(name: &str) -> String {
    format!("Saved as {name}, where your browser keeps downloads. Nothing was sent.")
}

pub fn not_saved(why: &str) -> String {
    format!("Not saved: {why}.")
}

pub const PATIENT: &str = "Patient";
pub const STUDY: &str = "Study";
pub const FILE: &str = "File";
pub const MADE: &str = "Made";

/// `time`: without its zone.
pub fn in_utc(time: &str) -> String {
    format!("{time} UTC")
}

/// A model's answer in one paragraph. `all`: every label with its probability.
pub fn reading(line: &str, all: &str, tried_on: &str) -> String {
    format!("{line}. All answers: {all}. {tried_on}.")
}

pub const PAPER_TITLE: &str = "Report of a computer-aided reading";
pub const MODELS_ANSWERED: &str = "What the models answered";
pub const EVIDENCE: &str = "Evidence";
pub const MODELS_CANNOT: &str = "What the models cannot do";
