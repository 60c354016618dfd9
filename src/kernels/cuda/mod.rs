//! Training on an NVIDIA GPU: the same convolutions, normalisation, losses and optimiser as on the CPU, on
//! the GPU's memory.
//!
//! Matrix products are cuBLAS's. All other kernels are the `.cu` files of this folder, which NVRTC compiles
//! at run time for the GPU that is found. Driver and libraries are loaded when a GPU is opened; building and
//! starting need none of them.
//!
//! Each function checks the lengths of its arguments. Work is queued on the GPU's stream in the order of the
//! calls, and a [`Replay`] repeats recorded work at the cost of one call.

mod depthwise;
mod gpu;
mod group;
mod head;
mod im2col;
mod learning;
mod memory;
mod norm;
mod products;
mod upload;

use crate::messages::fault::cuda as fault;
pub use depthwise::{
    DepthwiseShape, depthwise, image as depthwise_image, parts_of_weights, spread,
    weights as depthwise_weights,
};
pub use gpu::{Gpu, Replay};
pub use group::Group;
pub use head::{Head, cross_entropy, head_weights, logits, outline, pool, pool_back, total};
pub use im2col::{
    Im2colShape, arrange, arrange_back, col2im, narrow, sum, taps, upsample, upsample_gradient, widen,
};
pub use learning::{KNOBS, Knobs, adamw, follow, report};
pub use memory::{Buffer, Span};
pub use norm::{Norm, NormParameters, known_line};
pub use products::{image as product_of_image, results as product, weights as product_of_weights};
pub use upload::{Answers, Uploads};

/// The type of activations and their gradients. Weights, sums, statistics and losses are always f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// As on the CPU, for comparison.
    F32,
    /// 8 bits of mantissa and the range of f32, so that no loss scaling is needed.
    Bf16,
}

impl Precision {
    /// Size of a value, in bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::Bf16 => 2,
        }
    }

    /// Its number in `values.cu`.
    fn number(self) -> u8 {
        match self {
            Self::F32 => 0,
            Self::Bf16 => 1,
        }
    }
}

/// An error of a GPU.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine lacks a GPU, its driver or a library. The message says what to do.
    #[error("{0}")]
    Missing(String),
    /// The GPU or one of its libraries reported an error.
    #[error("{}", fault::failed(.0))]
    Failed(String),
    /// The GPU's memory is full, or the limit is reached.
    #[error("{}", fault::full(*.wanted))]
    Full {
        /// Bytes requested.
        wanted: usize,
    },
    /// The lengths of the arguments do not match.
    #[error("{}", fault::sizes(.0))]
    Shape(String),
}

impl From<cudarc::driver::DriverError> for Error {
    fn from(error: cudarc::driver::DriverError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<cudarc::cublas::result::CublasError> for Error {
    fn from(error: cudarc::cublas::result::CublasError) -> Self {
        Self::Failed(format!("cuBLAS: {error:?}"))
    }
}

/// Fails if one of the spans is shorter than needed; `pairs` are (length, needed length).
fn fits(what: &str, pairs: &[(usize, usize)]) -> Result<(), Error> {
    match pairs.iter().find(|(has, needs)| has < needs) {
        Some((has, needs)) => Err(Error::Shape(format!("{what} needs {needs} values, it is given {has}"))),
        None => Ok(()),
    }
}
