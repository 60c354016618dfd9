//! A network as a list of what it computes: one description for learning, reading, export and comparison.

use super::Error;
use crate::kernels::{self, Activation, ConvShape, Geometry, Shape};
use serde::{Deserialize, Serialize};

/// A network's layers in the order of their computation. Value 0 is the image, and node `i` makes value `i + 1`; the head is
/// the mean over the feature map's pixels and one linear layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// The image.
    pub input: Size,
    /// Everything between image, feature map and outline.
    pub nodes: Vec<Node>,
    /// Which value is the feature map.
    pub features: usize,
    /// What follows the feature map.
    pub head: Head,
    /// Which value is the outline, where there is one: a channel of logits, a pixel each, of lying in what is sought.
    pub outline: Option<usize>,
    /// Values that leave the network too, besides those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intermediates: Vec<usize>,
    /// Added to the variance by every batch normalisation while learning.
    pub epsilon: f32,
}

/// The shape of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// 1 (grey) or 3 (RGB).
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// The linear layer at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Channels of the feature map.
    pub features: usize,
    /// Answers.
    pub classes: usize,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "op")]
pub enum Node {
    /// Convolution, normalisation (folded for reading), shortcut, activation.
    Conv(Conv),
    /// The largest value under the kernel.
    MaxPool(Pool),
    /// Every pixel of a value four times, as a square of two by two.
    Upsample {
        /// The value that is upsampled.
        input: usize,
    },
}

/// A convolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conv {
    /// Its weights are `{name}.conv.weight` and, folded, `{name}.conv.bias`; while learning, `{name}.norm.*`.
    pub name: String,
    /// Which value it reads.
    pub input: usize,
    /// Channels in.
    pub from: usize,
    /// Channels out.
    pub to: usize,
    /// Side of the square kernel.
    pub kernel: usize,
    /// Pixels between two results.
    pub stride: usize,
    /// Zeros above and left of the image.
    pub pad_begin: usize,
    /// Zeros below and right of it.
    pub pad_end: usize,
    /// Whether every channel has a kernel of its own.
    pub depthwise: bool,
    /// Applied last.
    pub activation: Activation,
    /// A value that is added before the activation.
    pub add: Option<usize>,
    /// Whether it learns as three parallel branches (3x3, 1x1, identity) that fold into one kernel (Ding et al. 2021).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub branches: bool,
}

/// A pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Which value it reads.
    pub input: usize,
    /// Side of the square kernel.
    pub kernel: usize,
    /// Pixels between two results.
    pub stride: usize,
    /// Pixels above and left of the image that never win.
    pub pad_begin: usize,
    /// Pixels below and right of it.
    pub pad_end: usize,
}

impl Conv {
    /// Its walk over the image.
    pub fn geometry(&self) -> Geometry {
        Geometry { stride: self.stride, pad_begin: self.pad_begin, pad_end: self.pad_end }
    }

    /// `(out_channels, channels a kernel, kernel, kernel)`.
    pub fn weight_shape(&self) -> [usize; 4] {
        [self.to, if self.depthwise { 1 } else { self.from }, self.kernel, self.kernel]
    }
}

impl Node {
    /// Which value it reads.
    pub fn input(&self) -> usize {
        match self {
            Self::Conv(conv) => conv.input,
            Self::MaxPool(pool) => pool.input,
            Self::Upsample { input } => *input,
        }
    }

    /// A value that it adds.
    pub fn add(&self) -> Option<usize> {
        match self {
            Self::Conv(conv) => conv.add,
            Self::MaxPool(_) | Self::Upsample { .. } => None,
        }
    }

    /// Its sizes for one image of shape `from`.
    pub fn sizes(&self, from: Shape) -> Result<ConvShape, Error> {
        let sizes = match self {
            Self::Conv(conv) if conv.from == from.channels => {
                ConvShape::new(1, from, conv.to, conv.kernel, conv.geometry())
            }
            Self::Conv(conv) => {
                let (name, from, to) = (&conv.name, from.channels, conv.from);
                return Err(Error::Graph(format!("{name} takes {to} channels, it is given {from}")));
            }
            Self::MaxPool(pool) => {
                let geometry =
                    Geometry { stride: pool.stride, pad_begin: pool.pad_begin, pad_end: pool.pad_end };
                ConvShape::new(1, from, from.channels, pool.kernel, geometry)
            }
            Self::Upsample { .. } => return Ok(kernels::upsampled(from)),
        };
        sizes.map_err(|e| Error::Graph(e.to_string()))
    }
}

impl Graph {
    /// Only the image, so far.
    pub fn new(input: Size, classes: usize, epsilon: f32) -> Self {
        let head = Head { features: input.channels, classes };
        Self {
            input,
            nodes: Vec::new(),
            features: 0,
            head,
            outline: None,
            intermediates: Vec::new(),
            epsilon,
        }
    }

    /// The last value's number.
    pub fn last(&self) -> usize {
        self.nodes.len()
    }

    /// Adds a node, whose value becomes the feature map.
    pub fn push(&mut self, node: Node) {
        self.nodes.push(node);
        self.features = self.last();
    }

    /// Adds a convolution of the last value; `set` may change what is not as usual.
    pub fn conv(
        &mut self,
        name: impl Into<String>,
        to: usize,
        kernel: usize,
        geometry: Geometry,
        set: impl FnOnce(&mut Conv),
    ) {
        let Geometry { stride, pad_begin, pad_end } = geometry;
        let mut conv = Conv {
            name: name.into(),
            input: self.last(),
            from: self.head.features,
            to,
            kernel,
            stride,
            pad_begin,
            pad_end,
            depthwise: false,
            activation: Activation::Identity,
            add: None,
            branches: false,
        };
        set(&mut conv);
        self.head.features = to;
        self.push(Node::Conv(conv));
    }

    /// The convolutions, in order.
    pub fn convs(&self) -> impl Iterator<Item = &Conv> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Conv(conv) => Some(conv),
            Node::MaxPool(_) | Node::Upsample { .. } => None,
        })
    }

    /// The shape of every value, the image's first. Fails where a node reads what does not exist or does not fit.
    pub fn shapes(&self) -> Result<Vec<Shape>, Error> {
        let Size { channels, height, width } = self.input;
        let mut shapes = vec![Shape { height, width, channels }];
        for node in &self.nodes {
            let of = |value: usize| {
                let missing = || Error::Graph(format!("value {value} is read before it is made"));
                shapes.get(value).copied().ok_or_else(missing)
            };
            let to = node.sizes(of(node.input())?)?.to;
            if let Some(add) = node.add()
                && of(add)? != to
            {
                return Err(Error::Graph(format!("{:?} cannot be added to {to:?}", of(add)?)));
            }
            shapes.push(to);
        }
        if shapes.get(self.features).is_none_or(|map| map.channels != self.head.features) {
            return Err(Error::Graph(format!("a head for {} features", self.head.features)));
        }
        if self.outline.is_some_and(|value| shapes.get(value).is_none_or(|map| map.channels != 1)) {
            return Err(Error::Graph("an outline that is not one channel".into()));
        }
        Ok(shapes)
    }

    /// Multiplications of one image, as the plain sum has them.
    pub fn multiplications(&self) -> Result<usize, Error> {
        let shapes = self.shapes()?;
        let mut sum = self.head.features * self.head.classes;
        for (node, to) in self.nodes.iter().zip(shapes.iter().skip(1)) {
            if let Node::Conv(conv) = node {
                let [_, from, kernel, _] = conv.weight_shape();
                sum += to.values() * from * kernel * kernel;
            }
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Architecture;

    #[test]
    fn a_blueprint_is_the_same_after_it_was_written_and_read() {
        let network = Architecture::EfficientNetLite0 { stages: 6, widen: false, outline: Some(8) };
        let graph = network.graph(1, 64, 3).unwrap();
        let written = serde_json::to_string(&graph).unwrap();
        assert_eq!(serde_json::from_str::<Graph>(&written).unwrap(), graph);
    }
}
