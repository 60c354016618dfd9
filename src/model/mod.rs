//! Networks, and the bundles that carry them. A bundle's weights are checked against its card before they are
//! used.

mod architecture;
mod bundle;
mod calibration;
mod card;
#[cfg(feature = "cuda")]
pub mod cuda;
mod cut;
mod extractor;
mod fold;
mod gradient;
mod graph;
mod index;
mod inside;
mod known;
mod layer;
mod network;
mod node;
mod onnx;
mod tape;
mod tensor;
mod train_network;
mod weights;
mod written;

pub use architecture::{Architecture, MOST_WEIGHTS};
pub use bundle::{Bundle, DISTRIBUTION, Files, GOLDEN, GOLDEN_TOLERANCE, WEIGHTS};
pub use calibration::{Calibration, ClassCalibration, LabelCalibration};
pub use card::{
    Card, Class, FileStamp, GateStamp, Input, InputImage, MISSED, Measured, Provenance, SPECIFICITY, Views,
};
pub use extractor::{EXTRACTOR, Extractor};
pub use fold::fold;
pub use gradient::Differentiable;
pub use graph::{Graph, Head, Size};
pub use index::{INDEX, Index, IndexEntry};
pub use inside::{Inside, Look};
pub use known::{known_image, waves};
pub use network::{Network, Output};
pub use node::{Conv, Node, Pool};
pub use onnx::write as to_onnx;
pub use tensor::product;
pub use train_network::{MOMENTUM, TrainNetwork, TrainOutput};
pub use weights::{Array, Weights};

use crate::kernels;
use crate::messages::fault::model as fault;
use crate::messages::why::layer as why;

/// An error of a network or of a bundle.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A kernel refused its arguments, mostly because shapes do not match.
    #[error("{}", fault::kernel(&.0.to_string()))]
    Kernel(#[from] kernels::Error),
    /// candle refused its arguments, or carried the refusal of a kernel.
    #[error("{}", fault::kernel(&.0.to_string()))]
    Tensor(#[from] candle_core::Error),
    /// The GPU failed, or the machine has none.
    #[cfg(feature = "cuda")]
    #[error(transparent)]
    Gpu(#[from] kernels::cuda::Error),
    /// The graph is inconsistent: its layers do not match one another.
    #[error("{}", fault::graph(.0))]
    Graph(String),
    /// `card.json` does not have the expected format.
    #[error("{}", fault::card(.0))]
    Card(String),
    /// `index.json` of a folder of models does not have the expected format.
    #[error("{}", fault::index(.0))]
    Index(String),
    /// A file of the bundle differs from what the card says of it.
    #[error("{}", fault::file(.file, .why))]
    File {
        /// The file's name inside the bundle.
        file: String,
        /// The difference.
        why: String,
    },
    /// The names or shapes of the weights do not match the network that the card describes.
    #[error("{}", fault::weights(.0))]
    Weights(String),
    /// The network's output differs from the known answer by more than the tolerance.
    #[error("{}", fault::golden(*.vector, *.got, *.expected))]
    Golden {
        /// Index of the test vector.
        vector: usize,
        /// Computed value.
        got: f32,
        /// Expected value.
        expected: f32,
    },
}

impl Error {
    /// A layer without a gradient, or without one on this machine.
    fn cannot_learn(node: &Node) -> Self {
        Self::Graph(why::cannot_learn(node.words()))
    }

    /// candle could not get a weight.
    fn weights(error: candle_core::Error) -> Self {
        Self::Weights(error.to_string())
    }
}
