//! The result of a comparison: plain numbers, from which every table and plot is made.

use super::figures::{self, Resampled};
use super::leaks::Leak;
use super::method::{Family, Method};
use crate::metrics::{self, DeLong, McNemar, ThresholdPoint};
use crate::units::Estimate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that a comparison found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name of the data set.
    pub data: String,
    /// Names of the classes, in the order of all probabilities.
    pub classes: Vec<String>,
    /// What everything random followed from.
    pub seed: u64,
    /// Pixels a side of the squares that were compared on.
    pub side: usize,
    /// How many images were learned from.
    pub trained_on: usize,
    /// The test images.
    pub images: Vec<TestImage>,
    /// Path and reason of files that could not be read.
    pub unreadable: Vec<(String, String)>,
    /// What lies on both sides of the split, or nearly.
    pub leaks: Vec<Leak>,
    /// The methods, in the order that they were asked for.
    pub methods: Vec<Outcome>,
    /// Figures over the number of images learned from, where they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<Curve>,
}

/// An image that was measured on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestImage {
    /// Where it lies in the data set.
    pub path: String,
    /// The index of its true class.
    pub label: usize,
    /// The number of its patient, lesion or duplicate group.
    pub group: usize,
}

/// What one method came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The method.
    pub method: Method,
    /// Its family.
    pub family: Family,
    /// Its figures, each with a 95 % interval by the bootstrap over groups.
    pub figures: BTreeMap<Figure, Estimate>,
    /// Seconds until it had learned, with making its features.
    pub fit_seconds: f64,
    /// Seconds for all test images, with making their features.
    pub test_seconds: f64,
    /// Bytes that it keeps.
    pub bytes: usize,
    /// Test images that it refused to answer for. They have the same probability for each class, as a guess has.
    pub unanswered: usize,
    /// For each test image the probability of each class, in their order.
    pub probabilities: Vec<Vec<f32>>,
}

/// The figures of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Area under the ROC curve, the mean over classes against the rest.
    Auc,
    /// Share of the images that are named rightly.
    Accuracy,
    /// Mean over the classes of that share.
    BalancedAccuracy,
    /// Mean over the classes of the harmonic mean of precision and sensitivity.
    F1,
    /// Mean negative logarithm of the true class's probability; the only one of which less is better.
    LogLoss,
}

impl Figure {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 5] = [Self::Auc, Self::Accuracy, Self::BalancedAccuracy, Self::F1, Self::LogLoss];

    /// Whether less is better.
    pub fn is_loss(self) -> bool {
        self == Self::LogLoss
    }
}

/// Two methods on the same images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The first method.
    pub first: Method,
    /// The second method.
    pub second: Method,
    /// Share of the resamplings in which the first is better, by more than is negligible.
    pub first_better: f64,
    /// Share in which the second is.
    pub second_better: f64,
    /// Share in which the difference is negligible.
    pub negligible: f64,
    /// The test of how many images only one of them names rightly; images count as independent.
    pub mcnemar: McNemar,
    /// The test of the areas under both ROC curves, for two classes; images count as independent.
    pub delong: Option<DeLong>,
}

/// A method's figures over the number of images that it learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The method.
    pub method: Method,
    /// From few to all images.
    pub points: Vec<CurvePoint>,
}

/// A point of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Images learned from.
    pub images: usize,
    /// On all test images, with intervals.
    pub figures: BTreeMap<Figure, Estimate>,
}

impl Comparison {
    /// A method's outcome.
    pub fn outcome(&self, method: Method) -> Option<&Outcome> {
        self.methods.iter().find(|outcome| outcome.method == method)
    }

    /// Every pair of methods by one figure. `negligible`: the largest difference that nobody would mind (region of practical equivalence).
    pub fn pairs(&self, figure: Figure, negligible: f64) -> Vec<Pair> {
        let resampled: Vec<Resampled> = self.methods.iter().map(|one| self.resampled(one)).collect();
        let mut pairs = Vec::new();
        for (at, first) in self.methods.iter().enumerate() {
            for (other, second) in self.methods.iter().enumerate().skip(at + 1) {
                let Some((a, b)) = resampled.get(at).zip(resampled.get(other)) else { continue };
                let [first_better, negligible, second_better] =
                    figures::shares_better(a, b, figure, negligible);
                pairs.push(Pair {
                    first: first.method,
                    second: second.method,
                    first_better,
                    second_better,
                    negligible,
                    mcnemar: self.mcnemar(first, second),
                    delong: self.delong(first, second),
                });
            }
        }
        pairs
    }

    /// The images of a cell of a method's confusion matrix, as indices into [`Self::images`]: of the class `label`, named `named`.
    pub fn cell(&self, outcome: &Outcome, label: usize, named: usize) -> Vec<usize> {
        let rows = self.images.iter().zip(&outcome.probabilities).enumerate();
        let own =
            rows.filter(|(_, (image, row))| image.label == label && metrics::most_probable(row) == named);
        own.map(|(index, _)| index).collect()
    }

    /// How many images of each class a method names as each: `[true][named]`.
    pub fn confusion(&self, outcome: &Outcome) -> Vec<Vec<usize>> {
        let named: Vec<usize> = outcome.probabilities.iter().map(|row| metrics::most_probable(row)).collect();
        metrics::confusion(&named, &self.labels(), self.classes.len())
    }

    /// ROC and precision-recall curve of one class against the rest.
    pub fn threshold_points(&self, outcome: &Outcome, class: usize) -> Vec<ThresholdPoint> {
        let (scores, positive) = self.against(outcome, class);
        metrics::threshold_points(&scores, &positive)
    }

    /// Calibration of one class: images, mean probability and share that is of the class, for each bin that has images.
    pub fn calibration(&self, outcome: &Outcome, class: usize) -> Vec<(usize, f32, f32)> {
        let (scores, positive) = self.against(outcome, class);
        metrics::reliability(&scores, &positive)
    }

    fn labels(&self) -> Vec<usize> {
        self.images.iter().map(|image| image.label).collect()
    }

    fn resampled(&self, outcome: &Outcome) -> Resampled {
        let groups: Vec<usize> = self.images.iter().map(|image| image.group).collect();
        Resampled::new(&outcome.probabilities, &self.labels(), &groups, self.seed)
    }

    /// The probability of a class, and whether it is the true one.
    fn against(&self, outcome: &Outcome, class: usize) -> (Vec<f32>, Vec<bool>) {
        let scores = outcome.probabilities.iter().map(|row| row.get(class).copied().unwrap_or_default());
        (scores.collect(), self.labels().iter().map(|label| *label == class).collect())
    }

    fn mcnemar(&self, first: &Outcome, second: &Outcome) -> McNemar {
        let labels = self.labels();
        let right = |one: &Outcome| -> Vec<bool> {
            let rows = one.probabilities.iter().zip(&labels);
            rows.map(|(row, label)| metrics::most_probable(row) == *label).collect()
        };
        metrics::mcnemar(&right(first), &right(second))
    }

    fn delong(&self, first: &Outcome, second: &Outcome) -> Option<DeLong> {
        let (scores, positive) = self.against(first, 1);
        let is_of_two = self.classes.len() == 2;
        is_of_two.then(|| metrics::delong(&scores, &self.against(second, 1).0, &positive)).flatten()
    }
}
