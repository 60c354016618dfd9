//! The arithmetic that everything runs on: one convolution for diagnosis, evaluation, training and lessons.
//!
//! Images are f32 with their channels innermost, `(batch, height, width, channels)`: a pixel's channels are a row of the
//! matrix product, a vector of the depthwise kernel and of the Winograd transform, so no kernel has to shuffle (measured
//! against planes in `docs/decisions/0008-channels-innermost.md`). Weights are stored as everywhere,
//! `(out_channels, channels, kernel, kernel)`, and packed once.
//!
//! [`Convolution`] is the door for reading; [`convolve`] with its gradients, and [`BatchStatistics`], are those for learning.
//! On an NVIDIA GPU learning runs `cuda`, which holds the same formulas in another language. All others run the same kernels; `tests/kernels.rs` checks each against a plain f64 sum, natively and in a browser.

mod conv_grad;
#[cfg(feature = "cuda")]
pub mod cuda;
mod depthwise;
mod depthwise_grad;
mod gemm;
mod geometry;
mod im2col;
mod im2col_grad;
mod layout;
mod matmul;
mod norm;
mod parallel;
mod pool;
mod simd;
mod winograd;

pub use conv_grad::{convolve, gradient_of_image, gradient_of_weights};
pub use geometry::{ConvShape, Geometry, Shape};
pub use layout::channels_innermost;
pub use norm::{BatchStatistics, Shortcut};
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
pub use parallel::team;
pub use parallel::{Scratch, add, threads};
pub use pool::{gradient_of_upsample, linear, maximum, mean, upsample, upsampled};

use serde::{Deserialize, Serialize};

/// What the kernels refuse, with the sizes that do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl Error {
    fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// What is applied to a result before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)` (Krizhevsky 2010).
    Relu6,
}

impl Activation {
    /// The activated value.
    pub fn apply(self, value: f32) -> f32 {
        self.bounds().apply(value)
    }

    /// Whether the gradient passes where the activated value is `y`: not at a bound.
    pub fn passes(self, y: f32) -> bool {
        let Bounds { low, high } = self.bounds();
        low < y && y < high
    }

    fn bounds(self) -> Bounds {
        let (low, high) = match self {
            Self::Identity => (f32::NEG_INFINITY, f32::INFINITY),
            Self::Relu => (0.0, f32::INFINITY),
            Self::Relu6 => (0.0, 6.0),
        };
        Bounds { low, high }
    }
}

/// An activation as the interval that it keeps values in; within it the gradient passes.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    low: f32,
    high: f32,
}

impl Bounds {
    const NONE: Self = Self { low: f32::NEG_INFINITY, high: f32::INFINITY };

    /// A NaN stays one: it must be seen, not become a bound.
    #[inline(always)]
    fn apply(self, value: f32) -> f32 {
        let raised = if self.low > value { self.low } else { value };
        if self.high < raised { self.high } else { raised }
    }
}

/// One convolution of a network for reading: packed weights, bias, and which kernel computes it.
#[derive(Clone, Debug)]
pub struct Convolution {
    sizes: ConvShape,
    bounds: Bounds,
    kernel: Kernel,
}

#[derive(Clone, Debug)]
enum Kernel {
    Dense(gemm::Panels),
    Winograd(winograd::Kernels),
    Depthwise(depthwise::Kernels),
}

/// Winograd's transformed 3x3 kernels take four times the memory; beyond this many weights reading them costs more than
/// they save (measured: `docs/performance.md`).
const WINOGRAD_WEIGHTS: usize = 256 * 256;

impl Convolution {
    /// `weights`: `(out_channels, channels, kernel, kernel)`, or `(channels, 1, kernel, kernel)` where `depthwise`.
    pub fn new(
        sizes: ConvShape,
        depthwise: bool,
        weights: &[f32],
        bias: &[f32],
        activation: Activation,
    ) -> Result<Self, Error> {
        let pays = sizes.from.channels * sizes.to.channels <= WINOGRAD_WEIGHTS;
        let kernel = if depthwise {
            Kernel::Depthwise(depthwise::Kernels::pack(weights, bias, &sizes, false)?)
        } else if winograd::suits(&sizes) && pays && weights.len() == sizes.taps() * sizes.to.channels {
            let from = sizes.from.channels;
            let weight = |out: usize, channel: usize, tap: usize| {
                weights.get((out * from + channel) * 9 + tap).copied().unwrap_or_default()
            };
            Kernel::Winograd(winograd::Kernels::pack(&sizes, bias, weight))
        } else {
            Kernel::Dense(im2col::pack(weights, bias, &sizes)?)
        };
        Ok(Self { sizes, bounds: activation.bounds(), kernel })
    }

    /// `y = activation(x * w + bias + add)`. `x`: `(batch, height, width, channels)`; `y`, `add`: the result's shape.
    pub fn run(
        &self,
        x: &[f32],
        add: Option<&[f32]>,
        scratch: &mut Scratch,
        y: &mut [f32],
    ) -> Result<(), Error> {
        let (s, bounds) = (&self.sizes, self.bounds);
        match &self.kernel {
            Kernel::Dense(panels) => im2col::forward(x, panels, s, add, bounds, scratch, y),
            Kernel::Winograd(kernels) => winograd::forward(x, kernels, s, add, bounds, scratch, y),
            Kernel::Depthwise(kernels) => depthwise::forward(x, kernels, s, add, bounds, scratch, y),
        }
    }
}
