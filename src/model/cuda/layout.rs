//! Where each weight lies in the one row that all of them make on a GPU.

use crate::model::Error;
use crate::model::graph::{Conv, Graph, Node};
use crate::model::train_network::branches;

/// Places begin at multiples of this, so that packs of values lie as the GPU wants them.
const STEP: usize = 8;

/// One weight, bias or statistic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As the checkpoint names it.
    pub name: String,
    /// Its first value's number.
    pub from: usize,
    /// Its shape.
    pub shape: Vec<usize>,
}

impl Place {
    /// Its values' number.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// All places: of what is learned, and of the running statistics that are followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// In the network's order; the head's weights and biases are the last two.
    pub learned: Vec<Place>,
    /// A normalisation's mean and variance, one pair after the other.
    pub followed: Vec<Place>,
    /// Values of a row that holds all that is learned.
    pub learned_len: usize,
    /// Values of a row that holds all that is followed.
    pub followed_len: usize,
}

impl Layout {
    /// Of a network that learns.
    pub fn new(graph: &Graph) -> Result<Self, Error> {
        let mut layout = Self::default();
        for node in &graph.nodes {
            let conv = match node {
                Node::Conv(conv) => conv,
                Node::Upsample { .. } => continue,
                Node::MaxPool(_) => return Err(Error::Graph("maximum pooling cannot learn".into())),
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

    /// The number of a learned place.
    pub(super) fn learned(&self, name: &str) -> Result<usize, Error> {
        number(&self.learned, name)
    }

    /// The number of a followed place.
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

    /// A byte for each learned value: 1 for those that decay, which vectors (biases and normalisation) do not.
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

/// What the weights of a convolution's branch are called.
pub(super) fn branch_name(conv: &Conv, branch: &str) -> String {
    if branch.is_empty() { conv.name.clone() } else { format!("{}.{branch}", conv.name) }
}
