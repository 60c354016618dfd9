//! The table of a DICOM file's header.

texts! {
    TITLE = "What the file's header says";
    READING = "Reading the header";
    cannot_be_shown(why: &str) = "The header cannot be shown: {why}.";
    ELEMENTS = "Elements of the header";
    TAG = "Tag";
    NAME = "Name";
    KIND_HINT = "Value representation: the kind of value";
    KIND = "VR";
    VALUE = "Value";
    SHOW_PATIENT = "Show who the patient is";
    SEARCH_HINT = "Part of a tag, name or value";
    SEARCH = "Elements that hold";
}
