//! Logistic regression with a squared penalty (ridge), the intercept without one; minimised by L-BFGS. The same function that scikit-learn's
//! `LogisticRegression` minimises: `C * sum(loss) + |w|^2 / 2`, one column of weights for two classes, one for each of more.

use super::{Classifier, Examples, softmax};
use crate::classic::lbfgs::{Limits, minimise};
use crate::classic::{Error, Matrix, Standardisation, Watch};
use rayon::prelude::*;

/// Inverse strength of the penalty, as scikit-learn's `C`. Its default of 1 over-fits tables with more columns than rows.
const C: f64 = 0.01;
const LIMITS: Limits = Limits { steps: 1000, gradient: 1e-4 };

pub(super) struct Logistic {
    standardisation: Standardisation,
    linear: Linear,
}

impl Logistic {
    pub fn fit(examples: &Examples, watch: Watch) -> Result<Self, Error> {
        let standardisation = Standardisation::fit(examples.table);
        let table = standardisation.apply(examples.table);
        let outputs = if examples.classes == 2 { 1 } else { examples.classes };
        let size = table.columns() * outputs;
        let weights = minimise(vec![0.0; size + outputs], LIMITS, watch, |at| {
            let linear = Linear::new(outputs, at);
            let mut scores = linear.scores(&table)?;
            let loss = losses(&mut scores, examples.labels);
            let mut gradient = table.transposed_times(&scores)?;
            gradient.extend(scores.means().iter().map(|mean| f64::from(*mean) * table.rows() as f64));
            gradient.iter_mut().for_each(|g| *g *= C);
            let mut penalty = 0.0;
            for (g, w) in gradient.iter_mut().zip(at).take(size) {
                *g += w;
                penalty += w * w;
            }
            Ok((C * loss + penalty / 2.0, gradient))
        })?;
        Ok(Self { standardisation, linear: Linear::new(outputs, &weights) })
    }
}

impl Classifier for Logistic {
    fn probabilities(&self, table: &Matrix, _: Watch) -> Result<Vec<Vec<f32>>, Error> {
        let scores = self.linear.scores(&self.standardisation.apply(table))?;
        Ok(scores.iter().map(shares).collect())
    }

    fn numbers(&self) -> usize {
        self.standardisation.len() + self.linear.numbers()
    }
}

/// Of one score, that of the second class against the first; of several, one a class.
fn shares(scores: &[f32]) -> Vec<f32> {
    match scores {
        [score] => softmax(&[0.0, f64::from(*score)]),
        several => softmax(&several.iter().map(|score| f64::from(*score)).collect::<Vec<_>>()),
    }
}

/// The sum of the negative log likelihoods. Each score is replaced by its derivative: probability minus truth.
fn losses(scores: &mut Matrix, labels: &[usize]) -> f64 {
    let outputs = scores.columns();
    let rows = scores.values_mut().par_chunks_mut(outputs.max(1)).zip(labels);
    let losses: Vec<f64> = rows
        .map(|(row, label)| {
            let shares = shares(row);
            let truth = shares.get(*label).copied().unwrap_or_default();
            let first = if outputs == 1 { 1 } else { 0 };
            for (class, (score, share)) in row.iter_mut().zip(shares.iter().skip(first)).enumerate() {
                *score = share - if class + first == *label { 1.0 } else { 0.0 };
            }
            -f64::from(truth.max(f32::MIN_POSITIVE)).ln()
        })
        .collect();
    losses.iter().sum()
}

/// Weights and intercepts.
pub(super) struct Linear {
    /// `(columns, outputs)`.
    weights: Matrix,
    intercepts: Vec<f32>,
}

impl Linear {
    /// Of one list: the weights `(columns, outputs)`, then the intercepts.
    pub fn new(outputs: usize, all: &[f64]) -> Self {
        let mut all: Vec<f32> = all.iter().map(|value| *value as f32).collect();
        let intercepts = all.split_off(all.len().saturating_sub(outputs));
        Self { weights: Matrix::new(outputs, all), intercepts }
    }

    /// `(rows, outputs)`.
    pub fn scores(&self, table: &Matrix) -> Result<Matrix, Error> {
        let mut scores = table.times(&self.weights)?;
        for row in scores.values_mut().chunks_mut(self.intercepts.len().max(1)) {
            row.iter_mut().zip(&self.intercepts).for_each(|(score, intercept)| *score += intercept);
        }
        Ok(scores)
    }

    pub fn numbers(&self) -> usize {
        self.weights.values().len() + self.intercepts.len()
    }
}
