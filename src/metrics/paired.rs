//! Two methods on the same images: is one better?

/// A comparison of two proportions on the same images (McNemar 1947).
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct McNemar {
    /// Images that only the first method has right.
    pub only_first: usize,
    /// Images that only the second method has right.
    pub only_second: usize,
    /// Two-sided exact p value of the binomial test.
    pub p: f64,
}

/// McNemar's exact test on the images that exactly one of two methods has right. `first`, `second`: whether each image is right.
pub fn mcnemar(first: &[bool], second: &[bool]) -> McNemar {
    let only = |a: bool, b: bool| first.iter().zip(second).filter(|(x, y)| (**x, **y) == (a, b)).count();
    let (only_first, only_second) = (only(true, false), only(false, true));
    let (n, fewer) = (only_first + only_second, only_first.min(only_second));
    // The probability of at most `fewer` heads of n fair coins, by logarithms, because 2^-n is 0 for large n.
    let mut log_choose = 0f64;
    let mut tail = 0f64;
    for k in 0..=fewer {
        tail += (log_choose - n as f64 * std::f64::consts::LN_2).exp();
        log_choose += ((n - k) as f64).ln() - ((k + 1) as f64).ln();
    }
    McNemar { only_first, only_second, p: (2.0 * tail).min(1.0) }
}

/// The difference of two areas under the ROC curve on the same images.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DeLong {
    /// First area minus the second.
    pub difference: f64,
    /// Standard error of the difference; images count as independent.
    pub standard_error: f64,
    /// Two-sided p value of the normal approximation.
    pub p: f64,
}

/// The test of DeLong, DeLong and Clarke-Pearson (1988), by midranks (Sun and Xu 2014). `None` if there are fewer than two positive or two
/// negative images, or a score is NaN.
pub fn delong(first: &[f32], second: &[f32], positive: &[bool]) -> Option<DeLong> {
    let (a, b) = (placements(first, positive)?, placements(second, positive)?);
    let difference = mean(&a.0) - mean(&b.0);
    let part = |a: &[f64], b: &[f64]| variance(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>());
    let error = (part(&a.0, &b.0)? / a.0.len() as f64 + part(&a.1, &b.1)? / a.1.len() as f64).sqrt();
    let p = match error {
        0.0 if difference == 0.0 => 1.0,
        0.0 => 0.0,
        error => 2.0 * normal_tail((difference / error).abs()),
    };
    Some(DeLong { difference, standard_error: error, p })
}

/// For each positive image the share of the negative ones that score lower, ties counting half; and for each negative image the share of the
/// positive ones that score higher.
fn placements(scores: &[f32], positive: &[bool]) -> Option<(Vec<f64>, Vec<f64>)> {
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let of = |wanted: bool| -> Vec<f32> {
        let own = scores.iter().zip(positive).filter(|(_, positive)| **positive == wanted);
        let mut own: Vec<f32> = own.map(|(score, _)| *score).collect();
        own.sort_by(f32::total_cmp);
        own
    };
    let (with, without) = (of(true), of(false));
    if with.len() < 2 || without.len() < 2 {
        return None;
    }
    let below = |sorted: &[f32], score: f32| {
        let (less, to) = (sorted.partition_point(|s| *s < score), sorted.partition_point(|s| *s <= score));
        (less + to) as f64 / 2.0 / sorted.len() as f64
    };
    // In the images' own order, so that two methods' placements stand beside each other.
    let (mut with_below, mut without_above) = (Vec::new(), Vec::new());
    for (score, positive) in scores.iter().zip(positive) {
        if *positive {
            with_below.push(below(&without, *score));
        } else {
            without_above.push(1.0 - below(&with, *score));
        }
    }
    Some((with_below, without_above))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The sample variance; `None` of fewer than two values.
fn variance(values: &[f64]) -> Option<f64> {
    let middle = mean(values);
    let squares = values.iter().map(|value| (value - middle).powi(2)).sum::<f64>();
    (values.len() > 1).then(|| squares / (values.len() - 1) as f64)
}

/// The probability that a standard normal variable exceeds `z`, for `z` of at least 0, to 1e-7: Abramowitz and Stegun 1964, 26.2.17.
fn normal_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let series = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = series.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    sum * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::auc;
    use proptest::prelude::*;

    #[test]
    fn mcnemar_is_the_sign_test_of_the_disagreements() {
        let first = [true, true, true, true, true, true, false, true, false];
        let second = [false, false, false, false, false, false, true, true, false];
        // 6 against 1: 2 * (1 + 7) / 2^7.
        let test = mcnemar(&first, &second);
        assert_eq!((test.only_first, test.only_second), (6, 1));
        assert!((test.p - 16.0 / 128.0).abs() < 1e-12);
        assert_eq!(mcnemar(&first, &first).p, 1.0);
        let (many, none) = (vec![true; 3000], vec![false; 3000]);
        assert!(mcnemar(&many, &none).p < 1e-200);
    }

    #[test]
    fn delong_agrees_with_the_components_written_out() {
        let positive = [true, true, true, false, false, false];
        let first = [0.9, 0.8, 0.3, 0.5, 0.2, 0.1];
        let second = [0.6, 0.4, 0.7, 0.5, 0.3, 0.65];
        // Components of the first: positives (1, 1, 2/3), negatives (2/3, 1, 1); of the second (2/3, 1/3, 1), (2/3, 1, 1/3).
        let test = delong(&first, &second, &positive).unwrap();
        assert!((test.difference - (8.0 / 9.0 - 2.0 / 3.0)).abs() < 1e-12);
        // Differences: positives (1/3, 2/3, -1/3), negatives (0, 0, 2/3); their variances 7/27 and 4/27.
        let expected = ((7.0 / 27.0 + 4.0 / 27.0) / 3.0f64).sqrt();
        assert!((test.standard_error - expected).abs() < 1e-12, "{test:?}");
        assert!((test.p - 2.0 * normal_tail(test.difference / expected)).abs() < 1e-12);
        assert_eq!(delong(&first, &first, &positive).unwrap().p, 1.0);
        assert_eq!(delong(&first, &second, &[true; 6]), None);
    }

    #[test]
    fn the_normal_tail_is_the_tables() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.158_655_25), (1.959_964, 0.025), (3.0, 0.001_349_9)] {
            assert!((normal_tail(z) - p).abs() < 1e-6, "{z}");
        }
    }

    proptest! {
        #[test]
        fn the_placements_average_to_the_auc(
            images in proptest::collection::vec((0..9u8, any::<bool>()), 4..40)
        ) {
            let scores: Vec<f32> = images.iter().map(|(score, _)| f32::from(*score)).collect();
            let positive: Vec<bool> = images.iter().map(|(_, positive)| *positive).collect();
            if let Some((with, without)) = placements(&scores, &positive) {
                let area = auc(&scores, &positive).unwrap();
                prop_assert!((mean(&with) - area).abs() < 1e-9 && (mean(&without) - area).abs() < 1e-9);
            }
        }
    }
}
