//! Gradients of the logits with respect to the input image, through folded weights.

use super::graph::Graph;
use super::network::value;
use super::node::Node;
use super::tape::give;
use super::tensor::{lend, product};
use super::{Error, Network};
use crate::kernels::{self, Scratch};
use candle_core::{Device, Result, Tensor};
use candle_nn::VarBuilder;

/// A network that computes gradients of its input image. It is slower and larger than [`Network`], because it
/// keeps every activation for the backward pass.
#[derive(Debug)]
pub struct Differentiable {
    network: Network,
    /// The weights of each convolution, by their node.
    weights: Vec<Option<Tensor>>,
}

impl Differentiable {
    /// Takes folded weights.
    ///
    /// # Errors
    /// Fails if a weight is missing or has another shape, or if the graph has max pooling, whose backward
    /// pass is not implemented.
    pub fn new(graph: &Graph, vb: &VarBuilder) -> std::result::Result<Self, Error> {
        let weights = graph.nodes.iter().map(|node| match node {
            Node::Upsample { .. } => Ok(None),
            Node::Conv(conv) if conv.activation.is_clamp() => {
                let weight = vb.pp(&conv.name).get(&conv.weight_shape(), "conv.weight");
                weight.map(Some).map_err(Error::weights)
            }
            node => Err(Error::Graph(format!("{} has no way back", node.words()))),
        });
        let weights = weights.collect::<std::result::Result<_, _>>()?;
        let graph = Graph { intermediates: (0..=graph.last()).collect(), ..graph.clone() };
        Ok(Self { network: Network::new(&graph, vb)?, weights })
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
    pub fn of_image(&self, image: Vec<f32>, about: &[f32]) -> std::result::Result<Vec<f32>, Error> {
        Ok(self.network.pass(&self.network.image(image)?, |values| self.way_back(values, about))?)
    }

    fn way_back(&self, values: &[&Tensor], about: &[f32]) -> Result<Vec<f32>> {
        let graph = &self.network.graph;
        let (height, width, _) = value(values, graph.features)?.dims3()?;
        // The head averages over the pixels, so each pixel gets an equal share of the gradient.
        let about = Tensor::new(about, &Device::Cpu)?.unsqueeze(1)?;
        let share = (product(&self.network.head_weights().t()?, &about)? / (height * width) as f64)?;
        let share = share.flatten_all()?.to_vec1::<f32>()?.repeat(height * width);
        let (mut gradients, mut spare) = (vec![None; values.len()], Vec::<Vec<f32>>::new());
        let mut scratch = Scratch::default();
        give(&mut gradients, graph.features, share, &mut spare);
        for (index, (node, weights)) in graph.nodes.iter().zip(&self.weights).enumerate().rev() {
            let Some(mut dy) = gradients.get_mut(index + 1).and_then(Option::take) else { continue };
            let from = self.network.shape(node.input());
            let mut dx = spare.pop().unwrap_or_default();
            dx.clear();
            dx.resize(from.values(), 0.0);
            if let (Node::Conv(conv), Some(weights)) = (node, weights) {
                lend(weights, value(values, index + 1)?, |weights, y| {
                    let clipped = dy.iter_mut().zip(y).filter(|(_, y)| !conv.activation.passes(**y));
                    clipped.for_each(|(d, _)| *d = 0.0);
                    let sizes = conv.sizes(from)?;
                    Ok(kernels::gradient_of_image(weights, &dy, &sizes, conv.groups, &mut scratch, &mut dx)?)
                })?;
            } else {
                kernels::gradient_of_upsample(&dy, &kernels::upsampled(from), &mut dx)
                    .map_err(Error::from)?;
            }
            give(&mut gradients, node.input(), dx, &mut spare);
            match node.inputs().nth(1) {
                Some(shortcut) => give(&mut gradients, shortcut, dy, &mut spare),
                None => spare.push(dy),
            }
        }
        Ok(gradients.swap_remove(0).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, Weights};
    use candle_nn::Module;
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
            let network = Network::new(&graph, &weights.builder()).unwrap();
            let image: Vec<f32> = (0..3 * 32 * 32).map(|i| (i as f32 * 0.37).sin()).collect();
            let about = [1.0, -0.5, -0.5];
            let gradient = Differentiable::new(&graph, &weights.builder()).unwrap();
            let gradient = gradient.of_image(image.clone(), &about).unwrap();
            let answer = |by: f32| -> f64 {
                let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
                let moved: Vec<f32> = image.iter().zip(&gradient).map(|(v, g)| v + by * g / length).collect();
                let logits =
                    network.forward(&network.image(moved).unwrap()).unwrap().to_vec1::<f32>().unwrap();
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
