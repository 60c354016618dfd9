//! The layers of a network, each with its inputs, its weights and the shape of its value.

use super::Error;
use super::written::WrittenNode;
use crate::kernels::{self, Activation, ConvShape, Geometry, Shape};
use crate::messages::why::layer as why;
use serde::{Deserialize, Serialize};

/// One layer. Every value is an image `(height, width, channels)`; the tokens of a transformer are an image of
/// height 1, so that a 1x1 convolution is a linear layer over tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "op", try_from = "WrittenNode")]
pub enum Node {
    /// Convolution, batch normalisation (folded for inference), addition of the shortcut, activation.
    Conv(Conv),
    /// Max pooling. Padding is never the maximum.
    MaxPool(Pool),
    /// Average pooling. Padding is not counted.
    AveragePool(Pool),
    /// Nearest-neighbour upsampling by 2: each pixel becomes a 2x2 square.
    Upsample {
        /// Index of the input value.
        input: usize,
    },
    /// The channels of all inputs side by side, and then `activation(x * scale + shift)`. With one input: a
    /// normalisation that no convolution can take in (DenseNet, Huang et al. 2017), or an activation alone.
    Concat {
        /// Indices of the input values, of one height and width.
        inputs: Vec<usize>,
        /// Prefix of the weights `{norm}.scale` and `{norm}.shift`, `(channels,)` each; `None` for neither.
        norm: Option<String>,
        /// Activation, applied last.
        activation: Activation,
    },
    /// Mean over all pixels: `(1, 1, channels)`.
    GlobalAveragePool {
        /// Index of the input value.
        input: usize,
    },
    /// Each channel times one number (squeeze-and-excitation, Hu et al. 2018).
    Multiply {
        /// Index of the input value.
        input: usize,
        /// Index of the value that holds the numbers, `(1, 1, channels)`.
        by: usize,
    },
    /// Layer normalisation over the channels of each pixel (Ba et al. 2016).
    LayerNorm {
        /// Prefix of its weights `{name}.weight` and `{name}.bias`, `(channels,)` each.
        name: String,
        /// Index of the input value.
        input: usize,
        /// Added to the variance.
        epsilon: f32,
    },
    /// All pixels in a row, a learned token before them, plus a learned vector for each position (vision
    /// transformer, Dosovitskiy et al. 2021): `(1, 1 + height * width, channels)`.
    Tokens {
        /// Prefix of its weights: `{name}.class`, `(channels,)`, and `{name}.position`, `(tokens, channels)`.
        name: String,
        /// Index of the input value.
        input: usize,
    },
    /// Scaled dot-product attention of several heads (Vaswani et al. 2017): `(1, tokens, channels)`.
    Attention {
        /// Index of the input value, `(1, tokens, 3 * channels)`: queries, keys and values side by side, in
        /// each of them one head after the other.
        input: usize,
        /// Number of heads; divides the channels.
        heads: usize,
    },
    /// One token: `(1, 1, channels)`.
    Pick {
        /// Index of the input value, of height 1.
        input: usize,
        /// Which token, from 0.
        index: usize,
    },
}

/// A convolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    /// Groups of channels that are convolved apart from one another: 1 for a dense convolution, `from` for a
    /// depthwise one. Divides `from` and `to`.
    pub groups: usize,
    /// Activation, applied last.
    pub activation: Activation,
    /// Index of the value that is added before the activation (the shortcut).
    pub add: Option<usize>,
    /// Whether it is trained as three parallel branches (3x3, 1x1, identity) that are folded into one kernel
    /// (Ding et al. 2021).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub branches: bool,
}

/// A pooling layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pool {
    /// Index of the input value.
    pub input: usize,
    /// Side of the square window, in pixels.
    pub kernel: usize,
    /// Stride, in pixels.
    pub stride: usize,
    /// Padding above and to the left, in pixels; smaller than the window.
    pub pad_begin: usize,
    /// Padding below and to the right, in pixels; smaller than the window.
    pub pad_end: usize,
}

/// Limits of a value, so that no number of a graph that somebody else made can overflow or ask for endless
/// memory. What is larger fits no browser.
const MOST_SIDE: usize = 1 << 15;
const MOST_CHANNELS: usize = 1 << 14;
const MOST_VALUES: u64 = 1 << 26;
/// The most weights of a layer. VGG's largest has 2^26.6.
const MOST_LAYER_WEIGHTS: u64 = 1 << 28;

impl Shape {
    /// This shape, if a value of it is within the limits that any network here has.
    ///
    /// # Errors
    /// Fails if a side, the channels or all values together are more, or none.
    pub(crate) fn within_limits(self) -> Result<Self, Error> {
        let Self { height, width, channels } = self;
        let is_within = [(height, MOST_SIDE), (width, MOST_SIDE), (channels, MOST_CHANNELS)]
            .iter()
            .all(|(count, most)| (1..=*most).contains(count));
        // With each number within its limit, the product fits 64 bits.
        if is_within && height as u64 * width as u64 * channels as u64 <= MOST_VALUES {
            return Ok(self);
        }
        refuse(why::value(height, width, channels))
    }
}

fn refuse<T>(why: String) -> Result<T, Error> {
    Err(Error::Graph(why))
}

impl Conv {
    /// Stride and padding.
    pub fn geometry(&self) -> Geometry {
        Geometry { stride: self.stride, pad_begin: self.pad_begin, pad_end: self.pad_end }
    }

    /// Whether each channel has one kernel of its own.
    pub fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.groups == self.from && self.from == self.to
    }

    /// Whether a GPU has kernels for its training.
    #[cfg(feature = "cuda")]
    pub(super) fn learns_on_gpu(&self) -> bool {
        self.activation.is_clamp() && (self.groups == 1 || self.is_depthwise())
    }

    /// `(out_channels, channels / groups, kernel, kernel)`.
    pub fn weight_shape(&self) -> [usize; 4] {
        [self.to, self.from / self.groups.max(1), self.kernel, self.kernel]
    }

    /// Shapes of input and output for one image of shape `from`.
    ///
    /// # Errors
    /// Fails if the channels do not match, if the groups do not divide them, if the kernel is larger than the
    /// padded image, or if a number is beyond all reason.
    pub fn sizes(&self, from: Shape) -> Result<ConvShape, Error> {
        let name = &self.name;
        if self.from != from.channels {
            return refuse(why::channels(name, self.from, from.channels));
        }
        let Self { groups, from: inner, to, .. } = *self;
        let is_divided = groups > 0 && inner.is_multiple_of(groups) && to.is_multiple_of(groups);
        if !is_divided {
            return refuse(why::groups(name, inner, to, groups));
        }
        let [_, depth, ..] = self.weight_shape();
        let is_small = self.kernel <= MOST_SIDE && self.stride <= MOST_SIDE && to <= MOST_CHANNELS;
        let area = (self.kernel as u64).saturating_mul(self.kernel as u64);
        if !is_small || area.saturating_mul((depth as u64).saturating_mul(to as u64)) > MOST_LAYER_WEIGHTS {
            return refuse(why::weights(name));
        }
        window(from, to, self.kernel, self.geometry(), MOST_SIDE)
    }
}

impl Pool {
    /// Shapes of input and output for one image of shape `from`.
    ///
    /// # Errors
    /// Fails if the window is larger than the padded image, or not larger than the padding: it could then hold
    /// no pixel.
    pub fn sizes(&self, from: Shape) -> Result<ConvShape, Error> {
        let Self { kernel, stride, pad_begin, pad_end, .. } = *self;
        window(from, from.channels, kernel, Geometry { stride, pad_begin, pad_end }, kernel.saturating_sub(1))
    }
}

/// A window that moves over an image. `most`: the largest padding.
fn window(
    from: Shape,
    to: usize,
    kernel: usize,
    geometry: Geometry,
    most: usize,
) -> Result<ConvShape, Error> {
    let most = most.min(MOST_SIDE);
    if geometry.pad_begin > most || geometry.pad_end > most {
        return refuse(why::padding(geometry.pad_begin, geometry.pad_end));
    }
    ConvShape::new(1, from, to, kernel, geometry).map_err(|e| Error::Graph(e.to_string()))
}

impl Node {
    /// What the field calls it, for messages.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Conv(conv) if !conv.activation.is_clamp() => why::CURVED_CONVOLUTION,
            Self::Conv(conv) if conv.groups > 1 && !conv.is_depthwise() => why::GROUPED_CONVOLUTION,
            Self::Conv(_) => why::CONVOLUTION,
            Self::MaxPool(_) => why::MAX_POOL,
            Self::AveragePool(_) => why::AVERAGE_POOL,
            Self::Upsample { .. } => why::UPSAMPLE,
            Self::Concat { norm: Some(_), .. } => why::NORMALISED_CONCAT,
            Self::Concat { .. } => why::CONCAT,
            Self::GlobalAveragePool { .. } => why::GLOBAL_AVERAGE_POOL,
            Self::Multiply { .. } => why::MULTIPLY,
            Self::LayerNorm { .. } => why::LAYER_NORM,
            Self::Tokens { .. } => why::TOKENS,
            Self::Attention { .. } => why::ATTENTION,
            Self::Pick { .. } => why::PICK,
        }
    }

    /// Indices of the values that it reads. Those of a convolution: the image, then the shortcut.
    pub fn inputs(&self) -> impl Iterator<Item = usize> + '_ {
        let (many, one, other): (&[usize], _, _) = match self {
            Self::Conv(conv) => (&[], Some(conv.input), conv.add),
            Self::MaxPool(pool) | Self::AveragePool(pool) => (&[], Some(pool.input), None),
            Self::Concat { inputs, .. } => (inputs, None, None),
            Self::Multiply { input, by } => (&[], Some(*input), Some(*by)),
            Self::Upsample { input }
            | Self::GlobalAveragePool { input }
            | Self::LayerNorm { input, .. }
            | Self::Tokens { input, .. }
            | Self::Attention { input, .. }
            | Self::Pick { input, .. } => (&[], Some(*input), None),
        };
        many.iter().copied().chain(one).chain(other)
    }

    /// The index of every value that it reads, to be changed.
    pub(super) fn inputs_mut(&mut self) -> impl Iterator<Item = &mut usize> + '_ {
        let (many, one, other): (&mut [usize], _, _) = match self {
            Self::Conv(conv) => (&mut [], Some(&mut conv.input), conv.add.as_mut()),
            Self::MaxPool(pool) | Self::AveragePool(pool) => (&mut [], Some(&mut pool.input), None),
            Self::Concat { inputs, .. } => (inputs, None, None),
            Self::Multiply { input, by } => (&mut [], Some(input), Some(by)),
            Self::Upsample { input }
            | Self::GlobalAveragePool { input }
            | Self::LayerNorm { input, .. }
            | Self::Tokens { input, .. }
            | Self::Attention { input, .. }
            | Self::Pick { input, .. } => (&mut [], Some(input), None),
        };
        many.iter_mut().chain(one).chain(other)
    }

    /// Index of the first value that it reads.
    pub fn input(&self) -> usize {
        self.inputs().next().unwrap_or_default()
    }

    /// Names and shapes of its folded weights. `from`: shape of the first input; `to`: of its value.
    pub fn weights(&self, from: Shape, to: Shape) -> Vec<(String, Vec<usize>)> {
        let weight = |prefix: &str, name: &str, shape: &[usize]| ([prefix, name].concat(), shape.to_vec());
        match self {
            Self::Conv(conv) => vec![
                weight(&conv.name, ".conv.weight", &conv.weight_shape()),
                weight(&conv.name, ".conv.bias", &[conv.to]),
            ],
            Self::Concat { norm: Some(norm), .. } => {
                vec![weight(norm, ".scale", &[to.channels]), weight(norm, ".shift", &[to.channels])]
            }
            Self::LayerNorm { name, .. } => {
                vec![weight(name, ".weight", &[to.channels]), weight(name, ".bias", &[to.channels])]
            }
            Self::Tokens { name, .. } => vec![
                weight(name, ".class", &[from.channels]),
                weight(name, ".position", &[to.width, to.channels]),
            ],
            _ => Vec::new(),
        }
    }

    /// Shape of its value. `from`: shapes of its inputs, in their order.
    ///
    /// # Errors
    /// Fails if the shapes do not fit the layer or one another, or if the value is beyond the limits.
    pub(super) fn shape(&self, from: &[Shape]) -> Result<Shape, Error> {
        let Some(&first) = from.first() else { return refuse(why::nothing(self.words())) };
        let Shape { height, width, channels } = first;
        let odd = || refuse(why::shapes(self.words(), &format!("{from:?}")));
        let to = match self {
            Self::Conv(conv) => {
                let to = conv.sizes(first)?.to;
                if let Some(&add) = from.get(1)
                    && add != to
                {
                    return refuse(why::added(&format!("{add:?}"), &format!("{to:?}")));
                }
                to
            }
            Self::MaxPool(pool) | Self::AveragePool(pool) => pool.sizes(first)?.to,
            Self::Upsample { .. } => kernels::upsampled(first).to,
            Self::Concat { .. } => {
                if from.iter().any(|other| (other.height, other.width) != (height, width)) {
                    return odd();
                }
                let sum = from.iter().fold(0usize, |sum, other| sum.saturating_add(other.channels));
                Shape { channels: sum, ..first }
            }
            Self::GlobalAveragePool { .. } => Shape { height: 1, width: 1, channels },
            Self::Multiply { .. } if from.get(1) != Some(&Shape { height: 1, width: 1, channels }) => {
                return odd();
            }
            Self::LayerNorm { epsilon, .. } if !(*epsilon > 0.0 && epsilon.is_finite()) => return odd(),
            Self::Multiply { .. } | Self::LayerNorm { .. } => first,
            Self::Tokens { .. } => Shape { height: 1, width: height * width + 1, channels },
            Self::Attention { heads, .. } => {
                let each = channels / 3;
                let is_split = *heads > 0 && channels.is_multiple_of(3) && each.is_multiple_of(*heads);
                // As many values as the weights of all tokens for all tokens.
                let weights = (*heads as u64).saturating_mul(width as u64 * width as u64);
                if height != 1 || !is_split || weights > MOST_VALUES {
                    return odd();
                }
                Shape { height, width, channels: each }
            }
            Self::Pick { index, .. } => {
                if height != 1 || *index >= width {
                    return odd();
                }
                Shape { height, width: 1, channels }
            }
        };
        to.within_limits()
    }
}
