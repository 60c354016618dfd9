//! File type detection by the first bytes.

use crate::dicom;
use crate::imaging::{self, Error};
use crate::study::DicomFacts;

/// The type of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// PNG, JPEG or another picture format.
    Picture,
    /// DICOM with an image.
    Dicom(Box<DicomFacts>),
    /// A zip archive.
    Archive,
}

/// Detects the type by the first bytes; `head` may be cut off anywhere.
///
/// # Errors
/// Fails if the file cannot be shown, with the reason.
pub fn look(head: &[u8]) -> Result<Look, Error> {
    if is_archive(head) {
        return Ok(Look::Archive);
    }
    if dicom::is(head) {
        return Ok(Look::Dicom(Box::new(dicom::head(head)?)));
    }
    imaging::sniff(head).map(|_| Look::Picture)
}

/// Whether it is a zip archive, also an empty one.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}
