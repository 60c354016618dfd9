//! Convolution with its normalisation, in the two forms of its life.

use crate::kernels::{self, Activation, Geometry};
use candle_core::{Result, Tensor, Var};
use candle_nn::{Init, VarBuilder, init};

/// A convolution followed by batch normalisation and an activation.
#[derive(Debug)]
pub struct ConvNorm {
    weight: Tensor,
    geometry: Geometry,
    activation: Activation,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// Normalised by the batch; the running statistics are kept for folding.
    Learning { gamma: Tensor, beta: Tensor, running_mean: Var, running_variance: Var },
    /// The normalisation is folded into weight and bias.
    Folded { bias: Tensor },
}

/// How much of a new batch's statistics enters the running ones; PyTorch's default.
const MOMENTUM: f64 = 0.1;

impl ConvNorm {
    /// Channels in and out, side of the square kernel. Names: `conv.weight` with either `conv.bias` (folded) or
    /// `norm.{weight,bias,running_mean,running_var}`.
    pub fn new(
        channels: (usize, usize),
        kernel: usize,
        geometry: Geometry,
        activation: Activation,
        vb: VarBuilder,
    ) -> Result<Self> {
        let (from, to) = channels;
        let weight =
            vb.get_with_hints((to, from, kernel, kernel), "conv.weight", init::DEFAULT_KAIMING_NORMAL)?;
        let form = if vb.contains_tensor("conv.bias") {
            Form::Folded { bias: vb.get(to, "conv.bias")? }
        } else {
            let norm = vb.pp("norm");
            Form::Learning {
                gamma: norm.get_with_hints(to, "weight", Init::Const(1.0))?,
                beta: norm.get_with_hints(to, "bias", Init::Const(0.0))?,
                running_mean: Var::from_tensor(&norm.get_with_hints(
                    to,
                    "running_mean",
                    Init::Const(0.0),
                )?)?,
                running_variance: Var::from_tensor(&norm.get_with_hints(
                    to,
                    "running_var",
                    Init::Const(1.0),
                )?)?,
            }
        };
        Ok(Self { weight, geometry, activation, form })
    }

    /// `xs`: `(batch, from, height, width)`. Returns `(batch, to, out_height, out_width)`.
    pub fn forward(&self, xs: &Tensor) -> Result<Tensor> {
        match &self.form {
            Form::Folded { bias } => {
                kernels::convolve_biased(xs, &self.weight, bias, self.geometry, self.activation)
            }
            Form::Learning { gamma, beta, running_mean, running_variance } => {
                let ys = kernels::convolve(xs, &self.weight, self.geometry)?;
                let statistics = kernels::batch_statistics(&ys)?;
                let count = (ys.elem_count() / gamma.elem_count()) as f64;
                // The running variance is the unbiased one, as in PyTorch, because it stands for the population.
                let unbiased = count / (count - 1.0).max(1.0);
                follow(running_mean, &statistics.mean, 1.0)?;
                follow(running_variance, &statistics.variance, unbiased)?;
                kernels::normalise_batch(&ys, gamma, beta, statistics, self.activation)
            }
        }
    }
}

/// Moves a running statistic towards the batch's.
fn follow(running: &Var, batch: &[f32], scale: f64) -> Result<()> {
    let batch = Tensor::new(batch, running.device())?;
    running.set(&((running.as_detached_tensor() * (1.0 - MOMENTUM))? + (batch * (MOMENTUM * scale))?)?)
}
