//! Learners of tables: rows of numbers with their classes in, probabilities out.

mod boosting;
mod cross_fit;
mod forest;
mod gaussian;
mod lda;
mod linear;
mod linear_svm;
mod logistic;
mod mahalanobis;
mod mixture;
mod neighbours;
mod platt;
mod rbf_svm;
mod smo;

use super::{Error, Matrix, Watch};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// The classes that have a score: all, but of two only the second, whose score tells both.
fn scored_classes(classes: usize) -> std::ops::Range<usize> {
    if classes == 2 { 1..2 } else { 0..classes }
}

/// The probability of each class from the scores of [`scored_classes`].
fn class_probabilities(scores: &[f64]) -> Vec<f32> {
    match scores {
        [second] => softmax(&[0.0, *second]),
        all => softmax(all),
    }
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
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const GO_ON: Watch = &|_| Ok(());

    /// Rows around the corners of a triangle, 1 apart from its neighbours in each direction.
    fn three_clouds(each: usize, spread: f32) -> (Matrix, Vec<usize>) {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let corners = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]];
        let mut rows = Vec::new();
        let mut labels = Vec::new();
        for at in 0..3 * each {
            // Sums of twelve uniform numbers are nearly normal.
            let mut noise = || (0..12).map(|_| random.random_range(-0.5..0.5f32)).sum::<f32>() * spread;
            rows.push(corners[at % 3].iter().map(|c| c + noise()).collect());
            labels.push(at % 3);
        }
        (Matrix::from_rows(rows), labels)
    }

    fn accuracy(rows: &[Vec<f32>], labels: &[usize]) -> f64 {
        crate::metrics::accuracy(rows, labels).unwrap()
    }

    #[test]
    fn every_learner_tells_clouds_apart_repeats_itself_and_stops() {
        let (table, labels) = three_clouds(60, 0.7);
        let (unseen, truth) = {
            let (table, labels) = three_clouds(200, 0.7);
            let rows: Vec<usize> = (300..600).collect();
            (table.pick(&rows), labels[300..].to_vec())
        };
        for classes in [2, 3] {
            let keep = |labels: &[usize]| -> Vec<usize> {
                (0..labels.len()).filter(|i| labels[*i] < classes).collect()
            };
            let of = |labels: &[usize]| -> Vec<usize> {
                labels.iter().copied().filter(|l| *l < classes).collect()
            };
            let (table, unseen) = (table.pick(&keep(&labels)), unseen.pick(&keep(&truth)));
            let (labels, truth) = (of(&labels), of(&truth));
            let groups: Vec<usize> = (0..labels.len()).collect();
            let examples = Examples { table: &table, labels: &labels, groups: &groups, classes };
            for learner in Learner::ALL {
                let fitted = learner.fit(&examples, 9, GO_ON).unwrap();
                let rows = fitted.probabilities(&unseen, GO_ON).unwrap();
                let right = accuracy(&rows, &truth);
                assert!(right > 0.97, "{}: {right}", learner.name());
                for row in &rows {
                    assert!(row.len() == classes && (row.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{row:?}");
                }
                assert!(fitted.bytes() > 0);
                let again = learner.fit(&examples, 9, GO_ON).unwrap().probabilities(&unseen, GO_ON).unwrap();
                assert_eq!(rows, again, "{}", learner.name());
                let stopped = fitted.probabilities(&unseen, &|_| Err(Error::Stopped));
                assert!(matches!(stopped, Err(Error::Stopped)), "{}", learner.name());
            }
        }
    }

    #[test]
    fn too_few_classes_are_refused() {
        let table = Matrix::new(1, vec![1.0, 2.0]);
        let examples = Examples { table: &table, labels: &[0, 0], groups: &[0, 1], classes: 2 };
        assert!(matches!(
            Learner::Lda.fit(&examples, 1, GO_ON),
            Err(Error::TooFew { images: 2, classes: 1 })
        ));
    }

    #[test]
    fn logistic_regression_reaches_the_minimum_of_its_function() {
        // Standardised columns of -1 and 1: by symmetry the intercept is 0, and the weight w solves C n (1 - p) = w with p = 1 / (1 + e^-w).
        let table = Matrix::new(1, vec![0.0, 0.0, 1.0, 1.0]);
        let examples = Examples { table: &table, labels: &[0, 0, 1, 1], groups: &[0, 1, 2, 3], classes: 2 };
        let fitted = Learner::Logistic.fit(&examples, 1, GO_ON).unwrap();
        let p = f64::from(fitted.probabilities(&table, GO_ON).unwrap()[2][1]);
        let weight = (p / (1.0 - p)).ln();
        assert!((0.01 * 4.0 * (1.0 - p) - weight).abs() < 1e-3 && weight > 0.015, "{p}");
    }

    #[test]
    fn discriminant_analysis_is_the_formula_written_out() {
        // Class means 0 and 4, variances within 1: log odds at x are 4 (x - 2), priors equal.
        let table = Matrix::new(1, vec![-1.0, 1.0, 3.0, 5.0]);
        let examples = Examples { table: &table, labels: &[0, 0, 1, 1], groups: &[0, 1, 2, 3], classes: 2 };
        let fitted = Learner::Lda.fit(&examples, 1, GO_ON).unwrap();
        let row = &fitted.probabilities(&Matrix::new(1, vec![2.25]), GO_ON).unwrap()[0];
        assert!((f64::from(row[1]) - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-4, "{row:?}");
        // By Mahalanobis' distance the variance is that of all four, 5.
        let fitted = Learner::Mahalanobis.fit(&examples, 1, GO_ON).unwrap();
        let row = &fitted.probabilities(&Matrix::new(1, vec![2.25]), GO_ON).unwrap()[0];
        assert!((f64::from(row[1]) - 1.0 / (1.0 + (-0.2f64).exp())).abs() < 1e-4, "{row:?}");
    }

    #[test]
    fn neighbours_vote_and_a_class_without_votes_keeps_one() {
        let table = Matrix::new(1, (0..40).map(|i| i as f32).collect());
        let labels: Vec<usize> = (0..40).map(|i| usize::from(i >= 20)).collect();
        let groups: Vec<usize> = (0..40).collect();
        let examples = Examples { table: &table, labels: &labels, groups: &groups, classes: 2 };
        let fitted = Learner::Neighbours.fit(&examples, 1, GO_ON).unwrap();
        // Eleven neighbours of 18 are 13 to 23: seven of class 0 and four of class 1, and one vote beforehand each.
        let rows = fitted.probabilities(&Matrix::new(1, vec![18.0, 0.0]), GO_ON).unwrap();
        assert!((rows[0][0] - 8.0 / 13.0).abs() < 1e-6 && (rows[1][1] - 1.0 / 13.0).abs() < 1e-6, "{rows:?}");
    }

    #[test]
    fn the_machine_of_two_rows_lies_in_the_middle() {
        // Kernel values 1 and k: the margin is reached where weight (1 - k) = 1.
        let kernel = Matrix::from_rows(vec![vec![1.0, 0.6], vec![0.6, 1.0]]);
        let machine = smo::solve(&kernel, &[0, 1], &[true, false], 10.0, GO_ON).unwrap();
        assert!((machine.weights[0] - 2.5).abs() < 1e-6 && (machine.weights[1] + 2.5).abs() < 1e-6);
        assert!(machine.intercept.abs() < 1e-6);
        // An error that costs less is allowed.
        let machine = smo::solve(&kernel, &[0, 1], &[true, false], 2.0, GO_ON).unwrap();
        assert!((machine.weights[0] - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_radial_machine_tells_a_ring_from_its_middle() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let mut rows = Vec::new();
        for i in 0..200 {
            let (angle, radius) =
                (random.random_range(0.0..std::f32::consts::TAU), if i % 2 == 0 { 0.3 } else { 1.0 });
            rows.push(vec![radius * angle.cos(), radius * angle.sin()]);
        }
        let (table, labels) = (Matrix::from_rows(rows), (0..200).map(|i| i % 2).collect::<Vec<_>>());
        let groups: Vec<usize> = (0..200).collect();
        let examples = Examples { table: &table, labels: &labels, groups: &groups, classes: 2 };
        let of = |learner: Learner| {
            let fitted = learner.fit(&examples, 3, GO_ON).unwrap();
            accuracy(&fitted.probabilities(&table, GO_ON).unwrap(), &labels)
        };
        assert!(of(Learner::RbfSvm) > 0.99 && of(Learner::Boosting) > 0.95 && of(Learner::Forest) > 0.99);
        assert!(of(Learner::LinearSvm) < 0.7);
    }

    #[test]
    fn a_mixture_finds_two_heaps_of_one_class() {
        // Class 0 on both sides of class 1, which no single normal distribution with the same spread can tell.
        let rows = (0..120).map(|i| [-5.0, 0.0, 5.0, 0.0][i % 4] + (i / 4) as f32 * 0.02);
        let table = Matrix::new(1, rows.collect());
        let labels: Vec<usize> = (0..120).map(|i| i % 2).collect();
        let groups: Vec<usize> = (0..120).collect();
        let examples = Examples { table: &table, labels: &labels, groups: &groups, classes: 2 };
        let fitted = Learner::Mixture.fit(&examples, 3, GO_ON).unwrap();
        assert_eq!(accuracy(&fitted.probabilities(&table, GO_ON).unwrap(), &labels), 1.0);
    }
}
