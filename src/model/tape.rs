//! Activations of a training step, kept for the backward pass. The memory is reused by the next step, because
//! allocating and freeing large buffers costs more than the arithmetic on them.

use super::Error;
use super::gradient::fresh;
use super::graph::Graph;
use super::layer;
use super::node::{Conv, Node};
use super::train_network::branches;
use crate::kernels::{self, Activation, BatchStatistics, ConvShape, Geometry, Scratch, Shape, Shortcut};
use std::ops::Range;

/// All activations of one training step.
#[derive(Debug)]
pub(super) struct Tape {
    layers: Vec<Layer>,
    /// Values of the last batch: the image first, then one for each layer.
    values: Vec<Vec<f32>>,
    /// Free buffers for gradients, reused within and between backward passes.
    spare: Vec<Vec<f32>>,
    scratch: Scratch,
    batch: usize,
    shapes: Vec<Shape>,
    /// Indices of the returned values: the feature map, then the outline if the graph has one.
    results: Vec<usize>,
    /// Number of all weights.
    weights: usize,
}

#[derive(Debug)]
enum Layer {
    Conv(Convolution),
    /// A layer without weights, and its node.
    Plain(Node, layer::Layer),
}

#[derive(Debug)]
struct Convolution {
    conv: Conv,
    branches: Vec<Branch>,
}

/// One convolution (or the identity) and its batch normalisation.
#[derive(Debug)]
struct Branch {
    /// The convolution's weights, and its shapes for one image; `None` for the identity.
    kernel: Option<(Range<usize>, ConvShape)>,
    gamma: Range<usize>,
    beta: Range<usize>,
    epsilon: f32,
    /// Result of the convolution; empty for the identity.
    convolved: Vec<f32>,
    statistics: Option<BatchStatistics>,
    pixels: usize,
}

impl Tape {
    pub fn new(graph: &Graph) -> Result<Self, Error> {
        let graph = graph.unfused();
        let shapes = graph.shapes()?;
        let (mut layers, mut weights) = (Vec::new(), 0);
        let mut take = |count: usize| {
            weights += count;
            weights - count..weights
        };
        for (node, to) in graph.nodes.iter().zip(shapes.iter().skip(1)) {
            let from = shapes.get(node.input()).copied().unwrap_or(*to);
            let Node::Conv(conv) = node else {
                let plain = layer::Layer::without_weights(node, from, *to)?;
                layers.push(Layer::Plain(node.clone(), plain.ok_or_else(|| Error::cannot_learn(node))?));
                continue;
            };
            let mut built = Vec::new();
            for (_, shape) in branches(conv) {
                let kernel = match shape {
                    Some(shape) => {
                        let side = shape[3];
                        let inner = Geometry::symmetric(conv.stride, 0);
                        let geometry = if side == conv.kernel { conv.geometry() } else { inner };
                        let sizes = ConvShape::new(1, from, conv.to, side, geometry)?;
                        let weights = take(shape.iter().product());
                        Some((weights, sizes))
                    }
                    None => None,
                };
                let (gamma, beta) = (take(conv.to), take(conv.to));
                let pixels = to.height * to.width;
                let (convolved, epsilon) = (Vec::new(), graph.epsilon);
                built.push(Branch { kernel, gamma, beta, epsilon, convolved, statistics: None, pixels });
            }
            layers.push(Layer::Conv(Convolution { conv: conv.clone(), branches: built }));
        }
        let values = vec![Vec::new(); layers.len() + 1];
        let (spare, scratch) = (Vec::new(), Scratch::default());
        let results = std::iter::once(graph.features).chain(graph.outline).collect();
        Ok(Self { layers, values, spare, scratch, batch: 0, shapes, results, weights })
    }

    /// For each normalisation, the statistics of the last batch and the number of pixels of one image.
    pub fn statistics(&self) -> impl Iterator<Item = (&BatchStatistics, usize)> {
        let convolutions = self.layers.iter().filter_map(|layer| match layer {
            Layer::Conv(layer) => Some(&layer.branches),
            Layer::Plain(..) => None,
        });
        convolutions.flatten().filter_map(|branch| Some((branch.statistics.as_ref()?, branch.pixels)))
    }

    /// Shapes of the returned values: the feature map, then the outline if the graph has one.
    pub fn results(&self) -> impl Iterator<Item = Shape> {
        self.results.iter().filter_map(|value| self.shapes.get(*value).copied())
    }

    /// The forward pass. Returns the feature maps of all images, then all outlines.
    ///
    /// # Shapes
    /// `x`: `(batch, height, width, channels)`; `weights`: all weights in the graph's order. The returned
    /// values are `(batch, height, width, channels)` each.
    ///
    /// # Errors
    /// Fails if `x` or `weights` has another length.
    pub fn forward(&mut self, batch: usize, x: &[f32], weights: &[f32]) -> Result<Vec<f32>, Error> {
        self.batch = batch;
        let image = self.shapes.first().map_or(0, Shape::values);
        if x.len() != batch * image || weights.len() != self.weights {
            let why = format!("{} values and {} weights for {batch} images", x.len(), weights.len());
            return Err(Error::Graph(why));
        }
        if let Some(first) = self.values.first_mut() {
            first.clear();
            first.extend_from_slice(x);
        }
        for (index, layer) in self.layers.iter_mut().enumerate() {
            let size = batch * self.shapes.get(index + 1).map_or(0, Shape::values);
            let (before, after) = self.values.split_at_mut(index + 1);
            let Some(y) = after.first_mut() else { continue };
            y.resize(size, 0.0);
            match layer {
                Layer::Conv(layer) => layer.forward(batch, before, weights, &mut self.scratch, y)?,
                Layer::Plain(node, layer) => {
                    for (image, y) in y.chunks_mut((size / batch.max(1)).max(1)).enumerate() {
                        let input = |value: usize| of_image(before, value, (image, batch));
                        layer.run_all(node, input, &mut self.scratch, y)?;
                    }
                }
            }
        }
        Ok(self.results.iter().filter_map(|value| self.values.get(*value)).flatten().copied().collect())
    }

    /// Initialises batch norm so that each layer named by `is_folded` is the identity on this batch: gamma is
    /// set to the batch's standard deviation, and the batch's mean is added to beta. For a start from folded
    /// weights. `is_folded` gets the convolution's name.
    pub fn initialise_norms(
        &mut self,
        batch: usize,
        x: &[f32],
        weights: &mut [f32],
        is_folded: impl Fn(&str) -> bool,
    ) -> Result<(), Error> {
        // In order, because a layer's statistics are right only if all layers before it are initialised.
        for index in 0..self.layers.len() {
            let Some(Layer::Conv(layer)) = self.layers.get(index) else { continue };
            if !is_folded(&layer.conv.name) {
                continue;
            }
            self.forward(batch, x, weights)?;
            let Some(Layer::Conv(Convolution { branches, .. })) = self.layers.get(index) else { continue };
            let [Branch { statistics: Some(statistics), gamma, beta, epsilon, .. }] = branches.as_slice()
            else {
                return Err(Error::Graph("folded branches cannot be taken apart again".into()));
            };
            let (gamma, beta) = (gamma.clone(), beta.clone());
            let scale = statistics.variance.iter().map(|variance| (variance + epsilon).sqrt());
            let scales = weights.get_mut(gamma).unwrap_or_default().iter_mut().zip(scale);
            scales.for_each(|(weight, scale)| *weight = scale);
            let shifts = weights.get_mut(beta).unwrap_or_default().iter_mut().zip(&statistics.mean);
            shifts.for_each(|(weight, mean)| *weight += mean);
        }
        Ok(())
    }

    /// The backward pass: the gradient of all weights, given the gradient of the values that
    /// [`Tape::forward`] returned.
    pub fn backward(&mut self, weights: &[f32], gradient: &[f32]) -> Result<Vec<f32>, Error> {
        let mut learned = vec![0f32; self.weights];
        let mut gradients: Vec<Option<Vec<f32>>> = vec![None; self.values.len()];
        let mut rest = gradient;
        let results: Vec<(usize, Shape)> = self.results.iter().copied().zip(self.results()).collect();
        for (value, shape) in results {
            let (own, others) = rest.split_at_checked(self.batch * shape.values()).unwrap_or((rest, &[]));
            let mut taken = self.spare.pop().unwrap_or_default();
            taken.clear();
            taken.extend_from_slice(own);
            give(&mut gradients, value, taken, &mut self.spare);
            rest = others;
        }
        for index in (0..self.layers.len()).rev() {
            let Some(mut dy) = gradients.get_mut(index + 1).and_then(Option::take) else { continue };
            let (Some(layer), Some(y)) = (self.layers.get(index), self.values.get(index + 1)) else {
                continue;
            };
            let layer = match layer {
                Layer::Conv(layer) => layer,
                Layer::Plain(node, layer) => {
                    for (which, input) in node.inputs().enumerate() {
                        let size = self.shapes.get(input).map_or(0, Shape::values);
                        let mut dx = fresh(&mut self.spare, self.batch * size);
                        let images =
                            dy.chunks((y.len() / self.batch.max(1)).max(1)).zip(dx.chunks_mut(size.max(1)));
                        for (image, (dy, dx)) in images.enumerate() {
                            let seen = |value: usize| of_image(&self.values, value, (image, self.batch));
                            layer.gradient(node, which, seen, dy, dx)?;
                        }
                        give(&mut gradients, input, dx, &mut self.spare);
                    }
                    self.spare.push(dy);
                    continue;
                }
            };
            let Some(x) = self.values.get(layer.conv.input) else { continue };
            let mut context =
                BackwardContext { batch: self.batch, weights, learned: &mut learned, spare: &mut self.spare };
            let images = layer.backward(&mut context, x, y, &mut dy, &mut self.scratch)?;
            for image in images {
                give(&mut gradients, layer.conv.input, image, &mut self.spare);
            }
            match layer.conv.add {
                Some(add) => give(&mut gradients, add, dy, &mut self.spare),
                None => self.spare.push(dy),
            }
        }
        self.spare.extend(gradients.into_iter().flatten());
        Ok(learned)
    }
}

/// What the backward pass of a layer needs besides the layer's own activations.
struct BackwardContext<'a> {
    batch: usize,
    weights: &'a [f32],
    learned: &'a mut [f32],
    spare: &'a mut Vec<Vec<f32>>,
}

/// The part of a value that belongs to one `image` of `batch`.
fn of_image(values: &[Vec<f32>], value: usize, (image, batch): (usize, usize)) -> &[f32] {
    let value = values.get(value).map_or(&[][..], Vec::as_slice);
    let size = value.len() / batch.max(1);
    value.get(image * size..(image + 1) * size).unwrap_or_default()
}

/// Adds a gradient to that of a value. If the value has none yet, its buffer is taken over; otherwise it
/// becomes free.
pub(super) fn give(
    gradients: &mut [Option<Vec<f32>>],
    value: usize,
    gradient: Vec<f32>,
    spare: &mut Vec<Vec<f32>>,
) {
    match gradients.get_mut(value) {
        Some(Some(sum)) => {
            kernels::add(sum, &gradient);
            spare.push(gradient);
        }
        Some(none) => *none = Some(gradient),
        None => spare.push(gradient),
    }
}

impl Convolution {
    fn forward(
        &mut self,
        batch: usize,
        values: &[Vec<f32>],
        weights: &[f32],
        scratch: &mut Scratch,
        y: &mut [f32],
    ) -> Result<(), Error> {
        let value = |index: usize| values.get(index).map_or(&[][..], Vec::as_slice);
        let x = value(self.conv.input);
        let count = self.branches.len();
        for (index, branch) in self.branches.iter_mut().enumerate() {
            let z = match &branch.kernel {
                Some((place, sizes)) => {
                    let sizes = ConvShape { batch, ..*sizes };
                    branch.convolved.resize(batch * sizes.to.values(), 0.0);
                    let w = part(weights, place);
                    kernels::convolve(x, w, &sizes, self.conv.groups, scratch, &mut branch.convolved)?;
                    branch.convolved.as_slice()
                }
                None => x,
            };
            let statistics = BatchStatistics::of(z, self.conv.to, branch.epsilon)?;
            // Several branches are added up in `y`. A shortcut is added once, by the first branch. A layer
            // never has both.
            let shortcut = match self.conv.add {
                Some(add) if index == 0 => Shortcut::Value(value(add)),
                _ if index > 0 => Shortcut::Before,
                _ => Shortcut::None,
            };
            let activation = if index + 1 == count { self.conv.activation } else { Activation::Identity };
            let (gamma, beta) = (part(weights, &branch.gamma), part(weights, &branch.beta));
            statistics.normalise(z, gamma, beta, &shortcut, activation, y)?;
            branch.statistics = Some(statistics);
        }
        Ok(())
    }

    /// Writes the weights' gradients and turns `dy` into the gradient before the activation. Returns the
    /// gradient of the input for each branch; none for the first layer, whose input is the image.
    fn backward(
        &self,
        context: &mut BackwardContext,
        x: &[f32],
        y: &[f32],
        dy: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<Vec<Vec<f32>>, Error> {
        let mut images = Vec::new();
        for (index, branch) in self.branches.iter().enumerate() {
            let Some(statistics) = &branch.statistics else { continue };
            let z = if branch.kernel.is_some() { branch.convolved.as_slice() } else { x };
            let mut dz = context.spare.pop().unwrap_or_default();
            dz.resize(z.len(), 0.0);
            // Only the first branch applies the activation's gradient; `dy` then serves all of them.
            let activation = if index == 0 { self.conv.activation } else { Activation::Identity };
            let gamma = part(context.weights, &branch.gamma);
            let (dgamma, dbeta) = statistics.gradient(z, gamma, y, activation, dy, &mut dz)?;
            put(context.learned, &branch.gamma, &dgamma);
            put(context.learned, &branch.beta, &dbeta);
            let Some((place, sizes)) = &branch.kernel else {
                images.push(dz);
                continue;
            };
            let sizes = ConvShape { batch: context.batch, ..*sizes };
            let dw = kernels::gradient_of_weights(x, &dz, &sizes, self.conv.groups)?;
            put(context.learned, place, &dw);
            if self.conv.input > 0 {
                let mut dx = context.spare.pop().unwrap_or_default();
                dx.resize(x.len(), 0.0);
                let w = part(context.weights, place);
                kernels::gradient_of_image(w, &dz, &sizes, self.conv.groups, scratch, &mut dx)?;
                images.push(dx);
            }
            context.spare.push(dz);
        }
        Ok(images)
    }
}

fn part<'a>(weights: &'a [f32], range: &Range<usize>) -> &'a [f32] {
    weights.get(range.clone()).unwrap_or_default()
}

fn put(learned: &mut [f32], range: &Range<usize>, gradient: &[f32]) {
    if let Some(place) = learned.get_mut(range.clone()) {
        place.copy_from_slice(gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Architecture;

    #[test]
    fn a_training_step_reuses_the_memory_of_the_last() {
        let architecture = Architecture::EfficientNetLite0 { stages: 3, widen: false, outline: Some(8) };
        let graph = architecture.graph(1, 32, 2).unwrap();
        let mut tape = Tape::new(&graph).unwrap();
        let weights: Vec<f32> = (0..tape.weights).map(|i| (i as f32).sin()).collect();
        let mut held = || {
            let made = tape.forward(2, &[0.5; 2 * 32 * 32], &weights).unwrap();
            tape.backward(&weights, &made).unwrap();
            tape.spare.iter().map(Vec::capacity).sum::<usize>()
        };
        let first = [held(), held(), held()][2];
        assert_eq!((0..20).map(|_| held()).max(), Some(first));
    }
}
