//! Reads an ONNX file: operators, weights and the shape of the input. Nothing in it is run.

use super::constant::Constant;
use super::{Error, MOST_WEIGHTS, wire};
use crate::messages::why::import as why;
use half::{bf16, f16};
use rten_onnx::onnx::{
    DataLocation, DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The versions of the operators that are read.
const OPSETS: std::ops::RangeInclusive<i64> = 11..=21;
/// The most operators and arrays of a file.
const MOST_PARTS: usize = 10_000;
/// The most inputs and outputs of an operator, and of all operators.
const MOST_NAMES: (usize, usize) = (1 << 12, 1 << 16);

/// What a file holds.
pub(super) struct Model {
    pub opset: i64,
    /// In an order in which each reads only what was made before.
    pub nodes: Vec<NodeProto>,
    pub constants: HashMap<String, Constant>,
    pub input: String,
    /// The input's axes as far as they are given, the batch first.
    pub axes: Vec<Option<usize>>,
    pub output: String,
}

/// Files that hold weights beside the ONNX file, by their names.
pub type Beside = HashMap<String, Vec<u8>>;

/// The names of the files that hold weights beside this one: read them from its folder and from nowhere else.
///
/// # Errors
/// Fails if the file is not whole, or if a name leads out of the folder.
pub fn files_beside(bytes: &[u8]) -> Result<Vec<String>, Error> {
    names_beside(&parse(bytes)?.1)
}

fn names_beside(graph: &GraphProto) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::new();
    for tensor in graph.initializer.iter().filter(|tensor| is_beside(tensor)) {
        let name = entry(tensor, "location").unwrap_or_default();
        let is_plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':', '\0']);
        if !is_plain {
            return Err(Error::Unreadable(why::outside(name)));
        }
        if !names.iter().any(|known| known == name) {
            names.push(name.to_string());
        }
    }
    Ok(names)
}

fn is_beside(tensor: &TensorProto) -> bool {
    tensor.data_location == Some(DataLocation::EXTERNAL)
}

fn entry<'a>(tensor: &'a TensorProto, key: &str) -> Option<&'a str> {
    tensor.external_data.iter().find(|entry| entry.key.as_deref() == Some(key))?.value.as_deref()
}

fn parse(bytes: &[u8]) -> Result<(i64, GraphProto), Error> {
    let unreadable = |why: String| Error::Unreadable(why);
    wire::check(bytes)?;
    let model = ModelProto::parse_buf(bytes).map_err(|_| unreadable(why::CUT.into()))?;
    let own = |set: &&rten_onnx::onnx::OperatorSetIdProto| {
        matches!(set.domain.as_deref().unwrap_or_default(), "" | "ai.onnx")
    };
    let opset = model.opset_import.iter().find(own).and_then(|set| set.version);
    let opset = opset.ok_or_else(|| unreadable(why::NO_OPSET.into()))?;
    if !OPSETS.contains(&opset) {
        return Err(unreadable(why::opset(opset, *OPSETS.start(), *OPSETS.end())));
    }
    let graph = model.graph.ok_or_else(|| unreadable(why::NO_GRAPH.into()))?;
    if graph.node.len().max(graph.initializer.len()) > MOST_PARTS {
        return Err(Error::TooLarge(why::parts(graph.node.len(), graph.initializer.len())));
    }
    let (a_node, in_all) = MOST_NAMES;
    let most = graph.node.iter().map(|node| node.input.len().max(node.output.len())).max();
    let all: usize = graph.node.iter().map(|node| node.input.len() + node.output.len()).sum();
    if most > Some(a_node) || all > in_all {
        return Err(Error::TooLarge(why::names(a_node, in_all)));
    }
    Ok((opset, graph))
}

/// Reads a file. `beside`: the files that [`files_beside`] names.
///
/// # Errors
/// Fails if the file is not whole, if its weights do not match their shapes or are too many, or if it has not one image as its input.
pub(super) fn read(bytes: &[u8], beside: &Beside, output: Option<&str>) -> Result<Model, Error> {
    let (opset, graph) = parse(bytes)?;
    // Names that lead out of the folder are refused here too.
    names_beside(&graph)?;
    let (mut constants, mut weights) = (HashMap::new(), 0usize);
    for tensor in &graph.initializer {
        let name = tensor.name.clone().unwrap_or_default();
        let data = outside(tensor, beside)?;
        let read = constant(tensor, data)?;
        weights = weights.saturating_add(read.layout.count());
        if weights > MOST_WEIGHTS {
            return Err(Error::TooLarge(why::weights(MOST_WEIGHTS)));
        }
        constants.insert(name, read);
    }
    let name = |info: &ValueInfoProto| info.name.clone().unwrap_or_default();
    let images: Vec<&ValueInfoProto> =
        graph.input.iter().filter(|input| !constants.contains_key(&name(input))).collect();
    let [image] = images.as_slice() else { return Err(Error::Unreadable(why::inputs(images.len()))) };
    let outputs: Vec<String> = graph.output.iter().map(name).collect();
    let output = match (output, outputs.as_slice()) {
        (Some(wanted), all) if all.iter().any(|name| name == wanted) => wanted.to_string(),
        (None, [only]) => only.clone(),
        (_, all) => return Err(Error::Unreadable(why::outputs(&all.join(", ")))),
    };
    let axes = axes(image).ok_or_else(|| Error::Unreadable(why::NO_SHAPE.into()))?;
    let input = name(image);
    let nodes = sorted(graph.node, &input, &constants)?;
    Ok(Model { opset, nodes, constants, input, axes, output })
}

fn axes(image: &ValueInfoProto) -> Option<Vec<Option<usize>>> {
    let shape = image.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?;
    let size = |size: Option<i64>| size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0);
    Some(shape.dim.iter().map(|dim| size(dim.dim_value)).collect())
}

/// The operators in an order in which each reads only what was made before, which files should have but some do not.
fn sorted(
    nodes: Vec<NodeProto>,
    input: &str,
    constants: &HashMap<String, Constant>,
) -> Result<Vec<NodeProto>, Error> {
    // For each name that is not there yet, the operators that wait for it, once for each time that they read it (Kahn 1962).
    let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut missing = vec![0usize; nodes.len()];
    for (index, (node, missing)) in nodes.iter().zip(&mut missing).enumerate() {
        for name in &node.input {
            if !name.is_empty() && name != input && !constants.contains_key(name) {
                *missing += 1;
                readers.entry(name).or_default().push(index);
            }
        }
    }
    let free = missing.iter().enumerate().filter(|(_, missing)| **missing == 0);
    // The first in the file of those that can be computed: a file in order stays as it is.
    let mut ready: BinaryHeap<Reverse<usize>> = free.map(|(index, _)| Reverse(index)).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(Reverse(index)) = ready.pop() {
        order.push(index);
        for name in nodes.get(index).into_iter().flat_map(|node| &node.output) {
            for reader in readers.remove(name.as_str()).unwrap_or_default() {
                let Some(missing) = missing.get_mut(reader) else { continue };
                *missing -= 1;
                if *missing == 0 {
                    ready.push(Reverse(reader));
                }
            }
        }
    }
    if order.len() < nodes.len() {
        let waits = missing.iter().position(|missing| *missing > 0).and_then(|index| nodes.get(index));
        let operator = waits.and_then(|node| node.op_type.clone()).unwrap_or_default();
        return Err(Error::Unreadable(why::circle(&operator)));
    }
    let mut nodes: Vec<Option<NodeProto>> = nodes.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|index| nodes.get_mut(index)?.take()).collect())
}

/// The bytes of an array that lies in another file.
fn outside<'a>(tensor: &TensorProto, beside: &'a Beside) -> Result<&'a [u8], Error> {
    if !is_beside(tensor) {
        return Ok(&[]);
    }
    let name = entry(tensor, "location").unwrap_or_default();
    let missing = || Error::Unreadable(why::not_beside(name));
    let number =
        |key| entry(tensor, key).map(|text| text.parse::<usize>().map_err(|_| missing())).transpose();
    let file = beside.get(name).ok_or_else(missing)?;
    let offset = number("offset")?.unwrap_or(0);
    let rest = file.get(offset..).ok_or_else(missing)?;
    match number("length")? {
        Some(length) => rest.get(..length).ok_or_else(missing),
        None => Ok(rest),
    }
}

/// An array of a file. `outside`: its bytes where they lie in another file.
pub(super) fn constant(tensor: &TensorProto, outside: &[u8]) -> Result<Constant, Error> {
    let name = tensor.name.as_deref().unwrap_or_default();
    let sizes: Option<Vec<usize>> = tensor.dims.iter().map(|size| usize::try_from(*size).ok()).collect();
    let count =
        sizes.as_ref().and_then(|s| s.iter().try_fold(1usize, |count, size| count.checked_mul(*size)));
    let (Some(shape), Some(count)) = (sizes, count) else {
        return Err(Error::Unreadable(why::array_shape(name)));
    };
    if count > MOST_WEIGHTS {
        return Err(Error::TooLarge(why::weights(MOST_WEIGHTS)));
    }
    let raw = tensor.raw_data.as_ref().map(|raw| raw.borrow());
    let bytes: &[u8] = match &raw {
        _ if is_beside(tensor) => outside,
        Some(raw) => raw,
        None => &[],
    };
    let numbers = tensor.float_data.len().max(tensor.int64_data.len()).max(tensor.double_data.len());
    let is_listed = bytes.is_empty() && numbers.max(tensor.int32_data.len()) > 0;
    let kind = tensor.data_type.unwrap_or(DataType(0));
    let made = if is_listed { listed(tensor, kind, &shape) } else { packed(bytes, kind, &shape) };
    made.ok_or_else(|| Error::Unreadable(why::array(name, &shape)))
}

fn listed(tensor: &TensorProto, kind: DataType, shape: &[usize]) -> Option<Constant> {
    let small = || tensor.int32_data.iter();
    match kind {
        DataType::FLOAT => Constant::floats(shape, tensor.float_data.clone()),
        DataType::DOUBLE => {
            Constant::floats(shape, tensor.double_data.iter().map(|value| *value as f32).collect())
        }
        DataType::FLOAT16 => {
            Constant::floats(shape, small().map(|bits| f16::from_bits(*bits as u16).to_f32()).collect())
        }
        DataType::INT64 => Constant::whole(shape, tensor.int64_data.clone()),
        DataType::INT32 | DataType::UINT8 | DataType::INT8 | DataType::BOOL => {
            Constant::whole(shape, small().map(|value| i64::from(*value)).collect())
        }
        _ => None,
    }
}

fn packed(bytes: &[u8], kind: DataType, shape: &[usize]) -> Option<Constant> {
    /// Numbers of `N` bytes; `None` where bytes are left over.
    fn numbers<const N: usize, T>(bytes: &[u8], one: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
        let (chunks, rest) = bytes.as_chunks::<N>();
        rest.is_empty().then(|| chunks.iter().map(|chunk| one(*chunk)).collect())
    }
    match kind {
        DataType::FLOAT => Constant::floats(shape, numbers(bytes, f32::from_le_bytes)?),
        DataType::DOUBLE => Constant::floats(shape, numbers(bytes, |b| f64::from_le_bytes(b) as f32)?),
        DataType::FLOAT16 => Constant::floats(shape, numbers(bytes, |b| f16::from_le_bytes(b).to_f32())?),
        DataType::BFLOAT16 => Constant::floats(shape, numbers(bytes, |b| bf16::from_le_bytes(b).to_f32())?),
        DataType::INT64 => Constant::whole(shape, numbers(bytes, i64::from_le_bytes)?),
        DataType::INT32 => Constant::whole(shape, numbers(bytes, |b| i64::from(i32::from_le_bytes(b)))?),
        DataType::UINT8 | DataType::BOOL => Constant::whole(shape, numbers(bytes, |[b]| i64::from(b))?),
        DataType::INT8 => Constant::whole(shape, numbers(bytes, |[b]| i64::from(b as i8))?),
        _ => None,
    }
}
