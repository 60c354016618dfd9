//! From logits to probabilities that can be believed.

mod calibration;
mod distribution;
mod gate;

pub use calibration::{fit_sets, fit_temperature, operating_point};
pub use distribution::Distribution;
pub use gate::{Gate, Kind};

/// Class probabilities from one image's logits; they sum to 1. Temperature scaling: Guo et al. 2017.
pub fn probabilities(logits: &[f32], temperature: f32) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| ((logit - most) / temperature).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}
