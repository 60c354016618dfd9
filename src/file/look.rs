//! What a file is, by its first bytes.

use crate::dicom;
use crate::imaging::{self, Error};
use crate::study::DicomFacts;

/// What a file is.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// PNG, JPEG and their like.
    Picture,
    /// DICOM with an image.
    Dicom(Box<DicomFacts>),
    /// A zip archive.
    Archive,
}

/// Tells by the beginning of a file, wherever it is cut off.
///
/// # Errors
///
/// Nothing that can be shown, and why.
pub fn look(head: &[u8]) -> Result<Look, Error> {
    if is_archive(head) {
        return Ok(Look::Archive);
    }
    if dicom::is(head) {
        return Ok(Look::Dicom(Box::new(dicom::head(head)?)));
    }
    imaging::sniff(head).map(|_| Look::Picture)
}

/// A zip archive, an empty one too.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}
