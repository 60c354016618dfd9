//! Named families from PyTorch's `state_dict`: the weights say how many layers there are and how wide, the family how they are connected. Names
//! are torchvision's; those of EfficientNet-Lite, ViT and DeiT are timm's.

mod classic;
mod mobile;
mod tokens;

use super::steps::{Conv, Op, Steps, Window};
use super::{Ending, Error, Imported, fuse, layers};
use crate::kernels::{Activation, Shape};
use crate::messages::why::import as why;
use crate::model::{MOST_WEIGHTS, WEIGHTS, Weights};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Builds a family's steps and returns the one that makes the logits.
type Build = fn(&mut Builder) -> Result<usize, String>;

/// All families by the beginning of their names: the rest of a name is a size, which the weights tell.
const FAMILIES: [(&str, Build); 12] = [
    ("convnext", tokens::convnext),
    ("deit", tokens::vit),
    ("densenet", classic::densenet),
    ("efficientnet_b", mobile::efficientnet),
    ("efficientnet_lite", mobile::lite),
    ("mobilenet_v2", mobile::mobilenet_v2),
    ("mobilenet_v3_large", |b| mobile::mobilenet_v3(b, mobile::LARGE)),
    ("mobilenet_v3_small", |b| mobile::mobilenet_v3(b, mobile::SMALL)),
    ("regnet_y", classic::regnet),
    ("resnet", classic::resnet),
    ("vgg", classic::vgg),
    ("vit", tokens::vit),
];

/// How PyTorch counts the batches that a normalisation was trained on: of no use afterwards.
const COUNTER: &str = "num_batches_tracked";

/// The names of input and logits where we write the network as ONNX.
const OURS: [&str; 2] = ["image", "logits"];

/// Reads a `state_dict` that was saved as safetensors. `family`: `densenet121`, `resnet18` and so on; `shape`: of the image.
///
/// # Errors
/// Fails if the file is damaged, if the family is unknown, or if a weight is missing or has another shape than the family's.
pub fn state_dict(bytes: &[u8], family: &str, shape: Shape) -> Result<Imported, Error> {
    let unreadable = |why: String| Error::Unreadable(why);
    let read = Weights::from_safetensors_without(WEIGHTS, bytes, |name| name.ends_with(COUNTER));
    let weights = read.map_err(|error| unreadable(error.to_string()))?;
    let known = FAMILIES.iter().find(|(name, _)| family.starts_with(name));
    let (_, build) = known.ok_or_else(|| unreadable(why::family(family, &names())))?;
    let (steps, read) = (Steps::default(), RefCell::default());
    let mut b = Builder { weights: &weights, steps, read, epsilon: 1e-5 };
    let logits = b.steps.push(Op::Input, &[], shape).and_then(|_| build(&mut b)).map_err(unreadable)?;
    // What is not read makes another network of it than the family's.
    let read = b.read.take();
    if let Some(name) = weights.names().find(|name| !read.contains(*name)) {
        return Err(unreadable(why::unread_weight(name)));
    }
    let (layers, logits) = fuse::fuse(b.steps.all, logits);
    let (graph, weights) = layers::graph(layers, logits)?;
    Ok(Imported {
        graph,
        weights,
        ending: Ending::Logits,
        names: OURS.map(String::from).into(),
        is_planar: true,
    })
}

/// The names of all families.
fn names() -> String {
    let all: Vec<&str> = FAMILIES.iter().map(|(name, _)| *name).collect();
    all.join(", ")
}

/// A family's steps so far. Each method appends a layer to the step that it is given and returns the new one.
pub(super) struct Builder<'a> {
    weights: &'a Weights<'a>,
    steps: Steps,
    /// The names of the weights that were read.
    read: RefCell<BTreeSet<String>>,
    /// Of every normalisation.
    pub epsilon: f64,
}

impl Builder<'_> {
    pub fn has(&self, name: &str) -> bool {
        self.weights.contains(name)
    }

    /// How many numbered parts there are: `{prefix}0{suffix}` and on, counted from `first`.
    pub fn count(&self, first: usize, name: impl Fn(usize) -> String) -> usize {
        (first..1000).take_while(|index| self.has(&name(*index))).count()
    }

    fn array(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
        let array = self.weights.get(name).ok_or_else(|| why::no_weight(name))?;
        if array.values.len() > MOST_WEIGHTS {
            return Err(why::weights(MOST_WEIGHTS));
        }
        self.read.borrow_mut().insert(name.into());
        Ok((array.shape, array.values))
    }

    /// A dimension of an array that has it.
    fn dimension(&self, name: &str, index: usize) -> Option<usize> {
        self.weights.shape(name)?.get(index).copied()
    }

    /// A vector with one number for each channel of a step.
    fn vector(&self, name: &str, x: usize) -> Result<Vec<f32>, String> {
        let (values, channels) = (self.array(name)?.1, self.steps.shape(x).channels);
        if values.len() == channels { Ok(values) } else { Err(why::channels(channels)) }
    }

    /// A convolution, or a linear layer where the weights are a matrix: over the channels of each pixel, or over all of a square image, channel by
    /// channel.
    pub fn conv(
        &mut self,
        x: usize,
        name: &str,
        stride: usize,
        pad: (usize, usize),
    ) -> Result<usize, String> {
        let (shape, weight) = self.array(&format!("{name}.weight"))?;
        let from = self.steps.shape(x);
        let (to, depth, kernel) = match *shape.as_slice() {
            [to, depth, kernel, width] if kernel == width => (to, depth, kernel),
            [to, depth] if depth == from.channels => (to, depth, 1),
            [to, depth] if depth == from.values() && from.height == from.width => {
                (to, from.channels, from.height)
            }
            _ => return Err(why::array(name, &shape)),
        };
        let groups = from.channels.checked_div(depth).unwrap_or(0);
        let bias = format!("{name}.bias");
        let bias = if self.has(&bias) { self.array(&bias)?.1 } else { vec![0.0; to] };
        if bias.len() != to {
            return Err(why::channels(to));
        }
        let window = Window { kernel, stride, pad_begin: pad.0, pad_end: pad.1 };
        let conv = Conv { window, groups, weight: Rc::new(weight), bias, activation: Activation::Identity };
        self.steps.conv(x, conv)
    }

    /// Padded by half of its kernel.
    pub fn same(&mut self, x: usize, name: &str, stride: usize) -> Result<usize, String> {
        let kernel = self.dimension(&format!("{name}.weight"), 2).unwrap_or(1);
        self.conv(x, name, stride, (kernel / 2, kernel / 2))
    }

    /// A linear layer, or a 1x1 convolution.
    pub fn linear(&mut self, x: usize, name: &str) -> Result<usize, String> {
        self.conv(x, name, 1, (0, 0))
    }

    /// Batch normalisation.
    pub fn norm(&mut self, x: usize, name: &str) -> Result<usize, String> {
        let part = |part: &str| self.vector(&format!("{name}.{part}"), x).map(Rc::new);
        let (weight, bias, mean, variance) =
            (part("weight")?, part("bias")?, part("running_mean")?, part("running_var")?);
        let (scale, shift) = super::arithmetic::normalisation(&weight, &bias, &mean, &variance, self.epsilon);
        self.push(Op::Affine { scale, shift }, x)
    }

    pub fn layer_norm(&mut self, x: usize, name: &str) -> Result<usize, String> {
        let part = |part: &str| self.vector(&format!("{name}.{part}"), x);
        let (weight, bias) = (part("weight")?, part("bias")?);
        self.push(Op::LayerNorm { weight, bias, epsilon: self.epsilon as f32 }, x)
    }

    /// A factor for each channel.
    pub fn scale(&mut self, x: usize, name: &str) -> Result<usize, String> {
        let scale = self.vector(name, x)?;
        let shift = vec![0.0; scale.len()];
        self.push(Op::Affine { scale, shift }, x)
    }

    pub fn activate(&mut self, x: usize, activation: Activation) -> Result<usize, String> {
        if activation == Activation::Identity { Ok(x) } else { self.push(Op::Activate(activation), x) }
    }

    fn push(&mut self, op: Op, x: usize) -> Result<usize, String> {
        let shape = self.steps.shape(x);
        self.steps.push(op, &[x], shape)
    }

    pub fn add(&mut self, x: usize, y: usize) -> Result<usize, String> {
        let shape = self.steps.shape(x);
        if shape != self.steps.shape(y) {
            return Err(why::SHAPES.into());
        }
        self.steps.push(Op::Add, &[x, y], shape)
    }

    pub fn concat(&mut self, parts: &[usize]) -> Result<usize, String> {
        let mut shape = self.steps.shape(parts.first().copied().unwrap_or_default());
        shape.channels = parts.iter().map(|part| self.steps.shape(*part).channels).sum();
        self.steps.push(Op::Concat { norm: None, activation: Activation::Identity }, parts, shape)
    }

    pub fn max_pool(&mut self, x: usize, kernel: usize, stride: usize, pad: usize) -> Result<usize, String> {
        let window = Window { kernel, stride, pad_begin: pad, pad_end: pad };
        let from = self.steps.shape(x);
        self.steps.push(Op::MaxPool(window), &[x], window.shape(from, from.channels)?)
    }

    pub fn average_pool(&mut self, x: usize, kernel: usize) -> Result<usize, String> {
        let window = Window { kernel, stride: kernel, pad_begin: 0, pad_end: 0 };
        let from = self.steps.shape(x);
        self.steps.push(Op::AveragePool(window), &[x], window.shape(from, from.channels)?)
    }

    pub fn pool(&mut self, x: usize) -> Result<usize, String> {
        let channels = self.steps.shape(x).channels;
        self.steps.push(Op::GlobalAveragePool, &[x], Shape { height: 1, width: 1, channels })
    }

    /// Squeeze-and-excitation: two linear layers make a factor for each channel of the mean.
    pub fn excite(
        &mut self,
        x: usize,
        names: [&str; 2],
        inner: Activation,
        outer: Activation,
    ) -> Result<usize, String> {
        let mut y = self.pool(x)?;
        for (name, activation) in names.into_iter().zip([inner, outer]) {
            y = self.linear(y, name)?;
            y = self.activate(y, activation)?;
        }
        let shape = self.steps.shape(x);
        self.steps.push(Op::Multiply, &[x, y], shape)
    }
}
