//! The verdict on a probability: the operating point, and the reasons for doubt.

use crate::metrics::RELIABILITY_BINS;
use crate::units::{Estimate, Probability};
use serde::{Deserialize, Serialize};

/// What a probability means at the model's operating point. No verdict says "healthy". The alias is the name
/// in cases that earlier builds saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The probability is at or above the operating point.
    Suspected,
    /// The probability is below the operating point, and images with about this probability rarely had the
    /// finding. That is not the same as absent.
    #[serde(alias = "not-suspected")]
    NotSuspected,
    /// The model was wrong too often on such images; [`Doubt`] says why.
    Unsure,
    /// The model only names which kind it sees; see [`Purpose::Naming`].
    Named,
    /// No verdict, because it has not been measured what the score is worth: the model is not made for the image, or its
    /// probabilities were never checked on data.
    Withheld,
}

impl Verdict {
    /// In which order the user should know of verdicts on many labels, 0 first. "Not suspected" comes last: it is said of a whole answer
    /// only if it holds for each label.
    pub fn rank(self) -> u8 {
        match self {
            Self::Suspected => 0,
            Self::Unsure => 1,
            Self::Withheld => 2,
            Self::NotSuspected | Self::Named => 3,
        }
    }

    /// As it is serialised.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::NotSuspected => "not_suspected",
            Self::Unsure => "unsure",
            Self::Named => "named",
            Self::Withheld => "withheld",
        }
    }
}

/// Why a verdict is [`Verdict::Unsure`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Doubt {
    /// The probability is in the unsure band around the operating point.
    NearThreshold,
    /// The probability is below the band, but the prediction set contains the finding.
    SetHoldsFinding,
    /// Of the images with about this probability, more had the finding than "not suspected" may miss.
    OftenThere {
        /// Number of images with about this probability.
        images: usize,
        /// Proportion of them that had the finding, 0 to 1.
        share: f32,
    },
    /// The user has not confirmed that patient and picture are what the model is meant for.
    Unconfirmed,
    /// The user raised the threshold above a probability that the card's own threshold suspects.
    MovedBelow,
    /// Too few images had about this probability.
    FewImages {
        /// Number of these images.
        images: usize,
    },
}

/// The purpose for which an operating point is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// High sensitivity: at least [`SCREENING_SENSITIVITY`] of the validation images with the finding are
    /// suspected.
    Screening,
    /// High specificity: at least [`RULING_IN_SPECIFICITY`] of the validation images without the finding are
    /// not suspected.
    RulingIn,
    /// All errors count the same: the threshold is a calibrated probability of 0.5.
    Balanced,
    /// To name which of several kinds an image shows. Nothing is suspected.
    Naming,
}

/// Minimum sensitivity of a screening threshold on the validation images.
pub const SCREENING_SENSITIVITY: f64 = 0.95;
/// Minimum specificity of a ruling-in threshold on the validation images.
pub const RULING_IN_SPECIFICITY: f64 = 0.95;
/// "Not suspected" is said only if at most this proportion of the images with about the same probability had
/// the finding.
pub const MOST_MISSED: f32 = 0.05;
/// "Not suspected" is said only if there were at least this many images with about the same probability.
pub const FEWEST_IMAGES: usize = 20;

/// The threshold between verdicts, and its measured sensitivity and specificity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The finding, one class or several together, in the card's words.
    pub label: String,
    /// At or above it, the finding is suspected.
    pub threshold: Probability,
    /// From here up to `unsure_to`, the verdict is [`Verdict::Unsure`].
    pub unsure_from: Probability,
    /// See `unsure_from`.
    pub unsure_to: Probability,
    /// Proportion of the images with the finding that are suspected.
    pub sensitivity: Estimate,
    /// Proportion of the images without the finding that are not suspected.
    pub specificity: Estimate,
    /// The images that sensitivity and specificity were measured on, for instance `test split, 624 images`.
    pub measured_on: String,
    /// Prevalence of the finding in those images, 0 to 1. Probabilities hold only for the same prevalence.
    pub prevalence: f64,
    /// The purpose for which the threshold was chosen.
    pub purpose: Purpose,
    /// The card's threshold, if the user moved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Probability>,
    /// A verdict can be [`Verdict::NotSuspected`] only below this probability, wherever the user moves the
    /// threshold. Above it, too many validation images had the finding, or there were too few images.
    pub rules_out_below: Probability,
}

impl OperatingPoint {
    /// The operating point at another threshold. The unsure band keeps its width in log odds: moving the
    /// threshold changes how many false alarms weigh as much as a missed finding, and the answers closest to
    /// that balance stay the unsure ones. Sensitivity and specificity are those of the nearest point of
    /// `curve`.
    pub fn moved(&self, threshold: Probability, curve: &[CurvePoint]) -> Self {
        let logit = |p: Probability| (p.get() / (1.0 - p.get())).ln();
        let by = logit(threshold) - logit(self.threshold);
        let along = |p: Probability| Probability::new(1.0 / (1.0 + (-logit(p) - by).exp())).unwrap_or(p);
        let far = |point: &&CurvePoint| (point.threshold - threshold.get()).abs();
        let near = curve.iter().min_by(|a, b| far(a).total_cmp(&far(b)));
        let (sensitivity, specificity) =
            near.map_or((self.sensitivity, self.specificity), |point| (point.sensitivity, point.specificity));
        Self {
            threshold,
            moved_from: (threshold != self.threshold).then_some(self.threshold),
            unsure_from: along(self.unsure_from),
            unsure_to: along(self.unsure_to),
            sensitivity,
            specificity,
            ..self.clone()
        }
    }

    /// The verdict on a probability, and the reason if it is unsure. `set_holds_finding`: whether the
    /// prediction set contains a class of the finding; `reliability`: the card's reliability table.
    pub fn verdict(
        &self,
        probability: Probability,
        set_holds_finding: bool,
        reliability: &[ReliabilityBin],
    ) -> (Verdict, Option<Doubt>) {
        if self.purpose == Purpose::Naming {
            return (Verdict::Named, None);
        }
        if self.unsure_from <= probability && probability < self.unsure_to {
            return (Verdict::Unsure, Some(Doubt::NearThreshold));
        }
        if probability >= self.threshold {
            return (Verdict::Suspected, None);
        }
        match self.doubt(probability, set_holds_finding, reliability) {
            Some(doubt) => (Verdict::Unsure, Some(doubt)),
            None => (Verdict::NotSuspected, None),
        }
    }

    /// Why "not suspected" cannot be said of a probability below the unsure band; `None` if it can.
    fn doubt(
        &self,
        probability: Probability,
        set_holds_finding: bool,
        reliability: &[ReliabilityBin],
    ) -> Option<Doubt> {
        let bin = bin_of(reliability, probability);
        let (images, share) = bin.map_or((0, 0.0), |bin| (bin.images, bin.share));
        if set_holds_finding {
            Some(Doubt::SetHoldsFinding)
        } else if images < FEWEST_IMAGES {
            Some(Doubt::FewImages { images })
        } else if share > MOST_MISSED || probability >= self.rules_out_below {
            Some(Doubt::OftenThere { images, share })
        } else {
            None
        }
    }
}

/// The bin that contains a probability; `None` if no image had such a probability.
pub fn bin_of(reliability: &[ReliabilityBin], probability: Probability) -> Option<&ReliabilityBin> {
    let place = |p: f32| ((p * RELIABILITY_BINS as f32) as usize).min(RELIABILITY_BINS - 1);
    reliability.iter().find(|bin| place(bin.mean_probability) == place(probability.get()))
}

/// Sensitivity and specificity at one threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Threshold on the finding's probability.
    pub threshold: f32,
    /// As in [`OperatingPoint`].
    pub sensitivity: Estimate,
    /// As in [`OperatingPoint`].
    pub specificity: Estimate,
}

/// A bin of the reliability table: images with about the same probability of the finding.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Number of images.
    pub images: usize,
    /// Their mean probability.
    pub mean_probability: f32,
    /// Proportion of them that has the finding, 0 to 1.
    pub share: f32,
}
