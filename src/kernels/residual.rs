//! The end of a residual block: add, then ReLU, in one pass.

use super::candle::{values, with_values};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// `max(a + b, 0)`, with gradients for both. The shapes are equal.
pub fn add_relu(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.contiguous()?.apply_op2(&b.contiguous()?, AddRelu)
}

/// Values a thread takes at a time.
const CHUNK: usize = 64 * 1024;

struct AddRelu;

impl CustomOp2 for AddRelu {
    fn name(&self) -> &'static str {
        "add_relu"
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        la: &Layout,
        b: &CpuStorage,
        lb: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        if la.shape() != lb.shape() {
            candle_core::bail!("cannot add {:?} to {:?}", lb.shape(), la.shape());
        }
        let mut sum = values(a, la, self.name())?.to_vec();
        let b = values(b, lb, self.name())?;
        sum.par_chunks_mut(CHUNK).zip(b.par_chunks(CHUNK)).for_each(|(sum, b)| {
            sum.iter_mut().zip(b).for_each(|(sum, b)| *sum = (*sum + b).max(0.0));
        });
        Ok((CpuStorage::F32(sum), la.shape().clone()))
    }

    fn bwd(
        &self,
        _: &Tensor,
        _: &Tensor,
        y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let gradient = with_values([y, dy], |[y, dy]| {
            let mut gradient = dy.to_vec();
            gradient.par_chunks_mut(CHUNK).zip(y.par_chunks(CHUNK)).for_each(|(gradient, y)| {
                gradient.iter_mut().zip(y).for_each(|(g, y)| *g = if *y > 0.0 { *g } else { 0.0 });
            });
            Ok(gradient)
        })?;
        let gradient = Tensor::from_vec(gradient, y.shape(), y.device())?;
        Ok((Some(gradient.clone()), Some(gradient)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn only_positive_sums_pass_and_pass_gradients() {
        let a = Var::new(&[1.0f32, -3.0, 2.0], &Device::Cpu).unwrap();
        let b = Var::new(&[1.0f32, 1.0, -1.5], &Device::Cpu).unwrap();
        let y = add_relu(&a, &b).unwrap();
        assert_eq!(y.to_vec1::<f32>().unwrap(), [2.0, 0.0, 0.5]);
        let weights = Tensor::new(&[10.0f32, 20.0, 30.0], &Device::Cpu).unwrap();
        let gradients = (y * weights).unwrap().sum_all().unwrap().backward().unwrap();
        for input in [&a, &b] {
            assert_eq!(gradients.get(input).unwrap().to_vec1::<f32>().unwrap(), [10.0, 0.0, 30.0]);
        }
    }

    #[test]
    fn shapes_must_agree() {
        let a = Tensor::zeros(3, candle_core::DType::F32, &Device::Cpu).unwrap();
        let b = Tensor::zeros(4, candle_core::DType::F32, &Device::Cpu).unwrap();
        assert!(add_relu(&a, &b).is_err());
    }
}
