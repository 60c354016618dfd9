//! The product's vocabulary: what was examined, what was found, how sure that is.

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
    /// Below the operating point: not the same as absent.
    NotSuspected,
    /// Inside the band around the operating point where the model was wrong too often to be believed.
    Unsure,
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
        }
    }

    /// One sentence for a reader: what was seen and why it matters.
    pub fn sentence(&self) -> String {
        match self {
            Self::Blank => "The image is blank: nearly every pixel has the same value.".into(),
            Self::Tiny { width, height } => format!(
                "The image is only {width} x {height} pixels, smaller than what the model looks at; details are missing."
            ),
            Self::Coloured => "This is a colour picture; the model learned from grey images only. If it is a photo of a screen or a film, use the original file: a photo adds glare, patterns and a tilt.".into(),
            Self::Colourless => "This picture has no colour; the model learned from colour images only.".into(),
            Self::Blurred { share } => format!(
                "The image is blurred: it has {:.0} % of the fine detail that the model's own images have at least.",
                share * 100.0
            ),
            Self::Inverted => "Black and white seem to be changed: turned around, the model would know the image. Invert it and open it again.".into(),
            Self::Cropped => "The image seems to be cut too tight: with a border around it, the model would know it. Use the whole image.".into(),
            Self::Elongated { ratio } => format!(
                "One side is {ratio:.1} times the other; the model learned from nearly square images, so this one is distorted for it."
            ),
            Self::Clipped { share } => format!(
                "{:.0} % of the pixels are pure black or pure white; detail may have been lost before the image came here.",
                share * 100.0
            ),
            Self::Transparent => "Parts of the image are transparent; they were read as black.".into(),
            Self::SeveralFrames => "The file holds several frames; only the first was examined.".into(),
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

    /// The verdict on a probability.
    pub fn verdict(&self, probability: Probability) -> Verdict {
        if self.unsure_from <= probability && probability < self.unsure_to {
            Verdict::Unsure
        } else if probability >= self.threshold {
            Verdict::Suspected
        } else {
            Verdict::NotSuspected
        }
    }
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

/// The whole answer to one image, without its pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// What the file was.
    pub image: ImageFacts,
    /// SHA-256 of the file's bytes: the image's fingerprint.
    pub image_sha256: String,
    /// The model that answered.
    pub model: ModelStamp,
    /// Why this model, or why the image was refused: one sentence.
    pub reason: String,
    /// How the gate judged it; `None` where none was asked: a blank image, or a bundle examined without one.
    pub admission: Option<Admission>,
    /// What a reader should know before the score.
    pub concerns: Vec<Concern>,
    /// The answer; `None` where the image was refused.
    pub answer: Option<Answer>,
}

impl Examination {
    /// The kind of image that this is, where another model than the one that was asked knows it.
    pub fn known_elsewhere(&self) -> Option<&KnownKind> {
        let nearest = &self.admission.as_ref()?.nearest;
        (nearest.model != self.model.id && nearest.is_near()).then_some(nearest)
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
