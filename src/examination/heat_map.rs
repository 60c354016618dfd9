//! What is said of a heat map: how it was made, and when it is not to be relied on. `explanation` computes them.

use serde::{Deserialize, Serialize};

/// A map with a maximum below this (of 0 to 1) is empty: too faint to be visible over an image.
pub const EMPTY_BELOW: f32 = 0.1;
/// Two maps with an agreement below this point to different regions.
pub const AGREE_FROM: f32 = 0.3;

/// How a heat map is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The model's own outline, if it segments.
    Outline,
    /// Class activation: the evidence at each position of the last feature map (Zhou et al. 2016). Coarse,
    /// but immediate.
    Activation,
    /// Occlusion: how much evidence is lost when a part of the image is hidden (Zeiler and Fergus 2014).
    /// Slow, but independent of the network's structure.
    Occlusion,
    /// Integrated gradients: each pixel's contribution along a straight path from an empty image
    /// (Sundararajan et al. 2017). Fine.
    Gradients,
}

impl Method {
    /// All methods, fastest first.
    pub const ALL: [Self; 4] = [Self::Outline, Self::Activation, Self::Occlusion, Self::Gradients];

    /// The name as serialised.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outline => "outline",
            Self::Activation => "activation",
            Self::Occlusion => "occlusion",
            Self::Gradients => "gradients",
        }
    }
}
