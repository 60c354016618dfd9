//! What a file says of itself: the patient, the study, the series, the frames.

use crate::examination::ImageFacts;
use serde::{Deserialize, Serialize};

/// A file that was opened, without its pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// The SHA-256 of the file's bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Format, size, bits of a frame.
    pub image: ImageFacts,
    /// How many frames it holds; at least 1.
    pub frames: u32,
    /// How long a frame is to be shown, in milliseconds, where the file says so.
    pub frame_ms: Option<f64>,
    /// What its header says, where it is a DICOM file.
    pub dicom: Option<DicomFacts>,
}

/// The part of a DICOM header that the program uses. Texts are empty where the header has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DicomFacts {
    /// SOP Class UID (0008,0016).
    pub sop_class: String,
    /// SOP Instance UID (0008,0018).
    pub sop_instance: String,
    /// Study Instance UID (0020,000D).
    pub study: String,
    /// Series Instance UID (0020,000E).
    pub series: String,
    /// The transfer syntax, in words.
    pub transfer_syntax: String,
    /// Modality (0008,0060), for instance `CR`.
    pub modality: String,
    /// Body Part Examined (0018,0015).
    pub body_part: String,
    /// Study Date (0008,0020), as `YYYY-MM-DD`.
    pub study_date: String,
    /// Study Description (0008,1030).
    pub study_description: String,
    /// Series Description (0008,103E).
    pub series_description: String,
    /// Accession Number (0008,0050).
    pub accession: String,
    /// Instance Number (0020,0013).
    pub instance_number: Option<i32>,
    /// Where the image lies along the normal of its plane, in millimetres: Image Position (0020,0032) projected on the cross
    /// product of Image Orientation (0020,0037). Series are sorted by it.
    pub position: Option<f64>,
    /// Number of Frames (0028,0008); 1 where the header does not say.
    pub frames: u32,
    /// Who was examined.
    pub patient: Patient,
}

/// Who was examined, as the file says. Masked on the screen until a reader asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Patient ID (0010,0020).
    pub id: String,
    /// Patient's Name (0010,0010), as `Family, Given`.
    pub name: String,
    /// Patient's Birth Date (0010,0030), as `YYYY-MM-DD`.
    pub birth_date: String,
    /// Patient's Sex (0010,0040): `F`, `M`, `O` or empty.
    pub sex: String,
    /// Patient's Age (0010,1010), for instance `034Y`.
    pub age: String,
    /// The same for all files of one patient and telling nothing of him: the SHA-256 of the issuer of the ID (0010,0021), a
    /// zero byte, and the ID. Empty where there is no ID.
    pub key: String,
}

/// One data element of a header, for the tag browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// How deep it stands in sequences; 0 at the top.
    pub depth: u8,
    /// For instance `(0010,0010)`.
    pub tag: String,
    /// For instance `PN`.
    pub vr: String,
    /// Its name in the dictionary; empty for what the dictionary does not know.
    pub name: String,
    /// Its value in words, shortened; masked where it names the patient and masking is asked for.
    pub value: String,
}
