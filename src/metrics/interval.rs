//! Confidence intervals.

use crate::units::Estimate;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A proportion with its 95 % score interval (Wilson 1927). `None` if `count` is 0.
pub fn wilson(hits: usize, count: usize) -> Option<Estimate> {
    if count == 0 || hits > count {
        return None;
    }
    // The 97.5 % quantile of the standard normal distribution.
    let z = 1.959_964_f64;
    let (n, p) = (count as f64, hits as f64 / count as f64);
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Some(Estimate { value: p, low: (middle - half).max(0.0), high: (middle + half).min(1.0) })
}

/// The 95 % percentile interval of a metric by the bootstrap (Efron 1979): `figure` is computed on `rounds`
/// samples of `n` image indices, drawn with replacement. Samples for which it is undefined are skipped;
/// `None` if it is undefined for most.
pub fn bootstrap(
    n: usize,
    rounds: usize,
    seed: u64,
    figure: impl Fn(&[usize]) -> Option<f64>,
) -> Option<(f64, f64)> {
    if n == 0 || rounds == 0 {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut indices = vec![0; n];
    let values: Vec<f64> = (0..rounds)
        .filter_map(|_| {
            indices.iter_mut().for_each(|i| *i = random.random_range(0..n as u64) as usize);
            figure(&indices)
        })
        .collect();
    if values.len() * 2 < rounds {
        return None;
    }
    percentile_interval(values)
}

/// The middle 95 % of the values that a metric has on resamples. `None` without values.
pub fn percentile_interval(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = |share: f64| values.get((last as f64 * share).round() as usize).copied();
    Some((at(0.025)?, at(0.975)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_interval_holds_its_share(count in 1..2000usize, part in 0.0..=1.0f64) {
            let hits = (count as f64 * part) as usize;
            let e = wilson(hits, count).unwrap();
            prop_assert!(0.0 <= e.low && e.low <= e.value + 1e-12 && e.value <= e.high + 1e-12 && e.high <= 1.0);
        }
    }

    #[test]
    fn wilson_agrees_with_the_published_example() {
        // 81 of 263 in Newcombe 1998, table I: 0.2553 to 0.3662.
        let e = wilson(81, 263).unwrap();
        assert!((e.low - 0.2553).abs() < 5e-4 && (e.high - 0.3662).abs() < 5e-4, "{e:?}");
        assert!(wilson(0, 0).is_none());
    }

    #[test]
    fn the_mean_of_a_coin_has_the_known_interval() {
        let coin: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let mean =
            |indices: &[usize]| Some(indices.iter().map(|i| coin[*i]).sum::<f64>() / indices.len() as f64);
        let (low, high) = bootstrap(400, 2000, 3, mean).unwrap();
        // 0.5 +- 1.96 * 0.5 / 20.
        assert!((low - 0.451).abs() < 0.01 && (high - 0.549).abs() < 0.01, "{low} {high}");
        assert_eq!(bootstrap(400, 2000, 3, mean), bootstrap(400, 2000, 3, mean));
    }
}
