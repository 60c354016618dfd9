//! A network for reading: packed weights, and memory that is planned once and used for every image.

use super::graph::{Graph, Node};
use super::{Error, Weights};
use crate::kernels::{self, ConvShape, Convolution, Scratch, Shape};

/// A network ready to read. It does not change; what changes while it reads is in [`Buffers`].
#[derive(Clone, Debug)]
pub struct Network {
    steps: Vec<Step>,
    /// Values that each buffer must hold.
    buffers: Vec<usize>,
    input: Shape,
    features: Slot,
    outline: Option<Slot>,
    intermediates: Vec<Slot>,
    head: Head,
}

/// Where a value lies that is still there at the end.
#[derive(Clone, Copy, Debug)]
struct Slot {
    buffer: usize,
    shape: Shape,
}

#[derive(Clone, Debug)]
struct Step {
    layer: Layer,
    input: usize,
    add: Option<usize>,
    output: usize,
    sizes: ConvShape,
}

#[derive(Clone, Debug)]
enum Layer {
    Conv(Box<Convolution>),
    MaxPool,
    Upsample,
}

#[derive(Clone, Debug)]
struct Head {
    weights: Vec<f32>,
    bias: Vec<f32>,
}

/// Buffers of a network, used again for every image: nothing is allocated from the second image on.
#[derive(Debug, Default)]
pub struct Buffers {
    buffers: Vec<Vec<f32>>,
    scratch: Scratch,
    pooled: Vec<f32>,
}

/// What a network made of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The last feature map.
    pub features: Features,
    /// One a class.
    pub logits: Vec<f32>,
    /// One a pixel, where the network draws an outline.
    pub outline: Option<Features>,
    /// The graph's intermediates.
    pub intermediates: Vec<Features>,
}

/// A feature map, pixel by pixel with the channels innermost.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// Its shape.
    pub shape: Shape,
    /// `(height, width, channels)`.
    pub values: Vec<f32>,
}

impl Network {
    /// Packs the (folded) weights and plans the memory.
    pub fn new(graph: &Graph, weights: &Weights) -> Result<Self, Error> {
        let shapes = graph.shapes()?;
        let plan = plan(graph);
        let place = |value: usize| plan.get(value).copied().unwrap_or_default();
        let shape = |value: usize| shapes.get(value).copied().unwrap_or_default();
        let mut buffers = vec![0; plan.iter().max().map_or(0, |most| most + 1)];
        for (value, shape) in shapes.iter().enumerate() {
            if let Some(buffer) = buffers.get_mut(place(value)) {
                *buffer = shape.values().max(*buffer);
            }
        }
        let mut steps = Vec::with_capacity(graph.nodes.len());
        for (index, node) in graph.nodes.iter().enumerate() {
            let sizes = node.sizes(shape(node.input()))?;
            let layer = match node {
                Node::MaxPool(_) => Layer::MaxPool,
                Node::Upsample { .. } => Layer::Upsample,
                Node::Conv(conv) => {
                    let weight =
                        weights.shaped(&format!("{}.conv.weight", conv.name), &conv.weight_shape())?;
                    let bias = weights.shaped(&format!("{}.conv.bias", conv.name), &[conv.to])?;
                    let conv = Convolution::new(sizes, conv.depthwise, &weight, &bias, conv.activation)?;
                    Layer::Conv(Box::new(conv))
                }
            };
            let add = node.add().map(place);
            steps.push(Step { layer, input: place(node.input()), add, output: place(index + 1), sizes });
        }
        let head = graph.head;
        let head = Head {
            weights: weights.shaped("head.weight", &[head.classes, head.features])?,
            bias: weights.shaped("head.bias", &[head.classes])?,
        };
        let kept = |value: usize| Slot { buffer: place(value), shape: shape(value) };
        let (features, outline) = (kept(graph.features), graph.outline.map(kept));
        let intermediates = graph.intermediates.iter().copied().map(kept).collect();
        Ok(Self { steps, buffers, input: shape(0), features, outline, intermediates, head })
    }

    /// `image`: `(channels, height, width)`, normalised as the card says.
    pub fn forward(&self, image: &[f32], memory: &mut Buffers) -> Result<Output, Error> {
        if image.len() != self.input.values() {
            let (got, expected) = (image.len(), self.input);
            return Err(Error::Graph(format!("{got} values are no image of {expected:?}")));
        }
        memory.buffers.resize_with(self.buffers.len(), Vec::new);
        for (buffer, size) in memory.buffers.iter_mut().zip(&self.buffers) {
            buffer.resize(*size, 0.0);
        }
        if let Some(first) = memory.buffers.first_mut() {
            kernels::channels_innermost(image, self.input, first)?;
        }
        for step in &self.steps {
            step.run(memory)?;
        }
        let kept = |place: &Slot| {
            let values = memory.buffers.get(place.buffer).and_then(|b| b.get(..place.shape.values()));
            Features { shape: place.shape, values: values.unwrap_or_default().to_vec() }
        };
        let (features, outline) = (kept(&self.features), self.outline.as_ref().map(kept));
        let intermediates = self.intermediates.iter().map(kept).collect();
        memory.pooled.resize(self.features.shape.channels, 0.0);
        kernels::mean(&features.values, self.features.shape, &mut memory.pooled)?;
        let mut logits = vec![0.0; self.head.bias.len()];
        kernels::linear(&memory.pooled, &self.head.weights, &self.head.bias, &mut logits)?;
        Ok(Output { features, logits, outline, intermediates })
    }

    /// The head's weights, `(classes, features)`: what each feature counts for each class, for class activation maps.
    pub fn head_weights(&self) -> &[f32] {
        &self.head.weights
    }
}

impl Step {
    fn run(&self, memory: &mut Buffers) -> Result<(), Error> {
        let missing = || Error::Graph("a buffer that the plan does not have".into());
        // Taken out for the time of the computation, so that the inputs can be read beside it.
        let mut output = std::mem::take(memory.buffers.get_mut(self.output).ok_or_else(missing)?);
        let y = output.get_mut(..self.sizes.to.values()).ok_or_else(missing)?;
        let value = |buffer: usize, size: usize| memory.buffers.get(buffer).and_then(|b| b.get(..size));
        let x = value(self.input, self.sizes.from.values()).ok_or_else(missing)?;
        match &self.layer {
            Layer::MaxPool => kernels::maximum(x, &self.sizes, y)?,
            Layer::Upsample => kernels::upsample(x, &self.sizes, y)?,
            Layer::Conv(conv) => {
                let add = match self.add {
                    Some(add) => Some(value(add, self.sizes.to.values()).ok_or_else(missing)?),
                    None => None,
                };
                conv.run(x, add, &mut memory.scratch, y)?;
            }
        }
        if let Some(place) = memory.buffers.get_mut(self.output) {
            *place = output;
        }
        Ok(())
    }
}

/// The buffer of each value: a buffer is free again once its value has been read for the last time; those of what
/// leaves the network never are.
fn plan(graph: &Graph) -> Vec<usize> {
    let mut last_read = vec![0; graph.nodes.len() + 1];
    for (index, node) in graph.nodes.iter().enumerate() {
        for value in [Some(node.input()), node.add()].into_iter().flatten() {
            if let Some(last) = last_read.get_mut(value) {
                *last = index;
            }
        }
    }
    let leaving = [Some(graph.features), graph.outline].into_iter().flatten();
    for value in leaving.chain(graph.intermediates.iter().copied()) {
        if let Some(last) = last_read.get_mut(value) {
            *last = usize::MAX;
        }
    }
    let mut free: Vec<usize> = Vec::new();
    let mut places = vec![0];
    let mut count = 1;
    for index in 0..graph.nodes.len() {
        let place = free.pop().unwrap_or_else(|| {
            count += 1;
            count - 1
        });
        places.push(place);
        for (value, last) in last_read.iter().enumerate().take(index + 1) {
            if *last == index
                && let Some(place) = places.get(value)
                && !free.contains(place)
            {
                free.push(*place);
            }
        }
    }
    places
}
