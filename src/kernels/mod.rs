//! The arithmetic that everything runs on: one convolution for diagnosis, evaluation, training and lessons.
//!
//! Tensors are f32, contiguous, `(batch, channels, height, width)`. Every function here is a candle operation with a
//! gradient of its own; each is checked against a plain f64 reference and by finite differences.

mod conv;
mod geometry;
mod matmul;
mod norm;
mod op;
#[cfg(test)]
mod reference;
mod residual;

pub use geometry::Geometry;
pub use norm::{EPSILON, Statistics, batch_statistics, normalise_batch};
pub use op::{convolve, convolve_biased};
pub use residual::add_relu;

use candle_core::{CpuStorage, Layout, Result, Tensor};

/// What is applied to a result before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `max(x, 0)`.
    Relu,
}

impl Activation {
    fn apply(self, value: f32) -> f32 {
        match self {
            Self::Identity => value,
            Self::Relu => value.max(0.0),
        }
    }

    /// The gradient that passes, given the activation's own result.
    fn pass(self, result: f32, gradient: f32) -> f32 {
        match self {
            Self::Relu if result <= 0.0 => 0.0,
            _ => gradient,
        }
    }
}

/// The f32 values behind a custom operation's argument; refuses what the kernels do not compute.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout, op: &str) -> Result<&'a [f32]> {
    let CpuStorage::F32(data) = storage else {
        candle_core::bail!("{op} computes f32 only");
    };
    match layout.contiguous_offsets().and_then(|(from, to)| data.get(from..to)) {
        Some(values) => Ok(values),
        None => candle_core::bail!("{op} needs a contiguous tensor, got {layout:?}"),
    }
}

/// Runs `read` over the f32 values of contiguous CPU tensors.
fn with_values<R, const N: usize>(
    tensors: [&Tensor; N],
    read: impl FnOnce([&[f32]; N]) -> Result<R>,
) -> Result<R> {
    let flat: Vec<Tensor> = tensors.iter().map(|t| t.contiguous()).collect::<Result<_>>()?;
    let guards: Vec<_> = flat.iter().map(|t| t.storage_and_layout()).collect();
    let mut slices: [&[f32]; N] = [&[]; N];
    for (slice, (storage, layout)) in slices.iter_mut().zip(&guards) {
        let candle_core::Storage::Cpu(cpu) = &**storage else {
            candle_core::bail!("this kernel computes on the CPU only");
        };
        *slice = values(cpu, layout, "gradient")?;
    }
    read(slices)
}
