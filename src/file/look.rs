//! What a file that was dropped is: a picture, DICOM with its header, a volume, or an archive.

use crate::dicom;
use crate::imaging::{self, Error};
use crate::nifti;
use crate::sniff::{Kind, sniff};
use crate::study::DicomFacts;

/// The type of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// PNG, JPEG or another picture format.
    Picture,
    /// DICOM with an image.
    Dicom(Box<DicomFacts>),
    /// A NIfTI volume.
    Volume,
    /// A zip archive.
    Archive,
}

/// Detects the type by the first bytes; `head` may be cut off anywhere.
///
/// # Errors
/// Fails if the file cannot be shown, with the reason.
pub fn look(head: &[u8]) -> Result<Look, Error> {
    match sniff(head) {
        Kind::Archive => Ok(Look::Archive),
        Kind::Dicom => Ok(Look::Dicom(Box::new(dicom::head(head)?))),
        Kind::Other(_) if nifti::is(head) => Ok(Look::Volume),
        _ => imaging::check_type(head).map(|()| Look::Picture),
    }
}
