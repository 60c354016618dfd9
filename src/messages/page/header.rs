//! The table of a DICOM file's header.

pub const TITLE: &str = "What the file's header says";
pub const READING: &str = "Reading the header";

pub fn cannot_be_shown(why: &str) -> String {
    format!("The header cannot be shown: {why}.")
}

pub const ELEMENTS: &str = "Elements of the header";
pub const TAG: &str = "Tag";
pub const NAME: &str = "Name";
pub const KIND_HINT: &str = "Value representation: the kind of value";
pub const KIND: &str = "VR";
pub const VALUE: &str = "Value";
pub const SHOW_PATIENT: &str = "Show who the patient is";
pub const SEARCH_HINT: &str = "Part of a tag, name or value";
pub const SEARCH: &str = "Elements that hold";
