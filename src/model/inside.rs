//! Looks inside a network: every layer's values for one image, what of the image each depends on, and the arithmetic of one of them.

use super::graph::Graph;
use super::network::Network;
use super::node::{Conv, Node, Pool};
use super::{Error, Weights};
use crate::kernels::{Activation, Shape};
use crate::lesson::{Field, LayerFacts, LayerKind, Spelled, Term};
use candle_nn::ops::softmax_last_dim;

/// A network that shows its layers.
#[derive(Debug)]
pub struct Inside {
    network: Network,
    graph: Graph,
    shapes: Vec<Shape>,
    weights: Weights<'static>,
}

/// What a network made of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Every value, the image's first: `(height, width, channels)` each.
    pub values: Vec<Vec<f32>>,
    /// Scores of the classes.
    pub logits: Vec<f32>,
    /// Their softmax.
    pub probabilities: Vec<f32>,
}

impl Inside {
    /// Of folded weights.
    ///
    /// # Errors
    /// Fails if they do not fit the graph.
    pub fn new(mut graph: Graph, weights: Weights<'static>) -> Result<Self, Error> {
        graph.intermediates = (1..=graph.last()).collect();
        let network = Network::new(&graph, &weights.builder())?;
        Ok(Self { network, shapes: graph.shapes()?, graph, weights })
    }

    /// What it makes of an image.
    ///
    /// # Shapes
    /// `image`: `(height, width, channels)`, normalised.
    ///
    /// # Errors
    /// Fails if the image has another size.
    pub fn look(&self, image: Vec<f32>) -> Result<Look, Error> {
        let output = self.network.outputs(&self.network.image(image.clone())?)?;
        let mut values = vec![image];
        for value in &output.intermediates {
            values.push(value.flatten_all()?.to_vec1()?);
        }
        let probabilities = softmax_last_dim(&output.logits)?.to_vec1()?;
        Ok(Look { values, logits: output.logits.to_vec1()?, probabilities })
    }

    /// All layers, the image first, the scores last.
    pub fn layers(&self) -> Vec<LayerFacts> {
        let fields = self.fields();
        let mut layers = Vec::new();
        for (value, (shape, field)) in self.shapes.iter().zip(&fields).enumerate() {
            let node = value.checked_sub(1).and_then(|node| self.graph.nodes.get(node));
            let (kind, kernel, name) = node.map_or((LayerKind::Image, 0, ""), described);
            let from = node.and_then(|node| self.shapes.get(node.input())).copied().unwrap_or_default();
            let weights = node.map_or(Vec::new(), |node| node.weights(from, *shape));
            layers.push(LayerFacts {
                value,
                name: name.into(),
                kind,
                shape: (shape.height, shape.width, shape.channels),
                kernel,
                weights: weights.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum(),
                field: *field,
            });
        }
        let head = self.graph.head;
        layers.push(LayerFacts {
            value: layers.len(),
            name: "head".into(),
            kind: LayerKind::Scores,
            shape: (1, 1, head.classes),
            kernel: 0,
            weights: head.classes * (head.features + 1),
            field: None,
        });
        layers
    }

    /// The learned kernels of a convolution, `(out_channels, channels / groups, kernel, kernel)`; `None` for any other layer.
    pub fn filters(&self, value: usize) -> Option<Vec<f32>> {
        let Node::Conv(conv) = self.graph.nodes.get(value.checked_sub(1)?)? else { return None };
        self.weights.get(&format!("{}.conv.weight", conv.name)).map(|array| array.values)
    }

    /// The arithmetic of one value: `(value, row, column, channel)`. `None` where it is not that of one sum or window.
    pub fn spell(&self, look: &Look, place: (usize, usize, usize, usize)) -> Option<Spelled> {
        let (value, row, column, channel) = place;
        if value == self.shapes.len() {
            return self.spell_score(look, channel);
        }
        let shape = self.shapes.get(value)?;
        let at = shape.at(row, column, channel)?;
        let computed = *look.values.get(value)?.get(at)?;
        let node = self.graph.nodes.get(value.checked_sub(1)?)?;
        match node {
            Node::Conv(conv) if conv.activation.is_clamp() => {
                let terms = self.products(look, conv, (row, column, channel))?;
                let bias = *self.weights.get(&format!("{}.conv.bias", conv.name))?.values.get(channel)?;
                let shortcut = match conv.add {
                    Some(add) => Some(*look.values.get(add)?.get(at)?),
                    None => None,
                };
                let products: f32 = terms.iter().map(|term| term.input * term.weight).sum();
                let sum = products + bias + shortcut.unwrap_or_default();
                let mut result = [sum];
                conv.activation.apply(&mut result);
                let is_rectified = conv.activation != Activation::Identity;
                let plain = spelled(described(node).0, (terms, bias), sum, computed);
                Some(Spelled { shortcut, result: result[0], is_rectified, ..plain })
            }
            Node::MaxPool(pool) | Node::AveragePool(pool) => {
                let terms = self.window(look, pool, (row, column, channel))?;
                let inputs = || terms.iter().map(|term| term.input);
                let kind = described(node).0;
                let sum = match kind {
                    LayerKind::MaxPool => inputs().fold(f32::MIN, f32::max),
                    _ => inputs().sum::<f32>() / terms.len() as f32,
                };
                Some(spelled(kind, (terms, 0.0), sum, computed))
            }
            _ => None,
        }
    }

    /// Each channel's mean times its weight.
    fn spell_score(&self, look: &Look, class: usize) -> Option<Spelled> {
        let (map, shape) = (look.values.get(self.graph.features)?, self.shapes.get(self.graph.features)?);
        let (weights, bias) = (self.weights.get("head.weight")?, self.weights.get("head.bias")?);
        let row = weights.values.chunks(shape.channels.max(1)).nth(class)?;
        let pixels = (shape.height * shape.width) as f32;
        let term = |(channel, weight): (usize, &f32)| {
            let sum: f32 = map.iter().skip(channel).step_by(shape.channels).sum();
            Term { row: 0, column: 0, channel, input: sum / pixels, weight: *weight }
        };
        let terms: Vec<Term> = row.iter().enumerate().map(term).collect();
        let bias = *bias.values.get(class)?;
        let sum = terms.iter().map(|term| term.input * term.weight).sum::<f32>() + bias;
        Some(spelled(LayerKind::Scores, (terms, bias), sum, *look.logits.get(class)?))
    }

    fn products(&self, look: &Look, conv: &Conv, place: (usize, usize, usize)) -> Option<Vec<Term>> {
        let (row, column, channel) = place;
        let reach = self.reach(look, conv.input, conv.stride, conv.pad_begin)?;
        let weights = self.weights.get(&format!("{}.conv.weight", conv.name))?.values;
        let [to, depth, side, _] = conv.weight_shape();
        let first = channel / (to / conv.groups.max(1)).max(1) * depth;
        let mut terms = Vec::new();
        for inner in 0..depth {
            for (y, x_offset) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
                let weight = *weights.get(((channel * depth + inner) * side + y) * side + x_offset)?;
                terms.extend(reach.term((row, y), (column, x_offset), first + inner, weight));
            }
        }
        Some(terms)
    }

    fn window(&self, look: &Look, pool: &Pool, place: (usize, usize, usize)) -> Option<Vec<Term>> {
        let (row, column, channel) = place;
        let reach = self.reach(look, pool.input, pool.stride, pool.pad_begin)?;
        let places = (0..pool.kernel).flat_map(|y| (0..pool.kernel).map(move |x| (y, x)));
        Some(places.filter_map(|(y, x)| reach.term((row, y), (column, x), channel, 1.0)).collect())
    }

    fn reach<'a>(&self, look: &'a Look, input: usize, stride: usize, pad: usize) -> Option<Reach<'a>> {
        Some(Reach { values: look.values.get(input)?, shape: *self.shapes.get(input)?, stride, pad })
    }

    /// What of the image each value depends on (Araujo et al. 2019); of two inputs, all that either sees.
    fn fields(&self) -> Vec<Option<Field>> {
        let mut fields = vec![Some(Field { size: 1, jump: 1, start: 0 })];
        for node in &self.graph.nodes {
            let window = match node {
                Node::Conv(conv) => Some((conv.kernel, conv.stride, conv.pad_begin)),
                Node::MaxPool(pool) | Node::AveragePool(pool) => {
                    Some((pool.kernel, pool.stride, pool.pad_begin))
                }
                Node::Concat { .. } | Node::LayerNorm { .. } => Some((1, 1, 0)),
                _ => None,
            };
            let grown = |(kernel, stride, pad): (usize, usize, usize), from: Field| Field {
                size: from.size + (kernel as i64 - 1) * from.jump,
                jump: from.jump * stride as i64,
                start: from.start - pad as i64 * from.jump,
            };
            let seen = |value: usize| fields.get(value).copied().flatten();
            let mut inputs = node.inputs();
            let mut field =
                inputs.next().and_then(seen).zip(window).map(|(from, window)| grown(window, from));
            for other in inputs {
                let other = match node {
                    Node::Conv(_) | Node::Concat { .. } => seen(other),
                    _ => None,
                };
                field = field.zip(other).map(|(one, other)| {
                    let start = one.start.min(other.start);
                    let end = (one.start + one.size).max(other.start + other.size);
                    Field { size: end - start, jump: one.jump, start }
                });
            }
            fields.push(field);
        }
        fields
    }
}

/// The layer that a window slides over.
struct Reach<'a> {
    values: &'a [f32],
    shape: Shape,
    stride: usize,
    pad: usize,
}

impl Reach<'_> {
    /// What a window meets. `row`, `column`: of the result, each with the offset in the window. `None` outside the layer.
    fn term(&self, row: (usize, usize), column: (usize, usize), channel: usize, weight: f32) -> Option<Term> {
        let inside = |(at, offset): (usize, usize)| (at * self.stride + offset).checked_sub(self.pad);
        let (row, column) = (inside(row)?, inside(column)?);
        let input = *self.values.get(self.shape.at(row, column, channel)?)?;
        Some(Term { row, column, channel, input, weight })
    }
}

/// An arithmetic whose sum is its result.
fn spelled(kind: LayerKind, (terms, bias): (Vec<Term>, f32), sum: f32, computed: f32) -> Spelled {
    Spelled { kind, terms, bias, shortcut: None, sum, result: sum, computed, is_rectified: false }
}

/// What a layer does, its window's side and its name.
fn described(node: &Node) -> (LayerKind, usize, &str) {
    match node {
        Node::Conv(conv) if conv.groups > 1 => (LayerKind::Grouped, conv.kernel, &conv.name),
        Node::Conv(conv) => (LayerKind::Convolution, conv.kernel, &conv.name),
        Node::MaxPool(pool) => (LayerKind::MaxPool, pool.kernel, ""),
        Node::AveragePool(pool) => (LayerKind::AveragePool, pool.kernel, ""),
        _ => (LayerKind::Other, 0, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, known_image};

    /// Folded weights that differ from one another.
    fn weights(graph: &Graph) -> Weights<'static> {
        let shapes = graph.shapes().unwrap();
        let mut weights = Weights::default();
        let mut add = |name: String, shape: Vec<usize>| {
            let count: usize = shape.iter().product();
            let scale = (2.0 / (count / shape[0].max(1)).max(1) as f32).sqrt();
            let values: Vec<f32> =
                (0..count).map(|i| scale * ((i + name.len()) as f32 * 1.37).sin()).collect();
            weights.insert(name, &shape, &values);
        };
        for (node, to) in graph.nodes.iter().zip(shapes.iter().skip(1)) {
            node.weights(shapes[node.input()], *to).into_iter().for_each(|(name, shape)| add(name, shape));
        }
        add("head.weight".into(), vec![graph.head.classes, graph.head.features]);
        add("head.bias".into(), vec![graph.head.classes]);
        weights
    }

    fn pooled() -> Graph {
        let mut graph =
            Architecture::Residual { widths: vec![6, 8], blocks: vec![1, 2] }.graph(3, 24, 3).unwrap();
        let pool = |input| Pool { input, kernel: 3, stride: 2, pad_begin: 1, pad_end: 1 };
        graph.push(Node::MaxPool(pool(graph.last())));
        graph.push(Node::AveragePool(pool(graph.last())));
        graph
    }

    fn graphs() -> [Graph; 3] {
        let lite = Architecture::EfficientNetLite0 { stages: 3, widen: true, outline: None };
        let chain = Architecture::Chain { widths: vec![4, 6], depths: vec![1, 2] };
        [pooled(), lite.graph(3, 32, 2).unwrap(), chain.graph(1, 20, 2).unwrap()]
    }

    #[test]
    fn every_value_is_the_sum_that_is_spelled_out() {
        for graph in graphs() {
            let (side, channels) = (graph.input.width, graph.input.channels);
            let inside = Inside::new(graph.clone(), weights(&graph)).unwrap();
            let look = inside.look(known_image(side, channels)).unwrap();
            let layers = inside.layers();
            assert_eq!(layers.len(), look.values.len() + 1);
            assert!((look.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            for layer in layers.iter().skip(1) {
                let (rows, columns, channels) = layer.shape;
                let corners = [(0, 0, 0), (rows - 1, columns - 1, channels - 1), (rows / 2, 0, channels / 2)];
                for (row, column, channel) in corners {
                    let spelled = inside.spell(&look, (layer.value, row, column, channel)).unwrap();
                    let near =
                        (spelled.result - spelled.computed).abs() < 1e-4 * (1.0 + spelled.computed.abs());
                    assert!(near, "{}: {} of {}", layer.name, spelled.result, spelled.computed);
                    assert!(!spelled.terms.is_empty());
                }
            }
            assert!(inside.spell(&look, (0, 0, 0, 0)).is_none());
            assert!(inside.spell(&look, (1, rows_beyond(&layers), 0, 0)).is_none());
        }
    }

    fn rows_beyond(layers: &[LayerFacts]) -> usize {
        layers[1].shape.0
    }

    /// A change of a pixel reaches a value if, and only if, it lies in its field: so the field holds all that it depends on.
    #[test]
    fn nothing_outside_the_field_changes_a_value() {
        for graph in graphs() {
            let (side, channels) = (graph.input.width, graph.input.channels);
            let inside = Inside::new(graph.clone(), weights(&graph)).unwrap();
            let image = known_image(side, channels);
            let before = inside.look(image.clone()).unwrap();
            for (y, x) in [(0, 0), (side / 2, side / 3), (side - 1, 2)] {
                let mut changed = image.clone();
                changed[(y * side + x) * channels] += 1.0;
                let after = inside.look(changed).unwrap();
                for layer in inside.layers().iter().take(before.values.len()) {
                    let Some(field) = layer.field else { continue };
                    let (_, columns, depth) = layer.shape;
                    let pairs = before.values[layer.value].iter().zip(&after.values[layer.value]).enumerate();
                    for (at, _) in pairs.filter(|(_, (a, b))| (*a - *b).abs() > 1e-5) {
                        let (row, column) = (at / depth / columns, at / depth % columns);
                        let is_in = |place: usize, position: usize| {
                            let (from, to) = field.range(position, side);
                            (from..to).contains(&place)
                        };
                        assert!(is_in(y, row) && is_in(x, column), "{}: {row}, {column}", layer.name);
                    }
                }
            }
        }
    }
}
