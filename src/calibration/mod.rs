//! Calibration: everything that is fitted on the validation split, never on the test split.

mod label;

pub use label::{fit_label, label_probability};

use crate::examination::{
    FEWEST_IMAGES, MOST_MISSED, OperatingPoint, Purpose, RULING_IN_SPECIFICITY, SCREENING_SENSITIVITY,
};
use crate::metrics;
use crate::units::Probability;
use candle_core::Tensor;
use candle_nn::ops::softmax_last_dim;

/// Temperature that minimises the negative log-likelihood (Guo et al. 2017). Found by golden-section search
/// over its logarithm, where the function has a single minimum.
///
/// `logits`: one row for each image; `labels`: the true class of each image.
pub fn fit_temperature(logits: &[Vec<f32>], labels: &[usize]) -> f32 {
    let loss = |log_t: f64| -> f64 {
        let t = log_t.exp();
        logits.iter().zip(labels).map(|(row, &label)| negative_log_likelihood(row, label, t)).sum()
    };
    lowest(loss).exp() as f32
}

/// Where a function of a temperature's logarithm with a single minimum is lowest, by golden-section search over temperatures from 0.05 to 20.
fn lowest(loss: impl Fn(f64) -> f64) -> f64 {
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.05f64.ln(), 20f64.ln());
    for _ in 0..60 {
        let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
        if loss(a) < loss(b) { high = b } else { low = a }
    }
    (low + high) / 2.0
}

fn negative_log_likelihood(row: &[f32], label: usize, temperature: f64) -> f64 {
    let scaled = row.iter().map(|v| f64::from(*v) / temperature);
    let max = scaled.clone().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = scaled.clone().map(|v| (v - max).exp()).sum();
    scaled.clone().nth(label).map_or(0.0, |own| max + total.ln() - own)
}

/// The smallest probability with which a class belongs to a prediction set, so that the sets contain the
/// truth for at least the fraction `level` of similar images (split conformal prediction; Vovk et al. 2005;
/// with the score of Sadinle et al. 2019).
///
/// `probabilities`: one row for each image; `labels`: the true class of each image. `None` if there are too
/// few images for the level.
pub fn fit_sets(probabilities: &[Vec<f32>], labels: &[usize], level: f64) -> Option<f32> {
    let mut own: Vec<f32> =
        probabilities.iter().zip(labels).filter_map(|(row, label)| row.get(*label).copied()).collect();
    own.sort_by(|a, b| b.total_cmp(a));
    // Plus 1 for the new image, as the method prescribes.
    let rank = ((own.len() as f64 + 1.0) * level).ceil() as usize;
    own.get(rank.checked_sub(1)?).copied()
}

/// Inside the unsure band around a threshold of 0.5, at least this fraction of the answers is expected to be
/// wrong.
const UNSURE_ERROR: f32 = 0.25;

/// The operating point that serves `purpose` on the given images, its measured sensitivity and specificity,
/// and the unsure band around it, where a calibrated model errs too often.
///
/// `probabilities`: the finding's, one for each image; `positive`: whether it is there; `measured_on`: which
/// images, in words. `None` if there are no positive or no negative images.
pub fn operating_point(
    label: &str,
    purpose: Purpose,
    probabilities: &[f32],
    positive: &[bool],
    measured_on: String,
) -> Option<OperatingPoint> {
    let measure =
        |threshold: Probability| metrics::sensitivity_specificity(probabilities, positive, threshold.get());
    let even = Probability::new(0.5)?;
    // Hundredths, as on the page's control.
    let steps = || (1..100u8).filter_map(|step| Probability::new(f32::from(step) / 100.0));
    let threshold = match purpose {
        Purpose::Balanced | Purpose::Naming => even,
        Purpose::Screening => {
            let misses_few =
                |t: &Probability| measure(*t).is_some_and(|(s, _)| s.value >= SCREENING_SENSITIVITY);
            steps().rev().find(misses_few).or_else(|| steps().next())?
        }
        Purpose::RulingIn => {
            let alarms_few =
                |t: &Probability| measure(*t).is_some_and(|(_, s)| s.value >= RULING_IN_SPECIFICITY);
            steps().find(alarms_few).or_else(|| steps().next_back())?
        }
    };
    let (sensitivity, specificity) = measure(even)?;
    let hits = positive.iter().filter(|positive| **positive).count();
    // A calibrated probability p is wrong with probability min(p, 1 - p). That alone gives the band around
    // 0.5; it moves with the threshold.
    let at_even = OperatingPoint {
        label: label.to_string(),
        threshold: even,
        unsure_from: Probability::new(UNSURE_ERROR)?,
        unsure_to: Probability::new(1.0 - UNSURE_ERROR)?,
        sensitivity,
        specificity,
        measured_on,
        prevalence: hits as f64 / positive.len() as f64,
        purpose,
        moved_from: None,
        rules_out_below: rules_out_below(probabilities, positive)?,
    };
    let (sensitivity, specificity) = measure(threshold)?;
    let moved = at_even.moved(threshold, &[]);
    // In screening, every answer at or above the threshold is acted on, so the band lies below it only.
    let unsure_to = if purpose == Purpose::Screening { threshold } else { moved.unsure_to };
    Some(OperatingPoint { sensitivity, specificity, unsure_to, moved_from: None, ..moved })
}

/// The probability below which "not suspected" may be said: the start of the first bin of the reliability
/// table in which too many images had the finding, or which has too few images.
fn rules_out_below(probabilities: &[f32], positive: &[bool]) -> Option<Probability> {
    let bins = metrics::reliability(probabilities, positive);
    let width = 1.0 / metrics::RELIABILITY_BINS as f32;
    let is_believed = |place: usize| {
        bins.iter().any(|(images, mean, share)| {
            (mean / width) as usize == place && *images >= FEWEST_IMAGES && *share <= MOST_MISSED
        })
    };
    let first = (0..metrics::RELIABILITY_BINS).find(|place| !is_believed(*place));
    Probability::new(first.map_or(1.0, |place| place as f32 * width))
}

/// Class probabilities from logits, by softmax with temperature scaling (Guo et al. 2017). They sum to 1.
///
/// # Shapes
/// `logits` and result: `(classes,)`, or `(images, classes)`.
///
/// # Errors
/// Fails for numbers of another type.
pub fn probabilities(logits: &Tensor, temperature: f32) -> candle_core::Result<Tensor> {
    softmax_last_dim(&(logits / f64::from(temperature))?)
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

    /// Calibrated scores: of the images with probability p, a fraction p has the finding.
    fn calibrated(count: u32) -> (Vec<f32>, Vec<bool>) {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        let one = |_| {
            let p = random.random_range(0.0..1.0f32).powi(3);
            (p, random.random_range(0.0..1.0f32) < p)
        };
        (0..count).map(one).unzip()
    }

    #[test]
    fn a_threshold_serves_its_purpose() {
        let (scores, positive) = calibrated(20_000);
        let point = |purpose| operating_point("it", purpose, &scores, &positive, String::new()).unwrap();
        let screening = point(Purpose::Screening);
        assert!(screening.sensitivity.value >= SCREENING_SENSITIVITY && screening.threshold.get() < 0.3);
        // The next higher threshold would miss too many.
        let next = screening.threshold.get() + 0.01;
        let (sensitivity, _) = metrics::sensitivity_specificity(&scores, &positive, next).unwrap();
        assert!(sensitivity.value < SCREENING_SENSITIVITY);
        assert!(screening.unsure_from < screening.threshold && screening.threshold == screening.unsure_to);
        let ruling_in = point(Purpose::RulingIn);
        assert!(
            ruling_in.specificity.value >= RULING_IN_SPECIFICITY && ruling_in.threshold > screening.threshold
        );
        assert_eq!(point(Purpose::Balanced).threshold.get(), 0.5);
    }

    #[test]
    fn not_suspected_is_said_only_of_what_seldom_has_it() {
        use crate::examination::{Doubt, ReliabilityBin, Verdict};
        let (scores, positive) = calibrated(20_000);
        let point = operating_point("it", Purpose::Balanced, &scores, &positive, String::new()).unwrap();
        // The first bin's proportion is about 0.03, the second's about 0.15.
        assert!((point.rules_out_below.get() - 0.1).abs() < 1e-6, "{:?}", point.rules_out_below);
        let bin = |(images, mean_probability, share)| ReliabilityBin { images, mean_probability, share };
        let bins: Vec<ReliabilityBin> =
            metrics::reliability(&scores, &positive).into_iter().map(bin).collect();
        let verdict =
            |p, holds, bins: &[ReliabilityBin]| point.verdict(Probability::new(p).unwrap(), holds, bins);
        assert_eq!(verdict(0.05, false, &bins), (Verdict::NotSuspected, None));
        assert_eq!(verdict(0.05, true, &bins), (Verdict::Unsure, Some(Doubt::SetHoldsFinding)));
        assert!(matches!(verdict(0.15, false, &bins), (Verdict::Unsure, Some(Doubt::OftenThere { .. }))));
        assert_eq!(verdict(0.05, false, &[]), (Verdict::Unsure, Some(Doubt::FewImages { images: 0 })));
        assert_eq!(verdict(0.5, false, &bins), (Verdict::Unsure, Some(Doubt::NearThreshold)));
        assert_eq!(verdict(0.9, false, &bins), (Verdict::Suspected, None));
    }

    #[test]
    fn the_temperature_undoes_overconfidence() {
        // Labels are drawn from softmax(z), so the right temperature for logits 3 z is 3.
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
