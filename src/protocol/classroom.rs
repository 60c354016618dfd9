//! Page <-> classroom worker: draws or reads the images of a class, trains on them step by step, and shows the network inside.

use super::Problem;
pub use crate::compare::{Comparison, Family, Figure, Outcome, Pair};
pub use crate::dataset::exercise::Purpose;
use crate::dataset::gallery::GalleryImage;
pub use crate::learn::classroom::Twin;
use crate::lesson::{
    Answers, Disturbed, EpochScores, LayerFacts, Preparation, Prepared, Settings, Spelled, StepScores,
};
use serde::{Deserialize, Serialize};

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Get the images of a class ready; a training on others ends. With `files`, the user's own: one buffer holds them one after the other.
    /// Answered by `Preparing`*, then `Prepared` or `Failed`.
    Prepare {
        /// The knobs.
        settings: Settings,
        /// Name and bytes of each file; empty where images are drawn, or where the last files are used again.
        files: Vec<(String, u64)>,
    },
    /// Images to look at. Answered by `Pictures`.
    Pictures {
        /// Of which part.
        purpose: Purpose,
        /// Their numbers.
        indices: Vec<usize>,
        /// Comes back with the answer.
        place: Place,
    },
    /// Begin a training on the images that are ready, and stop after so many steps; 0: at its end. Answered by `Stepped`* and `Epoch`*,
    /// then by `Paused` or `Finished`, or `Failed`; by `Fetching`* before, where it begins at a released model.
    Train {
        /// The knobs.
        settings: Settings,
        /// How many steps.
        steps: usize,
    },
    /// Go on with it, as many steps. Answered as `Train`.
    Continue {
        /// How many steps; 0: to its end.
        steps: usize,
    },
    /// Pause it after the step that is under way. Answered by `Paused`.
    Pause,
    /// End it, and tell what was held out until now. Answered by `Tested`.
    Test,
    /// Look at a drawing with the released bundle that knows its kind, which is fetched if this device does not have it. Answered by `Layers`
    /// or `Failed`.
    LookAtDrawing {
        /// Which.
        drawing: GalleryImage,
    },
    /// Look at an image with the network as it is now. Answered by `Layers` or `Failed`.
    Look {
        /// Of which part the image is.
        purpose: Purpose,
        /// Its number.
        index: usize,
    },
    /// The values of a layer for that image. Answered by `Values`.
    Values {
        /// Its number.
        value: usize,
    },
    /// The arithmetic of one value. Answered by `Spelled`.
    Spell {
        /// Layer, row, column, channel.
        place: (usize, usize, usize, usize),
    },
    /// Prepare an image of the validation part otherwise than usual, and ask the network, where there is one. Answered by `ImagePrepared`
    /// or `Failed`.
    PrepareImage {
        /// Its number.
        index: usize,
        /// How.
        how: Preparation,
    },
    /// Change an image of the validation part by noise, and ask the network. Answered by `Disturbed` or `Failed`.
    Disturb {
        /// Its number.
        index: usize,
        /// The largest change of a value, per cent of the range.
        size: f32,
        /// Whether all images are asked about as well.
        is_all: bool,
    },
    /// Compare families of method on the images that are ready, as `lantern compare` does. Nothing else is answered meanwhile. Answered by
    /// `Comparing`*, then `Compared` or `Failed`.
    Compare {
        /// The families.
        families: Vec<Family>,
        /// Everything random follows from it.
        seed: u64,
        /// Whether each method also learns from parts of the images.
        has_curves: bool,
    },
    /// Images of the last comparison, by their paths. Answered by `PicturesAt`.
    PicturesAt {
        /// Their paths.
        paths: Vec<String>,
    },
    /// The images that are ready as a zip archive, for the command line. Answered by `Archive` or `Failed`.
    Archive,
    /// The network as a bundle. Answered by `Bundle` or `Failed`.
    Export,
}

/// What pictures are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Examples of the data.
    Samples,
    /// A cell of the confusion matrix.
    Cell,
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// So many images are ready.
    Preparing {
        /// So far.
        done: usize,
        /// In all.
        of: usize,
    },
    /// All are ready.
    Prepared(Box<DataFacts>),
    /// Images: one buffer, RGBA of `side` pixels square, one after the other.
    Pictures {
        /// As it was asked.
        purpose: Purpose,
        /// As it was asked.
        indices: Vec<usize>,
        /// As it was asked.
        place: Place,
        /// Pixels a side.
        side: usize,
    },
    /// The released model that a training begins at is on its way.
    Fetching {
        /// Bytes so far.
        done: u64,
        /// In all.
        of: u64,
    },
    /// A training takes steps; only some are told.
    Stepped {
        /// The last one.
        scores: StepScores,
        /// Images a second since the training began or went on.
        rate: f64,
    },
    /// An epoch is done.
    Epoch {
        /// What it came to.
        scores: EpochScores,
        /// Seconds of computing since the training began.
        seconds: f64,
    },
    /// A training waits.
    Paused,
    /// All epochs are done.
    Finished,
    /// What was held out until now: the test images, then those of the other hospital, where there are any.
    Tested {
        /// Answers to the test images.
        test: Box<Answers>,
        /// Answers to those of the other hospital.
        elsewhere: Option<Box<Answers>>,
        /// How well training images can be told from test images: an AUC.
        membership: Option<f64>,
    },
    /// What the network looks like and what it says of the image.
    Layers {
        /// Of which part the image is, and its number; `None` for a drawing.
        image: Option<(Purpose, usize)>,
        /// The image first, the scores last.
        layers: Vec<LayerFacts>,
        /// The classes' names.
        classes: Vec<String>,
        /// A score a class.
        logits: Vec<f32>,
        /// Their softmax.
        probabilities: Vec<f32>,
    },
    /// A layer's values: one buffer of f32, rows, columns, channels innermost; a second one with the kernels of a convolution,
    /// `(out_channels, in_channels, kernel, kernel)`.
    Values {
        /// The layer.
        value: usize,
    },
    /// The arithmetic of one value; `None` where it is not one sum.
    Spelled {
        /// All of it.
        spelled: Option<Box<Spelled>>,
    },
    /// An image was prepared. Three buffers: RGBA as it is stored, RGBA as it was prepared, and the prepared values of its first channel as
    /// f32, 0 to 1.
    ImagePrepared(Box<Prepared>),
    /// An image was changed by noise: one buffer with five pictures, RGBA one after the other: as it is, random noise magnified, the image
    /// with it, noise against the network magnified, the image with it.
    Disturbed(Box<Disturbed>),
    /// A comparison is this far.
    Comparing {
        /// Methods that are done.
        done: usize,
        /// Methods in all.
        of: usize,
        /// The method under way; empty while leaks are looked for.
        method: String,
        /// The share of it that is done, 0 to 1.
        share: f32,
    },
    /// A comparison is done.
    Compared {
        /// All of it.
        comparison: Box<Comparison>,
        /// Every two methods by their AUC.
        pairs: Vec<Pair>,
    },
    /// Images: one buffer, RGBA of `side` pixels square, one after the other.
    PicturesAt {
        /// Pixels a side.
        side: usize,
    },
    /// A zip archive of images: one buffer.
    Archive,
    /// A zip archive of a bundle: one buffer.
    Bundle,
    /// What was asked for cannot be had.
    Failed {
        /// Why.
        problem: Problem,
    },
    /// Page and worker come from different builds.
    Stale,
}

/// What the images of a class are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataFacts {
    /// The classes' names.
    pub classes: Vec<String>,
    /// For each part, the images of each class as they are labelled.
    pub counts: Vec<(Purpose, Vec<usize>)>,
    /// Images that lie in two parts.
    pub twins: Vec<Twin>,
    /// Files that cannot be read, with the reason.
    pub unreadable: Vec<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_from_a_message_are_within_their_limits() {
        let text = r#"{"train":{"settings":"epochs=100000&width=-3","steps":0}}"#;
        let Request::Train { settings, .. } = serde_json::from_str(text).unwrap() else { panic!("another") };
        assert_eq!(settings.get(crate::lesson::Knob::Epochs), 100.0);
        assert_eq!(settings.get(crate::lesson::Knob::Width), 4.0);
    }
}
