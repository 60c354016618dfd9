//! Named arrays, read from safetensors.

use super::Error;
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;

/// Arrays of f32 by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    arrays: BTreeMap<String, Array>,
}

/// A shape and its values, the last dimension innermost.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Outermost first.
    pub shape: Vec<usize>,
    /// As many as the shape's product.
    pub values: Vec<f32>,
}

impl Weights {
    /// All arrays of a safetensors file, whatever the width they are stored in. `file` names it in errors.
    pub fn from_safetensors(file: &str, bytes: &[u8]) -> Result<Self, Error> {
        let refuse = |why: String| Error::File { file: file.into(), why };
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| refuse(e.to_string()))?;
        let mut arrays = BTreeMap::new();
        for (name, view) in tensors.iter() {
            let values = widened(view.dtype(), view.data())
                .ok_or_else(|| refuse(format!("{name} is stored as {:?}", view.dtype())))?;
            arrays.insert(name.to_string(), Array { shape: view.shape().to_vec(), values });
        }
        Ok(Self { arrays })
    }

    /// EfficientNet's published weights call the last 1x1 convolution `head`; here that is the linear layer's name.
    pub fn named_by_us(mut self) -> Self {
        let theirs: Vec<String> = self
            .arrays
            .keys()
            .filter(|n| n.starts_with("head.conv.") || n.starts_with("head.norm."))
            .cloned()
            .collect();
        for name in theirs {
            if let Some(array) = self.arrays.remove(&name) {
                self.arrays.insert(name.replacen("head", "widen", 1), array);
            }
        }
        self
    }

    /// Adds an array.
    pub fn insert(&mut self, name: impl Into<String>, shape: &[usize], values: Vec<f32>) {
        self.arrays.insert(name.into(), Array { shape: shape.to_vec(), values });
    }

    /// An array by name.
    pub fn get(&self, name: &str) -> Option<&Array> {
        self.arrays.get(name)
    }

    /// Names and arrays, in the names' order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Array)> {
        self.arrays.iter().map(|(name, array)| (name.as_str(), array))
    }

    /// The values of an array that must exist and have this shape.
    pub fn shaped(&self, name: &str, shape: &[usize]) -> Result<&[f32], Error> {
        let array = self.get(name).ok_or_else(|| Error::Weights(format!("there is no {name}")))?;
        if array.shape != shape {
            let why = format!("the shape of {name} is {:?}, the network needs {shape:?}", array.shape);
            return Err(Error::Weights(why));
        }
        Ok(&array.values)
    }
}

/// The values of a stored array as f32; `None` for a type that weights are not stored in.
fn widened(dtype: Dtype, data: &[u8]) -> Option<Vec<f32>> {
    let (pairs, _) = data.as_chunks::<2>();
    Some(match dtype {
        Dtype::F32 => data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        Dtype::F16 => pairs.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::BF16 => pairs.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
        _ => return None,
    })
}
