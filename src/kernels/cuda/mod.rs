//! The arithmetic of learning on an NVIDIA GPU: the same convolutions, normalisation, losses and steps as the processor's, on memory of
//! the GPU. Matrix products are cuBLAS's; everything else is the `.cu` texts of this folder, which NVRTC compiles for the GPU
//! that is found. Driver and libraries are loaded when a GPU is asked for, so that building and starting need none of them.
//!
//! Each function here checks the sizes of what it is given; work is queued on the GPU's stream in the order of the calls, and a
//! [`Replay`] repeats a queue of it at the cost of one call.

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

pub use depthwise::{
    DepthwiseShape, depthwise, image as depthwise_image, parts_of_weights, spread,
    weights as depthwise_weights,
};
pub use gpu::{Gpu, Replay};
pub use group::Group;
pub use head::{Head, cross_entropy, head_weights, logits, outline, pool, pool_back, total};
pub use im2col::{Window, arrange, arrange_back, gather, narrow, shrink, sum, taps, upsample, widen};
pub use learning::{KNOBS, Knobs, STATE, adamw, check, follow, report};
pub use memory::{Buffer, Span};
pub use norm::{Line, Norm, known_line};
pub use products::{image as product_of_image, results as product, weights as product_of_weights};
pub use upload::{Answers, Uploads};

/// As what activations and their gradients are stored. Weights, sums, statistics and losses are f32 whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// As the processor: for comparison.
    F32,
    /// Eight bits of mantissa, the range of f32: nothing needs to be scaled.
    Bf16,
    /// Eleven bits of mantissa and a small range: the loss is scaled so that small gradients are not lost.
    F16,
}

impl Precision {
    /// Bytes of a value.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::Bf16 | Self::F16 => 2,
        }
    }

    /// Its number in `values.cu`.
    fn number(self) -> u8 {
        match self {
            Self::F32 => 0,
            Self::Bf16 => 1,
            Self::F16 => 2,
        }
    }
}

/// What can go wrong with a GPU.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine lacks something: a GPU, its driver, a library. Says what to do.
    #[error("{0}")]
    Missing(String),
    /// The GPU or a library refused.
    #[error("the GPU could not do this: {0}")]
    Failed(String),
    /// Its memory is full.
    #[error(
        "the GPU's memory, or what may be taken of it, is full: {wanted} more bytes were asked for; give --memory a larger number, free memory of the GPU, or give the recipe smaller images"
    )]
    Full {
        /// Bytes.
        wanted: usize,
    },
    /// What was given does not fit together.
    #[error("sizes that do not fit: {0}")]
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

/// Refuses spans that are shorter than what will be read or written.
fn fits(what: &str, pairs: &[(usize, usize)]) -> Result<(), Error> {
    match pairs.iter().find(|(has, needs)| has < needs) {
        Some((has, needs)) => Err(Error::Shape(format!("{what} needs {needs} values, it is given {has}"))),
        None => Ok(()),
    }
}
