//! What the kernels compute on of candle's tensors.

use super::Error;
use crate::kernels::{self, MatrixLayout};
use crate::messages::why::model as why;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Storage, Tensor, bail};

/// The matrix product `a b`. candle's own asks the operating system for its processors each time, which takes
/// longer than a small product.
///
/// # Shapes
/// `a`: `(rows, inner)`; `b`: `(inner, columns)`. Returns `(rows, columns)`.
///
/// # Errors
/// Fails for other shapes and types.
pub fn product(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.apply_op2_no_bwd(b, &Product)
}

/// The mean over pixels, as a product with `1 / pixels`: candle's is slow but over the last dimension.
///
/// # Shapes
/// `map`: `(pixels, channels)`. Returns `(channels, 1)`.
pub(super) fn mean(map: &Tensor) -> Result<Tensor> {
    let pixels = map.dim(0)?;
    product(&map.t()?, &Tensor::full(1.0 / pixels as f32, (pixels, 1), map.device())?)
}

struct Product;

impl CustomOp2 for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        la: &Layout,
        b: &CpuStorage,
        lb: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ((rows, _), (_, columns)) = (la.shape().dims2()?, lb.shape().dims2()?);
        let mut out = vec![0f32; rows * columns];
        let place = MatrixLayout::row_major(rows, columns);
        kernels::add_product((&mut out, place), matrix(a, la)?, matrix(b, lb)?).map_err(Error::from)?;
        Ok((CpuStorage::F32(out), Shape::from((rows, columns))))
    }
}

fn matrix<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<(&'a [f32], MatrixLayout)> {
    let values = storage.as_slice()?.get(layout.start_offset()..).unwrap_or_default();
    let (rows, columns) = layout.shape().dims2()?;
    let stride = |dimension: usize| layout.stride().get(dimension).copied().unwrap_or_default();
    Ok((values, MatrixLayout { rows, columns, row_stride: stride(0), column_stride: stride(1) }))
}

/// The f32 values of a contiguous tensor.
///
/// # Errors
/// Fails for other types and layouts.
pub(super) fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let (from, to) = contiguous(layout)?;
    Ok(storage.as_slice()?.get(from..to).unwrap_or_default())
}

/// As [`values`], to be written.
pub(super) fn values_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    let (from, to) = contiguous(layout)?;
    let CpuStorage::F32(data) = storage else { bail!("{}", why::NOT_F32) };
    Ok(data.get_mut(from..to).unwrap_or_default())
}

fn contiguous(layout: &Layout) -> Result<(usize, usize)> {
    let Some(place) = layout.contiguous_offsets() else { bail!("{}", why::NOT_CONTIGUOUS) };
    Ok(place)
}

/// Lends the values of two tensors.
pub(super) fn lend<T>(
    a: &Tensor,
    b: &Tensor,
    work: impl FnOnce(&[f32], &[f32]) -> std::result::Result<T, Error>,
) -> Result<T> {
    let ((a, of_a), (b, of_b)) = (a.storage_and_layout(), b.storage_and_layout());
    let (Storage::Cpu(a), Storage::Cpu(b)) = (&*a, &*b) else { bail!("{}", why::NOT_HERE) };
    Ok(work(values(a, of_a)?, values(b, of_b)?)?)
}

impl From<Error> for candle_core::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Weights(why) => Self::Msg(why),
            error => Self::Msg(error.to_string()),
        }
    }
}
