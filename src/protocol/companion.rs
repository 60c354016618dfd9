//! Page <-> companion, as JSON. No type here can hold pixels: `tests/floors.rs` refuses any field that could.

use crate::examination::Verdict;
use crate::units::Probability;
use crate::viewing::Annotation;
use serde::{Deserialize, Serialize};

/// The longest note that a case can hold, in bytes.
pub const NOTE_LIMIT: usize = 4000;
/// The most annotations that a case can hold.
pub const ANNOTATION_LIMIT: usize = 30;
/// The longest label of an annotation, in bytes.
pub const LABEL_LIMIT: usize = 100;

/// A case as the page hands it over to be kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// The class that the operating point is about.
    pub finding: String,
    /// Its calibrated probability.
    pub probability: Probability,
    /// The verdict at the operating point.
    pub verdict: Verdict,
    /// The operating point's threshold.
    pub threshold: Probability,
    /// The bundle that answered.
    pub model: String,
    /// The SHA-256 of that bundle's card, 64 hexadecimal digits.
    pub model_sha256: String,
    /// The SHA-256 of the image file, 64 hexadecimal digits. The image itself stays on the device.
    pub image_sha256: String,
    /// Whether the gate did not admit the image, and a reader overruled it.
    #[serde(default)]
    pub overruled: bool,
    /// The reader's own words; at most [`NOTE_LIMIT`] bytes.
    pub note: String,
    /// Whose image it is: a fingerprint of the patient's number, 64 hexadecimal digits, which tells no name.
    #[serde(default)]
    pub patient: Option<String>,
    /// When the image was taken, `YYYY-MM-DD`.
    #[serde(default)]
    pub study_date: Option<String>,
    /// What the reader drew and measured; at most [`ANNOTATION_LIMIT`].
    #[serde(default)]
    pub annotations: Vec<Annotation>,
}

/// A case as the companion keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedCase {
    /// Its number in this companion's history.
    pub id: i64,
    /// When it was saved, RFC 3339 in UTC.
    pub saved_at: String,
    /// The case itself.
    #[serde(flatten)]
    pub case: NewCase,
}

/// The history, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseList {
    /// At most as many as were asked for.
    pub cases: Vec<SavedCase>,
    /// All that are kept.
    pub total: u64,
}

/// An error of the companion (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemDetails {
    /// What kind of problem, for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do next.
    pub detail: String,
}
