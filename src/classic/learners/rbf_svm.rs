//! Support vector machine with the kernel `exp(-gamma |a - b|^2)` (Cortes and Vapnik 1995), each class against the rest.

use super::cross_fit::sigmoids;
use super::linear::Linear;
use super::platt::Sigmoids;
use super::smo::{Machine, solve};
use super::{Classifier, Examples, scored_classes};
use crate::classic::{Error, Matrix, Standardisation, Watch, pick};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// What an error costs.
const C: f64 = 3.0;
/// Images it learns from at most, drawn by the seed: all kernel values are held at once, which takes 100 MB for these.
const MOST: usize = 5000;

pub(super) struct RbfSvm {
    standardisation: Standardisation,
    gamma: f32,
    /// The rows that some machine needs.
    support: Matrix,
    /// Of kernel values with them, a score for each machine.
    linear: Linear,
    sigmoids: Sigmoids,
}

impl RbfSvm {
    pub fn fit(examples: &Examples, seed: u64, watch: Watch) -> Result<Self, Error> {
        let drawn = drawn(examples.table.rows(), seed);
        let (own, groups) = (pick(examples.labels, &drawn), pick(examples.groups, &drawn));
        let chosen = examples.table.pick(&drawn);
        let standardisation = Standardisation::fit(&chosen);
        let table = standardisation.apply(&chosen);
        let examples = Examples { table: &table, labels: &own, groups: &groups, classes: examples.classes };
        let gamma = scale(&table);
        let kernel = kernel(&table, &table, gamma)?;
        let score = |learn: &[usize], held: &[usize], watch: Watch| {
            Ok(scores(&kernel.pick(held), &machines(&kernel, &examples, learn, watch)?, learn))
        };
        let sigmoids = sigmoids(&examples, seed, &|share| watch(share * 0.7), score)?;
        let all: Vec<usize> = (0..table.rows()).collect();
        let machines = machines(&kernel, &examples, &all, &|share| watch(0.7 + share * 0.3))?;
        let weights_of =
            |row: usize| machines.iter().filter_map(move |m| m.weights.get(row).map(|w| *w as f32));
        let support: Vec<usize> = all.into_iter().filter(|row| weights_of(*row).any(|w| w != 0.0)).collect();
        Ok(Self {
            standardisation,
            gamma,
            linear: Linear {
                weights: Matrix::from_rows(support.iter().map(|row| weights_of(*row).collect()).collect()),
                intercepts: machines.iter().map(|machine| machine.intercept as f32).collect(),
            },
            support: table.pick(&support),
            sigmoids,
        })
    }
}

impl Classifier for RbfSvm {
    fn probabilities(&self, table: &Matrix, watch: Watch) -> Result<Vec<Vec<f32>>, Error> {
        table.in_blocks(1024, watch, |block| {
            let kernel = kernel(&self.standardisation.apply(&block), &self.support, self.gamma)?;
            Ok(self.sigmoids.probabilities(&self.linear.scores(&kernel)?))
        })
    }

    fn numbers(&self) -> usize {
        let kernel = self.support.values().len() + self.linear.numbers();
        self.standardisation.numbers() + kernel + self.sigmoids.numbers()
    }
}

fn drawn(rows: usize, seed: u64) -> Vec<usize> {
    if rows <= MOST {
        return (0..rows).collect();
    }
    let mut drawn = sample(&mut ChaCha8Rng::seed_from_u64(seed), rows, MOST).into_vec();
    drawn.sort_unstable();
    drawn
}

/// `1 / (columns * variance of all values)`, as scikit-learn's `gamma="scale"`.
fn scale(table: &Matrix) -> f32 {
    let count = table.values().len().max(1) as f64;
    let mean = table.values().iter().map(|v| f64::from(*v)).sum::<f64>() / count;
    let variance = table.values().iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count;
    (1.0 / (table.columns().max(1) as f64 * variance.max(1e-12))) as f32
}

fn kernel(a: &Matrix, b: &Matrix, gamma: f32) -> Result<Matrix, Error> {
    let (own, others) = (a.squared_lengths(), b.squared_lengths());
    let mut kernel = a.times_rows_of(b)?;
    let rows = kernel.values_mut().par_chunks_mut(others.len().max(1)).zip(&own);
    rows.for_each(|(row, own)| {
        for (value, other) in row.iter_mut().zip(&others) {
            *value = (-gamma * (own + other - 2.0 * *value).max(0.0)).exp();
        }
    });
    Ok(kernel)
}

fn machines(
    kernel: &Matrix,
    examples: &Examples,
    rows: &[usize],
    watch: Watch,
) -> Result<Vec<Machine>, Error> {
    let classes = scored_classes(examples.classes);
    let (labels, count) = (pick(examples.labels, rows), classes.len() as f32);
    let one = |class: usize| {
        let sides: Vec<bool> = labels.iter().map(|label| *label == class).collect();
        solve(kernel, rows, &sides, C, &|share| watch(share / count))
    };
    classes.into_par_iter().map(one).collect()
}

/// Of rows of the kernel, by machines that learned from the rows at `learned`.
fn scores(kernel: &Matrix, machines: &[Machine], learned: &[usize]) -> Matrix {
    let of = |row: &[f32], machine: &Machine| {
        let terms = learned.iter().zip(&machine.weights);
        let sum: f64 = terms.map(|(at, w)| w * f64::from(row.get(*at).copied().unwrap_or(0.0))).sum();
        (sum + machine.intercept) as f32
    };
    Matrix::from_rows(kernel.iter().map(|row| machines.iter().map(|m| of(row, m)).collect()).collect())
}
