//! Logistic regression with a squared penalty (ridge), the intercept without one; minimised by L-BFGS. The same function that scikit-learn's
//! `LogisticRegression` minimises: `C * sum(loss) + |w|^2 / 2`, one column of weights for two classes, one for each of more.

use super::linear::Linear;
use super::{Classifier, Examples, class_probabilities, scored_classes};
use crate::classic::lbfgs::{Limits, minimise};
use crate::classic::{Error, Matrix, Standardisation, Watch};
use rayon::prelude::*;

/// Inverse strength of the penalty, as scikit-learn's `C`. Its default of 1 over-fits tables with more columns than rows.
const C: f64 = 0.01;
const LIMITS: Limits = Limits { steps: 1000, gradient: 1e-5 };

pub(super) struct Logistic {
    standardisation: Standardisation,
    linear: Linear,
}

impl Logistic {
    pub fn fit(examples: &Examples, watch: Watch) -> Result<Self, Error> {
        let standardisation = Standardisation::fit(examples.table);
        let table = standardisation.apply(examples.table);
        let outputs = scored_classes(examples.classes).len();
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
        Ok(scores.iter().map(probabilities).collect())
    }

    fn numbers(&self) -> usize {
        self.standardisation.numbers() + self.linear.numbers()
    }
}

fn probabilities(scores: &[f32]) -> Vec<f32> {
    class_probabilities(&scores.iter().map(|score| f64::from(*score)).collect::<Vec<_>>())
}

/// The sum of the negative log likelihoods. Each score is replaced by its derivative: probability minus truth.
fn losses(scores: &mut Matrix, labels: &[usize]) -> f64 {
    let outputs = scores.columns();
    let rows = scores.values_mut().par_chunks_mut(outputs.max(1)).zip(labels);
    let losses: Vec<f64> = rows
        .map(|(row, label)| {
            let probabilities = probabilities(row);
            let truth = probabilities.get(*label).copied().unwrap_or_default();
            let first = if outputs == 1 { 1 } else { 0 };
            for (class, (score, p)) in row.iter_mut().zip(probabilities.iter().skip(first)).enumerate() {
                *score = p - if class + first == *label { 1.0 } else { 0.0 };
            }
            -f64::from(truth.max(f32::MIN_POSITIVE)).ln()
        })
        .collect();
    losses.iter().sum()
}
