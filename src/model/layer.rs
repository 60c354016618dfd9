//! Layers ready to compute: shapes and folded weights in the form that the kernels take.

use super::Error;
use super::node::Node;
use super::tensor::lend;
use crate::kernels::{self, Activation, Attention, ConvShape, Convolution, Scratch, Shape};
use crate::messages::why::layer as why;
use candle_core::Tensor;
use candle_nn::VarBuilder;

/// A layer.
#[derive(Debug)]
pub(super) enum Layer {
    Conv(Box<Convolution>),
    MaxPool(ConvShape),
    AveragePool(ConvShape),
    Upsample(ConvShape),
    Concat {
        lines: Lines,
        activation: Activation,
    },
    GlobalAveragePool,
    /// With as many zeros as channels.
    Multiply(Vec<f32>),
    /// Layer normalisation, with its epsilon.
    Norm(Lines, f32),
    /// The vectors of the class and of the positions.
    Tokens(Lines),
    Attention(Attention),
    Pick(usize),
}

/// Two weights: scale and shift of each channel.
pub(super) type Lines = (Vec<f32>, Vec<f32>);

impl Layer {
    /// Takes a node's weights. `from`: shape of its first input; `to`: of its value.
    ///
    /// # Errors
    /// Fails if a weight is missing or has another shape.
    pub fn new(node: &Node, from: Shape, to: Shape, vb: &VarBuilder) -> Result<Self, Error> {
        if let Some(layer) = Self::without_weights(node, from, to)? {
            return Ok(layer);
        }
        let weights = node.weights(from, to).into_iter().map(|(name, shape)| vb.get(shape, &name));
        let weights = weights.collect::<candle_core::Result<Vec<_>>>().map_err(Error::weights)?;
        let [first, second] = weights.as_slice() else {
            return Err(Error::Graph(why::no_weights(node.words())));
        };
        let flat = |weight: &Tensor| weight.flatten_all()?.to_vec1::<f32>();
        let lines = || Ok::<_, Error>((flat(first)?, flat(second)?));
        Ok(match node {
            Node::Conv(conv) => Self::Conv(Box::new(lend(first, second, |weight, bias| {
                Ok(Convolution::new(conv.sizes(from)?, conv.groups, weight, bias, conv.activation)?)
            })?)),
            Node::Concat { activation, .. } => Self::Concat { lines: lines()?, activation: *activation },
            Node::LayerNorm { epsilon, .. } => Self::Norm(lines()?, *epsilon),
            _ => Self::Tokens(lines()?),
        })
    }

    /// A layer that has no weights; `None` for others. Arguments as for [`Layer::new`].
    ///
    /// # Errors
    /// Fails if the shapes do not fit.
    pub fn without_weights(node: &Node, from: Shape, to: Shape) -> Result<Option<Self>, Error> {
        let channels = to.channels;
        Ok(Some(match node {
            Node::MaxPool(pool) => Self::MaxPool(pool.sizes(from)?),
            Node::AveragePool(pool) => Self::AveragePool(pool.sizes(from)?),
            Node::Upsample { .. } => Self::Upsample(kernels::upsampled(from)),
            Node::Concat { norm: None, activation, .. } => {
                let lines = (vec![1.0; channels], vec![0.0; channels]);
                Self::Concat { lines, activation: *activation }
            }
            Node::GlobalAveragePool { .. } => Self::GlobalAveragePool,
            Node::Multiply { .. } => Self::Multiply(vec![0.0; channels]),
            Node::Attention { heads, .. } => {
                Self::Attention(Attention { tokens: to.width, channels, heads: *heads })
            }
            Node::Pick { index, .. } => Self::Pick(*index),
            Node::Conv(_) | Node::Concat { .. } | Node::LayerNorm { .. } | Node::Tokens { .. } => {
                return Ok(None);
            }
        }))
    }

    /// Computes the value `y` of one image from its first input and, where there are two, the other. A
    /// concatenation is computed one input at a time; `at` is the input's first channel in the result.
    ///
    /// # Shapes
    /// As the node's inputs and value.
    ///
    /// # Errors
    /// Fails if the lengths do not match.
    pub fn run(
        &self,
        x: &[f32],
        other: Option<&[f32]>,
        at: usize,
        scratch: &mut Scratch,
        y: &mut [f32],
    ) -> Result<(), kernels::Error> {
        match self {
            Self::Conv(conv) => conv.run(x, other, scratch, y),
            Self::MaxPool(sizes) => kernels::maximum(x, sizes, y),
            Self::AveragePool(sizes) => kernels::average(x, sizes, y),
            Self::Upsample(sizes) => kernels::upsample(x, sizes, y),
            Self::Concat { lines, activation } => {
                let outer = lines.0.len();
                kernels::affine(x, part(lines, at, x.len(), y.len()), *activation, y, (at, outer))
            }
            Self::GlobalAveragePool => kernels::global_average(x, y),
            Self::Multiply(zeros) => {
                let scale = other.unwrap_or_default();
                kernels::affine(x, (scale, zeros), Activation::Identity, y, (0, zeros.len()))
            }
            Self::Norm((gamma, beta), epsilon) => kernels::layer_norm(x, (gamma, beta), *epsilon, y),
            Self::Tokens((class, position)) => kernels::tokens(x, class, position, y),
            Self::Attention(attention) => attention.run(x, scratch, y),
            Self::Pick(index) => {
                let picked = x.get(index * y.len()..).unwrap_or_default();
                y.iter_mut().zip(picked).for_each(|(y, x)| *y = *x);
                Ok(())
            }
        }
    }

    /// As [`Layer::run`], with all inputs of a concatenation. `input(index)`: the values of an input.
    ///
    /// # Errors
    /// Fails if the lengths do not match.
    pub fn run_all<'a>(
        &self,
        node: &Node,
        input: impl Fn(usize) -> &'a [f32],
        scratch: &mut Scratch,
        y: &mut [f32],
    ) -> Result<(), kernels::Error> {
        let Self::Concat { lines, .. } = self else {
            let other = node.inputs().nth(1).map(&input);
            return self.run(input(node.input()), other, 0, scratch, y);
        };
        let (mut at, pixels) = (0, (y.len() / lines.0.len().max(1)).max(1));
        for x in node.inputs().map(input) {
            self.run(x, None, at, scratch, y)?;
            at += x.len() / pixels;
        }
        Ok(())
    }

    /// Writes to `dx` the gradient of input number `which`, given `dy`, that of the value. `input(index)`: the values of
    /// an input. Not for convolutions.
    ///
    /// # Errors
    /// Fails if the lengths do not match.
    pub fn gradient<'a>(
        &self,
        node: &Node,
        which: usize,
        input: impl Fn(usize) -> &'a [f32],
        dy: &[f32],
        dx: &mut [f32],
    ) -> Result<(), kernels::Error> {
        let x = input(node.input());
        match self {
            // Its weights are packed for the forward pass; its gradient needs them as they are written.
            Self::Conv(_) => Ok(()),
            Self::MaxPool(sizes) => kernels::gradient_of_maximum(x, dy, sizes, dx),
            Self::AveragePool(sizes) => kernels::gradient_of_average(dy, sizes, dx),
            Self::Upsample(sizes) => kernels::gradient_of_upsample(dy, sizes, dx),
            Self::Concat { lines, activation } => {
                let (outer, own) = (lines.0.len(), node.inputs().nth(which).unwrap_or_default());
                let pixels = (dy.len() / outer.max(1)).max(1);
                let at = node.inputs().take(which).map(|before| input(before).len() / pixels).sum();
                let lines = part(lines, at, dx.len(), dy.len());
                kernels::gradient_of_affine(input(own), lines, *activation, dy, (at, outer), dx)
            }
            Self::GlobalAveragePool => kernels::gradient_of_global_average(dy, dx),
            Self::Multiply(_) if which > 0 => kernels::gradient_of_factor(x, dy, dx),
            Self::Multiply(zeros) => {
                let scale = node.inputs().nth(1).map(input).unwrap_or_default();
                kernels::affine(dy, (scale, zeros), Activation::Identity, dx, (0, zeros.len()))
            }
            Self::Norm((gamma, _), epsilon) => kernels::gradient_of_layer_norm(x, gamma, *epsilon, dy, dx),
            Self::Tokens((class, _)) => {
                let pixels = dy.get(class.len()..).unwrap_or_default();
                dx.iter_mut().zip(pixels).for_each(|(dx, dy)| *dx = *dy);
                Ok(())
            }
            Self::Attention(attention) => kernels::gradient_of_attention(attention, x, dy, dx),
            Self::Pick(index) => {
                dx.fill(0.0);
                let place = dx.get_mut(index * dy.len()..).unwrap_or_default();
                place.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = *dy);
                Ok(())
            }
        }
    }
}

/// The scales and shifts of the channels of one input, from channel `at` on. `x` and `y`: the lengths of the input
/// and of the whole value.
fn part((scale, shift): &Lines, at: usize, x: usize, y: usize) -> (&[f32], &[f32]) {
    let channels = x / (y / scale.len().max(1)).max(1);
    let own = at..at.saturating_add(channels);
    (scale.get(own.clone()).unwrap_or_default(), shift.get(own).unwrap_or_default())
}
