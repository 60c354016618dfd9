//! Scores that are sums of weighted columns.

use crate::classic::{Error, Matrix};

/// Weights and intercepts.
pub(super) struct Linear {
    /// `(columns, outputs)`.
    pub weights: Matrix,
    pub intercepts: Vec<f32>,
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
