//! Named arrays in safetensors format.

use super::Error;
use crate::messages::why::model as why;
use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::Init;
use candle_nn::var_builder::{SimpleBackend, VarBuilder};
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// Arrays by name. They stay in their stored type and are converted to f32 one at a time: both forms of all
/// arrays would not fit into a phone's memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights<'a> {
    bytes: Cow<'a, [u8]>,
    arrays: BTreeMap<String, StoredTensor>,
}

#[derive(Clone, Debug, PartialEq)]
struct StoredTensor {
    shape: Vec<usize>,
    dtype: Dtype,
    place: Range<usize>,
}

/// A shape and its values in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Outermost dimension first.
    pub shape: Vec<usize>,
    /// As many values as the product of the shape.
    pub values: Vec<f32>,
}

impl<'a> Weights<'a> {
    /// All arrays of a safetensors file. `file` is the name used in errors.
    ///
    /// # Errors
    /// Fails if the file is not valid safetensors, or if an array is not f32, f16 or bf16.
    pub fn from_safetensors(file: &str, bytes: &'a [u8]) -> Result<Self, Error> {
        Self::from_safetensors_without(file, bytes, |_| false)
    }

    /// As [`Self::from_safetensors`], without some arrays, which may be of any type.
    ///
    /// # Errors
    /// Fails as that does.
    pub fn from_safetensors_without(
        file: &str,
        bytes: &'a [u8],
        is_left_out: impl Fn(&str) -> bool,
    ) -> Result<Self, Error> {
        let refuse = |why: String| Error::File { file: file.into(), why };
        let broken = |_| refuse(why::NOT_SAFETENSORS.into());
        let (header, metadata) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        // The header is preceded by its length, 8 bytes.
        let data = bytes.get(header + 8..).unwrap_or_default();
        // Checks that the arrays lie inside the file and fill it.
        SafeTensors::deserialize(bytes).map_err(broken)?;
        let mut arrays = BTreeMap::new();
        for (name, info) in metadata.tensors().into_iter().filter(|(name, _)| !is_left_out(name)) {
            if !matches!(info.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
                return Err(refuse(why::stored_as(&name, &format!("{:?}", info.dtype))));
            }
            let place = info.data_offsets.0..info.data_offsets.1;
            arrays.insert(name, StoredTensor { shape: info.shape.clone(), dtype: info.dtype, place });
        }
        Ok(Self { bytes: Cow::Borrowed(data), arrays })
    }

    /// Copies the bytes, so that the arrays no longer borrow the file.
    pub fn into_owned(self) -> Weights<'static> {
        Weights { bytes: Cow::Owned(self.bytes.into_owned()), arrays: self.arrays }
    }

    /// Renames arrays of the published EfficientNet weights: they call the last 1x1 convolution `head`, which
    /// here is the linear layer.
    pub fn named_by_us(mut self) -> Self {
        let theirs = |name: &&String| name.starts_with("head.conv.") || name.starts_with("head.norm.");
        for name in self.arrays.keys().filter(theirs).cloned().collect::<Vec<_>>() {
            if let Some(array) = self.arrays.remove(&name) {
                self.arrays.insert(name.replacen("head", "widen", 1), array);
            }
        }
        self
    }

    /// Renames the weights of a folded network for training: the folded bias becomes beta of the
    /// normalisation.
    pub fn unfolded(mut self) -> Self {
        for name in
            self.arrays.keys().filter(|name| name.ends_with(".conv.bias")).cloned().collect::<Vec<_>>()
        {
            if let Some(array) = self.arrays.remove(&name) {
                self.arrays.insert(name.replace(".conv.bias", ".norm.bias"), array);
            }
        }
        self
    }

    /// Whether there is an array of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.arrays.contains_key(name)
    }

    /// Adds an array as f32.
    pub fn insert(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) {
        let bytes = self.bytes.to_mut();
        let from = bytes.len();
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let stored = StoredTensor { shape: shape.to_vec(), dtype: Dtype::F32, place: from..bytes.len() };
        self.arrays.insert(name.into(), stored);
    }

    /// Adds a tensor as f32.
    ///
    /// # Errors
    /// Fails if it holds another type.
    pub fn insert_tensor(&mut self, name: impl Into<String>, tensor: &Tensor) -> Result<(), Error> {
        self.insert(name, tensor.dims(), &tensor.flatten_all()?.to_vec1::<f32>()?);
        Ok(())
    }

    /// An array by name, converted to f32.
    pub fn get(&self, name: &str) -> Option<Array> {
        self.arrays.get(name).map(|stored| self.widened(stored))
    }

    /// The shape of an array by name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.arrays.get(name).map(|stored| stored.shape.as_slice())
    }

    /// All names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// Names and arrays, in alphabetical order, converted to f32.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Array)> {
        self.arrays.iter().map(|(name, stored)| (name.as_str(), self.widened(stored)))
    }

    /// The values of an array, converted to f32.
    ///
    /// # Errors
    /// Fails if there is no array of this name, or if it has another shape.
    pub fn shaped(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
        let stored = self.arrays.get(name).ok_or_else(|| Error::Weights(why::no_weight(name)))?;
        if stored.shape != shape {
            let why = why::weight_shape(name, &stored.shape, shape);
            return Err(Error::Weights(why));
        }
        Ok(self.widened(stored).values)
    }

    /// For a network's constructor, which asks for one array after the other.
    pub fn builder(&self) -> VarBuilder<'_> {
        VarBuilder::from_backend(Box::new(self), DType::F32, Device::Cpu)
    }

    fn widened(&self, stored: &StoredTensor) -> Array {
        let data = self.bytes.get(stored.place.clone()).unwrap_or_default();
        let (pairs, _) = data.as_chunks::<2>();
        let values = match stored.dtype {
            Dtype::F16 => pairs.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            Dtype::BF16 => pairs.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
            _ => data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        };
        Array { shape: stored.shape.clone(), values }
    }
}

impl SimpleBackend for &Weights<'_> {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        _: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        Tensor::from_vec(self.shaped(name, shape.dims())?, shape, device)
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> candle_core::Result<Tensor> {
        let shape = self.arrays.get(name).map(|stored| stored.shape.as_slice()).unwrap_or_default();
        SimpleBackend::get(self, shape.into(), name, Init::Const(0.0), dtype, device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.contains(name)
    }
}
