//! The convolution as a candle operation with gradients.
//!
//! With weights `W` and taps `T` of all result pixels: `Y = T W^t`, `dW = dY^t T`, and for stride 1 `dX` is again a
//! convolution: of `dY` by the kernel turned by half a circle. All of them run the kernels that reading runs.

#![allow(clippy::indexing_slicing, reason = "every index follows from `Sizes`, which is checked against the slices")]

use super::candle::{values, with_values};
use super::geometry::{Extent, Geometry, Sizes};
use super::parallel::Scratch;
use super::{Bounds, dense, dense_gradients, depthwise, depthwise_gradients, winograd};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

/// Convolution (cross-correlation, as every framework has it) with gradients for `x` and `w`.
///
/// `x`: `(batch, height, width, channels)`; `w`: `(out_channels, channels, kernel, kernel)`, or
/// `(channels, 1, kernel, kernel)` for a kernel a channel where there is more than one channel; both f32.
/// Returns `(batch, out_h, out_w, out_channels)` with `out = (size + before + after - kernel) / stride + 1`.
pub fn convolve(x: &Tensor, w: &Tensor, geometry: Geometry) -> Result<Tensor> {
    x.contiguous()?.apply_op2(&w.contiguous()?, Learned { geometry })
}

struct Learned {
    geometry: Geometry,
}

impl Learned {
    /// The sizes, and whether every channel has a kernel of its own.
    fn sizes(&self, x: &Shape, w: &Shape) -> Result<(Sizes, bool)> {
        let (batch, height, width, channels) = x.dims4()?;
        let (out_channels, kernel_channels, kernel, across) = w.dims4()?;
        let is_depthwise = kernel_channels == 1 && channels > 1 && out_channels == channels;
        if kernel != across || !(is_depthwise || kernel_channels == channels) {
            candle_core::bail!("the image has {channels} channels, the kernel {w:?} expects {kernel_channels}");
        }
        let from = Extent { height, width, channels };
        Ok((Sizes::new(batch, from, out_channels, kernel, self.geometry)?, is_depthwise))
    }
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
        let (s, is_depthwise) = self.sizes(lx.shape(), lw.shape())?;
        let (x, w) = (values(x, lx, self.name())?, values(w, lw, self.name())?);
        let mut y = vec![0f32; s.batch * s.to.values()];
        let scratch = &mut Scratch::default();
        if is_depthwise {
            let kernels = depthwise::Kernels::pack(w, &[], &s, false)?;
            depthwise::forward(x, &kernels, &s, None, Bounds::NONE, scratch, &mut y)?;
        } else if winograd::suits(&s) {
            let from = s.from.channels;
            let kernels = winograd::Kernels::pack(&s, &[], |out, channel, tap| w[(out * from + channel) * 9 + tap]);
            winograd::forward(x, &kernels, &s, None, Bounds::NONE, scratch, &mut y)?;
        } else {
            let panels = dense::pack(w, &[], &s)?;
            dense::forward(x, &panels, &s, None, Bounds::NONE, scratch, &mut y)?;
        }
        let shape = Shape::from((s.batch, s.to.height, s.to.width, s.to.channels));
        Ok((CpuStorage::F32(y), shape))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (s, is_depthwise) = self.sizes(x.shape(), w.shape())?;
        // An image that nothing was computed from needs no gradient.
        let wants_image = x.track_op();
        let (dx, dw) = with_values([x, w, dy], |[x, w, dy]| {
            let dx = if wants_image { Some(image_gradient(w, dy, &s, is_depthwise)?) } else { None };
            let dw = if is_depthwise {
                depthwise_gradients::of_weights(x, dy, &s)?
            } else {
                dense_gradients::of_weights(x, dy, &s)?
            };
            Ok((dx, dw))
        })?;
        let dx = dx.map(|dx| Tensor::from_vec(dx, x.shape(), x.device())).transpose()?;
        Ok((dx, Some(Tensor::from_vec(dw, w.shape(), w.device())?)))
    }
}

fn image_gradient(w: &[f32], dy: &[f32], s: &Sizes, is_depthwise: bool) -> Result<Vec<f32>> {
    let mut dx = vec![0f32; s.batch * s.from.values()];
    let scratch = &mut Scratch::default();
    match s.turned() {
        Some(turned) if is_depthwise => {
            let kernels = depthwise::Kernels::pack(w, &[], &turned, true)?;
            depthwise::forward(dy, &kernels, &turned, None, Bounds::NONE, scratch, &mut dx)?;
        }
        Some(turned) if winograd::suits(&turned) => {
            let from = s.from.channels;
            let kernels =
                winograd::Kernels::pack(&turned, &[], |out, channel, tap| w[(channel * from + out) * 9 + 8 - tap]);
            winograd::forward(dy, &kernels, &turned, None, Bounds::NONE, scratch, &mut dx)?;
        }
        _ if is_depthwise => {
            let kernels = depthwise::Kernels::pack(w, &[], s, false)?;
            depthwise_gradients::of_image(dy, &kernels, s, &mut dx)?;
        }
        _ => dense_gradients::of_image(w, dy, s, scratch, &mut dx)?,
    }
    Ok(dx)
}

#[cfg(test)]
mod tests {
    use super::super::reference::{Conv, close, convolutions, narrow, noise};
    use super::*;
    use candle_core::{Device, Var};
    use proptest::prelude::*;

    fn var(values: &[f64], shape: (usize, usize, usize, usize)) -> Var {
        Var::from_tensor(&Tensor::from_vec(narrow(values), shape, &Device::Cpu).unwrap()).unwrap()
    }

    fn flat(t: &Tensor) -> Vec<f32> {
        t.flatten_all().unwrap().to_vec1().unwrap()
    }

    /// Value and both gradients against the plain sums. The gradient of `sum(y r)` is linear in `x` and `w`, so it is
    /// known exactly, without a finite step.
    fn agrees(conv: &Conv, seed: u64) -> bool {
        let s = &conv.s;
        let (x, w) = (noise(seed, s.batch * s.from.values()), noise(seed ^ 1, conv.weights()));
        let vx = var(&x, (s.batch, s.from.height, s.from.width, s.from.channels));
        let per_kernel = conv.weights() / s.to.channels / s.kernel / s.kernel;
        let vw = var(&w, (s.to.channels, per_kernel, s.kernel, s.kernel));
        let y = convolve(&vx, &vw, s.geometry).unwrap();
        let r = noise(seed ^ 2, y.elem_count());
        let weighted = Tensor::from_vec(narrow(&r), y.shape(), &Device::Cpu).unwrap();
        let gradients = (&y * weighted).unwrap().sum_all().unwrap().backward().unwrap();
        let (dx, dw) = conv.backward(&x, &w, &r);
        close(&flat(&y), &conv.forward(&x, &w), 1e-5)
            && close(&flat(gradients.get(&vx).unwrap()), &dx, 1e-5)
            && close(&flat(gradients.get(&vw).unwrap()), &dw, 1e-5)
    }

    proptest! {
        #[test]
        fn the_result_and_both_gradients_agree_with_the_plain_sum(conv in convolutions(), seed in 0..u64::MAX) {
            prop_assert!(agrees(&conv, seed));
        }
    }

    #[test]
    fn a_large_image_is_cut_into_blocks_without_a_seam() {
        for (channels, out, kernel, stride, depthwise) in [
            (24, 40, 3, 1, false),
            (24, 40, 3, 2, false),
            (3, 33, 7, 2, false),
            (130, 24, 1, 1, false),
            (40, 40, 5, 1, true),
            (40, 40, 3, 2, true),
        ] {
            let from = Extent { height: 70, width: 66, channels };
            let geometry = Geometry::symmetric(stride, kernel / 2);
            let s = Sizes::new(2, from, out, kernel, geometry).unwrap();
            assert!(agrees(&Conv { s, depthwise }, 7), "{s:?}");
        }
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused_with_the_sizes() {
        let x = Tensor::zeros((1, 8, 8, 3), candle_core::DType::F32, &Device::Cpu).unwrap();
        let w = Tensor::zeros((4, 2, 3, 3), candle_core::DType::F32, &Device::Cpu).unwrap();
        let error = convolve(&x, &w, Geometry::symmetric(1, 1)).unwrap_err().to_string();
        assert!(error.contains("3 channels") && error.contains("expects 2"), "{error}");
        let w = Tensor::zeros((4, 3, 9, 9), candle_core::DType::F32, &Device::Cpu).unwrap();
        let error = convolve(&x, &w, Geometry::symmetric(1, 0)).unwrap_err().to_string();
        assert!(error.contains("does not fit"), "{error}");
    }
}
