//! The product's vocabulary: what was examined, what was found, how sure that is.

use crate::metrics::RELIABILITY_BINS;
use crate::scope::{Ages, Contradiction, HeaderFacts, HeaderField, KnownAge, Presentation};
use crate::units::{Estimate, Probability};
use serde::{Deserialize, Serialize};

/// One thing a model looks for, and how probable it is in this image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The class, in the card's words.
    pub label: String,
    /// Calibrated on the model's validation split.
    pub probability: Probability,
}

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
    /// One frame of several was examined.
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

/// How far an image is from those that a model learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Admission {
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
    /// As in [`Admission`].
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
        /// As in [`Admission`].
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
    pub age: Option<KnownAge>,
    /// Why this model, or why the image was refused.
    pub reason: Reason,
    /// How the gate judged it; `None` where none was asked: a blank image, or a bundle examined without one.
    pub admission: Option<Admission>,
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
    pub outlined: Option<f32>,
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
    /// The heat map is being made.
    Explaining,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 4] = [Self::Decoding, Self::Admitting, Self::Inferring, Self::Explaining];
}
