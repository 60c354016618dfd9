//! What a network answers for images, and the figures of that.

use crate::calibration;
use crate::learn::{Error, Images};
use crate::lesson::Answers;
use crate::metrics;
use crate::model::Network;
use candle_nn::Module;
use rayon::prelude::*;

/// What the network answers for the images at `indices`. `see`: what it is given of one.
pub(super) fn read(
    network: &Network,
    images: &Images,
    indices: &[usize],
    see: impl Fn(usize) -> Result<Vec<f32>, Error> + Sync,
) -> Result<Answers, Error> {
    let read = |index: &usize| -> Result<Vec<f32>, Error> {
        let image = network.image(see(*index)?)?;
        Ok(calibration::probabilities(&network.forward(&image)?, 1.0)?.to_vec1()?)
    };
    let probabilities: Vec<Vec<f32>> = indices.par_iter().map(read).collect::<Result<_, _>>()?;
    let labels: Vec<usize> = indices.iter().filter_map(|index| images.labels.get(*index)).copied().collect();
    let predicted: Vec<usize> = probabilities.iter().map(|row| metrics::most_probable(row)).collect();
    let hits = labels.iter().zip(&predicted).filter(|(label, answer)| label == answer).count();
    Ok(Answers {
        accuracy: metrics::wilson(hits, labels.len()),
        balanced_accuracy: metrics::balanced_accuracy(&probabilities, &labels),
        auc: metrics::macro_auc(&probabilities, &labels),
        ece: metrics::ece(&probabilities, &labels),
        reliability: reliability(&probabilities, &predicted, &labels),
        roc: roc(&probabilities, &labels),
        labels,
        predicted,
        probabilities,
    })
}

/// How well training images can be told from others by the probability of their label: an AUC.
pub(super) fn membership(train: &Answers, others: &Answers) -> Option<f64> {
    let of = |answers: &Answers| -> Vec<f32> {
        let rows = answers.probabilities.iter().zip(&answers.labels);
        rows.map(|(row, label)| row.get(*label).copied().unwrap_or_default()).collect()
    };
    let (members, others) = (of(train), of(others));
    let is_member: Vec<bool> = members.iter().map(|_| true).chain(others.iter().map(|_| false)).collect();
    metrics::auc(&[members, others].concat(), &is_member)
}

/// Whether the probability of the answer is how often it is right.
fn reliability(rows: &[Vec<f32>], predicted: &[usize], labels: &[usize]) -> Vec<(usize, f32, f32)> {
    let sure = |(row, answer): (&Vec<f32>, &usize)| row.get(*answer).copied().unwrap_or_default();
    let sure: Vec<f32> = rows.iter().zip(predicted).map(sure).collect();
    let right: Vec<bool> = predicted.iter().zip(labels).map(|(answer, label)| answer == label).collect();
    metrics::reliability(&sure, &right)
}

/// False and true positive rate at each probability of the second of two classes, from the highest down; empty for more classes.
fn roc(rows: &[Vec<f32>], labels: &[usize]) -> Vec<(f64, f64)> {
    let scores: Vec<f32> = rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [_, score] => Some(*score),
            _ => None,
        })
        .collect();
    let positive: Vec<bool> = labels.iter().map(|label| *label == 1).collect();
    let points = metrics::threshold_points(&scores, &positive);
    let points = points.iter().map(|point| (1.0 - point.specificity, point.sensitivity));
    // Above every probability nothing is called positive.
    let origin = (points.len() > 0).then_some((0.0, 0.0));
    origin.into_iter().chain(points).collect()
}
