//! What a probability means: the operating point, the verdict, and why a verdict is withheld.

use crate::metrics::RELIABILITY_BINS;
use crate::units::{Estimate, Probability};
use serde::{Deserialize, Serialize};

/// What the probability means at the model's operating point. There is no verdict that says "healthy".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// At or above the operating point.
    Suspected,
    /// Below the operating point, and images like this one seldom turned out to have it: not the same as absent.
    NotSuspected,
    /// The model was wrong too often on such images to be believed; [`Doubt`] says why.
    Unsure,
    /// The model names what it sees and suspects nothing: see [`Purpose::Naming`].
    Named,
    /// No verdict: the image was refused and a reader overruled the refusal, so nobody has measured what the score is worth.
    Withheld,
}

/// Why a verdict is [`Verdict::Unsure`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Doubt {
    /// The probability lies in the band around the operating point.
    NearThreshold,
    /// The prediction set holds the finding, although its probability is below the band.
    SetHoldsFinding,
    /// Of the images with about this probability, more had the finding than a verdict "not suspected" may miss.
    OftenThere {
        /// Images with about this probability.
        images: usize,
        /// The share of them that had the finding, 0 to 1.
        share: f32,
    },
    /// Nobody said whether patient and picture are what the model is for.
    Unconfirmed,
    /// A reader moved the threshold above a probability that the card's own threshold suspects.
    MovedBelow,
    /// Too few images had about this probability to know.
    FewImages {
        /// How many had.
        images: usize,
    },
}

/// For what use an operating point is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To miss few: at least [`SCREENING_SENSITIVITY`] of the validation images with the finding are called suspected.
    Screening,
    /// To raise few false alarms: at least [`RULING_IN_SPECIFICITY`] of the validation images without it are not called suspected.
    RulingIn,
    /// Every error counts the same: the threshold is a calibrated probability of 0.5.
    Balanced,
    /// To name which of several kinds an image shows; there is nothing to suspect.
    Naming,
}

/// Of the validation images with the finding, the least share that a screening threshold calls suspected.
pub const SCREENING_SENSITIVITY: f64 = 0.95;
/// Of the validation images without the finding, the least share that a ruling-in threshold does not call suspected.
pub const RULING_IN_SPECIFICITY: f64 = 0.95;
/// "Not suspected" is said only where at most this share of the images with about the same probability had the finding.
pub const MOST_MISSED: f32 = 0.05;
/// And only where there were at least so many images to know that from.
pub const FEWEST_IMAGES: usize = 20;

/// Where a probability turns into a verdict, and how often that was right on the validation split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// What the threshold is about, a class or several together, in the card's words.
    pub label: String,
    /// At or above it the finding is suspected.
    pub threshold: Probability,
    /// From here up to `unsure_to` the verdict is [`Verdict::Unsure`].
    pub unsure_from: Probability,
    /// See `unsure_from`.
    pub unsure_to: Probability,
    /// Of the images with the finding, the share called suspected.
    pub sensitivity: Estimate,
    /// Of the images without it, the share not called suspected.
    pub specificity: Estimate,
    /// Which images the two shares were measured on, for instance `test split, 624 images`.
    pub measured_on: String,
    /// Of those images, the share that has the finding, 0 to 1: a probability holds where the finding is as common as there.
    pub prevalence: f64,
    /// For what use the threshold is chosen.
    pub purpose: Purpose,
    /// The threshold of the card, where a reader moved it to another place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Probability>,
    /// Only below it can a verdict be [`Verdict::NotSuspected`], wherever a reader moves the threshold: above it, too many of the
    /// validation images had the finding, or too few images were there to know.
    pub rules_out_below: Probability,
}

impl OperatingPoint {
    /// The same at another threshold. The band of doubt keeps its width in odds: a reader who moves the threshold says how many
    /// false alarms a missed finding weighs, and the answers nearest to that balance stay the doubtful ones. What was measured is
    /// that of the `curve`'s nearest point.
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

    /// The verdict on a probability, and why it is unsure where it is. `set_holds_finding`: whether the prediction set holds a class
    /// of the finding; `reliability`: how often images of each probability had the finding, as the card tells.
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

    /// Why "not suspected" cannot be said of a probability below the band.
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

/// The bin that holds a probability; none where no image of it was seen.
pub fn bin_of(reliability: &[ReliabilityBin], probability: Probability) -> Option<&ReliabilityBin> {
    let place = |p: f32| ((p * RELIABILITY_BINS as f32) as usize).min(RELIABILITY_BINS - 1);
    reliability.iter().find(|bin| place(bin.mean_probability) == place(probability.get()))
}

/// What a threshold comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Of the finding's probability.
    pub threshold: f32,
    /// As in [`OperatingPoint`].
    pub sensitivity: Estimate,
    /// As in [`OperatingPoint`].
    pub specificity: Estimate,
}

/// Images whose probability of the finding was about the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// How many.
    pub images: usize,
    /// Their mean probability.
    pub mean_probability: f32,
    /// The share that has the finding.
    pub share: f32,
}
