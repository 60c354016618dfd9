//! The networks of the classroom: a few stages of blocks, each with half the sides and twice the channels of the one before.

use crate::kernels::{Activation, Geometry};
use crate::learn::Error;
use crate::lesson::{Knob, Settings};
use crate::model::{Architecture, Graph, Node, Pool, Size};

/// Epsilon of batch normalisation: the original paper's.
const EPSILON: f32 = 1e-5;
/// Places of [`crate::lesson::BLOCKS`].
const RESIDUAL: usize = 1;
const SEPARABLE: usize = 2;

/// The network that the knobs describe, for square images.
///
/// # Errors
/// Fails if its layers do not fit the image.
pub fn graph(settings: &Settings, (side, channels): (usize, usize), classes: usize) -> Result<Graph, Error> {
    let mut b = Graph::new(Size { channels, height: side, width: side }, classes, EPSILON);
    let kind = settings.count(Knob::Block);
    for stage in 0..settings.count(Knob::Depth) {
        let to = settings.count(Knob::Width) << stage;
        if stage > 0 {
            let pool = Pool { input: b.last(), kernel: 2, stride: 2, pad_begin: 0, pad_end: 0 };
            b.push(Node::MaxPool(pool));
        }
        for block in 0..settings.count(Knob::Blocks) {
            let name = format!("stages.{stage}.{block}");
            match kind {
                RESIDUAL => residual(&mut b, &name, to),
                // An image has too few channels to be convolved one by one.
                SEPARABLE if b.last() > 0 => separable(&mut b, &name, to),
                _ => {
                    b.conv(name, to, 3, Geometry::symmetric(1, 1), |conv| conv.activation = Activation::Relu)
                }
            }
        }
    }
    b.shapes()?;
    Ok(b)
}

/// As a recipe and a card name it: layer by layer.
pub(super) fn architecture(graph: &Graph) -> Architecture {
    Architecture::Layers { nodes: graph.nodes.clone(), features: graph.features, width: graph.head.features }
}

/// He et al. 2016: `relu(second(first(x)) + shortcut(x))`.
fn residual(b: &mut Graph, name: &str, to: usize) {
    let (x, from) = (b.last(), b.head.features);
    let mut shortcut = x;
    if from != to {
        b.conv(format!("{name}.shortcut"), to, 1, Geometry::symmetric(1, 0), |_| ());
        shortcut = b.last();
    }
    b.conv(format!("{name}.first"), to, 3, Geometry::symmetric(1, 1), |first| {
        (first.input, first.from, first.activation) = (x, from, Activation::Relu);
    });
    b.conv(format!("{name}.second"), to, 3, Geometry::symmetric(1, 1), |second| {
        (second.add, second.activation) = (Some(shortcut), Activation::Relu);
    });
}

/// Howard et al. 2017: a 3x3 kernel for each channel, then a mixture of the channels.
fn separable(b: &mut Graph, name: &str, to: usize) {
    let from = b.head.features;
    b.conv(format!("{name}.depthwise"), from, 3, Geometry::symmetric(1, 1), |conv| {
        (conv.groups, conv.activation) = (from, Activation::Relu);
    });
    b.conv(format!("{name}.point"), to, 1, Geometry::symmetric(1, 0), |conv| {
        conv.activation = Activation::Relu;
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::State;
    use crate::model::{Network, TrainNetwork, Weights, fold};
    use candle_core::{DType, Device, Tensor};
    use candle_nn::{VarBuilder, VarMap};

    #[test]
    fn every_network_of_the_knobs_learns_and_is_folded() {
        for block in crate::lesson::BLOCKS {
            for (depth, blocks, side) in [(1, 1, 28), (4, 3, 28), (3, 2, 64)] {
                let address = format!("block={block}&depth={depth}&blocks={blocks}&width=4");
                let graph = graph(&State::parse(&address).settings, (side, 3), 2).unwrap();
                let vars = VarMap::new();
                let vb = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
                let network = TrainNetwork::new(&graph, &vb).unwrap();
                let batch = Tensor::ones((2, side, side, 3), DType::F32, &Device::Cpu).unwrap();
                assert_eq!(network.forward(&batch).unwrap().logits.dims(), [2, 2]);
                let mut weights = Weights::default();
                for (name, var) in vars.data().lock().unwrap().iter() {
                    weights.insert_tensor(name, var).unwrap();
                }
                Network::new(&graph, &fold(&graph, &weights.builder()).unwrap().builder()).unwrap();
                let again = architecture(&graph).graph(3, side, 2).unwrap();
                assert_eq!(
                    (again.nodes, again.features, again.head),
                    (graph.nodes, graph.features, graph.head)
                );
            }
        }
    }
}
