//! The convolution as candle operations: one for learning, one for reading with bias and activation fused.

use super::conv::{self, Want};
use super::geometry::{Geometry, Sizes};
use super::{Activation, values, with_values};
use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};

/// Convolution (cross-correlation, as every framework has it) with gradients for `x` and `w`.
///
/// `x`: `(batch, channels, height, width)`; `w`: `(out_channels, channels, kernel_h, kernel_w)`; both f32.
/// Returns `(batch, out_channels, out_h, out_w)` with `out = (size + before + after - kernel) / stride + 1`.
pub fn convolve(x: &Tensor, w: &Tensor, geometry: Geometry) -> Result<Tensor> {
    x.contiguous()?.apply_op2(&w.contiguous()?, Learned { geometry })
}

/// Convolution with a bias for each result channel and an activation, for reading only: it has no gradient.
///
/// Shapes as in [`convolve`]; `bias`: `(out_channels,)`.
pub fn convolve_biased(
    x: &Tensor,
    w: &Tensor,
    bias: &Tensor,
    geometry: Geometry,
    activation: Activation,
) -> Result<Tensor> {
    x.contiguous()?.apply_op3_no_bwd(&w.contiguous()?, &bias.contiguous()?, &Fused { geometry, activation })
}

struct Learned {
    geometry: Geometry,
}

impl CustomOp2 for Learned {
    fn name(&self) -> &'static str {
        "convolve"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        lx: &Layout,
        w: &CpuStorage,
        lw: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let sizes = Sizes::new(lx.shape(), lw.shape(), self.geometry)?;
        let (x, w) = (values(x, lx, self.name())?, values(w, lw, self.name())?);
        let y = conv::forward(x, w, None, Activation::Identity, &sizes)?;
        Ok((CpuStorage::F32(y), sizes.out_shape()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let sizes = Sizes::new(x.shape(), w.shape(), self.geometry)?;
        let want = if x.track_op() { Want::Both } else { Want::Weights };
        let (dx, dw) = with_values([x, w, dy], |[x, w, dy]| conv::backward(x, w, dy, &sizes, want))?;
        let dx = if want == Want::Both { Some(Tensor::from_vec(dx, x.shape(), x.device())?) } else { None };
        Ok((dx, Some(Tensor::from_vec(dw, w.shape(), w.device())?)))
    }
}

struct Fused {
    geometry: Geometry,
    activation: Activation,
}

impl CustomOp3 for Fused {
    fn name(&self) -> &'static str {
        "convolve_biased"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        lx: &Layout,
        w: &CpuStorage,
        lw: &Layout,
        b: &CpuStorage,
        lb: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let sizes = Sizes::new(lx.shape(), lw.shape(), self.geometry)?;
        let [x, w, bias] =
            [values(x, lx, self.name())?, values(w, lw, self.name())?, values(b, lb, self.name())?];
        if bias.len() != sizes.out_channels {
            candle_core::bail!("{} biases for {} channels", bias.len(), sizes.out_channels);
        }
        let y = conv::forward(x, w, Some(bias), self.activation, &sizes)?;
        Ok((CpuStorage::F32(y), sizes.out_shape()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;
    use candle_core::{Device, Var};
    use proptest::prelude::*;

    /// Sizes of a random convolution that fits: batch, channels, out channels, height, width, kernel, geometry.
    fn sizes() -> impl Strategy<Value = (usize, usize, usize, usize, usize, usize, Geometry)> {
        (1..4usize, 1..5usize, 1..6usize, 3..12usize, 3..12usize, 1..4usize, 1..4usize, 0..3usize, 0..3usize)
            .prop_map(|(n, c, o, h, w, k, stride, before, after)| {
                (n, c, o, h, w, k, Geometry { stride, before, after })
            })
    }

    fn tensor(values: &[f64], shape: (usize, usize, usize, usize)) -> Tensor {
        let values: Vec<f32> = values.iter().map(|v| *v as f32).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    fn flat(t: &Tensor) -> Vec<f32> {
        t.flatten_all().unwrap().to_vec1().unwrap()
    }

    fn close(ours: &[f32], reference: &[f64]) -> bool {
        ours.len() == reference.len()
            && ours.iter().zip(reference).all(|(a, b)| (*a as f64 - b).abs() <= 1e-4 * (1.0 + b.abs()))
    }

    proptest! {
        #[test]
        fn the_result_and_both_gradients_agree_with_the_plain_sum((n, c, o, h, w, k, g) in sizes(), seed in 0..u64::MAX) {
            let x = reference::noise(seed, n * c * h * w);
            let k_values = reference::noise(seed ^ 1, o * c * k * k);
            let expected = reference::Conv { n, c, h, w, o, k, g };
            let (vx, vw) = (Var::from_tensor(&tensor(&x, (n, c, h, w))).unwrap(), Var::from_tensor(&tensor(&k_values, (o, c, k, k))).unwrap());
            let y = convolve(&vx, &vw, g).unwrap();
            prop_assert!(close(&flat(&y), &expected.forward(&x, &k_values)));

            // The gradient of sum(y * r) is linear in x and w, so it is known exactly.
            let r = reference::noise(seed ^ 2, y.elem_count());
            let loss = (y.clone() * tensor(&r, y.dims4().unwrap())).unwrap().sum_all().unwrap();
            let gradients = loss.backward().unwrap();
            let (dx, dw) = expected.backward(&x, &k_values, &r);
            prop_assert!(close(&flat(gradients.get(&vx).unwrap()), &dx));
            prop_assert!(close(&flat(gradients.get(&vw).unwrap()), &dw));
        }

        #[test]
        fn the_fused_form_adds_bias_and_activation((n, c, o, h, w, k, g) in sizes(), seed in 0..u64::MAX) {
            let (x, weights, bias) = (reference::noise(seed, n * c * h * w), reference::noise(seed ^ 1, o * c * k * k), reference::noise(seed ^ 3, o));
            let mut expected = reference::Conv { n, c, h, w, o, k, g }.forward(&x, &weights);
            let plane = expected.len() / (n * o);
            for (i, value) in expected.iter_mut().enumerate() {
                *value = (*value + bias[i / plane % o]).max(0.0);
            }
            let bias: Vec<f32> = bias.iter().map(|b| *b as f32).collect();
            let bias = Tensor::from_vec(bias, o, &Device::Cpu).unwrap();
            let y = convolve_biased(&tensor(&x, (n, c, h, w)), &tensor(&weights, (o, c, k, k)), &bias, g, Activation::Relu).unwrap();
            prop_assert!(close(&flat(&y), &expected));
        }
    }

    #[test]
    fn a_large_image_is_cut_into_blocks_without_a_seam() {
        let (c, o, h, w, k, g) = (24, 8, 70, 66, 3, Geometry::symmetric(1, 1));
        let (x, weights) = (reference::noise(7, c * h * w), reference::noise(8, o * c * k * k));
        let y = convolve(&tensor(&x, (1, c, h, w)), &tensor(&weights, (o, c, k, k)), g).unwrap();
        assert!(close(&flat(&y), &reference::Conv { n: 1, c, h, w, o, k, g }.forward(&x, &weights)));
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused_with_the_sizes() {
        let x = Tensor::zeros((1, 3, 8, 8), candle_core::DType::F32, &Device::Cpu).unwrap();
        let w = Tensor::zeros((4, 2, 3, 3), candle_core::DType::F32, &Device::Cpu).unwrap();
        let error = convolve(&x, &w, Geometry::symmetric(1, 1)).unwrap_err().to_string();
        assert!(error.contains("3 channels") && error.contains("expects 2"), "{error}");
        let w = Tensor::zeros((4, 3, 9, 9), candle_core::DType::F32, &Device::Cpu).unwrap();
        assert!(
            convolve(&x, &w, Geometry::symmetric(1, 0)).unwrap_err().to_string().contains("does not fit")
        );
    }
}
