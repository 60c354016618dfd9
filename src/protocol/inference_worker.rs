//! Page <-> inference worker: loads a model, examines and explains images. The buffer of a request is an image, that of a reply a
//! picture. Ids, not order, match replies to requests.

use super::Problem;
use crate::about::About;
pub use crate::examination::Stage;
use crate::examination::{Concern, CurvePoint, Examination, ImageFacts, ReliabilityBin};
pub use crate::explanation::Method;
use crate::imaging::PixelLayout;
use crate::scope::{HeaderFacts, Stated};
use crate::units::Estimate;
use serde::{Deserialize, Serialize};

/// An item's number, given by the page.
pub type ItemId = u32;

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Fetch or read from the cache, verify, and keep ready. Answered by `Loading`*, then `Ready` or `Unavailable`.
    Load {
        /// The bundle's folder name.
        model: String,
        /// Where its card comes from.
        card: CardFrom,
    },
    /// Examine one image with the loaded model; one buffer comes with it, as `payload` says.
    /// Answered by `Progress`*, then `Examined` or `Failed`.
    Examine {
        /// Chosen by the page, unique among its jobs.
        id: ItemId,
        /// Which of its frames the buffer is, from 0; comes back with the answer.
        frame: u32,
        /// Whether it is examined even where the gate does not admit it; the answer is marked then.
        overrule: bool,
        /// What the buffer is.
        payload: Payload,
        /// What the user said of the patient's age.
        age: Option<Stated>,
    },
    /// Tell why the loaded model answers as it does, whatever the gate says. The worker keeps the image that it examined last; any other
    /// comes as a buffer, as `payload` says. Answered by `Step`*, then `Explained` or `Unexplained`; or by `NotKept`.
    Explain {
        /// Of the image that was examined.
        id: ItemId,
        /// Which of its frames, from 0.
        frame: u32,
        /// The model that answered; another one, loaded since, has nothing to tell of that.
        model: String,
        /// How.
        method: Method,
        /// About which of the card's classes; about the finding where there is none.
        class: Option<usize>,
        /// What the buffer is; `None` if none comes with it.
        payload: Option<Payload>,
    },
    /// Drop the image that is kept. Not answered.
    Clear,
}

/// What the buffer is that comes with an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// The bytes of a picture's file.
    File,
    /// The samples of a frame that the worker for files has decoded.
    Frame(Box<DecodedFrame>),
}

/// A frame and the file that it was taken from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecodedFrame {
    /// How the samples lie in the buffer.
    pub layout: PixelLayout,
    /// The SHA-256 of the file's bytes.
    pub sha256: String,
    /// What the file is.
    pub facts: ImageFacts,
    /// The part of its header that decides which model may answer; `None` if it has no header.
    pub header: Option<HeaderFacts>,
    /// What the user must know of how the frame was taken from the file.
    pub concerns: Vec<Concern>,
}

/// Where a worker takes a bundle's card from. Weights always come from the cache where it has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardFrom {
    /// The site, so that a new version is noticed; the cache where the site does not answer.
    Site,
    /// The cache, so that a worker that takes over makes no request while images are open.
    Cache,
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Bytes of weights so far; `of` is 0 while the size is unknown.
    Loading {
        /// Bytes so far.
        done: u64,
        /// Bytes in all.
        of: u64,
    },
    /// The bundle is verified and ready.
    Ready {
        /// What the user may ask about the model.
        model: Box<ModelSummary>,
        /// All models of the site, this one included.
        models: Vec<About>,
        /// Whether the weights came from this device's cache, so that none were downloaded.
        cached: bool,
        /// Network requests that the worker made for it, by the browser's own count.
        requests: u32,
        /// How many threads compute.
        threads: usize,
    },
    /// The bundle cannot be used.
    Unavailable {
        /// Why.
        problem: Problem,
    },
    /// An item has come this far.
    Progress {
        /// The item.
        id: ItemId,
        /// What is being done now.
        stage: Stage,
    },
    /// An item is examined.
    Examined {
        /// The item.
        id: ItemId,
        /// The frame that was examined, as it was asked for.
        frame: u32,
        /// The answer.
        examination: Box<Examination>,
        /// Time taken in the worker, in milliseconds.
        ms: f64,
        /// Of that, the gate's part and the network's.
        times: (f64, f64),
        /// Network requests that the worker made meanwhile, by the browser's own count.
        requests: u32,
    },
    /// An explanation has come this far.
    Step {
        /// The item.
        id: ItemId,
        /// Steps done.
        done: usize,
        /// Steps in all.
        of: usize,
    },
    /// An item is explained. One buffer comes with it: RGBA of `picture` size, over the image as it was read.
    Explained {
        /// The item.
        id: ItemId,
        /// How it was asked for.
        method: Method,
        /// What about.
        class: Option<usize>,
        /// Width and height of the picture.
        picture: (u32, u32),
        /// The map's strongest place, 0 to 1; of an outline 1 where there is any.
        strongest: f32,
        /// How well occlusion or gradients agree with class activation about the same: Spearman's rank correlation on 16 x 16 places,
        /// -1 to 1. Nothing for the other methods, and where either map points nowhere.
        agreement: Option<f32>,
    },
    /// The image to be explained is not the one that is kept: ask again, with the image.
    NotKept {
        /// The item.
        id: ItemId,
    },
    /// An item could not be explained; what was found stands.
    Unexplained {
        /// The item.
        id: ItemId,
        /// Why.
        problem: Problem,
    },
    /// An item could not be examined; the next one still can.
    Failed {
        /// The item.
        id: ItemId,
        /// Why.
        problem: Problem,
    },
    /// Page and worker come from different builds.
    Stale,
}

/// The part of a card that the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// What the bundle says of itself.
    pub about: About,
    /// Of its test images with the finding, the share that was headed "not suspected", where that was measured.
    pub missed: Option<Estimate>,
    /// Of its test images without the finding, the share on the side of the finding, where that was measured.
    pub false_alarms: Option<Estimate>,
    /// The classes, in the card's words.
    pub labels: Vec<String>,
    /// Whether each class is a label of its own that an image has or has not.
    pub is_of_many: bool,
    /// What it has an operating point for: its finding, or labels among many; nothing where it was never checked on data.
    pub findings: Vec<FindingSummary>,
    /// Bytes of weights.
    pub bytes: u64,
    /// Whether it has a gate, which refuses images that it is not made for.
    pub is_gated: bool,
    /// Whether class activation tells one place from another: not where the network's last map is one pixel.
    pub has_class_maps: bool,
}

/// What is known of a model's finding, or of one label among many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingSummary {
    /// In the card's words.
    pub label: String,
    /// What other operating points come to.
    pub curve: Vec<CurvePoint>,
    /// Whether its probabilities mean what they say.
    pub reliability: Vec<ReliabilityBin>,
}
