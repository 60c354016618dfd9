//! One operator of a file: its inputs as far as they are known, and its attributes.

use super::constant::Constant;
use super::value::{Image, Value};
use crate::messages::why::import as why;
use rten_onnx::onnx::{AttributeProto, NodeProto};

/// An operator that is about to be understood.
pub(super) struct Node<'a> {
    pub proto: &'a NodeProto,
    pub inputs: Vec<Option<Value>>,
    /// The version of the operators.
    pub opset: i64,
}

impl Node<'_> {
    pub fn operator(&self) -> &str {
        self.proto.op_type.as_deref().unwrap_or_default()
    }

    /// An input that must be there.
    pub fn value(&self, index: usize) -> Result<&Value, String> {
        self.inputs.get(index).and_then(Option::as_ref).ok_or_else(|| why::no_input(index + 1))
    }

    /// An input that is known before any image is; `None` where it is left out.
    pub fn optional(&self, index: usize) -> Result<Option<&Constant>, String> {
        match self.inputs.get(index).and_then(Option::as_ref) {
            None => Ok(None),
            Some(Value::Constant(constant)) => Ok(Some(constant)),
            Some(_) => Err(why::not_constant(index + 1)),
        }
    }

    pub fn constant(&self, index: usize) -> Result<&Constant, String> {
        self.optional(index)?.ok_or_else(|| why::no_input(index + 1))
    }

    pub fn image(&self, index: usize) -> Result<&Image, String> {
        match self.value(index)? {
            Value::Image(image) => Ok(image),
            _ => Err(why::no_image(index + 1)),
        }
    }

    fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.proto.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name))
    }

    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    pub fn tensor(&self, name: &str) -> Option<&rten_onnx::onnx::TensorProto> {
        self.attribute(name)?.t.as_ref()
    }

    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|attribute| attribute.i).unwrap_or(default)
    }

    pub fn float(&self, name: &str, default: f32) -> f64 {
        f64::from(self.attribute(name).and_then(|attribute| attribute.f).unwrap_or(default))
    }

    pub fn text(&self, name: &str) -> &str {
        self.attribute(name).and_then(|attribute| attribute.s.as_deref()).unwrap_or_default()
    }

    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    pub fn floats(&self, name: &str) -> Option<&[f32]> {
        self.attribute(name).map(|attribute| attribute.floats.as_slice())
    }

    /// Numbers that are an attribute in older files and an input in newer ones.
    pub fn ints_or_input(&self, name: &str, index: usize) -> Result<Option<Vec<i64>>, String> {
        if let Some(ints) = self.ints(name) {
            return Ok(Some(ints.to_vec()));
        }
        let whole = |constant: &Constant| constant.to_whole().ok_or_else(|| why::NOT_WHOLE.to_string());
        self.optional(index)?.map(whole).transpose()
    }

    /// A number that is an attribute in older files and an input in newer ones.
    pub fn float_or_input(&self, name: &str, index: usize) -> Result<Option<f64>, String> {
        if self.has(name) {
            return Ok(Some(self.float(name, 0.0)));
        }
        let scalar = |constant: &Constant| constant.scalar().ok_or_else(|| why::NOT_ONE_NUMBER.to_string());
        self.optional(index)?.map(scalar).transpose()
    }
}

/// The place of an axis that may be counted from the end.
pub(super) fn place(axis: i64, rank: usize) -> Result<usize, String> {
    let counted = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
    usize::try_from(counted).ok().filter(|place| *place < rank).ok_or_else(|| why::axis(axis, rank))
}

/// The places of axes that may be counted from the end.
pub(super) fn places(axes: &[i64], rank: usize) -> Result<Vec<usize>, String> {
    axes.iter().map(|axis| place(*axis, rank)).collect()
}
