//! For each class a mixture of normal distributions with uncorrelated columns, fitted by expectation and maximisation (Dempster, Laird and Rubin
//! 1977); the answer is Bayes' rule.

use super::{Classifier, Examples, log_priors, softmax};
use crate::classic::k_means::k_means;
use crate::classic::{Error, Matrix, Watch};
use rayon::prelude::*;

/// Normal distributions of a class; fewer where it has fewer than ten images for each.
const PARTS: usize = 3;
/// Steps of expectation and maximisation.
const STEPS: usize = 50;
/// The least variance, as a share of the column's over all images, so that no part shrinks to one image.
const LEAST: f64 = 1e-2;

pub(super) struct Mixture {
    classes: Vec<Vec<Part>>,
    priors: Vec<f64>,
}

#[derive(Clone)]
struct Part {
    log_weight: f64,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Mixture {
    pub fn fit(examples: &Examples, seed: u64, watch: Watch) -> Result<Self, Error> {
        let variances = examples.table.variances().into_iter();
        let least: Vec<f64> = variances.map(|variance| (variance * LEAST).max(1e-9)).collect();
        let fit = |class: usize| {
            watch(class as f32 / examples.classes as f32)?;
            let own = examples.labels.iter().enumerate().filter(|(_, label)| **label == class);
            let table = examples.table.pick(&own.map(|(row, _)| row).collect::<Vec<_>>());
            Ok(parts(&table, &least, seed.wrapping_add(class as u64)))
        };
        let classes = (0..examples.classes).map(fit).collect::<Result<_, Error>>()?;
        Ok(Self { classes, priors: log_priors(examples) })
    }
}

impl Classifier for Mixture {
    fn probabilities(&self, table: &Matrix, _: Watch) -> Result<Vec<Vec<f32>>, Error> {
        let of = |row: &[f32]| {
            let likelihood =
                |parts: &Vec<Part>| log_sum(&parts.iter().map(|p| p.log_density(row)).collect::<Vec<_>>());
            let scores =
                self.classes.iter().zip(&self.priors).map(|(parts, prior)| prior + likelihood(parts));
            softmax(&scores.collect::<Vec<_>>())
        };
        Ok(table.par_iter().map(of).collect())
    }

    fn numbers(&self) -> usize {
        self.classes.iter().flatten().map(|part| 1 + 2 * part.mean.len()).sum()
    }
}

impl Part {
    /// Logarithm of weight times density, without the constant that all parts have in common.
    fn log_density(&self, row: &[f32]) -> f64 {
        let columns = row.iter().zip(&self.mean).zip(&self.variance);
        let terms =
            columns.map(|((x, mean), variance)| (f64::from(*x) - mean).powi(2) / variance + variance.ln());
        self.log_weight - terms.sum::<f64>() / 2.0
    }
}

/// Begins with the clusters of k-means.
fn parts(table: &Matrix, least: &[f64], seed: u64) -> Vec<Part> {
    let count = PARTS.min(table.rows() / 10).max(1);
    let clusters = k_means(table, count, seed);
    let mut shares: Vec<Vec<f64>> = clusters
        .nearest
        .iter()
        .map(|own| (0..count).map(|k| f64::from(u8::from(k == *own))).collect())
        .collect();
    let mut parts = maximise(table, &shares, least, count);
    for _ in 0..STEPS {
        shares = table.iter().map(|row| expect(&parts, row)).collect();
        parts = maximise(table, &shares, least, count);
    }
    parts
}

/// Each part's share in a row.
fn expect(parts: &[Part], row: &[f32]) -> Vec<f64> {
    let logs: Vec<f64> = parts.iter().map(|part| part.log_density(row)).collect();
    let all = log_sum(&logs);
    logs.into_iter().map(|log| (log - all).exp()).collect()
}

fn maximise(table: &Matrix, shares: &[Vec<f64>], least: &[f64], count: usize) -> Vec<Part> {
    let columns = table.columns();
    let one = |k: usize| {
        let own = || table.iter().zip(shares.iter().filter_map(move |row| row.get(k).copied()));
        let weight = own().map(|(_, share)| share).sum::<f64>().max(1e-9);
        let mut mean = vec![0f64; columns];
        for (row, share) in own() {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += share * f64::from(*x) / weight);
        }
        let mut variance = vec![0f64; columns];
        for (row, share) in own() {
            let terms = variance.iter_mut().zip(row).zip(&mean);
            terms.for_each(|((sum, x), mean)| *sum += share * (f64::from(*x) - mean).powi(2) / weight);
        }
        variance.iter_mut().zip(least).for_each(|(value, least)| *value = value.max(*least));
        Part { log_weight: (weight / table.rows().max(1) as f64).ln(), mean, variance }
    };
    (0..count).map(one).collect()
}

fn log_sum(logs: &[f64]) -> f64 {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + logs.iter().map(|log| (log - most).exp()).sum::<f64>().ln()
}
