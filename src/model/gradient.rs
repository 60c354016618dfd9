//! Gradients of the logits with respect to the input image, through folded weights.

use super::graph::{Conv, Graph, Node};
use super::{Error, Weights};
use crate::kernels::{self, ConvShape, Scratch, Shape};

/// A network that computes gradients of its input image. It is slower and larger than [`super::Network`],
/// because it keeps every activation for the backward pass.
#[derive(Debug)]
pub struct Differentiable {
    layers: Vec<Layer>,
    shapes: Vec<Shape>,
    features: usize,
    /// `(classes, features)`.
    head: Vec<f32>,
}

#[derive(Debug)]
enum Layer {
    Conv { conv: Conv, sizes: ConvShape, weights: Vec<f32>, bias: Vec<f32> },
    Upsample { input: usize, sizes: ConvShape },
}

impl Differentiable {
    /// Takes folded weights.
    ///
    /// # Errors
    /// Fails if a weight is missing or has another shape, or if the graph has max pooling, whose backward
    /// pass is not implemented.
    pub fn new(graph: &Graph, weights: &Weights) -> Result<Self, Error> {
        let shapes = graph.shapes()?;
        let mut layers = Vec::new();
        for node in &graph.nodes {
            let from = shapes.get(node.input()).copied().unwrap_or_default();
            let sizes = node.sizes(from)?;
            layers.push(match node {
                Node::MaxPool(_) => return Err(Error::Graph("maximum pooling has no way back".into())),
                Node::Upsample { input } => Layer::Upsample { input: *input, sizes },
                Node::Conv(conv) => Layer::Conv {
                    weights: weights.shaped(&format!("{}.conv.weight", conv.name), &conv.weight_shape())?,
                    bias: weights.shaped(&format!("{}.conv.bias", conv.name), &[conv.to])?,
                    conv: conv.clone(),
                    sizes,
                },
            });
        }
        let head = graph.head;
        let head = weights.shaped("head.weight", &[head.classes, head.features])?;
        Ok(Self { layers, shapes, features: graph.features, head })
    }

    /// The gradient of a weighted sum of the logits with respect to the image.
    ///
    /// # Shapes
    /// `image`: `(height, width, channels)`, normalised. `about`: `(classes,)`, the weight of each logit.
    ///
    /// Returns `(height, width, channels)`.
    ///
    /// # Errors
    /// Fails if `image` has another length.
    pub fn of_image(&self, image: &[f32], about: &[f32]) -> Result<Vec<f32>, Error> {
        let mut scratch = Scratch::default();
        let values = self.forward(image, &mut scratch)?;
        let map = self.shapes.get(self.features).copied().unwrap_or_default();
        let mut gradients: Vec<Option<Vec<f32>>> = vec![None; values.len()];
        let mut evidence = vec![0f32; map.channels];
        for (line, weight) in self.head.chunks(map.channels.max(1)).zip(about) {
            evidence.iter_mut().zip(line).for_each(|(sum, value)| *sum += weight * value);
        }
        // The head averages over the pixels, so each pixel gets an equal share of the gradient.
        let pixels = map.height * map.width;
        evidence.iter_mut().for_each(|value| *value /= pixels as f32);
        add(&mut gradients, self.features, evidence.repeat(pixels));
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let Some(mut dy) = gradients.get_mut(index + 1).and_then(Option::take) else { continue };
            match layer {
                Layer::Upsample { input, sizes } => {
                    let mut dx = vec![0f32; sizes.from.values()];
                    kernels::gradient_of_upsample(&dy, sizes, &mut dx)?;
                    add(&mut gradients, *input, dx);
                }
                Layer::Conv { conv, sizes, weights, .. } => {
                    let y = values.get(index + 1).map_or(&[][..], Vec::as_slice);
                    dy.iter_mut()
                        .zip(y)
                        .filter(|(_, y)| !conv.activation.passes(**y))
                        .for_each(|(d, _)| *d = 0.0);
                    let mut dx = vec![0f32; sizes.from.values()];
                    kernels::gradient_of_image(weights, &dy, sizes, conv.depthwise, &mut scratch, &mut dx)?;
                    add(&mut gradients, conv.input, dx);
                    if let Some(shortcut) = conv.add {
                        add(&mut gradients, shortcut, dy);
                    }
                }
            }
        }
        Ok(gradients.first_mut().and_then(Option::take).unwrap_or_default())
    }

    /// All values of the forward pass, the image first.
    fn forward(&self, image: &[f32], scratch: &mut Scratch) -> Result<Vec<Vec<f32>>, Error> {
        let input = self.shapes.first().copied().unwrap_or_default();
        if image.len() != input.values() {
            return Err(Error::Graph(format!("{} values are no image of {input:?}", image.len())));
        }
        let mut values = vec![image.to_vec()];
        for layer in &self.layers {
            let value = |index: usize| values.get(index).map_or(&[][..], Vec::as_slice);
            let y = match layer {
                Layer::Upsample { input, sizes } => {
                    let mut y = vec![0f32; sizes.to.values()];
                    kernels::upsample(value(*input), sizes, &mut y)?;
                    y
                }
                Layer::Conv { conv, sizes, weights, bias } => {
                    let mut y = vec![0f32; sizes.to.values()];
                    kernels::convolve(value(conv.input), weights, sizes, conv.depthwise, scratch, &mut y)?;
                    if let Some(shortcut) = conv.add {
                        kernels::add(&mut y, value(shortcut));
                    }
                    for pixel in y.chunks_mut(bias.len().max(1)) {
                        pixel.iter_mut().zip(bias).for_each(|(y, b)| *y = conv.activation.apply(*y + b));
                    }
                    y
                }
            };
            values.push(y);
        }
        Ok(values)
    }
}

fn add(gradients: &mut [Option<Vec<f32>>], value: usize, gradient: Vec<f32>) {
    match gradients.get_mut(value) {
        Some(Some(sum)) => kernels::add(sum, &gradient),
        Some(none) => *none = Some(gradient),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, Buffers, Network};
    use rand::{Rng, SeedableRng};

    #[test]
    fn the_gradient_matches_finite_differences() {
        let lite0 = |outline| Architecture::EfficientNetLite0 { stages: 3, widen: false, outline };
        let residual = Architecture::Residual { widths: vec![8, 12], blocks: vec![1, 2] };
        for architecture in [lite0(None), lite0(Some(8)), residual] {
            let graph = architecture.graph(3, 32, 3).unwrap();
            let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
            let mut weights = Weights::default();
            let mut put = |name: String, shape: &[usize], bound: f32| {
                let count = shape.iter().product();
                let values: Vec<f32> = (0..count).map(|_| random.random_range(-bound..bound)).collect();
                weights.insert(name, shape, &values);
            };
            for conv in graph.convs() {
                let shape = conv.weight_shape();
                put(
                    format!("{}.conv.weight", conv.name),
                    &shape,
                    (6.0 / (shape[1] * shape[2] * shape[3]) as f32).sqrt(),
                );
                put(format!("{}.conv.bias", conv.name), &[conv.to], 0.1);
            }
            put("head.weight".into(), &[3, graph.head.features], 1.0);
            put("head.bias".into(), &[3], 0.1);
            let network = Network::new(&graph, &weights).unwrap();
            let image: Vec<f32> = (0..3 * 32 * 32).map(|i| (i as f32 * 0.37).sin()).collect();
            let about = [1.0, -0.5, -0.5];
            let gradient = Differentiable::new(&graph, &weights).unwrap().of_image(&image, &about).unwrap();
            let answer = |by: f32| -> f64 {
                let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
                let moved: Vec<f32> = image.iter().zip(&gradient).map(|(v, g)| v + by * g / length).collect();
                let logits = network.forward(&moved, &mut Buffers::default()).unwrap().logits;
                logits.iter().zip(about).map(|(logit, weight)| f64::from(logit * weight)).sum()
            };
            let length = gradient.iter().map(|g| f64::from(g * g)).sum::<f64>().sqrt();
            // ReLU has corners inside some of the steps, so only one of the two steps has to agree.
            let slopes = [2e-2f32, 5e-3].map(|step| (answer(step) - answer(-step)) / f64::from(2.0 * step));
            assert!(
                slopes.iter().any(|s| (s - length).abs() < 0.03 * length),
                "{architecture:?} {length} {slopes:?}"
            );
        }
    }
}
