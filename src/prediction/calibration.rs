//! Fitted on the validation split, never on the test split.

use crate::examination::OperatingPoint;
use crate::metrics;
use crate::units::Probability;

/// The temperature that minimises the negative log-likelihood (Guo et al. 2017), by golden-section search over its
/// logarithm: the function has one minimum there.
///
/// `logits`: a row an image; `labels`: the true class of each.
pub fn fit_temperature(logits: &[Vec<f32>], labels: &[usize]) -> f32 {
    let loss = |log_t: f64| -> f64 {
        let t = log_t.exp();
        logits.iter().zip(labels).map(|(row, &label)| negative_log_likelihood(row, label, t)).sum()
    };
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.05f64.ln(), 20f64.ln());
    for _ in 0..60 {
        let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
        if loss(a) < loss(b) { high = b } else { low = a }
    }
    ((low + high) / 2.0).exp() as f32
}

fn negative_log_likelihood(row: &[f32], label: usize, temperature: f64) -> f64 {
    let scaled = row.iter().map(|v| f64::from(*v) / temperature);
    let max = scaled.clone().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = scaled.clone().map(|v| (v - max).exp()).sum();
    scaled.clone().nth(label).map_or(0.0, |own| max + total.ln() - own)
}

/// The probability from which on a class belongs to a prediction set, so that the sets of images like these hold the truth in a
/// share `level` at least (split conformal prediction; Vovk et al. 2005; the score of Sadinle et al. 2019).
///
/// `probabilities`: a row an image; `labels`: the true class of each. `None` where there are too few images for the level.
pub fn fit_sets(probabilities: &[Vec<f32>], labels: &[usize], level: f64) -> Option<f32> {
    let mut own: Vec<f32> =
        probabilities.iter().zip(labels).filter_map(|(row, label)| row.get(*label).copied()).collect();
    own.sort_by(|a, b| b.total_cmp(a));
    // One more than there are images stands for the next one.
    let rank = ((own.len() as f64 + 1.0) * level).ceil() as usize;
    own.get(rank.checked_sub(1)?).copied()
}

/// Of the answers inside the unsure band, at least this share is expected to be wrong, too many to be believed.
const UNSURE_ERROR: f32 = 0.25;

/// The operating point at probability 0.5, what it measures on the given images, and the band around it inside which
/// a calibrated model errs with a chance above one in four.
///
/// `probabilities` of the finding and whether it is there, an image each; `measured_on` says which images.
pub fn operating_point(
    label: &str,
    probabilities: &[f32],
    positive: &[bool],
    measured_on: String,
) -> Option<OperatingPoint> {
    let threshold = Probability::new(0.5)?;
    let (sensitivity, specificity) =
        metrics::sensitivity_specificity(probabilities, positive, threshold.get())?;
    Some(OperatingPoint {
        label: label.to_string(),
        threshold,
        // A calibrated probability p is wrong with chance min(p, 1 - p): the band follows from that alone.
        unsure_from: Probability::new(UNSURE_ERROR)?,
        unsure_to: Probability::new(1.0 - UNSURE_ERROR)?,
        sensitivity,
        specificity,
        measured_on,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    #[test]
    fn sets_hold_the_truth_as_often_as_promised() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let mut draw = |count: usize| -> (Vec<Vec<f32>>, Vec<usize>) {
            let one = |_| {
                let p: f32 = random.random_range(0.0..1.0);
                (vec![1.0 - p, p], usize::from(random.random_range(0.0..1.0f32) < p * p))
            };
            (0..count).map(one).unzip()
        };
        let (rows, labels) = draw(2000);
        let least = fit_sets(&rows, &labels, 0.9).unwrap();
        let (rows, labels) = draw(20_000);
        let (coverage, size) = metrics::sets(&rows, &labels, least).unwrap();
        assert!((coverage - 0.9).abs() < 0.02 && size < 2.0, "{coverage} {size}");
        assert_eq!(fit_sets(&rows[..5], &labels[..5], 0.9), None);
    }

    #[test]
    fn the_temperature_undoes_overconfidence() {
        // Labels drawn from softmax(z): the right temperature for logits 3 z is 3.
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(4);
        let (mut logits, mut labels) = (Vec::new(), Vec::new());
        for _ in 0..20_000 {
            let z: f32 = random.random_range(-3.0..3.0);
            let positive = random.random_range(0.0..1.0f32) < 1.0 / (1.0 + (-z).exp());
            logits.push(vec![0.0, 3.0 * z]);
            labels.push(usize::from(positive));
        }
        let temperature = fit_temperature(&logits, &labels);
        assert!((temperature - 3.0).abs() < 0.15, "{temperature}");
    }
}
