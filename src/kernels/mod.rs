//! The arithmetic of all networks: one convolution for diagnosis, evaluation, training and lessons.
//!
//! Images are f32 with channels innermost, `(batch, height, width, channels)`. A pixel's channels are then a
//! row of the matrix product and a vector in the depthwise and Winograd kernels, so no kernel has to shuffle
//! (compared with planes in `docs/decisions/0008-channels-innermost.md`). Weights are stored in the usual
//! order, `(out_channels, channels, kernel, kernel)`, and packed once.
//!
//! Inference uses [`Convolution`]; training uses [`convolve`], its gradients and [`BatchStatistics`]. On an
//! NVIDIA GPU, training uses `cuda`, which has its own kernels for the same formulas. All other machines run
//! the kernels of this module; `tests/kernels.rs` checks each against a plain f64 sum, natively and in a
//! browser.

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
pub use layout::{interleave, interleaved, planar};
pub(crate) use matmul::{MatrixLayout, add_product};
pub use norm::{BatchStatistics, Shortcut};
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
pub use parallel::team;
pub use parallel::{Scratch, add, threads};
pub use pool::{gradient_of_upsample, maximum, upsample, upsampled};

use serde::{Deserialize, Serialize};

/// A kernel refused its arguments; the message holds the shapes that do not match.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl Error {
    fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// The activation function that is applied to a result before it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// No activation.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)` (Krizhevsky 2010).
    Relu6,
}

impl Activation {
    /// Applies the activation to `value`.
    pub fn apply(self, value: f32) -> f32 {
        self.bounds().apply(value)
    }

    /// Whether the gradient passes, given the activated value `y`: only strictly inside the bounds.
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

/// An activation as a clamp to an interval. The gradient passes strictly inside it.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    low: f32,
    high: f32,
}

impl Bounds {
    const NONE: Self = Self { low: f32::NEG_INFINITY, high: f32::INFINITY };

    /// NaN stays NaN, so that it is noticed and not clamped to a bound.
    #[inline(always)]
    fn apply(self, value: f32) -> f32 {
        let raised = if self.low > value { self.low } else { value };
        if self.high < raised { self.high } else { raised }
    }
}

/// A convolution for inference: packed weights, bias, and the kernel that computes it.
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

/// Largest `in_channels * out_channels` for Winograd. Its transformed 3x3 kernels are four times as large;
/// beyond this, reading them costs more than it saves (measured: `docs/performance.md`).
const WINOGRAD_WEIGHTS: usize = 256 * 256;

impl Convolution {
    /// Packs the weights and chooses the kernel.
    ///
    /// # Shapes
    /// `weights`: `(out_channels, channels, kernel, kernel)`, or `(channels, 1, kernel, kernel)` if
    /// `depthwise`. `bias`: `(out_channels,)`, or empty for zeros.
    ///
    /// # Errors
    /// Fails if the lengths do not match `sizes`.
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

    /// `y = activation(x * w + bias + add)`.
    ///
    /// # Shapes
    /// `x`: `(batch, height, width, channels)`; `y` and `add`: `(batch, out_height, out_width,
    /// out_channels)`.
    ///
    /// # Errors
    /// Fails if the lengths do not match.
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
