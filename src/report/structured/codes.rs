//! Coded concepts (PS3.16).

/// A coded concept: code value, coding scheme and meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code<'a> {
    /// At most 16 characters.
    pub value: &'a str,
    /// `DCM`, `SCT` (SNOMED CT), `UCUM`, or this program's own scheme if no other has the concept.
    pub scheme: &'a str,
    /// At most 64 characters.
    pub meaning: &'a str,
}

/// The scheme of this program's own concepts.
pub(super) const OWN: &str = "99LANTERN";

type Known = Code<'static>;

const fn dicom(value: &'static str, meaning: &'static str) -> Known {
    Code { value, scheme: "DCM", meaning }
}

const fn snomed(value: &'static str, meaning: &'static str) -> Known {
    Code { value, scheme: "SCT", meaning }
}

const fn own(value: &'static str, meaning: &'static str) -> Known {
    Code { value, scheme: OWN, meaning }
}

pub(super) const MEASUREMENT_REPORT: Known = dicom("126000", "Imaging Measurement Report");
pub(super) const LANGUAGE: Known = dicom("121049", "Language of Content Item and Descendants");
pub(super) const ENGLISH: Known = Code { value: "en", scheme: "RFC5646", meaning: "English" };
pub(super) const OBSERVER_TYPE: Known = dicom("121005", "Observer Type");
pub(super) const PERSON: Known = dicom("121006", "Person");
pub(super) const DEVICE: Known = dicom("121007", "Device");
pub(super) const PERSON_NAME: Known = dicom("121008", "Person Observer Name");
pub(super) const DEVICE_UID: Known = dicom("121012", "Device Observer UID");
pub(super) const DEVICE_NAME: Known = dicom("121013", "Device Observer Name");
pub(super) const DEVICE_MANUFACTURER: Known = dicom("121014", "Device Observer Manufacturer");
pub(super) const DEVICE_MODEL: Known = dicom("121015", "Device Observer Model Name");
pub(super) const PROCEDURE: Known = dicom("121058", "Procedure reported");
pub(super) const IMAGING: Known = snomed("363679005", "Imaging procedure");
pub(super) const IMAGE_LIBRARY: Known = dicom("111028", "Image Library");
pub(super) const IMAGE_LIBRARY_GROUP: Known = dicom("126200", "Image Library Group");
pub(super) const MEASUREMENTS: Known = dicom("126010", "Imaging Measurements");
pub(super) const GROUP: Known = dicom("125007", "Measurement Group");
pub(super) const TRACKING_ID: Known = dicom("112039", "Tracking Identifier");
pub(super) const TRACKING_UID: Known = dicom("112040", "Tracking Unique Identifier");
pub(super) const ALGORITHM_NAME: Known = dicom("111001", "Algorithm Name");
pub(super) const ALGORITHM_VERSION: Known = dicom("111003", "Algorithm Version");
pub(super) const CERTAINTY: Known = dicom("111012", "Certainty of Finding");
pub(super) const FINDING: Known = dicom("121071", "Finding");
pub(super) const IMPRESSION: Known = dicom("121073", "Impression");
pub(super) const COMMENT: Known = dicom("121106", "Comment");
pub(super) const DERIVATION: Known = dicom("121401", "Derivation");
pub(super) const ATTENUATION: Known = dicom("112031", "Attenuation Coefficient");
pub(super) const EVALUATIONS: Known =
    Code { value: "C0034375", scheme: "UMLS", meaning: "Qualitative Evaluations" };
pub(super) const LENGTH: Known = snomed("410668003", "Length");
pub(super) const ANGLE: Known = snomed("1483009", "Angle");
pub(super) const AREA: Known = snomed("42798000", "Area");
pub(super) const MEAN: Known = snomed("373098007", "Mean");
pub(super) const DEVIATION: Known = snomed("386136009", "Standard Deviation");
pub(super) const MINIMUM: Known = snomed("255605001", "Minimum");
pub(super) const MAXIMUM: Known = snomed("56851009", "Maximum");
pub(super) const PIXEL_VALUE: Known = own("pixel-value", "Pixel value");
pub(super) const VERDICT: Known = own("verdict", "Verdict at the operating point");
pub(super) const OPERATING_POINT: Known = own("operating-point", "Operating point");
pub(super) const CONCERN: Known = own("concern", "Concern about the image");
pub(super) const FILE_HASH: Known = own("file-hash", "SHA-256 of the file");
pub(super) const CARD_HASH: Known = own("card-hash", "SHA-256 of the model's card");
pub(super) const INPUT_HASH: Known = own("input-hash", "SHA-256 of the preprocessing");
pub(super) const BACKEND: Known = own("backend", "Computed by");

/// The code of a measurement's unit, from its UCUM code.
pub(super) fn unit(code: &str) -> Code<'_> {
    let (value, meaning) = match code {
        "mm" => ("mm", "millimeter"),
        "cm" => ("cm", "centimeter"),
        "mm2" => ("mm2", "square millimeter"),
        "cm2" => ("cm2", "square centimeter"),
        "deg" => ("deg", "degree"),
        "%" => ("%", "Percent"),
        "HU" | "[hnsf'U]" => ("[hnsf'U]", "Hounsfield unit"),
        "" | "1" => ("1", "no units"),
        "{pixel}" => ("{pixel}", "pixel"),
        "{pixel}2" => ("{pixel}2", "square pixel"),
        other => (other, other),
    };
    Code { value, scheme: "UCUM", meaning }
}
