//! Networks, and the bundles that carry them: weights that were checked against their card before they are believed.

mod architecture;
mod bundle;
mod card;
#[cfg(feature = "cuda")]
pub mod cuda;
mod extractor;
mod fold;
mod gradient;
mod graph;
mod index;
mod network;
mod onnx;
mod tape;
mod train_network;
mod weights;

pub use architecture::Architecture;
pub use bundle::{Bundle, DISTRIBUTION, Files, GOLDEN, GOLDEN_TOLERANCE, WEIGHTS};
pub use card::{
    Calibration, Card, Class, FORMAT, FileStamp, GateStamp, Input, MISSED, Measured, Provenance, Views,
    known_image,
};
pub use extractor::{EXTRACTOR, Extractor};
pub use fold::fold;
pub use gradient::Differentiable;
pub use graph::{Conv, Graph, Head, Node, Pool, Size};
pub use index::{INDEX, Index, IndexEntry};
pub use network::{Buffers, Features, Network, Output};
pub use onnx::write as to_onnx;
pub use train_network::{TrainNetwork, TrainOutput};
pub use weights::{Array, Weights};

use crate::kernels;

/// What can go wrong with a network or a bundle.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The arithmetic was refused: shapes that do not fit, mostly.
    #[error("the network cannot compute this: {0}")]
    Kernel(#[from] kernels::Error),
    /// The GPU, or the machine that lacks one.
    #[cfg(feature = "cuda")]
    #[error(transparent)]
    Gpu(#[from] kernels::cuda::Error),
    /// The layers do not fit one another.
    #[error("this is no network: {0}")]
    Graph(String),
    /// The card is not a card of this format.
    #[error("card.json cannot be understood: {0}")]
    Card(String),
    /// The index of a folder of models is none of this format.
    #[error("index.json of the models cannot be understood: {0}")]
    Index(String),
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
