//! A network as a graph of layers: one description for training, inference, export and comparison.

use super::Error;
use crate::kernels::{self, Activation, ConvShape, Geometry, Shape};
use serde::{Deserialize, Serialize};

/// A network's layers in the order of computation. Value 0 is the image, and node `i` computes value `i + 1`.
/// The head is global average pooling over the feature map and one linear layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// Shape of the input image.
    pub input: Size,
    /// All layers between the image and the feature map or the outline.
    pub nodes: Vec<Node>,
    /// Index of the value that is the feature map.
    pub features: usize,
    /// The layers after the feature map.
    pub head: Head,
    /// Index of the value that is the outline, for networks that segment: one channel, the logit of each
    /// pixel being inside the finding.
    pub outline: Option<usize>,
    /// Indices of other values that the network returns as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intermediates: Vec<usize>,
    /// Epsilon of every batch normalisation in training.
    pub epsilon: f32,
}

/// Shape of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// 1 (greyscale) or 3 (RGB).
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// The head: global average pooling and one linear layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Channels of the feature map, the inputs of the linear layer.
    pub features: usize,
    /// Classes, the outputs of the linear layer.
    pub classes: usize,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "op")]
pub enum Node {
    /// Convolution, batch normalisation (folded for inference), addition of the shortcut, activation.
    Conv(Conv),
    /// Max pooling.
    MaxPool(Pool),
    /// Nearest-neighbour upsampling by 2: each pixel becomes a 2x2 square.
    Upsample {
        /// Index of the input value.
        input: usize,
    },
}

/// A convolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conv {
    /// Prefix of its weights: `{name}.conv.weight` and, folded, `{name}.conv.bias`; in training,
    /// `{name}.norm.*`.
    pub name: String,
    /// Index of the input value.
    pub input: usize,
    /// Input channels.
    pub from: usize,
    /// Output channels.
    pub to: usize,
    /// Side of the square kernel, in pixels.
    pub kernel: usize,
    /// Stride, in pixels.
    pub stride: usize,
    /// Zero padding above and to the left, in pixels.
    pub pad_begin: usize,
    /// Zero padding below and to the right, in pixels.
    pub pad_end: usize,
    /// Whether the convolution is depthwise: one kernel for each channel.
    pub depthwise: bool,
    /// Activation, applied last.
    pub activation: Activation,
    /// Index of the value that is added before the activation (the shortcut).
    pub add: Option<usize>,
    /// Whether it is trained as three parallel branches (3x3, 1x1, identity) that are folded into one kernel
    /// (Ding et al. 2021).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub branches: bool,
}

/// A max pooling layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Index of the input value.
    pub input: usize,
    /// Side of the square window, in pixels.
    pub kernel: usize,
    /// Stride, in pixels.
    pub stride: usize,
    /// Padding above and to the left, in pixels. Padding is never the maximum.
    pub pad_begin: usize,
    /// Padding below and to the right, in pixels.
    pub pad_end: usize,
}

impl Conv {
    /// Stride and padding.
    pub fn geometry(&self) -> Geometry {
        Geometry { stride: self.stride, pad_begin: self.pad_begin, pad_end: self.pad_end }
    }

    /// `(out_channels, channels, kernel, kernel)`, with 1 for `channels` where depthwise.
    pub fn weight_shape(&self) -> [usize; 4] {
        [self.to, if self.depthwise { 1 } else { self.from }, self.kernel, self.kernel]
    }
}

impl Node {
    /// Index of the input value.
    pub fn input(&self) -> usize {
        match self {
            Self::Conv(conv) => conv.input,
            Self::MaxPool(pool) => pool.input,
            Self::Upsample { input } => *input,
        }
    }

    /// Index of the value that is added, if any.
    pub fn add(&self) -> Option<usize> {
        match self {
            Self::Conv(conv) => conv.add,
            Self::MaxPool(_) | Self::Upsample { .. } => None,
        }
    }

    /// Shapes of input and output for one image of shape `from`.
    ///
    /// # Errors
    /// Fails if the channels do not match, or if the kernel is larger than the padded image.
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
    /// A graph without layers: the feature map is the image.
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

    /// Index of the last value.
    pub fn last(&self) -> usize {
        self.nodes.len()
    }

    /// Appends a node. Its value becomes the feature map.
    pub fn push(&mut self, node: Node) {
        self.nodes.push(node);
        self.features = self.last();
    }

    /// Appends a convolution of the last value. `set` changes the defaults: input, activation, shortcut,
    /// depthwise.
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

    /// The convolutions, in order of computation.
    pub fn convs(&self) -> impl Iterator<Item = &Conv> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Conv(conv) => Some(conv),
            Node::MaxPool(_) | Node::Upsample { .. } => None,
        })
    }

    /// The shape of every value, the image's first.
    ///
    /// # Errors
    /// Fails if a node uses a value that is not computed yet, or if shapes do not match.
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Architecture;

    #[test]
    fn a_graph_survives_serialisation() {
        let network = Architecture::EfficientNetLite0 { stages: 6, widen: false, outline: Some(8) };
        let graph = network.graph(1, 64, 3).unwrap();
        let written = serde_json::to_string(&graph).unwrap();
        assert_eq!(serde_json::from_str::<Graph>(&written).unwrap(), graph);
    }
}
