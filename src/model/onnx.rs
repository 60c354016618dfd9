//! Writes a network as an ONNX file, so that other runtimes can run it.
//!
//! The file is one protobuf message, whose wire format is simple enough to write without a library. The
//! numbers of fields and enums are those of `onnx/onnx.proto` in the ONNX project
//! (<https://github.com/onnx/onnx>): `ModelProto`, `GraphProto`, `NodeProto`, `AttributeProto`,
//! `TensorProto`, `ValueInfoProto`. The operators are those of opset 17.

mod message;

use super::{Conv, Error, Graph, Head, Node, Pool, Weights};
use crate::kernels::{Activation, Shape};
use message::{FLOAT, INT64, Message, attribute, described, float_attribute, window};
use std::collections::BTreeMap;

/// Version of the file format that belongs to [`OPSET`].
const IR_VERSION: usize = 8;
/// Version of the operator set.
const OPSET: usize = 17;

/// Returns the bytes of the ONNX file of a network.
///
/// `weights`: folded.
///
/// # Shapes
/// The file's input is "image" `(batch, channels, height, width)`. Its outputs are "logits" `(batch,
/// classes)` and, if the network segments, "outline" `(batch, 1, height, width)`.
///
/// # Errors
/// Fails if a weight is missing or has another shape.
pub fn write(name: &str, graph: &Graph, weights: &Weights) -> Result<Vec<u8>, Error> {
    let (values, shapes) = (vec!["image".to_string()], graph.shapes()?);
    let mut onnx = OnnxGraph { weights, values, shapes, nodes: vec![], initialisers: BTreeMap::new() };
    for node in &graph.nodes {
        let value = onnx.layer(node)?;
        onnx.values.push(value);
    }
    onnx.read_out(&graph.head, graph.features)?;
    let mut outputs = vec![described("logits", &[graph.head.classes])];
    if let Some(outline) = graph.outline {
        let value = onnx.value(outline)?;
        onnx.node("Identity", &[&value], "outline".into(), &[]);
        let Shape { height, width, .. } = onnx.shape(outline);
        outputs.push(described("outline", &[1, height, width]));
    }
    let size = &graph.input;
    let graph = Message::default()
        .messages(1, &onnx.nodes)
        .bytes(2, name)
        .messages(5, onnx.initialisers.values())
        .message(11, described("image", &[size.channels, size.height, size.width]))
        .messages(12, &outputs);
    let opset = Message::default().bytes(1, "").int(2, OPSET);
    Ok(Message::default().int(1, IR_VERSION).bytes(2, "lantern").message(7, graph).message(8, opset).0)
}

/// The graph written so far.
struct OnnxGraph<'a> {
    weights: &'a Weights<'a>,
    /// Name of each value.
    values: Vec<String>,
    /// Shape of each value of the graph.
    shapes: Vec<Shape>,
    nodes: Vec<Message>,
    initialisers: BTreeMap<String, Message>,
}

impl OnnxGraph<'_> {
    /// Writes a layer and returns the name of its value.
    fn layer(&mut self, node: &Node) -> Result<String, Error> {
        let (result, input) = (format!("value{}", self.values.len()), node.input());
        let x = if node.inputs().next().is_some() { self.value(input)? } else { String::new() };
        let (from, to) = (self.shape(input), self.shape(self.values.len()));
        Ok(match node {
            Node::Conv(conv) => self.convolve(conv, &x, result)?,
            // ONNX pads max pooling with minus infinity and does not count padding in a mean, as we do.
            Node::MaxPool(pool) => self.pool("MaxPool", pool, &x, result),
            Node::AveragePool(pool) => self.pool("AveragePool", pool, &x, result),
            // By default, Resize takes the nearest pixel, measured from pixel centres.
            Node::Upsample { .. } => {
                let scales = self.initialiser("upsample.scales".into(), &[4], &[1.0, 1.0, 2.0, 2.0]);
                self.node("Resize", &[&x, "", &scales], result, &[])
            }
            Node::Concat { inputs, norm, activation } => {
                let names = inputs.iter().map(|input| self.value(*input)).collect::<Result<Vec<_>, _>>()?;
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let joined = [result.as_str(), ".joined"].concat();
                let mut last = self.node("Concat", &names, joined, &[attribute("axis", &[1])]);
                if let Some(norm) = norm {
                    let scale = self.channels(&[norm, ".scale"].concat(), to.channels)?;
                    let shift = self.channels(&[norm, ".shift"].concat(), to.channels)?;
                    last = self.node("Mul", &[&last, &scale], [result.as_str(), ".scaled"].concat(), &[]);
                    last = self.node("Add", &[&last, &shift], [result.as_str(), ".shifted"].concat(), &[]);
                }
                self.activate(*activation, last, result)
            }
            Node::GlobalAveragePool { .. } => self.node("GlobalAveragePool", &[&x], result, &[]),
            Node::Multiply { by, .. } => {
                let by = self.value(*by)?;
                self.node("Mul", &[&x, &by], result, &[])
            }
            Node::LayerNorm { name, epsilon, .. } => {
                let weight = self.weight([name, ".weight"].concat(), &[to.channels])?;
                let bias = self.weight([name, ".bias"].concat(), &[to.channels])?;
                let pixels = self.transposed(&x, &[0, 2, 3, 1], [result.as_str(), ".pixels"].concat());
                let epsilon = float_attribute("epsilon", *epsilon);
                let inputs = [pixels.as_str(), &weight, &bias];
                let normed = [result.as_str(), ".normed"].concat();
                let normed = self.node("LayerNormalization", &inputs, normed, &[epsilon]);
                self.transposed(&normed, &[0, 3, 1, 2], result)
            }
            Node::Tokens { name, .. } => self.tokens(name, &x, (from, to), result)?,
            Node::Attention { heads, .. } => self.attend(*heads, &x, to, result),
            Node::Pick { index, .. } => {
                let index = self.integers(&[*index]);
                self.node("Gather", &[&x, &index], result, &[attribute("axis", &[3])])
            }
        })
    }

    /// Writes convolution, addition and activation as one node each.
    fn convolve(&mut self, conv: &Conv, x: &str, result: String) -> Result<String, Error> {
        let weight = self.weight([&conv.name, ".conv.weight"].concat(), &conv.weight_shape())?;
        let bias = self.weight([&conv.name, ".conv.bias"].concat(), &[conv.to])?;
        let mut attributes = window(conv.kernel, conv.stride, conv.pad_begin, conv.pad_end);
        attributes.push(attribute("group", &[conv.groups]));
        let convolved = [result.as_str(), ".convolved"].concat();
        let mut last = self.node("Conv", &[x, &weight, &bias], convolved, &attributes);
        if let Some(add) = conv.add {
            let add = self.value(add)?;
            last = self.node("Add", &[&last, &add], [result.as_str(), ".summed"].concat(), &[]);
        }
        Ok(self.activate(conv.activation, last, result))
    }

    fn activate(&mut self, activation: Activation, last: String, result: String) -> String {
        let part = |name: &str| [result.as_str(), name].concat();
        match activation {
            Activation::Identity => last,
            Activation::Relu => self.node("Relu", &[&last], result, &[]),
            Activation::Relu6 => {
                let low = self.initialiser("clip.low".into(), &[], &[0.0]);
                let high = self.initialiser("clip.high".into(), &[], &[6.0]);
                self.node("Clip", &[&last, &low, &high], result, &[])
            }
            Activation::HardSwish => self.node("HardSwish", &[&last], result, &[]),
            Activation::HardSigmoid => {
                let slope = float_attribute("alpha", 1.0 / 6.0);
                self.node("HardSigmoid", &[&last], result, &[slope])
            }
            Activation::Sigmoid => self.node("Sigmoid", &[&last], result, &[]),
            Activation::Silu => {
                let soft = self.node("Sigmoid", &[&last], part(".soft"), &[]);
                self.node("Mul", &[&last, &soft], result, &[])
            }
            Activation::Gelu => {
                let [inner, one, half] = [std::f32::consts::FRAC_1_SQRT_2, 1.0, 0.5]
                    .map(|number| self.initialiser(format!("constant.{number}"), &[], &[number]));
                let scaled = self.node("Mul", &[&last, &inner], part(".inner"), &[]);
                let erf = self.node("Erf", &[&scaled], part(".erf"), &[]);
                let raised = self.node("Add", &[&erf, &one], part(".raised"), &[]);
                let halved = self.node("Mul", &[&last, &half], part(".halved"), &[]);
                self.node("Mul", &[&halved, &raised], result, &[])
            }
        }
    }

    fn pool(&mut self, operator: &str, pool: &Pool, x: &str, result: String) -> String {
        let attributes = window(pool.kernel, pool.stride, pool.pad_begin, pool.pad_end);
        self.node(operator, &[x], result, &attributes)
    }

    /// Tokens are an image `(batch, channels, 1, tokens)`. A zero is padded before the pixels; the class is added
    /// to it with its position, so that it needs no copies for a batch.
    fn tokens(
        &mut self,
        name: &str,
        x: &str,
        (from, to): (Shape, Shape),
        result: String,
    ) -> Result<String, Error> {
        let Shape { width: tokens, channels, .. } = to;
        let class = self.weights.shaped(&[name, ".class"].concat(), &[channels])?;
        let mut position = self.weights.shaped(&[name, ".position"].concat(), &[tokens, channels])?;
        position.iter_mut().zip(class).for_each(|(position, class)| *position += class);
        let position = crate::kernels::planar(&position, channels);
        let position = self.initialiser([name, ".position"].concat(), &[1, channels, 1, tokens], &position);
        let row = self.reshaped(x, &[0, channels, 1, from.height * from.width], &result);
        let pads = self.integers(&[0, 0, 0, 1, 0, 0, 0, 0]);
        let padded = self.node("Pad", &[&row, &pads], [result.as_str(), ".padded"].concat(), &[]);
        Ok(self.node("Add", &[&padded, &position], result, &[]))
    }

    /// The two products of attention, each head apart.
    fn attend(&mut self, heads: usize, x: &str, to: Shape, result: String) -> String {
        let part = |name: &str| [result.as_str(), name].concat();
        let (depth, tokens) = (to.channels / heads.max(1), to.width);
        let split = self.reshaped(x, &[0, 3 * heads, depth, tokens], &result);
        let thirds = [".queries", ".keys", ".values"].map(part);
        let sizes = self.integers(&[heads; 3]);
        self.nodes.push(
            thirds
                .iter()
                .fold(Message::default().bytes(1, &split).bytes(1, &sizes), |node, third| {
                    node.bytes(2, third)
                })
                .bytes(4, "Split")
                .messages(5, &[attribute("axis", &[1])]),
        );
        let [queries, keys, values] = thirds;
        let queries = self.transposed(&queries, &[0, 1, 3, 2], part(".rows"));
        let products = self.node("MatMul", &[&queries, &keys], part(".products"), &[]);
        let scale = self.initialiser(part(".scale"), &[], &[1.0 / (depth as f32).sqrt()]);
        let scaled = self.node("Mul", &[&products, &scale], part(".scaled"), &[]);
        let weights = self.node("Softmax", &[&scaled], part(".weights"), &[]);
        let weights = self.transposed(&weights, &[0, 1, 3, 2], part(".columns"));
        let seen = self.node("MatMul", &[&values, &weights], part(".seen"), &[]);
        let shape = self.integers(&[0, to.channels, 1, tokens]);
        self.node("Reshape", &[&seen, &shape], result, &[])
    }

    /// `shape`: 0 keeps the batch.
    fn reshaped(&mut self, x: &str, shape: &[usize], result: &str) -> String {
        let shape = self.integers(shape);
        self.node("Reshape", &[x, &shape], [result, ".reshaped"].concat(), &[])
    }

    fn transposed(&mut self, x: &str, order: &[usize], result: String) -> String {
        self.node("Transpose", &[x], result, &[attribute("perm", order)])
    }

    /// Writes the head: global average pooling and the linear layer.
    fn read_out(&mut self, head: &Head, features: usize) -> Result<(), Error> {
        let last = self.value(features)?;
        let weight = self.weight("head.weight".into(), &[head.classes, head.features])?;
        let bias = self.weight("head.bias".into(), &[head.classes])?;
        let mean = self.node("GlobalAveragePool", &[&last], "mean".into(), &[]);
        let features = self.node("Flatten", &[&mean], "features".into(), &[]);
        let transposed = attribute("transB", &[1]);
        self.node("Gemm", &[&features, &weight, &bias], "logits".into(), &[transposed]);
        Ok(())
    }

    fn shape(&self, value: usize) -> Shape {
        self.shapes.get(value).copied().unwrap_or_default()
    }

    /// Name of a value that is computed already.
    fn value(&self, number: usize) -> Result<String, Error> {
        let missing = || Error::Graph(format!("value {number} is read before it is made"));
        self.values.get(number).cloned().ok_or_else(missing)
    }

    /// Writes a weight and returns its name. Fails if it is missing or has another shape.
    fn weight(&mut self, name: String, shape: &[usize]) -> Result<String, Error> {
        let numbers = self.weights.shaped(&name, shape)?;
        Ok(self.initialiser(name, shape, &numbers))
    }

    /// As [`OnnxGraph::weight`], of the shape that is added to every pixel.
    fn channels(&mut self, name: &str, count: usize) -> Result<String, Error> {
        let numbers = self.weights.shaped(name, &[count])?;
        Ok(self.initialiser(name.into(), &[1, count, 1, 1], &numbers))
    }

    /// Writes a `TensorProto` of integers and returns its name.
    fn integers(&mut self, numbers: &[usize]) -> String {
        let name = format!("integers.{numbers:?}");
        let raw: Vec<u8> = numbers.iter().flat_map(|number| (*number as i64).to_le_bytes()).collect();
        let tensor = Message::default().int(1, numbers.len()).int(2, INT64).bytes(8, &name).bytes(9, raw);
        self.initialisers.insert(name.clone(), tensor);
        name
    }

    /// Writes a `TensorProto` and returns its name.
    fn initialiser(&mut self, name: String, shape: &[usize], numbers: &[f32]) -> String {
        let raw: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let tensor = Message::default().ints(1, shape).int(2, FLOAT).bytes(8, &name).bytes(9, raw);
        self.initialisers.insert(name.clone(), tensor);
        name
    }

    /// Writes a `NodeProto` and returns the name of its output.
    fn node(&mut self, operator: &str, inputs: &[&str], result: String, attributes: &[Message]) -> String {
        let node = inputs.iter().fold(Message::default(), |node, input| node.bytes(1, input));
        self.nodes.push(node.bytes(2, &result).bytes(4, operator).messages(5, attributes));
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Geometry;
    use crate::model::Size;

    /// A 1x1 convolution with a head of `classes` classes and all weights except the one named `lost`.
    fn tiny(classes: usize, lost: &str) -> Result<Vec<u8>, Error> {
        let mut graph = Graph::new(Size { channels: 1, height: 4, width: 300 }, classes, 1e-5);
        graph.conv("stem", 1, 1, Geometry::symmetric(1, 0), |_| ());
        let mut weights = Weights::default();
        let shapes = [("stem.conv.weight", 4), ("stem.conv.bias", 1), ("head.weight", 2), ("head.bias", 1)];
        for (name, axes) in shapes.into_iter().filter(|(name, _)| *name != lost) {
            weights.insert(name, &vec![1; axes], &[0.5]);
        }
        write("tiny", &graph, &weights)
    }

    #[test]
    fn the_file_starts_with_its_versions_and_the_first_node() {
        let bytes = tiny(1, "").unwrap();
        // The file starts with IR version, producer, and the graph with its length in two bytes; it ends with
        // the opset.
        assert_eq!(bytes[..12], *b"\x08\x08\x12\x07lantern\x3a");
        let graph = usize::from(bytes[12] & 0x7f) | usize::from(bytes[13]) << 7;
        assert_eq!(bytes[14 + graph..], *b"\x42\x04\x0a\x00\x10\x11");
        assert_eq!(bytes[17..42], *b"\x0a\x05image\x0a\x10stem.conv.weight");
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        assert!(tiny(1, "stem.conv.bias").unwrap_err().to_string().contains("no stem.conv.bias"));
        assert!(
            tiny(2, "").unwrap_err().to_string().contains("head.weight is [1, 1], the network needs [2, 1]")
        );
    }
}
