//! Predictions with their true labels, and all metrics that follow from them.

use super::figures::{self, Figures};
use crate::examination::{Concern, Verdict};
use crate::metrics;
use crate::model::{Class, ClassCalibration, MISSED};
use crate::units::Estimate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Resamples of the bootstrap; 2,000 hold the interval's ends to about a tenth of its width.
const ROUNDS: usize = 2000;
/// The bootstrap's seed: the same images give the same interval.
pub(super) const SEED: u64 = 1;

/// One class against the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassFigures {
    /// Images of the class.
    pub n: usize,
    /// Area under the curve of its probability.
    pub auc: Estimate,
    /// Share of its images whose most probable class it is.
    pub sensitivity: Estimate,
    /// Share of the other images whose most probable class it is not.
    pub specificity: Estimate,
}

/// An outline against the mask of the data set.
#[derive(Clone, Copy)]
pub(super) struct OutlineScore {
    /// Whether there is anything to outline.
    pub is_there: bool,
    /// Twice the common area by the sum of both; 1 where both are empty.
    pub dice: f64,
}

/// What became of one image.
#[derive(Default)]
pub(super) struct EvaluatedImage {
    pub label: usize,
    /// Probabilities in the card's order of classes, where it was accepted.
    pub row: Option<Vec<f32>>,
    pub outline_score: Option<OutlineScore>,
    /// The share of the heat for the true class inside the mask, and of the image.
    pub heat: Option<(f64, f64)>,
    /// Whether the gate admitted it, where there is one.
    pub admitted: Option<bool>,
    /// The verdict, where there is an answer.
    pub verdict: Option<Verdict>,
    /// What is odd about it.
    pub concerns: Vec<Concern>,
    /// Why the file could not be read.
    pub unreadable: Option<String>,
}

/// Answers beside truths, an image each.
#[derive(Default)]
pub(super) struct ScoredImages {
    pub rows: Vec<Vec<f32>>,
    pub labels: Vec<usize>,
    outline_score: Vec<OutlineScore>,
    heat: Vec<(f64, f64)>,
    admitted: Vec<bool>,
    verdicts: Vec<Verdict>,
}

impl ScoredImages {
    /// Of images that were computed already and draw nothing.
    pub fn new(rows: Vec<Vec<f32>>, labels: Vec<usize>) -> Self {
        Self { rows, labels, ..Self::default() }
    }

    /// Of those images that have an answer.
    pub fn of<'a>(seen: impl Iterator<Item = &'a EvaluatedImage>) -> Self {
        let mut all = Self::default();
        for seen in seen {
            if let Some(row) = &seen.row {
                all.rows.push(row.clone());
                all.labels.push(seen.label);
                all.outline_score.extend(seen.outline_score);
                all.heat.extend(seen.heat);
                all.admitted.extend(seen.admitted);
                all.verdicts.extend(seen.verdict);
            }
        }
        all
    }

    /// Every figure that can be measured here.
    pub fn figures(&self, calibration: &ClassCalibration, classes: &[Class]) -> Figures {
        let mut all = Figures::new();
        let mut put = |key: &str, estimate: Option<Estimate>| {
            all.extend(estimate.map(|estimate| (key.to_string(), estimate)));
        };
        type Figure = fn(&[Vec<f32>], &[usize]) -> Option<f64>;
        let of_rows: [(&str, Figure); 5] = [
            (figures::AUC, metrics::macro_auc),
            (figures::ACCURACY, metrics::accuracy),
            (figures::BALANCED_ACCURACY, metrics::balanced_accuracy),
            (figures::ECE, metrics::ece),
            (figures::BRIER, metrics::brier),
        ];
        for (key, figure) in of_rows {
            put(key, self.resampled(figure));
        }
        let threshold = calibration.set_threshold;
        let sets = |which: fn((f64, f64)) -> f64| {
            self.resampled(|rows, labels| metrics::sets(rows, labels, threshold).map(which))
        };
        put(figures::SET_COVERAGE, sets(|(coverage, _)| coverage));
        put(figures::SET_SIZE, sets(|(_, size)| size));
        put(figures::REFUSED, refused(&self.admitted));
        let (scores, positive) = self.against(&calibration.finding);
        let threshold = calibration.operating_point.threshold.get();
        let shares = metrics::sensitivity_specificity(&scores, &positive, threshold);
        put(figures::FINDING_AUC, area(&scores, &positive));
        put(figures::SENSITIVITY, shares.map(|(sensitivity, _)| sensitivity));
        put(figures::SPECIFICITY, shares.map(|(_, specificity)| specificity));
        put(MISSED, missed(self.verdicts.iter().copied().zip(positive)));
        if classes.len() > 2 {
            for (index, class) in classes.iter().enumerate() {
                let (scores, positive) = self.against(&[index]);
                put(&figures::class_auc(&class.name), area(&scores, &positive));
            }
        }
        all.extend(self.outlines());
        all
    }

    /// What outlines and heat maps come to against the masks of the data set.
    fn outlines(&self) -> impl Iterator<Item = (String, Estimate)> {
        let of_mean = |values: Vec<f64>| {
            estimate(values.len(), |indices| mean(indices.iter().filter_map(|i| values.get(*i))))
        };
        let dice = |is_there: bool| {
            self.outline_score
                .iter()
                .filter(move |outline_score| outline_score.is_there == is_there)
                .map(|outline_score| outline_score.dice)
        };
        let empty = dice(false).filter(|dice| *dice > 0.5).count();
        let all = [
            (figures::DICE, of_mean(dice(true).collect())),
            (figures::HEAT_INSIDE_LESION, of_mean(self.heat.iter().map(|(inside, _)| *inside).collect())),
            (figures::LESION_AREA, of_mean(self.heat.iter().map(|(_, area)| *area).collect())),
            (figures::EMPTY_MASK_SPECIFICITY, metrics::wilson(empty, dice(false).count())),
        ];
        all.into_iter().filter_map(|(key, estimate)| Some((key.to_string(), estimate?)))
    }

    /// One class against the rest, each by its name; `None` where a class is missing.
    pub fn per_class(&self, classes: &[Class]) -> Option<BTreeMap<String, ClassFigures>> {
        let of = |(index, class): (usize, &Class)| {
            let (scores, positive) = self.against(&[index]);
            let chosen = |row: &Vec<f32>| f32::from(u8::from(metrics::most_probable(row) == index));
            let chosen: Vec<f32> = self.rows.iter().map(chosen).collect();
            let (sensitivity, specificity) = metrics::sensitivity_specificity(&chosen, &positive, 0.5)?;
            let n = positive.iter().filter(|p| **p).count();
            let auc = area(&scores, &positive)?;
            Some((class.name.clone(), ClassFigures { n, auc, sensitivity, specificity }))
        };
        classes.iter().enumerate().map(of).collect()
    }

    /// The probability of `classes` together, and whether one of them is true.
    pub fn against(&self, classes: &[usize]) -> (Vec<f32>, Vec<bool>) {
        let sum = |row: &Vec<f32>| classes.iter().filter_map(|class| row.get(*class)).sum();
        let positive = self.labels.iter().map(|label| classes.contains(label));
        (self.rows.iter().map(sum).collect(), positive.collect())
    }

    /// A figure of rows and labels, with its bootstrap interval.
    fn resampled(&self, figure: impl Fn(&[Vec<f32>], &[usize]) -> Option<f64>) -> Option<Estimate> {
        estimate(self.labels.len(), |indices| {
            let (rows, labels) = pick(&self.rows, &self.labels, indices);
            figure(&rows, &labels)
        })
    }
}

/// The share of images that the gate did not admit.
pub(super) fn refused(admitted: &[bool]) -> Option<Estimate> {
    metrics::wilson(admitted.iter().filter(|admitted| !**admitted).count(), admitted.len())
}

/// Of the images that have the finding, the share that is headed "not suspected". `headed`: each image's verdict, and whether it has the
/// finding.
pub(super) fn missed(headed: impl Iterator<Item = (Verdict, bool)>) -> Option<Estimate> {
    let verdicts: Vec<Verdict> = headed.filter(|(_, has)| *has).map(|(verdict, _)| verdict).collect();
    let missed = verdicts.iter().filter(|verdict| **verdict == Verdict::NotSuspected).count();
    metrics::wilson(missed, verdicts.len())
}

/// The area under the curve of scores, where both kinds are there.
pub(super) fn area(scores: &[f32], positive: &[bool]) -> Option<Estimate> {
    estimate(scores.len(), |indices| {
        let (scores, positive) = pick(scores, positive, indices);
        metrics::auc(&scores, &positive)
    })
}

/// A figure of `n` images with its bootstrap interval.
fn estimate(n: usize, figure: impl Fn(&[usize]) -> Option<f64>) -> Option<Estimate> {
    let (low, high) = metrics::bootstrap(n, ROUNDS, SEED, &figure)?;
    let all: Vec<usize> = (0..n).collect();
    Some(Estimate { value: figure(&all)?, low, high })
}

fn mean<'a>(values: impl Iterator<Item = &'a f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn pick<A: Clone, B: Clone>(a: &[A], b: &[B], indices: &[usize]) -> (Vec<A>, Vec<B>) {
    indices.iter().filter_map(|i| Some((a.get(*i)?.clone(), b.get(*i)?.clone()))).unzip()
}
