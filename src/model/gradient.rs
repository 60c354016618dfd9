//! Gradients of the logits with respect to the input image, through folded weights.

use super::graph::Graph;
use super::network::value;
use super::node::Node;
use super::tape::give;
use super::tensor::{product, values as lent};
use super::{Error, Network};
use crate::kernels::{self, Scratch};
use candle_core::{Device, Result, Storage, Tensor, bail};
use candle_nn::VarBuilder;

/// A network that computes gradients of its input image. It is slower and larger than [`Network`], because it
/// keeps every activation for the backward pass.
#[derive(Debug)]
pub struct Differentiable {
    network: Network,
    /// The weights of each convolution, by their node; empty for other nodes.
    weights: Vec<Vec<f32>>,
}

impl Differentiable {
    /// Takes folded weights.
    ///
    /// # Errors
    /// Fails if a weight is missing or has another shape.
    pub fn new(graph: &Graph, vb: &VarBuilder) -> std::result::Result<Self, Error> {
        let graph = graph.unfused();
        let weights = graph.nodes.iter().map(|node| match node {
            Node::Conv(conv) => {
                let weight = vb.pp(&conv.name).get(&conv.weight_shape(), "conv.weight");
                Ok(weight.map_err(Error::weights)?.flatten_all()?.to_vec1()?)
            }
            _ => Ok(Vec::new()),
        });
        let weights = weights.collect::<std::result::Result<_, Error>>()?;
        let graph = Graph { intermediates: (0..=graph.last()).collect(), ..graph };
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
        let held: Vec<_> = values.iter().map(|value| value.storage_and_layout()).collect();
        let values = held.iter().map(|(storage, layout)| match &**storage {
            Storage::Cpu(storage) => lent(storage, layout),
            _ => bail!("a value that is not on the processor"),
        });
        let values = values.collect::<Result<Vec<_>>>()?;
        Ok(self.backward(&values, share)?)
    }

    /// The gradient of the image. `values`: all values, the image first; `share`: the feature map's gradient.
    fn backward(&self, values: &[&[f32]], share: Vec<f32>) -> std::result::Result<Vec<f32>, Error> {
        let graph = &self.network.graph;
        let value = |index: usize| values.get(index).copied().unwrap_or_default();
        let (mut gradients, mut spare) = (vec![None; values.len()], Vec::<Vec<f32>>::new());
        let mut scratch = Scratch::default();
        give(&mut gradients, graph.features, share, &mut spare);
        let layers = graph.nodes.iter().zip(&self.network.layers).zip(&self.weights);
        for (index, ((node, layer), weights)) in layers.enumerate().rev() {
            let Some(mut dy) = gradients.get_mut(index + 1).and_then(Option::take) else { continue };
            if let Node::Conv(conv) = node {
                let y = value(index + 1);
                let clipped = dy.iter_mut().zip(y).filter(|(_, y)| !conv.activation.passes(**y));
                clipped.for_each(|(d, _)| *d = 0.0);
                let sizes = conv.sizes(self.network.shape(conv.input))?;
                let mut dx = fresh(&mut spare, value(conv.input).len());
                kernels::gradient_of_image(weights, &dy, &sizes, conv.groups, &mut scratch, &mut dx)?;
                give(&mut gradients, conv.input, dx, &mut spare);
                match conv.add {
                    Some(shortcut) => give(&mut gradients, shortcut, dy, &mut spare),
                    None => spare.push(dy),
                }
                continue;
            }
            for (which, input) in node.inputs().enumerate() {
                let mut dx = fresh(&mut spare, value(input).len());
                layer.gradient(node, which, value, &dy, &mut dx)?;
                give(&mut gradients, input, dx, &mut spare);
            }
            spare.push(dy);
        }
        Ok(gradients.swap_remove(0).unwrap_or_default())
    }
}

/// A buffer of `count` zeros, taken from those that are free.
pub(super) fn fresh(spare: &mut Vec<Vec<f32>>, count: usize) -> Vec<f32> {
    let mut buffer = spare.pop().unwrap_or_default();
    buffer.clear();
    buffer.resize(count, 0.0);
    buffer
}
