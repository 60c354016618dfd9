//! The report of an image: its editor, its documents, and the paper.

texts! {
    TITLE = "Report";
}

/// What computed, for the report.
pub fn backend(threads: Option<usize>) -> String {
    match threads {
        Some(1) => "WebAssembly, 1 thread".into(),
        Some(threads) => format!("WebAssembly, {threads} threads"),
        None => "WebAssembly".into(),
    }
}

texts! {
    NOT_ANSWERED = "the page asked something and was not answered yet";
    NOT_EXAMINED = "not examined yet";
    STOPPED = "stopped by the reader";
    FINDINGS = "Findings";
    IMPRESSION = "Impression";
    PROPOSED_WORDS_BUTTON = "Back to the proposed words";
    READ_BY = "Read by";
    NAME_PATIENT = "Include the patient's name";
    caption(number: usize) = "What key image {number} shows";
    remove(number: usize) = "Remove key image {number}";
    CAPTION_HINT = "What it shows";
    REMOVE_BUTTON = "Remove";
    KEY_IMAGES = "Key images";
    KEEP_PICTURE_BUTTON = "Keep the picture as it is shown";
    KEY_IMAGE = "Key image";
    MEASUREMENTS = "Measurements";
    TIED_TO = "What the report is tied to";
    SAVE_AS_FILES = "Save as files";
    FILES_HINT = "Files are made on this device and saved where your browser keeps downloads. They hold the image's file name and fingerprint; the printed report also holds the key images.";
    TABLE_HINT = "One row for each image on the desk, for spreadsheets";
    TABLE_BUTTON = "CSV of all images";
    PRINT_BUTTON = "Print or save as PDF";
    STRUCTURED_HINT = "For the archive of the clinic (PACS)";
    STRUCTURED_BUTTON = "DICOM SR";
    FHIR_HINT = "For the clinic's record system";
    FHIR_BUTTON = "FHIR";
    JSON_HINT = "Everything, for other programs";
    JSON_BUTTON = "JSON";
    NO_DOWNLOAD = "this browser did not let the page save a file";
    /// What is said once a file is saved.
    saved_as(name: &str) = "Saved as {name}, where your browser keeps downloads. Nothing was sent.";
    not_saved(why: &str) = "Not saved: {why}.";
    PATIENT = "Patient";
    STUDY = "Study";
    FILE = "File";
    MADE = "Made";
    /// `time`: without its zone.
    in_utc(time: &str) = "{time} UTC";
    /// A model's answer in one paragraph. `all`: every label with its probability.
    reading(line: &str, all: &str, tried_on: &str) = "{line}. All answers: {all}. {tried_on}.";
    PAPER_TITLE = "Report of a computer-aided reading";
    MODELS_ANSWERED = "What the models answered";
    EVIDENCE = "Evidence";
    MODELS_CANNOT = "What the models cannot do";
}
