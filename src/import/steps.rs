//! What a network computes, one operation a step, as it is written in the file: before batch normalisation is folded and steps are joined
//! into layers.

use crate::kernels::{Activation, ConvShape, Geometry, Shape};
use crate::messages::why::import as why;
use crate::model::MOST_WEIGHTS;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The most pixels of padding at a side.
const MOST_PADDED: usize = 1 << 15;

/// An operation on images with channels innermost. Each makes one image; a token is a pixel, and a vector is an image of one pixel.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// The image that the network is given.
    Input,
    /// Convolution; with a second input, that is added.
    Conv(Conv),
    /// `x * scale + shift`, a channel each.
    Affine {
        scale: Vec<f32>,
        shift: Vec<f32>,
    },
    Activate(Activation),
    /// The sum of two images of one shape.
    Add,
    /// Each channel times the one value of that channel in the second input.
    Multiply,
    /// Channels side by side, then `x * scale + shift`, then the activation.
    Concat {
        norm: Option<(Vec<f32>, Vec<f32>)>,
        activation: Activation,
    },
    MaxPool(Window),
    AveragePool(Window),
    GlobalAveragePool,
    /// A border of one value.
    Pad {
        begin: usize,
        end: usize,
        value: f64,
    },
    /// Over the channels of each pixel.
    LayerNorm {
        weight: Vec<f32>,
        bias: Vec<f32>,
        epsilon: f32,
    },
    /// Pixels in a row, the class token before them, plus the positions, where there are any.
    Tokens {
        class: Vec<f32>,
        position: Vec<f32>,
    },
    /// Added to tokens.
    Position(Vec<f32>),
    Attention {
        heads: usize,
    },
    /// One pixel.
    Pick(usize),
}

/// A square window that moves over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub kernel: usize,
    pub stride: usize,
    pub pad_begin: usize,
    pub pad_end: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Conv {
    pub window: Window,
    pub groups: usize,
    /// `(to, from / groups, kernel, kernel)`.
    pub weight: Rc<Vec<f32>>,
    pub bias: Vec<f32>,
    pub activation: Activation,
}

impl Op {
    /// Whether it makes no number below zero, as far as its activation tells.
    pub fn is_never_negative(&self) -> bool {
        let (Self::Conv(Conv { activation, .. }) | Self::Concat { activation, .. }) = self else {
            return false;
        };
        use Activation::{HardSigmoid, Relu, Relu6, Sigmoid};
        matches!(activation, Relu | Relu6 | Sigmoid | HardSigmoid)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub op: Op,
    /// Indices of other steps.
    pub inputs: Vec<usize>,
    /// Of the image that it makes.
    pub shape: Shape,
}

impl Window {
    /// A window that is one pixel.
    pub const POINT: Self = Self { kernel: 1, stride: 1, pad_begin: 0, pad_end: 0 };

    /// The shape of the result for `channels` channels.
    pub fn shape(&self, from: Shape, channels: usize) -> Result<Shape, String> {
        let Self { kernel, stride, pad_begin, pad_end } = *self;
        let none = || why::window(kernel, from.height, from.width);
        if pad_begin.max(pad_end) > MOST_PADDED {
            return Err(none());
        }
        let sizes = ConvShape::new(1, from, channels, kernel, Geometry { stride, pad_begin, pad_end });
        sizes.map(|sizes| sizes.to).map_err(|_| none())
    }
}

/// All steps so far. Each reads only earlier ones.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub all: Vec<Step>,
    /// Of all convolutions together.
    weights: usize,
}

impl Steps {
    /// Appends a step and returns its index.
    ///
    /// # Errors
    /// Fails if its image is larger than any network's that a browser can run.
    pub fn push(&mut self, op: Op, inputs: &[usize], shape: Shape) -> Result<usize, String> {
        shape.within_limits().map_err(|_| why::image_size(shape.height, shape.width, shape.channels))?;
        self.all.push(Step { op, inputs: inputs.to_vec(), shape });
        Ok(self.all.len() - 1)
    }

    /// The shape of a step's image.
    pub fn shape(&self, step: usize) -> Shape {
        self.all.get(step).map(|step| step.shape).unwrap_or_default()
    }

    /// Whether any number of a step is a probability already, such as those of several heads side by side, each with a sigmoid of its own.
    pub fn are_probabilities(&self, step: usize) -> bool {
        use Activation::{HardSigmoid, Sigmoid};
        let (mut open, mut seen) = (vec![step], BTreeSet::new());
        while let Some(index) = open.pop() {
            let Some(step) = self.all.get(index).filter(|_| seen.insert(index)) else { continue };
            match step.op {
                Op::Activate(Sigmoid | HardSigmoid) => return true,
                // What these make of probabilities are probabilities still, or nearly so.
                Op::Affine { .. }
                | Op::Add
                | Op::Concat { .. }
                | Op::GlobalAveragePool
                | Op::AveragePool(_)
                | Op::MaxPool(_)
                | Op::Pick(_) => open.extend(&step.inputs),
                _ => {}
            }
        }
        false
    }

    /// A convolution; of one pixel, it is a linear layer over the channels of each.
    ///
    /// # Errors
    /// Fails if its weights do not match the image, or are too many with all others.
    pub fn conv(&mut self, input: usize, conv: Conv) -> Result<usize, String> {
        let from = self.shape(input);
        let to = conv.bias.len();
        let (kernel, groups) = (conv.window.kernel, conv.groups);
        let is_proper = groups > 0 && from.channels.is_multiple_of(groups) && to.is_multiple_of(groups);
        let taps =
            kernel.checked_mul(kernel).and_then(|taps| taps.checked_mul(from.channels / groups.max(1)));
        let weights = taps.and_then(|taps| taps.checked_mul(to));
        if !is_proper || weights != Some(conv.weight.len()) {
            return Err(why::convolution(from.channels, to, kernel, groups));
        }
        if groups > 1 && groups == from.channels && to != from.channels {
            return Err(why::multiplier(from.channels, to));
        }
        // One array may be the weights of many.
        self.weights = self.weights.saturating_add(conv.weight.len());
        if self.weights > MOST_WEIGHTS {
            return Err(why::weights(MOST_WEIGHTS));
        }
        let shape = conv.window.shape(from, to)?;
        self.push(Op::Conv(conv), &[input], shape)
    }
}
