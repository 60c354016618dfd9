//! The walk through a file's operators in their order: each name gets a [`Value`], and what computes on images becomes a step.

use super::constant::Constant;
use super::format::{Model, constant};
use super::layout::Layout;
use super::node::Node;
use super::pointwise::{Known, Pointwise};
use super::steps::{Op, Steps};
use super::value::{Image, Value, channel_axis, is_whole, planes};
use super::{Ending, Error};
use crate::kernels::{Activation, Shape};
use crate::messages::why::import as why;
use crate::model::MOST_WEIGHTS;
use rten_onnx::onnx::NodeProto;
use std::collections::HashMap;

/// Everything that is understood so far.
#[derive(Debug, Default)]
pub(super) struct Walk {
    values: HashMap<String, Value>,
    pub steps: Steps,
    /// How many known numbers were computed.
    computed: usize,
    /// Steps that apply a function to another step, so that none is made twice.
    applied: HashMap<(usize, [u64; 2]), usize>,
}

/// A file's network as steps.
pub(super) struct Walked {
    pub steps: Steps,
    /// The step that makes the logits, an image of one pixel.
    pub logits: usize,
    /// The name of the logits in the file.
    pub logits_name: String,
    /// What the file ends with behind them.
    pub ending: Ending,
}

/// Walks through all operators. `input`: the shape of the image.
pub(super) fn walk(model: Model, input: Shape, is_planar: bool) -> Result<Walked, Error> {
    let mut walk = Walk::default();
    let values = model.constants.into_iter().map(|(name, constant)| (name, Value::Constant(constant)));
    walk.values = values.collect();
    let image = walk.steps.push(Op::Input, &[], input).map_err(Error::Unreadable)?;
    let Shape { height, width, channels } = input;
    let layout = if is_planar { planes(input) } else { Layout::contiguous(&[1, height, width, channels]) };
    walk.values.insert(model.input.clone(), Value::Image(Image::of(image, layout)));
    for proto in &model.nodes {
        walk.node(proto, model.opset)?;
    }
    walk.end(&model.nodes, &model.output)
}

impl Walk {
    fn node(&mut self, proto: &NodeProto, opset: i64) -> Result<(), Error> {
        let value = |name: &String| if name.is_empty() { None } else { Some(self.values.get(name).cloned()) };
        let mut inputs = Vec::with_capacity(proto.input.len());
        for name in &proto.input {
            match value(name) {
                None => inputs.push(None),
                Some(Some(value)) => inputs.push(Some(value)),
                Some(None) => return Err(refused(proto, why::not_made(name))),
            }
        }
        let node = Node { proto, inputs, opset };
        let made = self.apply(&node).map_err(|why| refused(proto, why))?;
        for (name, value) in proto.output.iter().zip(made) {
            if let Value::Constant(constant) = &value {
                self.computed = self.computed.saturating_add(constant.layout.count());
            }
            if self.computed > MOST_WEIGHTS {
                return Err(Error::TooLarge(why::weights(MOST_WEIGHTS)));
            }
            if self.values.insert(name.clone(), value).is_some() {
                return Err(refused(proto, why::made_twice(name)));
            }
        }
        Ok(())
    }

    /// What an operator's outputs stand for.
    fn apply(&mut self, node: &Node) -> Result<Vec<Value>, String> {
        if !matches!(node.proto.domain.as_deref().unwrap_or_default(), "" | "ai.onnx") {
            return Err(why::UNKNOWN_OPERATOR.into());
        }
        let operator = node.operator();
        let one = match operator {
            "Constant" => self.stated(node)?,
            "Identity" | "Dropout" | "Cast" => super::shapes::same(node)?,
            "Split" => return super::shapes::split(node),
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Transpose" | "Slice" | "Expand" => {
                super::shapes::relaid(node)?
            }
            "Shape" | "Size" | "ConstantOfShape" | "Range" | "Where" | "Equal" => {
                super::shapes::computed(node)?
            }
            "Gather" => super::shapes::gather(node)?,
            "Concat" => self.concat(node)?,
            "Conv" => self.convolve(node)?,
            "BatchNormalization" => self.normalise(node)?,
            "MaxPool" | "AveragePool" => self.pool(node)?,
            "GlobalAveragePool" | "ReduceMean" => self.mean(node)?,
            "Pad" => self.pad(node)?,
            "Gemm" | "MatMul" => self.product(node)?,
            "LayerNormalization" => self.layer_norm(node)?,
            "Softmax" | "LogSoftmax" => self.softmax(node)?,
            "Add" | "Sub" | "Mul" | "Div" | "Mod" | "Pow" | "Min" | "Max" | "Sum" => self.arithmetic(node)?,
            _ => self.pointwise(node)?,
        };
        Ok(vec![one])
    }

    fn stated(&self, node: &Node) -> Result<Value, String> {
        let stated = if let Some(tensor) = node.tensor("value") {
            constant(tensor, &[]).map_err(|error| error.to_string())?
        } else if node.has("value_float") {
            Constant::floats(&[], vec![node.float("value_float", 0.0) as f32]).ok_or(why::NOT_ONE_NUMBER)?
        } else if node.has("value_int") {
            Constant::whole(&[], vec![node.int("value_int", 0)]).ok_or(why::NOT_ONE_NUMBER)?
        } else if let Some(floats) = node.floats("value_floats") {
            Constant::floats(&[floats.len()], floats.to_vec()).ok_or(why::NOT_ONE_NUMBER)?
        } else if let Some(ints) = node.ints("value_ints") {
            Constant::whole(&[ints.len()], ints.to_vec()).ok_or(why::NOT_ONE_NUMBER)?
        } else {
            return Err(why::NO_NUMBERS.into());
        };
        Ok(Value::Constant(stated))
    }

    /// The whole of what a step makes, with the image's function applied; its axes are the image's.
    pub fn settled(&mut self, image: &Image) -> Result<(usize, Image), String> {
        let step = self.function(image.step, &image.function)?;
        let image = Image::of(step, image.layout.clone());
        let shape = self.steps.shape(step);
        if is_whole(&image.layout, shape) {
            return Ok((step, image));
        }
        // One pixel of an image of one row: a token.
        let is_pixel = image.layout.count() == shape.channels
            && channel_axis(&image.layout, shape).is_some()
            && image.layout.offset.is_multiple_of(shape.channels);
        if !is_pixel {
            return Err(why::PART_OF_AN_IMAGE.into());
        }
        let picked = Shape { height: 1, width: 1, channels: shape.channels };
        let index = image.layout.offset / shape.channels;
        let step = self.steps.push(Op::Pick(index), &[step], picked)?;
        let mut layout = image.layout;
        layout.offset = 0;
        Ok((step, Image::of(step, layout)))
    }

    /// As [`Walk::settled`], with the axis of the channels.
    pub fn channels(&mut self, image: &Image) -> Result<(Image, usize), String> {
        let (step, image) = self.settled(image)?;
        let axis = channel_axis(&image.layout, self.steps.shape(step));
        Ok((image, axis.ok_or(why::CHANNELS_APART)?))
    }

    /// The step that makes `function` of what another step makes.
    fn function(&mut self, step: usize, function: &Pointwise) -> Result<usize, String> {
        if function.is_identity() {
            return Ok(step);
        }
        let known = function.known().ok_or_else(|| why::function(&function.operators()))?;
        let shape = self.steps.shape(step);
        let (key, op) = match known {
            Known::Line { scale, shift } => {
                let all = |value: f64| vec![value as f32; shape.channels];
                ([scale.to_bits(), shift.to_bits()], Op::Affine { scale: all(scale), shift: all(shift) })
            }
            Known::Activation(activation) => ([u64::MAX, activation as u64], Op::Activate(activation)),
        };
        if let Some(step) = self.applied.get(&(step, key)) {
            return Ok(*step);
        }
        let applied = self.steps.push(op, &[step], shape)?;
        self.applied.insert((step, key), applied);
        Ok(applied)
    }

    /// The logits behind the output.
    fn end(mut self, nodes: &[NodeProto], output: &str) -> Result<Walked, Error> {
        let refuse = |why: String| Error::Output { name: output.to_string(), why };
        let (image, ending) = match self.values.get(output) {
            Some(Value::Image(image))
                if image.function.known() == Some(Known::Activation(Activation::Sigmoid)) =>
            {
                (Image::of(image.step, image.layout.clone()), Ending::Sigmoid)
            }
            Some(Value::Image(image)) => (image.clone(), Ending::Logits),
            Some(Value::Softmax(image)) => (image.clone(), Ending::Softmax),
            _ => return Err(refuse(why::NO_LOGITS.into())),
        };
        let (logits, image) = self.settled(&image).map_err(refuse)?;
        if self.steps.are_probabilities(logits) {
            return Err(refuse(why::PROBABILITIES.into()));
        }
        let shape = self.steps.shape(logits);
        if shape.height * shape.width != 1 || image.layout.count() != shape.channels {
            return Err(refuse(why::logits(&image.layout.shape())));
        }
        Ok(Walked { steps: self.steps, logits, logits_name: before_the_end(nodes, output), ending })
    }
}

/// The name of what the last softmax or sigmoid is applied to; of the output where there is none.
fn before_the_end(nodes: &[NodeProto], output: &str) -> String {
    let mut name = output;
    // From the last operator backwards: each reads what stands before it.
    for node in nodes.iter().rev().filter(|node| node.output.len() == 1) {
        let is_end =
            matches!(node.op_type.as_deref(), Some("Softmax" | "LogSoftmax" | "Sigmoid" | "Identity"));
        if let (true, Some(made), Some(input)) = (is_end, node.output.first(), node.input.first())
            && made == name
        {
            name = input;
        }
    }
    name.to_string()
}

/// An operator that cannot be run, with its place in the file.
fn refused(proto: &NodeProto, why: String) -> Error {
    let name = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    let made = || proto.output.first().cloned().unwrap_or_default();
    Error::Operator {
        operator: proto.op_type.clone().unwrap_or_default(),
        place: name(&proto.name).unwrap_or_else(made),
        why,
    }
}
