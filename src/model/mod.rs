//! Networks, and the bundles that carry them: weights that were checked against their card before they are believed.

mod bundle;
mod card;
mod fold;
mod layer;
mod residual;

pub use bundle::{Bundle, Files, GOLDEN, GOLDEN_TOLERANCE, WEIGHTS};
pub use card::{Calibration, Card, Class, FORMAT, FileStamp, Input, Measured, Provenance};
pub use fold::fold;
pub use residual::Residual;

use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};

/// What can go wrong with a network or a bundle.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The arithmetic was refused: shapes that do not fit, mostly.
    #[error("the network cannot compute this: {0}")]
    Network(#[from] candle_core::Error),
    /// The card is not a card of this format.
    #[error("card.json cannot be understood: {0}")]
    Card(String),
    /// A file of the bundle is not the one that the card names.
    #[error("{file} is not the file that the card names: {why}")]
    File {
        /// The file's name inside the bundle.
        file: String,
        /// What differs.
        why: String,
    },
    /// The weights do not make the network that the card describes.
    #[error("the weights do not fit the network of the card: {0}")]
    Weights(String),
    /// The known answers came out differently.
    #[error(
        "this machine computes {got} where the known answer is {expected} (vector {vector}); its results cannot be believed"
    )]
    Golden {
        /// Which vector.
        vector: usize,
        /// What was computed.
        got: f32,
        /// What should have been.
        expected: f32,
    },
}

/// A network's shape: enough to build it, for learning and for reading alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "family")]
pub enum Architecture {
    /// Residual blocks of 3x3 convolutions (He et al. 2016), a stage a width, each stage but the first halving the sides.
    Residual {
        /// Channels of each stage.
        widths: Vec<usize>,
        /// Blocks of each stage.
        blocks: Vec<usize>,
    },
}

/// A network, built by one constructor for learning (with batch normalisation) and for reading (folded): the weights
/// that `vb` holds decide.
#[derive(Debug)]
pub enum Network {
    /// See [`Architecture::Residual`].
    Residual(Residual),
}

impl Network {
    /// `channels` of the input image, `classes` of the answer.
    pub fn new(
        architecture: &Architecture,
        channels: usize,
        classes: usize,
        vb: VarBuilder,
    ) -> Result<Self, Error> {
        match architecture {
            Architecture::Residual { widths, blocks } => {
                Ok(Self::Residual(Residual::new(channels, widths, blocks, classes, vb)?))
            }
        }
    }

    /// `xs`: `(batch, channels, side, side)`, normalised as the card says. Returns the last feature map,
    /// `(batch, features, h, w)`.
    pub fn features(&self, xs: &Tensor) -> Result<Tensor, Error> {
        match self {
            Self::Residual(network) => Ok(network.features(xs)?),
        }
    }

    /// `features`: from [`Network::features`]. Returns logits, `(batch, classes)`.
    pub fn head(&self, features: &Tensor) -> Result<Tensor, Error> {
        match self {
            Self::Residual(network) => Ok(network.head(features)?),
        }
    }

    /// The head's weights, `(classes, features)`: what each feature counts for each class, for class activation maps.
    pub fn head_weights(&self) -> &Tensor {
        match self {
            Self::Residual(network) => network.head_weights(),
        }
    }
}
