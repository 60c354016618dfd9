//! What an epoch came to: the averaged weights on the validation images.

use super::Error;
use super::backend::Backend;
use super::data_loader::shrunk;
use super::epoch::NetworkOutput;
use crate::calibration;
use crate::messages::fault::learn as fault;
use crate::metrics;
use crate::model::{Graph, Input};
use candle_core::{Device, Tensor};
use std::collections::HashMap;

/// The validation images, ready to be read.
#[derive(Debug)]
pub(super) struct ValidationSet {
    pub input: Input,
    /// With their masks.
    pub plain: Vec<(Vec<f32>, Vec<f32>)>,
    pub disturbed: Vec<Vec<f32>>,
    pub labels: Vec<usize>,
}

/// The figures of an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scores {
    pub auc: f64,
    pub balanced_accuracy: f64,
    pub disturbed_auc: f64,
    pub dice: Option<f64>,
}

impl Scores {
    /// Their mean, by which epochs are compared. An AUC near 1 depends on the order of a few images only; balanced accuracy then
    /// distinguishes epochs better.
    pub fn mean(&self) -> f64 {
        let all = [self.auc, self.disturbed_auc, self.balanced_accuracy].into_iter().chain(self.dice);
        let all: Vec<f64> = all.collect();
        all.iter().sum::<f64>() / all.len() as f64
    }
}

impl ValidationSet {
    /// Reads all images with the given weights.
    pub fn score(
        &self,
        backend: &mut Backend,
        graph: &Graph,
        weights: &HashMap<String, Tensor>,
    ) -> Result<Scores, Error> {
        let unmeasurable = || Error::Recipe(fault::VALIDATION_LACKS.into());
        let images: Vec<&[f32]> = self.plain.iter().map(|(image, _)| image.as_slice()).collect();
        let plain = backend.read(&self.input, graph, weights, &images)?;
        let rows = softmax(plain.iter().map(|seen| &seen.logits), 1.0)?;
        let auc = metrics::macro_auc(&rows, &self.labels).ok_or_else(unmeasurable)?;
        let balanced_accuracy = metrics::balanced_accuracy(&rows, &self.labels).ok_or_else(unmeasurable)?;
        let disturbed_auc = if self.disturbed.is_empty() {
            auc
        } else {
            let images: Vec<&[f32]> = self.disturbed.iter().map(Vec::as_slice).collect();
            let disturbed = backend.read(&self.input, graph, weights, &images)?;
            let rows = softmax(disturbed.iter().map(|seen| &seen.logits), 1.0)?;
            let labels: Vec<usize> = self.labels.iter().copied().cycle().take(rows.len()).collect();
            metrics::macro_auc(&rows, &labels).ok_or_else(unmeasurable)?
        };
        Ok(Scores { auc, balanced_accuracy, disturbed_auc, dice: self.dice(&plain) })
    }

    /// The mean Dice coefficient of the outlines, at the network's own resolution, where there is something to outline.
    fn dice(&self, seen: &[NetworkOutput]) -> Option<f64> {
        let of = |(seen, (_, mask)): (&NetworkOutput, &(Vec<f32>, Vec<f32>))| {
            let truth: Vec<bool> =
                shrunk(mask, seen.outline.len().isqrt()).iter().map(|share| *share > 0.5).collect();
            let drawn: Vec<bool> = seen.outline.iter().map(|logit| *logit > 0.0).collect();
            truth.contains(&true).then(|| metrics::dice(&drawn, &truth))
        };
        let all: Vec<f64> = seen.iter().zip(&self.plain).filter_map(of).collect();
        (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
    }
}

/// Probabilities from the logits of each image.
pub(super) fn softmax<'a>(
    logits: impl IntoIterator<Item = &'a Vec<f32>>,
    temperature: f32,
) -> candle_core::Result<Vec<Vec<f32>>> {
    let tensors = logits.into_iter().map(|row| Tensor::new(row.as_slice(), &Device::Cpu));
    tensors.map(|row| calibration::probabilities(&row?, temperature)?.to_vec1()).collect()
}
