//! A network for inference: packed weights, and memory that is planned once and used for every image.

use super::graph::{Graph, Node};
use super::{Error, Weights};
use crate::kernels::{self, ConvShape, Convolution, Scratch, Shape};

/// A network ready for inference. It is immutable; what changes during a forward pass is in [`Buffers`].
#[derive(Clone, Debug)]
pub struct Network {
    steps: Vec<Step>,
    /// Length of each buffer, in f32 values.
    buffers: Vec<usize>,
    input: Shape,
    features: Slot,
    outline: Option<Slot>,
    intermediates: Vec<Slot>,
    head: Head,
}

/// The buffer of a value that the network returns.
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

/// Activation buffers of a network, reused for every image: from the second image on, only the returned
/// values are allocated.
#[derive(Debug, Default)]
pub struct Buffers {
    values: Vec<Vec<f32>>,
    scratch: Scratch,
    pooled: Vec<f32>,
}

/// The result of a forward pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The last feature map.
    pub features: Features,
    /// Logits, `(classes,)`.
    pub logits: Vec<f32>,
    /// Logits of each pixel, one channel, if the network segments an outline.
    pub outline: Option<Features>,
    /// Values named in the graph's `intermediates`.
    pub intermediates: Vec<Features>,
}

/// A feature map, channels innermost.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// Height, width and channels.
    pub shape: Shape,
    /// `(height, width, channels)`.
    pub values: Vec<f32>,
}

impl Network {
    /// Packs the folded weights and plans the buffers.
    ///
    /// # Errors
    /// Fails if the graph is inconsistent, or if a weight is missing or has another shape.
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

    /// Computes feature map, logits, outline and intermediate values of one image.
    ///
    /// # Shapes
    /// Reads one image.
    ///
    /// # Shapes
    /// `image`: `(height, width, channels)`, normalised as the card says.
    ///
    /// # Errors
    /// Fails if `image` has another length.
    pub fn forward(&self, image: &[f32], buffers: &mut Buffers) -> Result<Output, Error> {
        if image.len() != self.input.values() {
            let (got, expected) = (image.len(), self.input);
            return Err(Error::Graph(format!("{got} values are no image of {expected:?}")));
        }
        buffers.values.resize_with(self.buffers.len(), Vec::new);
        for (buffer, size) in buffers.values.iter_mut().zip(&self.buffers) {
            buffer.resize(*size, 0.0);
        }
        if let Some(first) = buffers.values.first_mut() {
            first.iter_mut().zip(image).for_each(|(place, value)| *place = *value);
        }
        for step in &self.steps {
            step.run(buffers)?;
        }
        let kept = |place: &Slot| {
            let values = buffers.values.get(place.buffer).and_then(|b| b.get(..place.shape.values()));
            Features { shape: place.shape, values: values.unwrap_or_default().to_vec() }
        };
        let (features, outline) = (kept(&self.features), self.outline.as_ref().map(kept));
        let intermediates = self.intermediates.iter().map(kept).collect();
        buffers.pooled.resize(self.features.shape.channels, 0.0);
        kernels::mean(&features.values, self.features.shape, &mut buffers.pooled)?;
        let mut logits = vec![0.0; self.head.bias.len()];
        kernels::linear(&buffers.pooled, &self.head.weights, &self.head.bias, &mut logits)?;
        Ok(Output { features, logits, outline, intermediates })
    }

    /// Weights of the linear layer, `(classes, features)`. Class activation maps weigh the feature map with
    /// them.
    pub fn head_weights(&self) -> &[f32] {
        &self.head.weights
    }
}

impl Step {
    fn run(&self, buffers: &mut Buffers) -> Result<(), Error> {
        let missing = || Error::Graph("a buffer that the plan does not have".into());
        // Taken out of the list during the computation, so that the inputs can be borrowed at the same time.
        let mut output = std::mem::take(buffers.values.get_mut(self.output).ok_or_else(missing)?);
        let y = output.get_mut(..self.sizes.to.values()).ok_or_else(missing)?;
        let value = |buffer: usize, size: usize| buffers.values.get(buffer).and_then(|b| b.get(..size));
        let x = value(self.input, self.sizes.from.values()).ok_or_else(missing)?;
        match &self.layer {
            Layer::MaxPool => kernels::maximum(x, &self.sizes, y)?,
            Layer::Upsample => kernels::upsample(x, &self.sizes, y)?,
            Layer::Conv(conv) => {
                let add = match self.add {
                    Some(add) => Some(value(add, self.sizes.to.values()).ok_or_else(missing)?),
                    None => None,
                };
                conv.run(x, add, &mut buffers.scratch, y)?;
            }
        }
        if let Some(place) = buffers.values.get_mut(self.output) {
            *place = output;
        }
        Ok(())
    }
}

/// Assigns a buffer to each value. A buffer is free again after its value's last use; the buffers of returned
/// values are never reused.
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
