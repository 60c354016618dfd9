//! Linear discriminant analysis (Fisher 1936): normal distributions of one covariance, pooled within the classes.

use super::gaussian::{Covariance, centred, class_means};
use super::{Classifier, Examples, log_priors, softmax};
use crate::classic::{Error, Matrix, Watch};
use rayon::prelude::*;

pub(super) struct Lda {
    pub(super) covariance: Covariance,
    /// Of each class, whitened.
    means: Vec<Vec<f64>>,
    priors: Vec<f64>,
}

impl Lda {
    pub fn fit(examples: &Examples) -> Result<Self, Error> {
        let means = class_means(examples);
        let within = centred(examples.table, examples.labels, &means);
        Self::with(Covariance::fit(&within)?, &means, examples)
    }

    /// The classes' means in units of a covariance.
    pub fn with(covariance: Covariance, means: &[Vec<f64>], examples: &Examples) -> Result<Self, Error> {
        let means = means.iter().map(|mean| covariance.whiten(mean)).collect();
        Ok(Self { covariance, means, priors: log_priors(examples) })
    }

    /// Log prior minus half the squared distance, as shares.
    fn of(&self, row: &[f32]) -> Vec<f32> {
        let white = self.covariance.whiten(&row.iter().map(|v| f64::from(*v)).collect::<Vec<_>>());
        let distance = |mean: &Vec<f64>| white.iter().zip(mean).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        let scores = self.means.iter().zip(&self.priors).map(|(mean, prior)| prior - distance(mean) / 2.0);
        softmax(&scores.collect::<Vec<_>>())
    }
}

impl Classifier for Lda {
    fn probabilities(&self, table: &Matrix, _: Watch) -> Result<Vec<Vec<f32>>, Error> {
        Ok(table.par_iter().map(|row| self.of(row)).collect())
    }

    fn numbers(&self) -> usize {
        self.covariance.numbers() + self.means.concat().len() + self.priors.len()
    }
}
