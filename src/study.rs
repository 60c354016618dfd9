//! What a file says about itself: patient, study, series and frames.

use crate::examination::ImageFacts;
use crate::scope::HeaderFacts;
use serde::{Deserialize, Serialize};

/// An opened file, without its pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// The SHA-256 of the file's bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Format, size, and bits per sample of a frame.
    pub image: ImageFacts,
    /// Number of frames; at least 1.
    pub frames: u32,
    /// Display time of a frame in milliseconds, if the file says so.
    pub frame_ms: Option<f64>,
    /// The header, if it is a DICOM file.
    pub dicom: Option<DicomFacts>,
}

/// The part of a DICOM header that the program uses. Texts are empty if the header lacks them.
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
    /// Name of the transfer syntax.
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
    /// Position of the image along the normal of its plane, in millimetres: Image Position (0020,0032)
    /// projected on the cross product of Image Orientation (0020,0037). Series are sorted by it.
    pub position: Option<f64>,
    /// Number of Frames (0028,0008); 1 if the header lacks it.
    pub frames: u32,
    /// The patient.
    pub patient: Patient,
    /// View Position (0018,5101).
    #[serde(default)]
    pub view: String,
    /// Image Type (0008,0008), its values joined by backslashes.
    #[serde(default)]
    pub image_type: String,
    /// Study ID (0020,0010).
    #[serde(default)]
    pub study_id: String,
    /// Study Time (0008,0030), as the file writes it.
    #[serde(default)]
    pub study_time: String,
    /// Whether its pixels are real numbers, as a program computes them and no device records them.
    #[serde(default)]
    pub has_real_numbers: bool,
}

impl DicomFacts {
    /// Whether the image is one of many parallel slices through a body, which are looked through as one. Any other image stands for
    /// itself, also beside others of its series: two views of a chest, or the scout on which slices are planned.
    pub fn is_slice(&self) -> bool {
        let is_volume = matches!(self.modality.trim(), "CT" | "MR" | "PT" | "NM");
        let is_scout = self.image_type.to_uppercase().split('\\').any(|part| part == "LOCALIZER");
        is_volume && !is_scout && self.frames <= 1 && !self.series.is_empty()
    }

    /// The part of the header that decides which model may examine the image. It does not identify the
    /// patient.
    pub fn header(&self) -> HeaderFacts {
        let upper = |text: &str| text.trim().to_uppercase();
        HeaderFacts {
            modality: upper(&self.modality),
            body_part: upper(&self.body_part),
            view: upper(&self.view),
            image_type: upper(&self.image_type),
            is_computed: self.has_real_numbers,
            is_secondary_capture: is_secondary_capture(&self.sop_class),
            age_years: age(&self.patient.age).or_else(|| between(&self.patient.birth_date, &self.study_date)),
        }
    }
}

/// Prefix of the UIDs of all secondary capture classes (PS3.4, B.5), single-frame and multi-frame.
const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";

fn is_secondary_capture(sop_class: &str) -> bool {
    sop_class.strip_prefix(SECONDARY_CAPTURE).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// An Age String (PS3.5, 6.2) in years; for instance `034Y`, `018M`, `012W` or `003D`.
fn age(written: &str) -> Option<f32> {
    let written = written.trim();
    let digits = written.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f32 = digits.parse().ok().filter(|years| *years >= 0.0)?;
    match written.get(digits.len()..)? {
        "Y" | "y" => Some(number),
        "M" | "m" => Some(number / 12.0),
        "W" | "w" => Some(number * 7.0 / DAYS_A_YEAR),
        "D" | "d" => Some(number / DAYS_A_YEAR),
        _ => None,
    }
}

const DAYS_A_YEAR: f32 = 365.25;

/// Approximate years between two dates `YYYY-MM-DD`; `None` if one is missing or invalid, or if the order is
/// wrong.
fn between(birth: &str, study: &str) -> Option<f32> {
    let days = |date: &str| -> Option<f32> {
        let mut parts = date.split('-').map(|part| part.parse::<f32>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        Some(year * DAYS_A_YEAR + (month - 1.0) * DAYS_A_YEAR / 12.0 + day)
    };
    // Half a day is added, so that on a birthday the year is complete despite leap days.
    Some((days(study)? - days(birth)? + 0.5) / DAYS_A_YEAR).filter(|years| (0.0..150.0).contains(years))
}

/// The patient, as the file says. Masked on the screen until the user asks to see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Patient ID (0010,0020).
    pub id: String,
    /// Patient's Name (0010,0010), as `Family, Given`.
    pub name: String,
    /// The same as the file writes it, its parts divided by `^`; reports keep them apart.
    #[serde(default)]
    pub person_name: String,
    /// Issuer of Patient ID (0010,0021).
    #[serde(default)]
    pub issuer: String,
    /// Referring Physician's Name (0008,0090), as the file writes it.
    #[serde(default)]
    pub referring: String,
    /// Patient's Birth Date (0010,0030), as `YYYY-MM-DD`.
    pub birth_date: String,
    /// Patient's Sex (0010,0040): `F`, `M`, `O` or empty.
    pub sex: String,
    /// Patient's Age (0010,1010), for instance `034Y`.
    pub age: String,
    /// The patient's fingerprint, the same for all files of one patient: the SHA-256 of the issuer of the ID (0010,0021), a
    /// zero byte, and the ID. Empty if there is no ID.
    pub key: String,
}

/// The first of up to three scripts of a person's name that is not empty (PS3.5, section 6.2).
pub fn first_script(person_name: &str) -> &str {
    let is_there = |script: &&str| !script.trim_matches(['^', ' ']).is_empty();
    person_name.split('=').find(is_there).unwrap_or_default()
}

/// A data element of a header, for the tag browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Nesting depth in sequences; 0 at the top.
    pub depth: u8,
    /// For instance `(0010,0010)`.
    pub tag: String,
    /// Value representation, for instance `PN`.
    pub vr: String,
    /// Its name in the dictionary; empty if the dictionary lacks it.
    pub name: String,
    /// Its value as text, shortened; masked if it identifies the patient and masking is on.
    pub value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slices_of_a_volume_are_looked_through_as_one() {
        let facts = |modality: &str, image_type: &str, frames| DicomFacts {
            modality: modality.into(),
            image_type: image_type.into(),
            series: "1.2.3".into(),
            frames,
            ..DicomFacts::default()
        };
        assert!(facts("CT", "ORIGINAL\\PRIMARY\\AXIAL", 1).is_slice() && facts("MR", "", 1).is_slice());
        for single in ["CR", "DX", "MG", "US", "XA", "SC", "OP", "DMS", "XC", ""] {
            assert!(!facts(single, "", 1).is_slice(), "{single}");
        }
        assert!(!facts("CT", "ORIGINAL\\PRIMARY\\LOCALIZER", 1).is_slice() && !facts("CT", "", 2).is_slice());
    }

    #[test]
    fn an_age_is_read_from_its_element_or_from_two_dates() {
        let of = |age: &str, birth: &str, study: &str| {
            let patient = Patient { age: age.into(), birth_date: birth.into(), ..Patient::default() };
            DicomFacts { patient, study_date: study.into(), ..DicomFacts::default() }.header().age_years
        };
        assert_eq!(of("067Y", "", ""), Some(67.0));
        assert_eq!(of("018M", "", ""), Some(1.5));
        assert!(of("010D", "", "").unwrap() < 0.1);
        assert_eq!(of("", "2000-03-01", "2006-03-01").map(f32::floor), Some(6.0));
        assert_eq!(of("", "2000-03-02", "2006-03-01").map(f32::floor), Some(5.0));
        for (age, birth, study) in
            [("", "", ""), ("soon", "", ""), ("", "2006-01-01", "2000-01-01"), ("-1Y", "", "")]
        {
            assert_eq!(of(age, birth, study), None, "{age} {birth} {study}");
        }
    }

    #[test]
    fn a_secondary_capture_is_known_by_its_class() {
        let of = |sop_class: &str| {
            DicomFacts { sop_class: sop_class.into(), ..DicomFacts::default() }.header().is_secondary_capture
        };
        assert!(of("1.2.840.10008.5.1.4.1.1.7") && of("1.2.840.10008.5.1.4.1.1.7.2"));
        assert!(!of("1.2.840.10008.5.1.4.1.1.1") && !of("1.2.840.10008.5.1.4.1.1.77.1.4"));
    }
}
