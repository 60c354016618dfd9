//! Cases saved by versions before 0.2.

use crate::examination::Verdict;
use crate::fingerprint::Sha256;
use crate::messages;
use crate::units::Probability;
use crate::viewing::Annotation;
use serde::{Deserialize, Serialize};

/// The answer in one line, and what the user added. Fields that were not saved are not made up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlierCase {
    /// The operating point's finding.
    pub finding: String,
    /// The finding's calibrated probability.
    pub probability: Probability,
    /// The verdict at the operating point.
    pub verdict: Verdict,
    /// The operating point's threshold.
    pub threshold: Probability,
    /// The bundle that answered.
    pub model: String,
    /// The SHA-256 of that bundle's card.
    pub model_sha256: Sha256,
    /// The SHA-256 of the image file.
    pub image_sha256: Sha256,
    /// Whether the user overruled the gate.
    pub overruled: bool,
    /// The user's note.
    pub note: String,
    /// The patient's fingerprint.
    pub patient: Option<Sha256>,
    /// The study date, `YYYY-MM-DD`.
    pub study_date: Option<String>,
    /// The user's annotations.
    pub annotations: Vec<Annotation>,
}

impl EarlierCase {
    /// The answer in one line.
    pub(super) fn line(&self) -> String {
        let numbers = (self.probability, self.threshold);
        messages::earlier_line(&self.finding, self.verdict, numbers, self.overruled)
    }
}
