//! What computes a training: the processor, or GPUs. Recipe, images, changes to them, order, seeds, checkpoint and export are the same.

use super::Error;
#[cfg(feature = "cuda")]
use super::data_loader::normalised;
use super::data_loader::{Batch, DataLoader};
use super::epoch::{Epoch, NetworkOutput, OnStep, State, folded};
#[cfg(feature = "cuda")]
use super::gpus::Gpus;
use super::loss::{cross_entropy, outline_loss};
use crate::model::{Graph, Input, Network, TrainNetwork, Views};
use candle_core::Tensor;
use rayon::prelude::*;
use std::collections::HashMap;

/// Computes the training steps. It keeps no state between epochs, so a run can be resumed on another backend.
#[derive(Debug, Default)]
pub enum Backend {
    /// This machine's processor.
    #[default]
    Processor,
    /// One or several GPUs of it.
    #[cfg(feature = "cuda")]
    Gpus(Box<Gpus>),
}

impl Backend {
    /// Learns from every image of an epoch once. Returns the share of the time that a GPU was busy.
    pub(super) fn learn(
        &mut self,
        state: &mut State,
        loader: &DataLoader,
        epoch: Epoch,
        on_step: &mut OnStep,
    ) -> Result<Option<f64>, Error> {
        match self {
            Self::Processor => learn(state, loader, epoch, on_step).map(|()| None),
            #[cfg(feature = "cuda")]
            Self::Gpus(gpus) => gpus.learn(state, loader, epoch, on_step),
        }
    }

    /// The network's output for each image; `images` are resized but not normalised. Validation uses one view per image, because several
    /// would take longer than training the epoch.
    pub(super) fn read(
        &mut self,
        input: &Input,
        graph: &Graph,
        weights: &HashMap<String, Tensor>,
        images: &[&[f32]],
    ) -> Result<Vec<NetworkOutput>, Error> {
        match self {
            Self::Processor => read(input, graph, weights, images),
            #[cfg(feature = "cuda")]
            Self::Gpus(gpus) => {
                let normalise = |image: &&[f32]| normalised(input, image.to_vec());
                let images = images.par_iter().map(normalise).collect::<Vec<_>>();
                gpus.read(graph, weights, &images)
            }
        }
    }
}

/// One step after the other on the processor.
fn learn(
    state: &mut State,
    loader: &DataLoader,
    mut epoch: Epoch,
    on_step: &mut OnStep,
) -> Result<(), Error> {
    let network = TrainNetwork::new(epoch.graph, &state.parameters.builder())?;
    let batch = loader.recipe.training.batch;
    let steps = epoch.order.len() / batch;
    // A last, smaller batch would have unreliable statistics; its images come first some other time.
    for indices in epoch.order.chunks_exact(batch) {
        let share = loader.share(&mut epoch.random);
        let batch = loader.batch(epoch.number, indices, share);
        on_step(step(state, loader, &network, batch, steps)?)?;
    }
    Ok(())
}

fn step(
    state: &mut State,
    loader: &DataLoader,
    network: &TrainNetwork,
    batch: Batch,
    steps: usize,
) -> Result<f32, Error> {
    let [images, targets, masks] = batch.tensors()?;
    let learned = network.forward(&images)?;
    let mut loss = cross_entropy(&learned.logits, &targets)?;
    if let Some(outline) = &learned.outline {
        let weight = loader.recipe.training.outline_weight;
        loss = (loss + (outline_loss(outline, &masks)? * weight)?)?;
    }
    let rate = loader.recipe.learning_rate(state.optimiser.steps(), steps);
    state.optimiser.step(&loss.backward()?, rate)?;
    state.average.follow(&state.parameters, state.optimiser.steps())?;
    Ok(loss.to_scalar()?)
}

/// By the folded network, on the processor.
fn read(
    input: &Input,
    graph: &Graph,
    weights: &HashMap<String, Tensor>,
    images: &[&[f32]],
) -> Result<Vec<NetworkOutput>, Error> {
    let input = Input { views: Views::Plain, ..input.clone() };
    let network = Network::new(graph, &folded(graph, weights)?.builder())?;
    let read = |image: &&[f32]| {
        let mut image = image.to_vec();
        input.normalise(&mut image);
        let output = input.forward(&network, &network.image(image)?)?;
        let outline = output.outline.map_or(Ok(vec![]), |outline| outline.flatten_all()?.to_vec1())?;
        Ok(NetworkOutput { logits: output.logits.to_vec1()?, outline })
    };
    images.par_iter().map(read).collect()
}
