//! What versions before 0.2 kept of a case.

use crate::examination::Verdict;
use crate::fingerprint::Sha256;
use crate::messages;
use crate::units::Probability;
use crate::viewing::Annotation;
use serde::{Deserialize, Serialize};

/// One line of an answer and what the reader added. Nothing is invented for what was not kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlierCase {
    /// What the operating point was about.
    pub finding: String,
    /// Its calibrated probability.
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
    /// Whether a reader overruled the gate.
    pub overruled: bool,
    /// The reader's own words.
    pub note: String,
    /// Whose image it is.
    pub patient: Option<Sha256>,
    /// When the image was taken, `YYYY-MM-DD`.
    pub study_date: Option<String>,
    /// What the reader drew.
    pub annotations: Vec<Annotation>,
}

impl EarlierCase {
    /// The answer in a line.
    pub(super) fn line(&self) -> String {
        let (finding, verdict) = (messages::capital(&self.finding), messages::verdict_name(self.verdict));
        let overruled = if self.overruled { ", refusal overruled" } else { "" };
        format!(
            "{finding}: {verdict}, {} (suspected from {} on){overruled}",
            self.probability, self.threshold
        )
    }
}
