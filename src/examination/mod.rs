//! Types of an examination: image, gate decision, findings, verdict.

mod answer;
mod heat_map;
mod verdict;

pub use answer::{Answer, Standing};
pub use heat_map::{AGREE_FROM, EMPTY_BELOW, Method};
pub use verdict::{
    CurvePoint, Doubt, FEWEST_IMAGES, MOST_MISSED, OperatingPoint, Purpose, RULING_IN_SPECIFICITY,
    ReliabilityBin, SCREENING_SENSITIVITY, Verdict, bin_of,
};

use crate::scope::{Ages, Contradiction, HeaderFacts, HeaderField, Presentation, Stated};
use crate::units::Probability;
use serde::{Deserialize, Serialize};

/// A class and its probability for this image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The class, in the card's words.
    pub label: String,
    /// Calibrated on the model's validation split.
    pub probability: Probability,
}

/// A property of an image that makes a score less reliable. Not an error: the image was examined.
/// Aliases are the names in cases that earlier builds saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Concern {
    /// All pixels have nearly the same value.
    Blank,
    /// Fewer pixels than the model's input.
    Tiny {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A colour picture, for a model trained on grey ones only.
    Coloured,
    /// Far from the aspect ratio of the model's training images.
    Elongated {
        /// Longer side divided by shorter side.
        ratio: f32,
    },
    /// A large part of the image is pure black or pure white.
    Clipped {
        /// Proportion of pixels at either end of the range, 0 to 1.
        share: f32,
    },
    /// A grey picture, for a model trained on colour ones only.
    Colourless,
    /// Less fine detail than nearly all of the model's training images.
    Blurred {
        /// Amount of detail, as a fraction of the limit for blurred images.
        share: f32,
    },
    /// Black and white seem to be exchanged: inverted, the image would be admitted.
    Inverted,
    /// Cropped too tightly: with a border around it, the image would be admitted.
    Cropped,
    /// Transparent pixels were taken as black.
    Transparent,
    /// Every pixel is marked as transparent; the colours behind the mark were used.
    WhollyTransparent,
    /// Only the first of several frames was examined.
    #[serde(alias = "several-frames")]
    SeveralFrames,
    /// The answer is for one frame of a file with several.
    #[serde(alias = "one-frame-of")]
    OneFrameOf {
        /// The frame, from 1.
        frame: u32,
        /// Number of frames.
        frames: u32,
    },
    /// The header lacks elements that would show whether the model suits the image.
    #[serde(alias = "header-silent")]
    HeaderSilent {
        /// The missing elements.
        about: Vec<HeaderField>,
    },
    /// The model is meant for certain ages, and the patient's age is unknown.
    #[serde(alias = "age-unknown")]
    AgeUnknown {
        /// The ages that the model allows.
        ages: Ages,
    },
    /// Only a person can tell whether the picture is of the model's kind, and the user has not confirmed it.
    Unconfirmed {
        /// The kind that the model is meant for.
        asks: String,
    },
    /// The pixels are compressed in another way than the file says. They were read as what they are.
    Misnamed {
        /// The transfer syntax that the file names.
        named: String,
    },
    /// A window that the file proposes shows nothing of the image; it was not used.
    EmptyWindow,
    /// The file is a secondary capture: a picture of a screen, not the original measurement.
    #[serde(alias = "secondary-capture")]
    SecondaryCapture,
    /// The model has no gate: it answers whatever the image shows.
    Ungated,
    /// Probabilities of the model were never checked on data.
    Unchecked {
        /// The labels that this is about; empty if it is about the whole answer.
        labels: Vec<String>,
    },
}

impl Concern {
    /// The concern's name as serialised.
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
            Self::WhollyTransparent => "wholly_transparent",
            Self::SeveralFrames => "several_frames",
            Self::OneFrameOf { .. } => "one_frame_of",
            Self::HeaderSilent { .. } => "header_silent",
            Self::AgeUnknown { .. } => "age_unknown",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::Misnamed { .. } => "misnamed",
            Self::EmptyWindow => "empty_window",
            Self::SecondaryCapture => "secondary_capture",
            Self::Ungated => "ungated",
            Self::Unchecked { .. } => "unchecked",
        }
    }
}

/// Properties of the image file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// The format, detected by content, for instance `JPEG`.
    pub format: String,
    /// Width in pixels, after applying the orientation.
    pub width: u32,
    /// Height in pixels, after applying the orientation.
    pub height: u32,
    /// Bits per sample: 8 or 16; for DICOM the bits stored, for instance 12.
    pub bits: u8,
}

/// The model that answered, for traceability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelStamp {
    /// The bundle's folder name, for instance `chest-pneumonia`.
    pub id: String,
    /// The bundle's version.
    pub version: String,
    /// The SHA-256 of the bundle's card. The card holds the hashes of all other files of the bundle.
    pub sha256: String,
    /// The SHA-256 of the preprocessing: the card's `input` as compact JSON with keys in alphabetical order.
    /// Bundles with the same hash preprocess images identically. Empty in data written before this field
    /// existed.
    #[serde(default)]
    pub preprocessing_sha256: String,
}

/// The gate's decision on an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateDecision {
    /// Distance from the model's training images, in units of the limit: above 1 the image is refused.
    pub distance: f32,
    /// The nearest kind of image.
    pub nearest: KnownKind,
    /// Whether the model may answer: the image is near enough, and no other kind is nearer.
    pub admitted: bool,
    /// Whether the user overruled a refusal.
    pub overruled: bool,
}

/// A kind of image that some model examines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownKind {
    /// The bundle's folder name.
    pub model: String,
    /// In words, for instance `a slice of a brain MRI`.
    pub words: String,
    /// Distance, as in [`GateDecision`].
    pub distance: f32,
}

impl KnownKind {
    /// Whether an image at this distance counts as this kind.
    pub fn is_near(&self) -> bool {
        self.distance <= 1.0
    }
}

/// Why the model examined or refused an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Reason {
    /// The image is similar to the model's training images.
    Known {
        /// The kind of image, in the card's words.
        words: String,
        /// Distance, as in [`GateDecision`].
        distance: f32,
    },
    /// No gate was used.
    Ungated {
        /// The model's title.
        title: String,
    },
    /// All pixels have nearly the same value.
    Blank,
    /// The header contradicts the model's scope.
    Header {
        /// The contradiction.
        contradiction: Contradiction,
        /// The model's kind of image, in words.
        kind: String,
        /// Whether the header also contradicts every other model of this installation.
        is_nobodys: bool,
    },
    /// An image that no model examines: a report stored as an image, a scout, or a computed map.
    Presented {
        /// Which of these.
        presentation: Presentation,
    },
    /// Another model's kind of image is nearer.
    Elsewhere {
        /// That kind.
        nearest: KnownKind,
        /// The kind of the requested model, in words.
        own: String,
        /// Distance from the requested model's kind.
        distance: f32,
    },
    /// No model's kind of image is near.
    Unknown {
        /// The nearest kind.
        nearest: KnownKind,
    },
    /// Nearly all of the image is noise.
    Grain {
        /// The noise, as a multiple of the limit.
        times: f32,
    },
}

impl Reason {
    /// Whether header or user contradict the model's scope.
    pub fn is_contradiction(&self) -> bool {
        matches!(self, Self::Header { .. } | Self::Presented { .. })
    }

    /// Whether the reason applies to all frames of the file, because the header alone decided.
    pub fn is_of_whole_file(&self) -> bool {
        matches!(self, Self::Presented { .. } | Self::Header { is_nobodys: true, .. })
    }
}

/// The complete result for one image, without its pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// Properties of the image file.
    pub image: ImageFacts,
    /// SHA-256 of the file's bytes.
    pub image_sha256: String,
    /// The model that answered.
    pub model: ModelStamp,
    /// The part of the header that decides which model may examine the image; `None` if the file has no
    /// header.
    pub header: Option<HeaderFacts>,
    /// The patient's age, or that it suits the model, if the header or the user said so.
    pub age: Option<Stated>,
    /// Why the model examined or refused the image.
    pub reason: Reason,
    /// The gate's decision; `None` if no gate was used: for a blank image, or a bundle without a gate.
    pub admission: Option<GateDecision>,
    /// What the user should know before the score.
    pub concerns: Vec<Concern>,
    /// The answer; `None` if the image was refused.
    pub answer: Option<Answer>,
}

impl Examination {
    /// Whether the user overruled a refusal.
    pub fn is_overruled(&self) -> bool {
        self.admission.as_ref().is_some_and(|admission| admission.overruled)
    }

    /// Whether the model answered although it is not made for the image, so that its score is no verdict: the user overruled a refusal, or
    /// there is no gate to refuse what contradicts the model's scope.
    pub fn is_out_of_scope(&self) -> bool {
        self.is_overruled() || self.answer.is_some() && self.reason.is_contradiction()
    }

    /// The kind of this image, if another model than the requested one knows it.
    pub fn known_elsewhere(&self) -> Option<&KnownKind> {
        match &self.reason {
            Reason::Elsewhere { nearest, .. } => Some(nearest),
            _ => None,
        }
    }
}

/// The stages of an examination, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Decoding the file.
    Decoding,
    /// Running the gate.
    Admitting,
    /// Running the network.
    Inferring,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 3] = [Self::Decoding, Self::Admitting, Self::Inferring];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kept_cases_are_still_read_and_no_longer_written() {
        for (old, now) in [
            (r#"{"kind":"several-frames"}"#, Concern::SeveralFrames),
            (r#"{"kind":"one-frame-of","frame":2,"frames":3}"#, Concern::OneFrameOf { frame: 2, frames: 3 }),
            (r#"{"kind":"header-silent","about":[]}"#, Concern::HeaderSilent { about: vec![] }),
            (
                r#"{"kind":"age-unknown","ages":{"from":1,"to":5,"words":"a child"}}"#,
                Concern::AgeUnknown { ages: Ages { from: 1, to: 5, words: "a child".into() } },
            ),
            (r#"{"kind":"secondary-capture"}"#, Concern::SecondaryCapture),
        ] {
            assert_eq!(serde_json::from_str::<Concern>(old).unwrap(), now);
            assert_eq!(serde_json::to_value(&now).unwrap()["kind"], now.name());
        }
        assert_eq!(serde_json::from_str::<Verdict>("\"not-suspected\"").unwrap(), Verdict::NotSuspected);
        for verdict in
            [Verdict::Suspected, Verdict::NotSuspected, Verdict::Unsure, Verdict::Named, Verdict::Withheld]
        {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.name());
        }
    }
}
