//! What an epoch came to: the averaged weights on the validation images.

use super::Error;
#[cfg(feature = "cuda")]
use super::batch::normalised;
use super::batch::shrunk;
use super::machine::Machine;
use crate::metrics;
use crate::model::{Blueprint, Input, Memory, Network, Views, Weights, fold};
use crate::prediction;
use candle_core::Tensor;
use rayon::prelude::*;
use std::collections::HashMap;

/// The validation images, ready to be read.
#[derive(Debug)]
pub(super) struct Shown {
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
    /// Their mean, by which epochs are compared. Near 1 an area tells epochs apart by a few images' order only; the share of images
    /// that are right then tells more.
    pub fn mean(&self) -> f64 {
        let all = [self.auc, self.disturbed_auc, self.balanced_accuracy].into_iter().chain(self.dice);
        let all: Vec<f64> = all.collect();
        all.iter().sum::<f64>() / all.len() as f64
    }
}

/// What a network says of one image: a logit a class, and one a pixel of the outline, where it draws one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub logits: Vec<f32>,
    pub outline: Vec<f32>,
}

impl Shown {
    /// Reads all images with the given weights.
    pub fn score(
        &self,
        machine: &mut Machine,
        blueprint: &Blueprint,
        weights: &HashMap<String, Tensor>,
    ) -> Result<Scores, Error> {
        let lacks =
            "the validation split lacks a class; raise validation.fraction or hold out another cluster";
        let unmeasurable = || Error::Recipe(lacks.into());
        let images: Vec<&[f32]> = self.plain.iter().map(|(image, _)| image.as_slice()).collect();
        let plain = machine.read(&self.input, blueprint, weights, &images)?;
        let rows = softmax(&plain);
        let auc = metrics::macro_auc(&rows, &self.labels).ok_or_else(unmeasurable)?;
        let balanced_accuracy = metrics::balanced_accuracy(&rows, &self.labels).ok_or_else(unmeasurable)?;
        let disturbed_auc = if self.disturbed.is_empty() {
            auc
        } else {
            let images: Vec<&[f32]> = self.disturbed.iter().map(Vec::as_slice).collect();
            let rows = softmax(&machine.read(&self.input, blueprint, weights, &images)?);
            let labels: Vec<usize> = self.labels.iter().copied().cycle().take(rows.len()).collect();
            metrics::macro_auc(&rows, &labels).ok_or_else(unmeasurable)?
        };
        Ok(Scores { auc, balanced_accuracy, disturbed_auc, dice: self.dice(&plain) })
    }

    /// The mean Dice coefficient of the outlines, at the network's own resolution, where there is something to outline.
    fn dice(&self, seen: &[Seen]) -> Option<f64> {
        let of = |(seen, (_, mask)): (&Seen, &(Vec<f32>, Vec<f32>))| {
            let truth: Vec<bool> =
                shrunk(mask, seen.outline.len().isqrt()).iter().map(|share| *share > 0.5).collect();
            let drawn: Vec<bool> = seen.outline.iter().map(|logit| *logit > 0.0).collect();
            truth.contains(&true).then(|| metrics::dice(&drawn, &truth))
        };
        let all: Vec<f64> = seen.iter().zip(&self.plain).filter_map(of).collect();
        (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
    }
}

impl Machine {
    /// What the network says of each image, fitted but not normalised. Epochs are compared by one view: more would take longer than
    /// the epoch.
    fn read(
        &mut self,
        input: &Input,
        blueprint: &Blueprint,
        weights: &HashMap<String, Tensor>,
        images: &[&[f32]],
    ) -> Result<Vec<Seen>, Error> {
        match self {
            Self::Processor => read(input, blueprint, weights, images),
            #[cfg(feature = "cuda")]
            Self::Gpus(gpus) => {
                let normalise = |image: &&[f32]| normalised(input, input.frame.side, image.to_vec());
                let images = images.par_iter().map(normalise).collect::<Result<Vec<_>, Error>>()?;
                gpus.read(blueprint, weights, &images)
            }
        }
    }
}

/// By the network for reading, on the processor.
fn read(
    input: &Input,
    blueprint: &Blueprint,
    weights: &HashMap<String, Tensor>,
    images: &[&[f32]],
) -> Result<Vec<Seen>, Error> {
    let input = Input { views: Views::Plain, ..input.clone() };
    let network = Network::new(blueprint, &folded(blueprint, weights)?)?;
    let read = |memory: &mut Memory, image: &&[f32]| {
        let mut image = image.to_vec();
        input.normalise(&mut image);
        let reading = input.read(&network, &image, memory)?;
        let outline = reading.outline.map(|outline| outline.values).unwrap_or_default();
        Ok(Seen { logits: reading.logits, outline })
    };
    images.par_iter().map_init(Memory::default, read).collect()
}

/// Learned weights as those of the network for reading.
pub(super) fn folded(
    blueprint: &Blueprint,
    weights: &HashMap<String, Tensor>,
) -> Result<Weights<'static>, Error> {
    let mut plain = Weights::default();
    for (name, tensor) in weights {
        plain.insert(name, tensor.dims(), &tensor.flatten_all()?.to_vec1::<f32>()?);
    }
    Ok(fold(blueprint, &plain)?)
}

fn softmax(seen: &[Seen]) -> Vec<Vec<f32>> {
    seen.iter().map(|seen| prediction::probabilities(&seen.logits, 1.0)).collect()
}
