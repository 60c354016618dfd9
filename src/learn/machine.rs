//! What computes a training: the processor, or GPUs. Recipe, images, changes to them, order, seeds, checkpoint and export are the same.

use super::Error;
use super::batch::{Batch, Feed};
#[cfg(feature = "cuda")]
use super::gpus::Gpus;
use super::loss::{cross_entropy, outline_loss};
use super::optimiser::{AdamW, Average};
use super::parameters::Parameters;
use crate::model::{Blueprint, Learner};
use rand_chacha::ChaCha8Rng;

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

/// What learning changes.
#[derive(Debug)]
pub(super) struct State {
    pub parameters: Parameters,
    pub optimiser: AdamW,
    pub average: Average,
}

/// The order of an epoch.
#[derive(Debug)]
pub(super) struct Epoch<'a> {
    pub number: usize,
    pub blueprint: &'a Blueprint,
    /// The images of all steps, one after the other.
    pub order: &'a [usize],
    pub random: ChaCha8Rng,
}

/// Told each step's loss, in order.
pub(super) type Told<'a> = dyn FnMut(f32) -> Result<(), Error> + 'a;

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
