//! Offsets of the weights in the one buffer that holds all of them on a GPU.

use crate::model::Error;
use crate::model::train_network::branches;
use crate::model::{Conv, Graph, Node};

/// Offsets are multiples of this, so that vector loads are aligned.
const STEP: usize = 8;

/// Location of one weight, bias or running statistic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name in the checkpoint.
    pub name: String,
    /// Index of its first value.
    pub from: usize,
    /// Its shape.
    pub shape: Vec<usize>,
}

impl Place {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Locations of all trainable weights and of all running statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Trainable weights in the graph's order; the head's weights and biases are the last two.
    pub learned: Vec<Place>,
    /// Running statistics: mean and variance of each normalisation.
    pub followed: Vec<Place>,
    /// Length of a buffer that holds all trainable weights, with padding.
    pub learned_len: usize,
    /// Length of a buffer that holds all running statistics, with padding.
    pub followed_len: usize,
}

impl Layout {
    /// The layout of a graph's weights in training.
    ///
    /// # Errors
    /// Fails if the graph has layers that cannot learn on a GPU.
    pub fn new(graph: &Graph) -> Result<Self, Error> {
        let mut layout = Self::default();
        for node in &graph.nodes {
            let conv = match node {
                Node::Conv(conv) if conv.learns_on_gpu() => conv,
                Node::Upsample { .. } => continue,
                node => return Err(Error::cannot_learn(node)),
            };
            for (branch, shape) in branches(conv) {
                let name = branch_name(conv, branch);
                if let Some(shape) = shape {
                    layout.learn(format!("{name}.conv.weight"), &shape);
                }
                layout.learn(format!("{name}.norm.weight"), &[conv.to]);
                layout.learn(format!("{name}.norm.bias"), &[conv.to]);
                layout.follow(format!("{name}.norm.running_mean"), conv.to);
                layout.follow(format!("{name}.norm.running_var"), conv.to);
            }
        }
        layout.learn("head.weight".into(), &[graph.head.classes, graph.head.features]);
        layout.learn("head.bias".into(), &[graph.head.classes]);
        Ok(layout)
    }

    /// Index of a trainable weight in `learned`.
    pub(super) fn learned(&self, name: &str) -> Result<usize, Error> {
        number(&self.learned, name)
    }

    /// Index of a running statistic in `followed`.
    pub(super) fn followed(&self, name: &str) -> Result<usize, Error> {
        number(&self.followed, name)
    }

    fn learn(&mut self, name: String, shape: &[usize]) {
        let place = Place { name, from: self.learned_len, shape: shape.to_vec() };
        self.learned_len += place.len().next_multiple_of(STEP);
        self.learned.push(place);
    }

    fn follow(&mut self, name: String, count: usize) {
        let place = Place { name, from: self.followed_len, shape: vec![count] };
        self.followed_len += count.next_multiple_of(STEP);
        self.followed.push(place);
    }

    /// One byte for each trainable value: 1 if weight decay applies. It does not apply to vectors (biases,
    /// gamma and beta).
    pub fn decays(&self) -> Vec<u8> {
        let mut decays = vec![0; self.learned_len];
        for place in self.learned.iter().filter(|place| place.shape.len() > 1) {
            if let Some(values) = decays.get_mut(place.from..place.from + place.len()) {
                values.fill(1);
            }
        }
        decays
    }
}

fn number(places: &[Place], name: &str) -> Result<usize, Error> {
    let missing = || Error::Weights(format!("there is no {name}"));
    places.iter().position(|place| place.name == name).ok_or_else(missing)
}

/// Prefix of the names of a branch's weights.
pub(super) fn branch_name(conv: &Conv, branch: &str) -> String {
    if branch.is_empty() { conv.name.clone() } else { format!("{}.{branch}", conv.name) }
}
