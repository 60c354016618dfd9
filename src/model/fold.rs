//! Folds batch normalisation and parallel branches into one convolution, so that inference has fewer passes
//! over memory and rounds only once.

use super::graph::{Graph, Head};
use super::node::Conv;
use super::train_network::branches;
use super::{Error, Weights};
use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;

/// Folds the weights for inference: `conv.weight` and `conv.bias` of each convolution, and those of the head.
///
/// # Errors
/// Fails if a weight is missing or has another shape than the graph says.
pub fn fold(graph: &Graph, vb: &VarBuilder) -> std::result::Result<Weights<'static>, Error> {
    let mut folded = Weights::default();
    for conv in graph.convs() {
        let (weight, bias) = fold_conv(conv, graph.epsilon, vb).map_err(Error::weights)?;
        folded.insert_tensor(format!("{}.conv.weight", conv.name), &weight)?;
        folded.insert_tensor(format!("{}.conv.bias", conv.name), &bias)?;
    }
    let Head { classes, features } = graph.head;
    folded
        .insert_tensor("head.weight", &vb.get((classes, features), "head.weight").map_err(Error::weights)?)?;
    folded.insert_tensor("head.bias", &vb.get(classes, "head.bias").map_err(Error::weights)?)?;
    Ok(folded)
}

/// The sum of the branches, each scaled by its normalisation: `scale = gamma / sqrt(variance + epsilon)`,
/// `shift = beta - mean * scale`. The 1x1 kernel and the identity are added at the centre of the 3x3 kernel
/// (Ding et al. 2021).
fn fold_conv(conv: &Conv, epsilon: f32, vb: &VarBuilder) -> Result<(Tensor, Tensor)> {
    let mut weight = Tensor::zeros(&conv.weight_shape(), DType::F32, vb.device())?;
    let mut bias = Tensor::zeros(conv.to, DType::F32, vb.device())?;
    for (infix, shape) in branches(conv) {
        let vb = if infix.is_empty() { vb.pp(&conv.name) } else { vb.pp(&conv.name).pp(infix) };
        let kernel = match shape {
            Some(shape) => vb.get(&shape, "conv.weight")?,
            None => Tensor::eye(conv.to, DType::F32, vb.device())?.reshape((conv.to, conv.to, 1, 1))?,
        };
        let margin = (conv.kernel - kernel.dim(3)?) / 2;
        let kernel = kernel.pad_with_zeros(2, margin, margin)?.pad_with_zeros(3, margin, margin)?;
        let norm = |name: &str| vb.pp("norm").get(conv.to, name);
        let scale = (norm("weight")? / (norm("running_var")? + f64::from(epsilon))?.sqrt()?)?;
        let shift = (norm("bias")? - (norm("running_mean")? * &scale)?)?;
        weight = (weight + kernel.broadcast_mul(&scale.reshape((conv.to, 1, 1, 1))?)?)?;
        bias = (bias + shift)?;
    }
    Ok((weight, bias))
}
