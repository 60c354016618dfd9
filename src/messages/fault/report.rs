//! Reports that cannot be written.

texts! {
    moment(moment: &str) = "the report's time is \"{moment}\"; write it as in 2026-01-31T09:30:00Z";
    table(why: &str) = "the table could not be written: {why}; try again";
    json(why: &str) = "the report could not be written as JSON: {why}; try again";
    dicom(why: &str) = "the DICOM report could not be written: {why}; choose another format";
}
