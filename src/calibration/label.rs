//! Calibration of one label among many, which an image has or has not.

use super::lowest;

/// The probability of a label from its logit (Platt 1999): the sigmoid of the tempered logit and an offset.
pub fn label_probability(logit: f32, temperature: f32, offset: f32) -> f32 {
    1.0 / (1.0 + (-(logit / temperature + offset)).exp())
}

/// Temperature and offset for [`label_probability`] that minimise the negative log-likelihood. An offset is needed beside the temperature,
/// because networks with many labels often learn with weighted classes, which moves every probability of a rare label.
///
/// `logits`: the label's, one for each image; `present`: whether the image has the label.
pub fn fit_label(logits: &[f32], present: &[bool]) -> (f32, f32) {
    let hits = present.iter().filter(|present| **present).count() as f64;
    let others = present.len() as f64 - hits;
    // Platt's targets: with 0 and 1, labels that can be told apart without an error would have no best temperature.
    let target = |present: bool| if present { (hits + 1.0) / (hits + 2.0) } else { 1.0 / (others + 2.0) };
    let pairs: Vec<(f64, f64)> =
        logits.iter().zip(present).map(|(logit, present)| (f64::from(*logit), target(*present))).collect();
    let offset_at = |log_t: f64| best_offset(&pairs, log_t.exp());
    let log_t = lowest(|log_t| {
        let (t, offset) = (log_t.exp(), offset_at(log_t));
        pairs.iter().map(|(logit, target)| cross_entropy(logit / t + offset, *target)).sum()
    });
    (log_t.exp() as f32, offset_at(log_t) as f32)
}

/// The largest offset that is tried, in both directions.
const MOST: f64 = 100.0;

/// The offset with which the probabilities sum to the targets: there the likelihood is highest.
fn best_offset(pairs: &[(f64, f64)], t: f64) -> f64 {
    let (mut low, mut high) = (-MOST, MOST);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        let excess: f64 =
            pairs.iter().map(|(logit, target)| 1.0 / (1.0 + (-(logit / t + middle)).exp()) - target).sum();
        if excess > 0.0 { high = middle } else { low = middle }
    }
    (low + high) / 2.0
}

/// Of a logit and a target between 0 and 1, in a form that does not overflow.
fn cross_entropy(logit: f64, target: f64) -> f64 {
    logit.max(0.0) - logit * target + (-logit.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    #[test]
    fn temperature_and_offset_undo_what_was_done_to_the_logits() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(6);
        let (mut logits, mut present) = (Vec::new(), Vec::new());
        for _ in 0..20_000 {
            let z: f32 = random.random_range(-4.0..2.0);
            logits.push(2.5 * (z + 1.0));
            present.push(random.random_range(0.0..1.0f32) < label_probability(z, 1.0, 0.0));
        }
        let (temperature, offset) = fit_label(&logits, &present);
        assert!((temperature - 2.5).abs() < 0.15 && (offset + 1.0).abs() < 0.06, "{temperature} {offset}");
    }

    #[test]
    fn labels_that_are_told_apart_without_an_error_stay_calibrated() {
        let logits: Vec<f32> = (0..40).map(|i| if i < 30 { -5.0 } else { 5.0 }).collect();
        let present: Vec<bool> = (0..40).map(|i| i >= 30).collect();
        let (temperature, offset) = fit_label(&logits, &present);
        let p = |logit| label_probability(logit, temperature, offset);
        assert!(
            (p(5.0) - 11.0 / 12.0).abs() < 0.01 && (p(-5.0) - 1.0 / 32.0).abs() < 0.01,
            "{} {}",
            p(5.0),
            p(-5.0)
        );
    }
}
