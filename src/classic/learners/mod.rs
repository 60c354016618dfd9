//! Learners of tables: rows of numbers with their classes in, probabilities out.

mod boosting;
mod forest;
mod gaussian;
mod held_out;
mod lda;
mod linear_svm;
mod logistic;
mod mahalanobis;
mod mixture;
mod neighbours;
mod platt;
mod rbf_svm;
mod smo;

use super::{Error, Matrix, Watch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Rows to learn from, each with its class and its group.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// A row an image.
    pub table: &'a Matrix,
    /// The class of each.
    pub labels: &'a [usize],
    /// The patient or lesion of each: where a part is held out, none is cut apart.
    pub groups: &'a [usize],
    /// How many classes there are.
    pub classes: usize,
}

/// The ways to learn from a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learner {
    /// Logistic regression, multinomial where there are more than two classes.
    Logistic,
    /// Linear support vector machine.
    LinearSvm,
    /// Support vector machine with a radial basis function.
    RbfSvm,
    /// k nearest neighbours.
    Neighbours,
    /// Random forest.
    Forest,
    /// Gradient-boosted trees.
    Boosting,
    /// Distance to each class's mean, in units of how all images vary.
    Mahalanobis,
    /// Linear discriminant analysis.
    Lda,
    /// A mixture of normal distributions for each class.
    Mixture,
}

impl Learner {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Logistic,
        Self::LinearSvm,
        Self::RbfSvm,
        Self::Neighbours,
        Self::Forest,
        Self::Boosting,
        Self::Mahalanobis,
        Self::Lda,
        Self::Mixture,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::LinearSvm => "linear-svm",
            Self::RbfSvm => "rbf-svm",
            Self::Neighbours => "neighbours",
            Self::Forest => "forest",
            Self::Boosting => "boosting",
            Self::Mahalanobis => "mahalanobis",
            Self::Lda => "lda",
            Self::Mixture => "mixture",
        }
    }

    /// Learns. The same examples and seed give the same answers, whatever the number of threads.
    ///
    /// # Errors
    /// Fails if a class has no example, or if `watch` asks to stop.
    pub fn fit(self, examples: &Examples, seed: u64, watch: Watch) -> Result<Fitted, Error> {
        let present = examples.labels.iter().collect::<BTreeSet<_>>().len();
        let images = examples.table.rows();
        if present < examples.classes || present < 2 || images != examples.labels.len() {
            return Err(Error::TooFew { images, classes: present });
        }
        Ok(Fitted(match self {
            Self::Logistic => Box::new(logistic::Logistic::fit(examples, watch)?),
            Self::LinearSvm => Box::new(linear_svm::LinearSvm::fit(examples, seed, watch)?),
            Self::RbfSvm => Box::new(rbf_svm::RbfSvm::fit(examples, seed, watch)?),
            Self::Neighbours => Box::new(neighbours::Neighbours::fit(examples)),
            Self::Forest => Box::new(forest::Forest::fit(examples, seed, watch)?),
            Self::Boosting => Box::new(boosting::Boosting::fit(examples, seed, watch)?),
            Self::Mahalanobis => Box::new(mahalanobis::Mahalanobis::fit(examples)?),
            Self::Lda => Box::new(lda::Lda::fit(examples)?),
            Self::Mixture => Box::new(mixture::Mixture::fit(examples, seed, watch)?),
        }))
    }
}

/// What a learner has learned.
pub struct Fitted(Box<dyn Classifier + Send + Sync>);

impl Fitted {
    /// The probability of each class for each row; each row sums to 1.
    ///
    /// # Errors
    /// Fails if `watch` asks to stop, or if the table has other columns than the one it learned from.
    pub fn probabilities(&self, table: &Matrix, watch: Watch) -> Result<Vec<Vec<f32>>, Error> {
        watch(0.0)?;
        self.0.probabilities(table, watch)
    }

    /// Numbers that it keeps, at 4 bytes each.
    pub fn bytes(&self) -> usize {
        self.0.numbers() * 4
    }
}

/// What every fitted learner can do.
trait Classifier {
    fn probabilities(&self, table: &Matrix, watch: Watch) -> Result<Vec<Vec<f32>>, Error>;
    /// How many numbers it keeps.
    fn numbers(&self) -> usize;
}

/// `exp(score)` as shares of their sum, by the largest so that none overflows.
fn softmax(scores: &[f64]) -> Vec<f32> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shares: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = shares.iter().sum();
    shares.iter().map(|share| (share / sum) as f32).collect()
}

/// How many examples each class has.
fn class_counts(examples: &Examples) -> Vec<f64> {
    let mut counts = vec![0f64; examples.classes];
    for label in examples.labels {
        if let Some(count) = counts.get_mut(*label) {
            *count += 1.0;
        }
    }
    counts
}

/// The natural logarithm of each class's share of the examples.
fn log_priors(examples: &Examples) -> Vec<f64> {
    let all = examples.labels.len() as f64;
    class_counts(examples).into_iter().map(|count| (count / all).ln()).collect()
}

#[cfg(test)]
mod tests;
