//! What a network does to an image, layer by layer, as plain numbers.

use serde::{Deserialize, Serialize};

/// What a layer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// The image as the network takes it.
    Image,
    /// A convolution of all channels.
    Convolution,
    /// A convolution of each channel, or group of channels, for itself.
    Grouped,
    /// The largest value of a window.
    MaxPool,
    /// The mean of a window.
    AveragePool,
    /// Any other layer, which shows its values only.
    Other,
    /// The scores of the classes: the mean of each channel of the feature map, weighed.
    Scores,
}

/// The part of the image that a value depends on: along either axis, position `p` sees `size` pixels from `start + p * jump` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Pixels a side.
    pub size: i64,
    /// Pixels from one position to the next.
    pub jump: i64,
    /// The first pixel of the first position; negative where padding is seen.
    pub start: i64,
}

impl Field {
    /// From and to (not included), in pixels of an image of `side`, of a position.
    pub fn range(self, position: usize, side: usize) -> (usize, usize) {
        let from = self.start + position as i64 * self.jump;
        let within = |at: i64| at.clamp(0, side as i64) as usize;
        (within(from), within(from + self.size))
    }
}

/// One value of a network: a layer's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerFacts {
    /// Its number: 0 is the image.
    pub value: usize,
    /// The layer's name, as its weights have it; empty where it has none.
    pub name: String,
    /// What it does.
    pub kind: LayerKind,
    /// Rows, columns and channels of the result.
    pub shape: (usize, usize, usize),
    /// Side of the kernel or window; 0 where there is none.
    pub kernel: usize,
    /// Numbers that were learned.
    pub weights: usize,
    /// What of the image a value depends on; `None`: on all of it.
    pub field: Option<Field>,
}

/// One product of a sum, or one value of a window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Where in the layer before.
    pub row: usize,
    /// Where in the layer before.
    pub column: usize,
    /// Channel of the layer before.
    pub channel: usize,
    /// What stands there.
    pub input: f32,
    /// What it is multiplied by.
    pub weight: f32,
}

/// The arithmetic of one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spelled {
    /// How the terms come together.
    pub kind: LayerKind,
    /// All terms inside the image; what lies outside counts as 0.
    pub terms: Vec<Term>,
    /// Added to the products.
    pub bias: f32,
    /// Added from an earlier layer, of a residual block.
    pub shortcut: Option<f32>,
    /// Before the activation.
    pub sum: f32,
    /// What the terms come to in the end.
    pub result: f32,
    /// What the network itself computed there.
    pub computed: f32,
    /// Whether negative sums became 0.
    pub is_rectified: bool,
}
