//! Folds batch normalisation and parallel branches into one convolution, so that inference has fewer passes
//! over memory and rounds only once.

use super::graph::{Conv, Graph};
use super::{Error, Weights};

/// Folds the weights for inference: `conv.weight` and `conv.bias` of each convolution, and those of the head.
///
/// # Errors
/// Fails if a weight is missing or has another shape than the graph says.
pub fn fold(graph: &Graph, weights: &Weights) -> Result<Weights<'static>, Error> {
    let mut folded = Weights::default();
    for conv in graph.convs() {
        let (weight, bias) = fold_conv(conv, graph.epsilon, weights)?;
        folded.insert(format!("{}.conv.weight", conv.name), &conv.weight_shape(), &weight);
        folded.insert(format!("{}.conv.bias", conv.name), &[conv.to], &bias);
    }
    let head = graph.head;
    for (name, shape) in [("head.weight", &[head.classes, head.features][..]), ("head.bias", &[head.classes])]
    {
        folded.insert(name, shape, &weights.shaped(name, shape)?);
    }
    Ok(folded)
}

/// The sum of the branches, each scaled by its normalisation. The 1x1 kernel and the identity are added at
/// the centre of the 3x3 kernel (Ding et al. 2021).
fn fold_conv(conv: &Conv, epsilon: f32, weights: &Weights) -> Result<(Vec<f32>, Vec<f32>), Error> {
    let shape = conv.weight_shape();
    let [to, from, kernel, _] = shape;
    let area = kernel * kernel;
    let main = weights.shaped(&format!("{}.conv.weight", conv.name), &shape)?;
    let lines = normalisation(&format!("{}.norm", conv.name), to, epsilon, weights)?;
    let mut weight: Vec<f32> = main
        .chunks(from * area)
        .zip(&lines)
        .flat_map(|(w, (scale, _))| w.iter().map(move |w| w * scale))
        .collect();
    let mut bias: Vec<f32> = lines.iter().map(|(_, shift)| *shift).collect();
    if !conv.branches {
        return Ok((weight, bias));
    }
    let mut add = |out: usize, channel: usize, value: f32| {
        if let Some(middle) = weight.get_mut((out * from + channel) * area + area / 2) {
            *middle += value;
        }
    };
    let point = weights.shaped(&format!("{}.point.conv.weight", conv.name), &[to, from, 1, 1])?;
    let of_point = normalisation(&format!("{}.point.norm", conv.name), to, epsilon, weights)?;
    for (out, (line, (scale, shift))) in point.chunks(from).zip(of_point).enumerate() {
        line.iter().enumerate().for_each(|(channel, value)| add(out, channel, value * scale));
        bias.iter_mut().skip(out).take(1).for_each(|bias| *bias += shift);
    }
    if conv.stride == 1 && conv.from == conv.to {
        let identity = normalisation(&format!("{}.identity.norm", conv.name), to, epsilon, weights)?;
        for (out, (scale, shift)) in identity.into_iter().enumerate() {
            add(out, out, scale);
            bias.iter_mut().skip(out).take(1).for_each(|bias| *bias += shift);
        }
    }
    Ok((weight, bias))
}

/// Scale and shift of each channel: `scale = gamma / sqrt(var + epsilon)`, `shift = beta - mean * scale`.
fn normalisation(
    name: &str,
    channels: usize,
    epsilon: f32,
    weights: &Weights,
) -> Result<Vec<(f32, f32)>, Error> {
    let part = |part: &str| weights.shaped(&format!("{name}.{part}"), &[channels]);
    let (gamma, beta) = (part("weight")?, part("bias")?);
    let moments = part("running_mean")?.into_iter().zip(part("running_var")?);
    Ok(gamma
        .iter()
        .zip(beta)
        .zip(moments)
        .map(|((gamma, beta), (mean, variance))| {
            let scale = gamma / (variance + epsilon).sqrt();
            (scale, beta - mean * scale)
        })
        .collect())
}
