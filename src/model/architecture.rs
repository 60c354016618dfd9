//! Network families, each described by the few numbers that a recipe names.

use super::Error;
use super::graph::{Graph, Size};
use super::node::{Conv, Node};
use crate::kernels::{Activation, Geometry};
use serde::{Deserialize, Serialize};

/// A network architecture: enough to build the network for training and for inference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "family")]
pub enum Architecture {
    /// Residual blocks of 3x3 convolutions (He et al. 2016). Each stage has one width; each stage but the
    /// first halves height and width.
    Residual {
        /// Channels of each stage.
        widths: Vec<usize>,
        /// Blocks of each stage.
        blocks: Vec<usize>,
    },
    /// A plain chain of 3x3 convolutions. In training each has three parallel branches, which are folded into
    /// one kernel (RepVGG, Ding et al. 2021). Each stage halves height and width.
    Chain {
        /// Channels of each stage.
        widths: Vec<usize>,
        /// Convolutions of each stage.
        depths: Vec<usize>,
    },
    /// EfficientNet-Lite0 (Tan and Le 2019, arXiv 1905.11946; the Lite form without squeeze-and-excitation
    /// and swish was published with TensorFlow in 2020): depthwise separable blocks with ReLU6.
    EfficientNetLite0 {
        /// Number of stages to keep, 1 to 7. Five stages end at 1/16 of the input's side, seven at 1/32.
        stages: usize,
        /// Whether to keep the last 1x1 convolution, which gives 1280 channels.
        widen: bool,
        /// Channels of the decoder, for networks that segment an outline at 1/4 of the input's side. Each
        /// stage's feature map is upsampled and added to that of the stage before, as in a feature pyramid
        /// (Lin et al. 2017).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outline: Option<usize>,
    },
    /// Layer by layer: of a network that was imported.
    Layers {
        /// As in [`Graph`].
        nodes: Vec<Node>,
        /// Index of the value that is the feature map.
        features: usize,
        /// Channels of the feature map.
        width: usize,
    },
}

/// Epsilon of batch normalisation: the original paper's, then EfficientNet's.
const EPSILON: f32 = 1e-5;
const EFFICIENTNET_EPSILON: f32 = 1e-3;

/// The stages of EfficientNet-B0: blocks, kernel, stride, expansion, output channels.
const STAGES: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
];

/// The most channels of a layer, and blocks or layers of a stage. What is larger fits no browser; a card that says so would never be read to
/// its end.
const MOST_FAMILY_CHANNELS: usize = 4096;
const MOST_BLOCKS: usize = 256;
/// The most weights of a network that is given layer by layer. In half precision a bundle then has 320 MB; a browser computes with twice that.
pub const MOST_WEIGHTS: usize = 160_000_000;

impl Architecture {
    /// Builds the graph for square images of `channels` and `side` pixels, with `classes` outputs.
    ///
    /// # Errors
    /// Fails if the architecture's own numbers are inconsistent, or if its layers do not fit the image.
    pub fn graph(&self, channels: usize, side: usize, classes: usize) -> Result<Graph, Error> {
        self.check()?;
        let input = Size { channels, height: side, width: side };
        let graph = match self {
            Self::Residual { widths, blocks } => residual(input, widths, blocks, classes)?,
            Self::Chain { widths, depths } => chain(input, widths, depths, classes)?,
            Self::EfficientNetLite0 { stages, widen, outline } => {
                let (mut b, maps) = lite0(input, *stages, *widen, classes)?;
                if let Some(channels) = outline {
                    draw(&mut b, &maps, *channels)?;
                }
                b
            }
            Self::Layers { nodes, features, width } => {
                let mut b = Graph::new(input, classes, EPSILON);
                (b.nodes, b.features, b.head.features) = (nodes.clone(), *features, *width);
                check_weights(&b)?;
                b
            }
        };
        graph.shapes()?;
        Ok(graph)
    }

    fn check(&self) -> Result<(), Error> {
        let (widths, counts): (&[usize], &[usize]) = match self {
            Self::Residual { widths, blocks } => (widths, blocks),
            Self::Chain { widths, depths } => (widths, depths),
            Self::EfficientNetLite0 { outline, .. } => (outline.as_slice(), &[]),
            // Its graph is looked at whole.
            Self::Layers { .. } => (&[], &[]),
        };
        let is_proper = widths.iter().all(|width| (1..=MOST_FAMILY_CHANNELS).contains(width))
            && counts.iter().all(|count| *count <= MOST_BLOCKS);
        if is_proper {
            return Ok(());
        }
        Err(Error::Graph(format!(
            "layers of {widths:?} channels, {counts:?} a stage; at most {MOST_FAMILY_CHANNELS} channels and {MOST_BLOCKS} blocks can be computed"
        )))
    }
}

/// Refuses more weights than a browser can hold.
fn check_weights(graph: &Graph) -> Result<(), Error> {
    let count = graph.weight_count()?;
    if count <= MOST_WEIGHTS {
        return Ok(());
    }
    Err(Error::Graph(format!("{count} weights; at most {MOST_WEIGHTS} fit a browser")))
}

/// Pairs of width and count. Fails if there are no stages, or if the two lists differ in length.
fn stages<'a>(
    widths: &'a [usize],
    counts: &'a [usize],
) -> Result<impl Iterator<Item = (usize, usize)>, Error> {
    if widths.is_empty() || widths.len() != counts.len() {
        let why = format!("{} widths, but {} counts of blocks", widths.len(), counts.len());
        return Err(Error::Graph(why));
    }
    Ok(widths.iter().copied().zip(counts.iter().copied()))
}

/// The stem halves height and width, and so does each stage but the first: the feature map's side is `side /
/// 2^stages`. A block computes `relu(second(first(x)) + shortcut(x))`; the shortcut is the identity where the
/// shape stays the same.
fn residual(input: Size, widths: &[usize], blocks: &[usize], classes: usize) -> Result<Graph, Error> {
    let mut b = Graph::new(input, classes, EPSILON);
    for (stage, (to, count)) in stages(widths, blocks)?.enumerate() {
        if stage == 0 {
            b.conv("stem", to, 3, Geometry::symmetric(2, 1), |conv| conv.activation = Activation::Relu);
        }
        for block in 0..count {
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            let (name, x, from) = (format!("stages.{stage}.{block}"), b.last(), b.head.features);
            let mut shortcut = x;
            if stride != 1 || from != to {
                b.conv(format!("{name}.shortcut"), to, 1, Geometry::symmetric(stride, 0), |_| ());
                shortcut = b.last();
            }
            b.conv(format!("{name}.first"), to, 3, Geometry::symmetric(stride, 1), |first| {
                (first.input, first.from, first.activation) = (x, from, Activation::Relu);
            });
            b.conv(format!("{name}.second"), to, 3, Geometry::symmetric(1, 1), |second| {
                (second.add, second.activation) = (Some(shortcut), Activation::Relu);
            });
        }
    }
    Ok(b)
}

fn chain(input: Size, widths: &[usize], depths: &[usize], classes: usize) -> Result<Graph, Error> {
    let mut b = Graph::new(input, classes, EPSILON);
    for (stage, (to, count)) in stages(widths, depths)?.enumerate() {
        for layer in 0..count {
            let stride = if layer == 0 { 2 } else { 1 };
            b.conv(format!("stages.{stage}.{layer}"), to, 3, Geometry::symmetric(stride, 1), |conv| {
                (conv.branches, conv.activation) = (true, Activation::Relu);
            });
        }
    }
    Ok(b)
}

/// Returns the graph and, for the decoder, the last value before each halving of the sides (from the second
/// halving on) with its number of channels.
fn lite0(
    input: Size,
    kept: usize,
    widen: bool,
    classes: usize,
) -> Result<(Graph, Vec<(usize, usize)>), Error> {
    if !(1..=STAGES.len()).contains(&kept) {
        return Err(Error::Graph(format!("{kept} stages of EfficientNet-Lite0, which has {}", STAGES.len())));
    }
    let mut b = Graph::new(input, classes, EFFICIENTNET_EPSILON);
    let relu6 = |conv: &mut Conv| conv.activation = Activation::Relu6;
    b.conv("stem", 32, 3, Geometry::same(3, 2), relu6);
    let (mut number, mut maps) = (0, Vec::new());
    for (stage, (count, kernel, stride, expansion, to)) in STAGES.into_iter().take(kept).enumerate() {
        // The first feature map has 1/2 of the input's side, finer than an outline needs.
        if stride > 1 && stage > 1 {
            maps.push((b.last(), b.head.features));
        }
        for block in 0..count {
            let stride = if block == 0 { stride } else { 1 };
            let (name, x, from) = (format!("blocks.{number}"), b.last(), b.head.features);
            if expansion > 1 {
                b.conv(format!("{name}.expand"), from * expansion, 1, Geometry::symmetric(1, 0), relu6);
            }
            let wide = b.head.features;
            b.conv(format!("{name}.depthwise"), wide, kernel, Geometry::same(kernel, stride), |conv| {
                (conv.groups, conv.activation) = (wide, Activation::Relu6);
            });
            b.conv(format!("{name}.project"), to, 1, Geometry::symmetric(1, 0), |project| {
                project.add = (stride == 1 && from == to).then_some(x);
            });
            number += 1;
        }
    }
    maps.push((b.last(), b.head.features));
    if widen {
        b.conv("widen", 1280, 1, Geometry::symmetric(1, 0), relu6);
    }
    Ok((b, maps))
}

/// Adds the decoder, from the last of `maps` to the first, and the outline. The graph's feature map does not
/// change.
fn draw(b: &mut Graph, maps: &[(usize, usize)], channels: usize) -> Result<(), Error> {
    let (features, head) = (b.features, b.head);
    let mut coarse = None;
    for (level, (map, from)) in maps.iter().enumerate().rev() {
        let above = coarse.map(|value| {
            b.push(Node::Upsample { input: value });
            b.last()
        });
        b.conv(format!("outline.{level}.side"), channels, 1, Geometry::symmetric(1, 0), |conv| {
            (conv.input, conv.from, conv.add) = (*map, *from, above);
            conv.activation = Activation::Relu6;
        });
        b.conv(format!("outline.{level}.mix"), channels, 3, Geometry::symmetric(1, 1), |conv| {
            conv.activation = Activation::Relu6;
        });
        coarse = Some(b.last());
    }
    b.conv("outline.last", 1, 1, Geometry::symmetric(1, 0), |_| ());
    b.outline = Some(b.last());
    (b.features, b.head) = (features, head);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_no_network_has_are_refused_at_once() {
        let outline =
            |channels| Architecture::EfficientNetLite0 { stages: 5, widen: false, outline: Some(channels) };
        let endless = [
            Architecture::Residual { widths: vec![8], blocks: vec![usize::MAX] },
            Architecture::Chain { widths: vec![usize::MAX], depths: vec![1] },
            Architecture::Chain { widths: vec![0], depths: vec![1] },
            outline(usize::MAX),
        ];
        for architecture in endless {
            assert!(architecture.graph(3, 64, 2).is_err(), "{architecture:?}");
        }
        assert!(outline(16).graph(3, 64, 2).is_ok());
    }

    #[test]
    fn a_network_of_more_weights_than_a_browser_holds_is_refused() {
        let layers = |width: usize, count: usize| {
            let mut b = Graph::new(Size { channels: 3, height: 16, width: 16 }, 2, EPSILON);
            for layer in 0..count {
                b.conv(format!("layers.{layer}"), width, 3, Geometry::symmetric(1, 1), |_| ());
            }
            Architecture::Layers { nodes: b.nodes, features: b.features, width }.graph(3, 16, 2)
        };
        assert_eq!(layers(8, 3).unwrap().nodes.len(), 3);
        assert!(layers(2048, 6).unwrap_err().to_string().contains("fit a browser"));
    }
}
