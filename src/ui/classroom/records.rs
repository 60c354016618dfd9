//! What came of trainings and looks, as the page keeps it.

use crate::lesson::{Answers, EpochScores, LayerFacts, Settings};
use crate::protocol::classroom::Purpose;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How far the current training is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// There is none.
    Idle,
    /// It takes steps.
    Running,
    /// It waits.
    Paused,
    /// All epochs are done.
    Finished,
    /// The test score was told.
    Tested,
}

/// What was told of the images that were held out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Answers to the test images.
    pub test: Answers,
    /// Answers to those of the other hospital.
    pub elsewhere: Option<Answers>,
    /// How well training images can be told from test images: an AUC.
    pub membership: Option<f64>,
}

/// A training and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Counted from 1.
    pub number: usize,
    /// What it was set to.
    pub settings: Settings,
    /// Epoch after epoch.
    pub epochs: Vec<EpochScores>,
    /// Seconds of computing.
    pub seconds: f64,
    /// Whether it went to its end.
    pub is_finished: bool,
    /// Answers to the test images, and to those of the other hospital.
    pub test: Option<Box<Told>>,
    /// Whether its curves are shown.
    pub is_shown: bool,
}

/// Pictures of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures {
    /// Of which part.
    pub purpose: Purpose,
    /// Their numbers.
    pub indices: Vec<usize>,
    /// Pixels a side.
    pub side: usize,
    /// RGBA, one after the other.
    pub pixels: Arc<[u8]>,
}

impl Pictures {
    /// The pixels of the one at a place.
    pub fn at(&self, place: usize) -> &[u8] {
        let size = self.side * self.side * 4;
        self.pixels.get(place * size..(place + 1) * size).unwrap_or_default()
    }
}

/// A cell's name, how many images it has, and the first of them: pixels a side, and RGBA one after the other.
pub type CellOfPixels = (String, usize, Option<(usize, Arc<[u8]>)>);

/// What the network makes of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// Of which part, and its number; `None` for a drawing.
    pub image: Option<(Purpose, usize)>,
    /// The image first, the scores last.
    pub layers: Vec<LayerFacts>,
    /// Name, score and softmax of each class.
    pub classes: Vec<(String, f32, f32)>,
}

/// A layer's values, and its kernels where it has some.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerValues {
    /// Rows, columns, channels innermost.
    pub values: Arc<[f32]>,
    /// The least and the most of them.
    pub range: (f32, f32),
    /// `(out_channels, in_channels, kernel, kernel)`.
    pub filters: Arc<[f32]>,
}
