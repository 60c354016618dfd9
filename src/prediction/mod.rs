//! From logits to probabilities that can be believed.

mod calibration;

pub use calibration::{fit_temperature, operating_point};

use candle_core::{D, Tensor};

/// Class probabilities from logits.
///
/// `logits`: `(batch, classes)`. Returns rows that sum to 1. Temperature scaling: Guo et al. 2017.
pub fn probabilities(logits: &Tensor, temperature: f32) -> candle_core::Result<Vec<Vec<f32>>> {
    let tempered = (logits / f64::from(temperature))?;
    candle_nn::ops::softmax(&tempered, D::Minus1)?.to_vec2()
}
