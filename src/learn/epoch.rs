//! What goes into an epoch and what comes out of it, whatever computes it.

use super::Error;
use super::optimiser::{AdamW, WeightEma};
use super::parameters::Parameters;
use crate::model::{Graph, Weights, fold};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

/// What learning changes.
#[derive(Debug)]
pub(super) struct State {
    pub parameters: Parameters,
    pub optimiser: AdamW,
    pub average: WeightEma,
}

/// The order of an epoch.
#[derive(Debug)]
pub(super) struct Epoch<'a> {
    pub number: usize,
    pub graph: &'a Graph,
    /// The images of all steps, one after the other.
    pub order: &'a [usize],
    pub random: ChaCha8Rng,
}

/// Called after each step with its loss, in order.
pub(super) type OnStep<'a> = dyn FnMut(f32) -> Result<(), Error> + 'a;

/// What a network says of one image: a logit a class, and one a pixel of the outline, where it draws one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NetworkOutput {
    pub logits: Vec<f32>,
    pub outline: Vec<f32>,
}

/// Learned weights as those of the network for reading.
pub(super) fn folded(graph: &Graph, weights: &HashMap<String, Tensor>) -> Result<Weights<'static>, Error> {
    Ok(fold(graph, &VarBuilder::from_tensors(weights.clone(), DType::F32, &Device::Cpu))?)
}
