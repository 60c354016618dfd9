//! What a training in the classroom tells: plain figures, from the worker to the page.

use crate::units::Estimate;
use serde::{Deserialize, Serialize};

/// One layer's weights and gradient in an epoch's last step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerNorms {
    /// The layer's name.
    pub name: String,
    /// Length of its weights as one vector.
    pub weights: f32,
    /// Length of its gradient as one vector.
    pub gradient: f32,
}

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepScores {
    /// Steps done.
    pub step: usize,
    /// Steps of the whole training.
    pub of: usize,
    /// Loss of the step's batch.
    pub loss: f32,
}

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochScores {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean loss over the epoch's steps.
    pub loss: f32,
    /// Accuracy on images that it learns from, by the labels that it was told, 0 to 1.
    pub accuracy: f64,
    /// Mean loss on the validation images.
    pub validation_loss: f32,
    /// Accuracy on the validation images.
    pub validation_accuracy: f64,
    /// The last step's learning rate.
    pub rate: f64,
    /// Layer by layer.
    pub layers: Vec<LayerNorms>,
}

/// What was answered for each image of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// The truth of each image.
    pub labels: Vec<usize>,
    /// The most probable class of each.
    pub predicted: Vec<usize>,
    /// The probability of each class, image after image.
    pub probabilities: Vec<Vec<f32>>,
    /// Share of right answers.
    pub accuracy: Option<Estimate>,
    /// Mean over the classes of the share of right answers in each.
    pub balanced_accuracy: Option<f64>,
    /// Area under the ROC curve, the mean over the classes.
    pub auc: Option<f64>,
    /// Expected calibration error: how far the probability of the answer is from how often it is right (Guo et al. 2017).
    pub ece: Option<f64>,
    /// Of answers about as probable: how many, their mean probability, and the share that is right.
    pub reliability: Vec<(usize, f32, f32)>,
    /// Of two classes: false and true positive rate at each threshold for the second.
    pub roc: Vec<(f64, f64)>,
}

impl Answers {
    /// Images of a cell of the confusion matrix: of class `label`, answered as `predicted`.
    pub fn cell(&self, label: usize, predicted: usize) -> Vec<usize> {
        let pairs = self.labels.iter().zip(&self.predicted).enumerate();
        pairs.filter(|(_, pair)| *pair == (&label, &predicted)).map(|(index, _)| index).collect()
    }
}
