//! Writes a network as an ONNX file, so that other runtimes can run it.
//!
//! The file is one protobuf message, whose wire format is simple enough to write without a library. The
//! numbers of fields and enums are those of `onnx/onnx.proto` in the ONNX project
//! (<https://github.com/onnx/onnx>): `ModelProto`, `GraphProto`, `NodeProto`, `AttributeProto`,
//! `TensorProto`, `ValueInfoProto`. The operators are those of opset 17.

use super::{Conv, Error, Graph, Head, Node, Pool, Weights};
use crate::kernels::Activation;
use std::collections::BTreeMap;

/// Version of the file format that belongs to [`OPSET`].
const IR_VERSION: usize = 8;
/// Version of the operator set.
const OPSET: usize = 17;
/// `TensorProto.DataType.FLOAT`.
const FLOAT: usize = 1;

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
    let values = vec!["image".to_string()];
    let mut onnx = OnnxGraph { weights, values, nodes: vec![], initialisers: BTreeMap::new() };
    for node in &graph.nodes {
        let value = match node {
            Node::Conv(conv) => onnx.convolve(conv)?,
            Node::MaxPool(pool) => onnx.pool(pool)?,
            Node::Upsample { input } => onnx.upsample(*input)?,
            node => return Err(Error::Graph(format!("{} is not written yet", node.words()))),
        };
        onnx.values.push(value);
    }
    onnx.read_out(&graph.head, graph.features)?;
    let mut outputs = vec![described("logits", &[graph.head.classes])];
    if let (Some(outline), shapes) = (graph.outline, graph.shapes()?) {
        let value = onnx.value(outline)?;
        onnx.node("Identity", &[&value], "outline".into(), &[]);
        let sides = shapes.get(outline).map_or([1, 0, 0], |shape| [1, shape.height, shape.width]);
        outputs.push(described("outline", &sides));
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
    nodes: Vec<Message>,
    initialisers: BTreeMap<String, Message>,
}

impl OnnxGraph<'_> {
    /// Writes convolution, addition and activation as one node each.
    fn convolve(&mut self, conv: &Conv) -> Result<String, Error> {
        let result = format!("value{}", self.values.len());

        let input = self.value(conv.input)?;
        let weight = self.weight(format!("{}.conv.weight", conv.name), &conv.weight_shape())?;
        let bias = self.weight(format!("{}.conv.bias", conv.name), &[conv.to])?;
        let mut attributes = window(conv.kernel, conv.stride, conv.pad_begin, conv.pad_end);
        attributes.push(attribute("group", &[conv.groups]));
        let convolved = format!("{result}.convolved");
        let mut last = self.node("Conv", &[&input, &weight, &bias], convolved, &attributes);
        if let Some(add) = conv.add {
            let add = self.value(add)?;
            last = self.node("Add", &[&last, &add], format!("{result}.summed"), &[]);
        }
        Ok(match conv.activation {
            Activation::Identity => last,
            Activation::Relu => self.node("Relu", &[&last], result, &[]),
            Activation::Relu6 => {
                let low = self.initialiser("clip.low".into(), &[], &[0.0]);
                let high = self.initialiser("clip.high".into(), &[], &[6.0]);
                self.node("Clip", &[&last, &low, &high], result, &[])
            }
            other => return Err(Error::Graph(format!("{other:?} is not written yet"))),
        })
    }

    /// ONNX pads max pooling with minus infinity, so padding is never the maximum.
    fn pool(&mut self, pool: &Pool) -> Result<String, Error> {
        let result = format!("value{}", self.values.len());
        let input = self.value(pool.input)?;
        let attributes = window(pool.kernel, pool.stride, pool.pad_begin, pool.pad_end);
        Ok(self.node("MaxPool", &[&input], result, &attributes))
    }

    /// By default, Resize takes the nearest pixel, measured from pixel centres.
    fn upsample(&mut self, input: usize) -> Result<String, Error> {
        let result = format!("value{}", self.values.len());
        let input = self.value(input)?;
        let scales = self.initialiser("upsample.scales".into(), &[4], &[1.0, 1.0, 2.0, 2.0]);
        Ok(self.node("Resize", &[&input, "", &scales], result, &[]))
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

/// Attributes of a square window with stride and padding. ONNX orders padding as top, left, bottom, right.
fn window(kernel: usize, stride: usize, pad_begin: usize, pad_end: usize) -> Vec<Message> {
    let pads = attribute("pads", &[pad_begin, pad_begin, pad_end, pad_end]);
    vec![attribute("kernel_shape", &[kernel, kernel]), attribute("strides", &[stride, stride]), pads]
}

/// An `AttributeProto`: field `i` of type `INT` for one number, field `ints` of type `INTS` for several.
fn attribute(name: &str, numbers: &[usize]) -> Message {
    let (field, kind) = if numbers.len() == 1 { (3, 2) } else { (8, 7) };
    Message::default().bytes(1, name).ints(field, numbers).int(20, kind)
}

/// A `ValueInfoProto`: f32, any batch size, the given shape for each item.
fn described(name: &str, shape: &[usize]) -> Message {
    let batch = Message::default().message(1, Message::default().bytes(2, "batch"));
    let sides = shape.iter().fold(batch, |sides, &side| sides.message(1, Message::default().int(1, side)));
    let tensor = Message::default().int(1, FLOAT).message(2, sides);
    Message::default().bytes(1, name).message(2, Message::default().message(1, tensor))
}

/// A protobuf message in wire format. `field` is the number in `onnx.proto`.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// Seven bits in each byte, the lowest first. The eighth bit says whether more bytes follow.
    fn varint(mut self, mut number: usize) -> Self {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
        self
    }

    /// Wire type 0: a varint.
    fn int(self, field: usize, number: usize) -> Self {
        self.varint(field << 3).varint(number)
    }

    fn ints(self, field: usize, numbers: &[usize]) -> Self {
        numbers.iter().fold(self, |message, &number| message.int(field, number))
    }

    /// Wire type 2: the length, then the bytes.
    fn bytes(self, field: usize, bytes: impl AsRef<[u8]>) -> Self {
        let mut message = self.varint(field << 3 | 2).varint(bytes.as_ref().len());
        message.0.extend_from_slice(bytes.as_ref());
        message
    }

    fn message(self, field: usize, inner: Message) -> Self {
        self.bytes(field, inner.0)
    }

    fn messages<'a>(self, field: usize, inner: impl IntoIterator<Item = &'a Message>) -> Self {
        inner.into_iter().fold(self, |message, inner| message.bytes(field, &inner.0))
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
