//! The product's vocabulary: what was examined, what was found, how sure that is.

mod verdict;

pub use verdict::{
    CurvePoint, Doubt, FEWEST_IMAGES, MOST_MISSED, OperatingPoint, Purpose, RULING_IN_SPECIFICITY,
    ReliabilityBin, SCREENING_SENSITIVITY, Verdict, bin_of,
};

use crate::scope::{Ages, Contradiction, HeaderFacts, HeaderField, Presentation, Stated};
use crate::units::Probability;
use serde::{Deserialize, Serialize};

/// One thing a model looks for, and how probable it is in this image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The class, in the card's words.
    pub label: String,
    /// Calibrated on the model's validation split.
    pub probability: Probability,
}

/// Something about an image that a reader should know before believing a score. Not an error: the image was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Concern {
    /// Every pixel has nearly the same value: there is nothing to see.
    Blank,
    /// Fewer pixels than the model looks at.
    Tiny {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A colour picture where the model knows only grey ones.
    Coloured,
    /// Far from the shape of the images that the model knows.
    Elongated {
        /// Longer side divided by shorter side.
        ratio: f32,
    },
    /// A large part of the image is pure black or pure white.
    Clipped {
        /// Share of the pixels at either end of the range, 0 to 1.
        share: f32,
    },
    /// A grey picture where the model knows only colour ones.
    Colourless,
    /// Less fine detail than nearly all images that the model knows.
    Blurred {
        /// Of the detail below which an image is called blurred, the share that this one has.
        share: f32,
    },
    /// Black and white changed places: turned around, the model would know it.
    Inverted,
    /// Cut too tight: with a border around it, the model would know it.
    Cropped,
    /// Transparent parts were read as black.
    Transparent,
    /// Only the first frame of several was read.
    SeveralFrames,
    /// The answer is of one frame of a file's several.
    OneFrameOf {
        /// Which, from 1.
        frame: u32,
        /// How many there are.
        frames: u32,
    },
    /// The file's header does not say something by which the model could be told to be the wrong one.
    HeaderSilent {
        /// What it does not say.
        about: Vec<HeaderField>,
    },
    /// The model is for certain ages, and nobody said how old the patient is.
    AgeUnknown {
        /// For which ages.
        ages: Ages,
    },
    /// Only a person can tell whether it is the kind of picture that the model is for, and nobody said so.
    Unconfirmed {
        /// What the model is for.
        asks: String,
    },
    /// The file is a secondary capture: a picture of a screen, not what the machine measured.
    SecondaryCapture,
}

impl Concern {
    /// The concern's name, as it is serialised.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Tiny { .. } => "tiny",
            Self::Coloured => "coloured",
            Self::Elongated { .. } => "elongated",
            Self::Clipped { .. } => "clipped",
            Self::Colourless => "colourless",
            Self::Blurred { .. } => "blurred",
            Self::Inverted => "inverted",
            Self::Cropped => "cropped",
            Self::Transparent => "transparent",
            Self::SeveralFrames => "several-frames",
            Self::OneFrameOf { .. } => "one-frame-of",
            Self::HeaderSilent { .. } => "header-silent",
            Self::AgeUnknown { .. } => "age-unknown",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::SecondaryCapture => "secondary-capture",
        }
    }
}

/// What the file was, before anything was computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// The format told by content, for instance `JPEG`.
    pub format: String,
    /// Width in pixels, as oriented for reading.
    pub width: u32,
    /// Height in pixels, as oriented for reading.
    pub height: u32,
    /// Bits a sample: 8 or 16; of a DICOM file those that hold the value, for instance 12.
    pub bits: u8,
}

/// Which model answered, so that the answer can be tied to its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelStamp {
    /// The bundle's folder name, for instance `chest-pneumonia`.
    pub id: String,
    /// The bundle's version.
    pub version: String,
    /// The SHA-256 of the bundle's card, which itself pins every other file of the bundle.
    pub sha256: String,
    /// The SHA-256 of how an image becomes the network's input: the card's `input` as compact JSON, keys in alphabetical order.
    /// Two bundles with the same one see an image alike. Empty in what was written before there was one.
    #[serde(default)]
    pub preprocessing_sha256: String,
}

/// How far an image is from those that a model learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateDecision {
    /// In units of the farthest that is accepted: above 1 the image is refused.
    pub distance: f32,
    /// The kind of image that it is nearest to.
    pub nearest: KnownKind,
    /// Whether the model answers for it: near enough, and no other kind is nearer.
    pub admitted: bool,
    /// Whether a reader had it examined although it was not admitted.
    pub overruled: bool,
}

/// A kind of image that some model examines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownKind {
    /// The bundle's folder name.
    pub model: String,
    /// In words, for instance `a slice of a brain MRI`.
    pub words: String,
    /// As in [`GateDecision`].
    pub distance: f32,
}

impl KnownKind {
    /// Whether an image at this distance is one of the kind.
    pub fn is_near(&self) -> bool {
        self.distance <= 1.0
    }
}

/// Why an image was examined, or refused, by the model that was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Reason {
    /// It is like the images that the model learned from.
    Known {
        /// The kind of image, in the card's words.
        words: String,
        /// As in [`GateDecision`].
        distance: f32,
    },
    /// No gate was asked.
    Ungated {
        /// The model's title.
        title: String,
    },
    /// Every pixel has nearly the same value.
    Blank,
    /// The file's header says that the image is none for the model.
    Header {
        /// What it says, and what the model knows.
        contradiction: Contradiction,
        /// The model's kind of image, in words.
        kind: String,
        /// Whether it contradicts every other model here too.
        is_nobodys: bool,
    },
    /// It is a picture that no model reads: a report as an image, a scout.
    Presented {
        /// As what.
        presentation: Presentation,
    },
    /// Another model knows the image better.
    Elsewhere {
        /// That model's kind of image.
        nearest: KnownKind,
        /// The kind of the model that was asked, in words.
        own: String,
        /// How far from that.
        distance: f32,
    },
    /// No model knows the image.
    Unknown {
        /// The kind that it is nearest to.
        nearest: KnownKind,
    },
    /// Nearly all of it is grain.
    Grain {
        /// How many times as much as is accepted.
        times: f32,
    },
}

impl Reason {
    /// Whether no frame of the same file can fare better: the header alone decided.
    pub fn is_of_whole_file(&self) -> bool {
        matches!(self, Self::Presented { .. } | Self::Header { is_nobodys: true, .. })
    }
}

/// The whole answer to one image, without its pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// What the file was.
    pub image: ImageFacts,
    /// SHA-256 of the file's bytes: the image's fingerprint.
    pub image_sha256: String,
    /// The model that answered.
    pub model: ModelStamp,
    /// What the file's header says that decides which model may answer; `None` where the file has no header.
    pub header: Option<HeaderFacts>,
    /// How old the patient is, as far as the header or a reader said.
    pub age: Option<Stated>,
    /// Why this model, or why the image was refused.
    pub reason: Reason,
    /// How the gate judged it; `None` where none was asked: a blank image, or a bundle examined without one.
    pub admission: Option<GateDecision>,
    /// What a reader should know before the score.
    pub concerns: Vec<Concern>,
    /// The answer; `None` where the image was refused.
    pub answer: Option<Answer>,
}

impl Examination {
    /// Whether a reader had the image examined although it was refused.
    pub fn is_overruled(&self) -> bool {
        self.admission.as_ref().is_some_and(|admission| admission.overruled)
    }

    /// The kind of image that this is, where another model than the one that was asked knows it.
    pub fn known_elsewhere(&self) -> Option<&KnownKind> {
        match &self.reason {
            Reason::Elsewhere { nearest, .. } => Some(nearest),
            _ => None,
        }
    }
}

/// A model's answer to an image that it accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Every class, most probable first.
    pub findings: Vec<Finding>,
    /// The probability of what the operating point is about.
    pub probability: Probability,
    /// What that probability means at the operating point.
    pub verdict: Verdict,
    /// Why the verdict is unsure, where it is.
    pub doubt: Option<Doubt>,
    /// Whether the prediction set holds a class of the finding.
    pub set_holds_finding: bool,
    /// The operating point that made the verdict.
    pub operating_point: OperatingPoint,
    /// The classes that together hold the truth for nine images in ten like the model's validation images, most probable first.
    pub set: Vec<String>,
    /// Where the model draws outlines: the share of the image that lies inside, 0 to 1.
    pub lesion_fraction: Option<f32>,
}

impl Answer {
    /// The number that the answer is headed by: of the kind that is named, else of the finding.
    pub fn score(&self) -> Probability {
        let named = self.findings.first().filter(|_| self.operating_point.purpose == Purpose::Naming);
        named.map_or(self.probability, |first| first.probability)
    }
}

impl Answer {
    /// The same at a reader's threshold. Wherever it stands, "not suspected" is said only where the card says so too.
    pub fn at(&self, threshold: Probability, curve: &[CurvePoint], reliability: &[ReliabilityBin]) -> Self {
        if matches!(self.verdict, Verdict::Withheld | Verdict::Named) {
            return self.clone();
        }
        let operating_point = self.operating_point.moved(threshold, curve);
        let (mut verdict, mut doubt) =
            operating_point.verdict(self.probability, self.set_holds_finding, reliability);
        if verdict == Verdict::NotSuspected && self.verdict != Verdict::NotSuspected {
            (verdict, doubt) = (Verdict::Unsure, self.doubt.or(Some(Doubt::MovedBelow)));
        }
        Self { verdict, doubt, operating_point, ..self.clone() }
    }

    /// What the answer is headed by and its probability: the kind that is named, or the finding.
    pub fn headline(&self) -> (&str, Probability) {
        let named = self.findings.first().filter(|_| self.verdict == Verdict::Named);
        let finding = (self.operating_point.label.as_str(), self.probability);
        named.map_or(finding, |named| (named.label.as_str(), named.probability))
    }
}

/// The stages of an examination, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The file is being decoded.
    Decoding,
    /// The gate looks which kind of image it is.
    Admitting,
    /// The network computes.
    Inferring,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 3] = [Self::Decoding, Self::Admitting, Self::Inferring];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Estimate;

    fn answer(p: f32) -> Answer {
        let probability = |value| Probability::new(value).unwrap();
        let whole = Estimate { value: 0.9, low: 0.8, high: 1.0 };
        let operating_point = OperatingPoint {
            label: "it".into(),
            threshold: probability(0.06),
            unsure_from: probability(0.02),
            unsure_to: probability(0.06),
            sensitivity: whole,
            specificity: whole,
            measured_on: "400 images".into(),
            prevalence: 0.2,
            purpose: Purpose::Screening,
            moved_from: None,
            rules_out_below: probability(0.1),
        };
        let (verdict, doubt) = operating_point.verdict(probability(p), false, &table());
        let findings = vec![Finding { label: "it".into(), probability: probability(p) }];
        let set = vec!["not it".to_string()];
        Answer {
            findings,
            probability: probability(p),
            verdict,
            doubt,
            set_holds_finding: false,
            operating_point,
            set,
            lesion_fraction: None,
        }
    }

    fn table() -> Vec<ReliabilityBin> {
        vec![
            ReliabilityBin { images: 1000, mean_probability: 0.02, share: 0.01 },
            ReliabilityBin { images: 200, mean_probability: 0.95, share: 0.9 },
        ]
    }

    #[test]
    fn a_moved_threshold_suspects_more_or_less_but_never_clears_more() {
        let moved = |p, to| answer(p).at(Probability::new(to).unwrap(), &[], &table());
        assert_eq!((answer(0.92).verdict, answer(0.01).verdict), (Verdict::Suspected, Verdict::NotSuspected));
        // Far above: what the card suspects becomes unsure, not cleared; what it is unsure of stays so.
        assert_eq!(moved(0.3, 0.97).verdict, Verdict::Unsure);
        assert_eq!(
            (moved(0.03, 0.97).verdict, moved(0.01, 0.97).verdict),
            (Verdict::Unsure, Verdict::NotSuspected)
        );
        // Below: more is suspected.
        assert_eq!(moved(0.05, 0.03).verdict, Verdict::Suspected);
        assert_eq!(moved(0.3, 0.97).operating_point.moved_from, Probability::new(0.06));
        assert_eq!(moved(0.3, 0.06).operating_point.moved_from, None);
    }
}
