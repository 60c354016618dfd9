//! A network as a graph of layers: one description for training, inference, export and comparison.

use super::Error;
use super::node::{Conv, Node};
use crate::kernels::{Activation, Geometry, Shape};
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

/// The most nodes of a graph, and the most values that all of them read. DenseNet-169 has about 260 nodes.
const MOST_NODES: usize = 1 << 12;
const MOST_READS: usize = 1 << 16;
/// The most classes of a head.
const MOST_CLASSES: usize = 1 << 14;
/// The most values of all layers together.
const MOST_VALUES_TOGETHER: usize = 1 << 29;

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
    /// groups.
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
            groups: 1,
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
            _ => None,
        })
    }

    /// The shape of every value, the image's first.
    ///
    /// # Errors
    /// Fails if a node uses a value that is not computed yet, if shapes do not match, or if the graph is larger
    /// than anything that can be computed. A graph may come from a file that somebody else made.
    pub fn shapes(&self) -> Result<Vec<Shape>, Error> {
        let Size { channels, height, width } = self.input;
        let mut shapes = vec![Shape { height, width, channels }.within_limits()?];
        let (mut values, mut reads) = (0usize, 0usize);
        for node in &self.nodes {
            let from: Vec<Shape> = node
                .inputs()
                .map(|value| {
                    let missing = || Error::Graph(format!("value {value} is read before it is made"));
                    shapes.get(value).copied().ok_or_else(missing)
                })
                .collect::<Result<_, _>>()?;
            let to = node.shape(&from)?;
            reads += from.len();
            values += to.values();
            shapes.push(to);
            if shapes.len() > MOST_NODES || reads > MOST_READS || values > MOST_VALUES_TOGETHER {
                return Err(Error::Graph("more layers or larger ones than can be computed".into()));
            }
        }
        let Head { features, classes } = self.head;
        if shapes.get(self.features).is_none_or(|map| map.channels != features)
            || !(1..=MOST_CLASSES).contains(&classes)
        {
            return Err(Error::Graph(format!("a head for {features} features and {classes} classes")));
        }
        if self.outline.is_some_and(|value| shapes.get(value).is_none_or(|map| map.channels != 1)) {
            return Err(Error::Graph("an outline that is not one channel".into()));
        }
        if self.intermediates.iter().any(|value| *value >= shapes.len()) {
            return Err(Error::Graph("an intermediate value that is not made".into()));
        }
        Ok(shapes)
    }

    /// Names and shapes of all folded weights, in the order of computation, the head's last.
    ///
    /// # Errors
    /// As [`Graph::shapes`].
    pub fn weights(&self) -> Result<Vec<(String, Vec<usize>)>, Error> {
        let (shapes, mut weights) = (self.shapes()?, Vec::new());
        for (node, to) in self.nodes.iter().zip(shapes.iter().skip(1)) {
            weights.extend(node.weights(shapes.get(node.input()).copied().unwrap_or_default(), *to));
        }
        let Head { features, classes } = self.head;
        weights.push(("head.weight".into(), vec![classes, features]));
        weights.push(("head.bias".into(), vec![classes]));
        Ok(weights)
    }

    /// How many numbers the folded weights are.
    ///
    /// # Errors
    /// As [`Graph::shapes`].
    pub fn weight_count(&self) -> Result<usize, Error> {
        let counts = self.weights()?.into_iter().map(|(_, shape)| shape.iter().product::<usize>());
        Ok(counts.fold(0, usize::saturating_add))
    }

    /// The same network with a layer of its own for each activation that is not a clamp: the gradient of
    /// such an activation needs the value before it, which a fused layer does not keep. A clamp's gradient can
    /// be told from its result.
    pub(super) fn unfused(&self) -> Self {
        let mut graph = Self { nodes: Vec::new(), ..self.clone() };
        // Where each value has gone.
        let mut places = vec![0];
        let moved = |places: &[usize], value: usize| places.get(value).copied().unwrap_or(usize::MAX);
        for node in &self.nodes {
            let mut node = node.clone();
            node.inputs_mut().for_each(|value| *value = moved(&places, *value));
            let mut alone = Activation::Identity;
            if let Node::Conv(conv) = &mut node
                && !conv.activation.is_clamp()
            {
                alone = std::mem::replace(&mut conv.activation, Activation::Identity);
            }
            graph.nodes.push(node);
            if alone != Activation::Identity {
                let inputs = vec![graph.last()];
                graph.nodes.push(Node::Concat { inputs, norm: None, activation: alone });
            }
            places.push(graph.last());
        }
        graph.features = moved(&places, self.features);
        graph.outline = self.outline.map(|value| moved(&places, value));
        graph.intermediates.iter_mut().for_each(|value| *value = moved(&places, *value));
        graph
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, Pool};

    #[test]
    fn a_graph_survives_serialisation() {
        let network = Architecture::EfficientNetLite0 { stages: 6, widen: false, outline: Some(8) };
        let graph = network.graph(1, 64, 3).unwrap();
        let written = serde_json::to_string(&graph).unwrap();
        assert_eq!(serde_json::from_str::<Graph>(&written).unwrap(), graph);
    }

    fn graph(nodes: Vec<Node>) -> Graph {
        let features = nodes.len();
        let input = Size { channels: 3, height: 8, width: 8 };
        Graph { nodes, features, ..Graph::new(input, 2, 1e-5) }
    }

    fn refusal(nodes: Vec<Node>) -> String {
        graph(nodes).shapes().unwrap_err().to_string()
    }

    #[test]
    fn every_kind_of_node_has_its_shape() {
        let conv = |to, groups, kernel| {
            let mut b = Graph::new(Size { channels: 3, height: 8, width: 8 }, 2, 1e-5);
            b.conv("c", to, kernel, Geometry::symmetric(1, kernel / 2), |conv| conv.groups = groups);
            b.nodes.remove(0)
        };
        let pool = Pool { input: 0, kernel: 2, stride: 2, pad_begin: 0, pad_end: 0 };
        let shape = |height, width, channels| Shape { height, width, channels };
        for (node, expected) in [
            (conv(6, 3, 3), shape(8, 8, 6)),
            (Node::AveragePool(pool), shape(4, 4, 3)),
            (Node::MaxPool(pool), shape(4, 4, 3)),
            (Node::Concat { inputs: vec![0, 0], norm: None, activation: Activation::Gelu }, shape(8, 8, 6)),
            (Node::GlobalAveragePool { input: 0 }, shape(1, 1, 3)),
            (Node::LayerNorm { name: "n".into(), input: 0, epsilon: 1e-6 }, shape(8, 8, 3)),
            (Node::Tokens { name: "t".into(), input: 0 }, shape(1, 65, 3)),
        ] {
            let mut graph = graph(vec![node]);
            graph.head.features = expected.channels;
            assert_eq!(graph.shapes().unwrap(), [shape(8, 8, 3), expected]);
        }
        let tokens = Node::Tokens { name: "t".into(), input: 0 };
        let mut attending =
            graph(vec![tokens, Node::Attention { input: 1, heads: 1 }, Node::Pick { input: 2, index: 64 }]);
        attending.head.features = 1;
        assert_eq!(attending.shapes().unwrap()[2..], [shape(1, 65, 1), shape(1, 1, 1)]);
    }

    #[test]
    fn what_no_network_is_gets_refused() {
        let pool = |kernel, stride, pad| {
            vec![Node::AveragePool(Pool { input: 0, kernel, stride, pad_begin: pad, pad_end: pad })]
        };
        let conv = |change: &dyn Fn(&mut Conv)| {
            let mut b = Graph::new(Size { channels: 3, height: 8, width: 8 }, 2, 1e-5);
            b.conv("c", 4, 3, Geometry::symmetric(1, 1), change);
            b.nodes
        };
        let concat = |inputs| vec![Node::Concat { inputs, norm: None, activation: Activation::Silu }];
        let endless = usize::MAX;
        for nodes in [
            pool(0, 1, 0),
            pool(2, 0, 0),
            pool(2, 1, 2),
            pool(endless, 1, 0),
            pool(endless, 1, endless - 1),
            conv(&|conv| conv.groups = 0),
            conv(&|conv| conv.groups = 3),
            conv(&|conv| conv.to = endless),
            conv(&|conv| conv.kernel = 0),
            conv(&|conv| conv.stride = 0),
            conv(&|conv| conv.pad_end = endless),
            conv(&|conv| conv.kernel = 1 << 15),
            conv(&|conv| conv.pad_end = 1 << 15),
            conv(&|conv| conv.input = 1),
            concat(vec![]),
            concat(vec![0, 1]),
            concat(vec![0; 6000]),
            vec![Node::Upsample { input: 0 }; 12],
            vec![Node::LayerNorm { name: String::new(), input: 0, epsilon: f32::NAN }],
            vec![Node::Multiply { input: 0, by: 0 }],
            vec![Node::Attention { input: 0, heads: 1 }],
            vec![Node::Tokens { name: String::new(), input: 0 }, Node::Attention { input: 1, heads: 0 }],
            vec![Node::Tokens { name: String::new(), input: 0 }, Node::Pick { input: 1, index: 65 }],
            vec![Node::GlobalAveragePool { input: 0 }; MOST_NODES],
        ] {
            let what = format!("{:?}", nodes.first());
            // Twelve times twice the side of 8, one after the other.
            let nodes = nodes
                .into_iter()
                .enumerate()
                .map(|(index, node)| match node {
                    Node::Upsample { .. } => Node::Upsample { input: index },
                    node => node,
                })
                .collect();
            assert!(!refusal(nodes).contains("head"), "{what}");
        }
    }
}
