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

mod activation;
mod affine;
mod attention;
mod conv_grad;
#[cfg(feature = "cuda")]
pub mod cuda;
mod depthwise;
mod depthwise_grad;
mod gemm;
mod geometry;
mod grouped;
mod im2col;
mod im2col_grad;
mod layer_norm;
mod layout;
mod matmul;
mod norm;
mod parallel;
mod pool;
mod simd;
mod winograd;

pub use activation::Activation;
pub use affine::{affine, gradient_of_affine, gradient_of_factor};
pub use attention::{Attention, gradient_of_attention, tokens};
pub use conv_grad::{convolve, gradient_of_image, gradient_of_weights};
pub use geometry::{ConvShape, Geometry, Shape};
pub use layer_norm::{gradient_of_layer_norm, layer_norm};
pub use layout::{interleave, interleaved, planar};
pub(crate) use matmul::{MatrixLayout, add_product};
pub use norm::{BatchStatistics, Shortcut};
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
pub use parallel::team;
pub use parallel::{Scratch, add, threads};
pub use pool::{
    average, global_average, gradient_of_average, gradient_of_global_average, gradient_of_maximum,
    gradient_of_upsample, maximum, upsample, upsampled,
};

use activation::Bounds;

/// A kernel refused its arguments; the message holds the shapes that do not match.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl Error {
    fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// A convolution for inference: packed weights, bias, and the kernel that computes it.
#[derive(Clone, Debug)]
pub struct Convolution {
    sizes: ConvShape,
    activation: Activation,
    kernel: Kernel,
}

#[derive(Clone, Debug)]
enum Kernel {
    Dense(gemm::Panels),
    Winograd(winograd::Kernels),
    Depthwise(depthwise::Kernels),
    Grouped(grouped::Kernels),
}

/// How a convolution's channels are connected.
enum Connection {
    Dense,
    Depthwise,
    Grouped,
}

/// Of so many groups. Fails if they do not divide the channels.
fn connection(s: &ConvShape, groups: usize) -> Result<Connection, Error> {
    let (from, to) = (s.from.channels, s.to.channels);
    if groups == 0 || !from.is_multiple_of(groups) || !to.is_multiple_of(groups) {
        return Err(Error::new(format!("{groups} groups of {from} and {to} channels")));
    }
    Ok(match groups {
        1 => Connection::Dense,
        _ if groups == from && groups == to => Connection::Depthwise,
        _ => Connection::Grouped,
    })
}

/// Largest `in_channels * out_channels` for Winograd. Its transformed 3x3 kernels are four times as large;
/// beyond this, reading them costs more than it saves (measured: `docs/performance.md`).
const WINOGRAD_WEIGHTS: usize = 256 * 256;

impl Convolution {
    /// Packs the weights and chooses the kernel.
    ///
    /// # Shapes
    /// `weights`: `(out_channels, channels / groups, kernel, kernel)`. `bias`: `(out_channels,)`, or empty for
    /// zeros.
    ///
    /// # Errors
    /// Fails if the lengths do not match `sizes`, or if `groups` does not divide the channels.
    pub fn new(
        sizes: ConvShape,
        groups: usize,
        weights: &[f32],
        bias: &[f32],
        activation: Activation,
    ) -> Result<Self, Error> {
        let pays = sizes.from.channels * sizes.to.channels <= WINOGRAD_WEIGHTS;
        let kernel = match connection(&sizes, groups)? {
            Connection::Depthwise => {
                Kernel::Depthwise(depthwise::Kernels::pack(weights, bias, &sizes, false)?)
            }
            Connection::Grouped => Kernel::Grouped(grouped::Kernels::pack(weights, bias, &sizes, groups)?),
            Connection::Dense
                if winograd::suits(&sizes) && pays && weights.len() == sizes.taps() * sizes.to.channels =>
            {
                let from = sizes.from.channels;
                let weight = |out: usize, channel: usize, tap: usize| {
                    weights.get((out * from + channel) * 9 + tap).copied().unwrap_or_default()
                };
                Kernel::Winograd(winograd::Kernels::pack(&sizes, bias, weight))
            }
            Connection::Dense => Kernel::Dense(im2col::pack(weights, bias, &sizes)?),
        };
        Ok(Self { sizes, activation, kernel })
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
        let (s, finish) = (&self.sizes, self.activation);
        match &self.kernel {
            Kernel::Dense(panels) => im2col::forward(x, panels, s, add, finish, scratch, y),
            Kernel::Winograd(kernels) => winograd::forward(x, kernels, s, add, finish, scratch, y),
            Kernel::Depthwise(kernels) => depthwise::forward(x, kernels, s, add, finish, scratch, y),
            Kernel::Grouped(kernels) => grouped::forward(x, kernels, s, add, finish, scratch, y),
        }
    }
}
