//! Folds batch normalisation into the convolution before it: the network for reading has fewer passes and one rounding.

use super::Error;
use crate::kernels::EPSILON;
use candle_core::Tensor;
use std::collections::HashMap;

/// Every `X.conv.weight` with `X.norm.*` becomes `X.conv.weight` and `X.conv.bias`; all else is kept.
///
/// `W' = W gamma / sqrt(var + eps)` for each result channel, `b' = beta - mean gamma / sqrt(var + eps)`.
pub fn fold(weights: &HashMap<String, Tensor>) -> Result<HashMap<String, Tensor>, Error> {
    let mut folded = HashMap::new();
    for (name, tensor) in weights {
        if name.contains(".norm.") {
            continue;
        }
        let place = name.strip_suffix(".conv.weight");
        let Some(place) = place.filter(|p| weights.contains_key(&format!("{p}.norm.weight"))) else {
            folded.insert(name.clone(), tensor.clone());
            continue;
        };
        let norm = |part: &str| {
            let name = format!("{place}.norm.{part}");
            weights.get(&name).ok_or_else(|| Error::Weights(format!("{name} is missing")))
        };
        let deviation = (norm("running_var")? + EPSILON as f64)?.sqrt()?;
        let scale = (norm("weight")? / deviation)?;
        let bias = (norm("bias")? - (norm("running_mean")? * &scale)?)?;
        folded.insert(name.clone(), tensor.broadcast_mul(&scale.reshape(((), 1, 1, 1))?)?);
        folded.insert(format!("{place}.conv.bias"), bias);
    }
    Ok(folded)
}
