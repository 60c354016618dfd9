//! What computes a training: the processor, or GPUs. Recipe, images, changes to them, order, seeds, checkpoint and export are the same.

use super::Error;
#[cfg(feature = "cuda")]
use super::batch::normalised;
use super::batch::{Batch, Feed};
use super::epoch::{Epoch, Seen, State, Told, folded};
#[cfg(feature = "cuda")]
use super::gpus::Gpus;
use super::loss::{cross_entropy, outline_loss};
use crate::model::{Blueprint, Input, Learner, Memory, Network, Views};
use candle_core::Tensor;
use rayon::prelude::*;
use std::collections::HashMap;

/// What computes. Between two epochs it holds nothing: a training that began on one goes on on another.
#[derive(Debug, Default)]
pub enum Machine {
    /// This machine's processor.
    #[default]
    Processor,
    /// One or several GPUs of it.
    #[cfg(feature = "cuda")]
    Gpus(Box<Gpus>),
}

impl Machine {
    /// Learns from every image of an epoch once. Returns the share of the time that a GPU was busy.
    pub(super) fn learn(
        &mut self,
        state: &mut State,
        feed: &Feed,
        epoch: Epoch,
        told: &mut Told,
    ) -> Result<Option<f64>, Error> {
        match self {
            Self::Processor => learn(state, feed, epoch, told).map(|()| None),
            #[cfg(feature = "cuda")]
            Self::Gpus(gpus) => gpus.learn(state, feed, epoch, told),
        }
    }

    /// What the network says of each image, fitted but not normalised. Epochs are compared by one view: more would take longer than
    /// the epoch.
    pub(super) fn read(
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
                let normalise = |image: &&[f32]| normalised(input, image.to_vec());
                let images = images.par_iter().map(normalise).collect::<Result<Vec<_>, Error>>()?;
                gpus.read(blueprint, weights, &images)
            }
        }
    }
}

/// One step after the other on the processor.
fn learn(state: &mut State, feed: &Feed, mut epoch: Epoch, told: &mut Told) -> Result<(), Error> {
    let network = Learner::new(epoch.blueprint, &state.parameters.builder())?;
    let batch = feed.recipe.training.batch;
    let steps = epoch.order.len() / batch;
    // A last, smaller batch would have unreliable statistics; its images come first some other time.
    for indices in epoch.order.chunks_exact(batch) {
        let share = feed.share(&mut epoch.random);
        let batch = feed.batch(epoch.number, indices, share)?;
        told(step(state, feed, &network, batch, steps)?)?;
    }
    Ok(())
}

fn step(state: &mut State, feed: &Feed, network: &Learner, batch: Batch, steps: usize) -> Result<f32, Error> {
    let [images, targets, masks] = batch.tensors()?;
    let learned = network.forward(&images)?;
    let mut loss = cross_entropy(&learned.logits, &targets)?;
    if let Some(outline) = &learned.outline {
        let weight = feed.recipe.training.outline_weight;
        loss = (loss + (outline_loss(outline, &masks)? * weight)?)?;
    }
    let rate = feed.recipe.learning_rate(state.optimiser.steps(), steps);
    state.optimiser.step(&loss.backward()?, rate)?;
    state.average.follow(&state.parameters, state.optimiser.steps())?;
    Ok(loss.to_scalar()?)
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
