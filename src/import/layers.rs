//! Layers become a graph, which the browser runs, and its folded weights.

use super::Error;
use super::fuse::ordered;
use super::steps::{Conv, Op, Step, Window};
use crate::kernels::{Activation, Shape};
use crate::messages::why::import as why;
use crate::model::{self, Graph, Node, Pool, Size, Weights};

/// The linear layer after global average pooling.
struct Head {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// The graph and its weights. `last`: the layer that makes the logits.
///
/// # Errors
/// Fails if a layer is none that a network here has.
pub(super) fn graph(layers: Vec<Step>, last: usize) -> Result<(Graph, Weights<'static>), Error> {
    let (features, head) = head(&layers, last).ok_or_else(|| Error::Unreadable(why::NO_GRAPH.into()))?;
    let (layers, features) = ordered(layers, features);
    let Shape { height, width, channels } = layers.first().map(|input| input.shape).unwrap_or_default();
    let mut graph = Graph::new(Size { channels, height, width }, head.bias.len(), 1e-5);
    let mut weights = Weights::default();
    if layers.first().is_none_or(|layer| !matches!(layer.op, Op::Input)) {
        return Err(Error::Unreadable(why::NO_IMAGE_USED.into()));
    }
    for (index, layer) in layers.iter().enumerate().skip(1) {
        let name = format!("layers.{index}");
        let from =
            layer.inputs.first().and_then(|input| layers.get(*input)).map(|l| l.shape).unwrap_or_default();
        graph.nodes.push(node(&name, layer, from)?);
        store(&mut weights, &name, layer, from);
    }
    let map = layers.get(features).map(|layer| layer.shape).unwrap_or_default();
    (graph.features, graph.head.features) = (features, map.channels);
    weights.insert("head.weight", &[head.bias.len(), map.channels], &head.weight);
    weights.insert("head.bias", &[head.bias.len()], &head.bias);
    let expected: Vec<Shape> = layers.iter().map(|layer| layer.shape).collect();
    if graph.shapes()? != expected {
        return Err(Error::Unreadable(why::SHAPES.into()));
    }
    Ok((graph, weights))
}

/// The layer that makes the feature map, and what comes after it.
fn head(layers: &[Step], last: usize) -> Option<(usize, Head)> {
    let step = layers.get(last)?;
    if let Op::Conv(Conv { window: Window::POINT, groups: 1, weight, bias, activation: Activation::Identity }) =
        &step.op
        && let &[input] = step.inputs.as_slice()
    {
        let before = layers.get(input)?;
        // The head pools by itself, and needs the map before that: a class activation map is made of it.
        let pooled = matches!(before.op, Op::GlobalAveragePool);
        let features = if pooled { before.inputs.first().copied()? } else { input };
        return Some((features, Head { weight: weight.to_vec(), bias: bias.clone() }));
    }
    // No linear layer comes last: one that changes nothing.
    let classes = step.shape.channels;
    let weight = (0..classes * classes).map(|i| if i / classes == i % classes { 1.0 } else { 0.0 }).collect();
    let features =
        if matches!(step.op, Op::GlobalAveragePool) { step.inputs.first().copied()? } else { last };
    Some((features, Head { weight, bias: vec![0.0; classes] }))
}

fn node(name: &str, layer: &Step, from: Shape) -> Result<Node, Error> {
    let input = layer.inputs.first().copied().unwrap_or_default();
    let other = layer.inputs.get(1).copied();
    let pool = |window: &Window| {
        let Window { kernel, stride, pad_begin, pad_end } = *window;
        Pool { input, kernel, stride, pad_begin, pad_end }
    };
    let name = name.to_string();
    Ok(match &layer.op {
        Op::Conv(conv) => {
            let Window { kernel, stride, pad_begin, pad_end } = conv.window;
            let (groups, activation) = (conv.groups, conv.activation);
            let (from, to, add) = (from.channels, layer.shape.channels, other);
            Node::Conv(model::Conv {
                name,
                input,
                from,
                to,
                kernel,
                stride,
                pad_begin,
                pad_end,
                groups,
                activation,
                add,
                branches: false,
            })
        }
        Op::Concat { norm, activation } => {
            let norm = norm.as_ref().map(|_| name);
            Node::Concat { inputs: layer.inputs.clone(), norm, activation: *activation }
        }
        Op::MaxPool(window) => Node::MaxPool(pool(window)),
        Op::AveragePool(window) => Node::AveragePool(pool(window)),
        Op::GlobalAveragePool => Node::GlobalAveragePool { input },
        Op::Multiply => Node::Multiply { input, by: other.unwrap_or_default() },
        Op::LayerNorm { epsilon, .. } => Node::LayerNorm { name, input, epsilon: *epsilon },
        Op::Tokens { .. } => Node::Tokens { name, input },
        Op::Attention { heads } => Node::Attention { input, heads: *heads },
        Op::Pick(index) => Node::Pick { input, index: *index },
        Op::Pad { .. } => return Err(refused("Pad", why::BORDER)),
        Op::Position(_) => return Err(refused("Add", why::NUMBERS_A_PIXEL)),
        // Those became one of the others.
        Op::Input | Op::Affine { .. } | Op::Activate(_) | Op::Add => {
            return Err(refused("Add", why::INSIDE_A_LAYER));
        }
    })
}

fn refused(operator: &str, why: &str) -> Error {
    Error::Operator { operator: operator.into(), place: operator.into(), why: why.into() }
}

fn store(weights: &mut Weights<'static>, name: &str, layer: &Step, from: Shape) {
    match &layer.op {
        Op::Conv(conv) => {
            let (to, kernel) = (layer.shape.channels, conv.window.kernel);
            let shape = [to, from.channels / conv.groups.max(1), kernel, kernel];
            weights.insert(format!("{name}.conv.weight"), &shape, &conv.weight);
            weights.insert(format!("{name}.conv.bias"), &[to], &conv.bias);
        }
        Op::Concat { norm: Some((scale, shift)), .. } => {
            weights.insert(format!("{name}.scale"), &[scale.len()], scale);
            weights.insert(format!("{name}.shift"), &[shift.len()], shift);
        }
        Op::LayerNorm { weight, bias, .. } => {
            weights.insert(format!("{name}.weight"), &[weight.len()], weight);
            weights.insert(format!("{name}.bias"), &[bias.len()], bias);
        }
        Op::Tokens { class, position } => {
            let mut position = position.clone();
            position.resize(layer.shape.values(), 0.0);
            weights.insert(format!("{name}.class"), &[class.len()], class);
            weights.insert(format!("{name}.position"), &[layer.shape.width, class.len()], &position);
        }
        _ => {}
    }
}
