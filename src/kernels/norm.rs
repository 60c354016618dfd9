//! Batch normalisation while learning (Ioffe and Szegedy 2015), with the activation fused.
//!
//! A network for reading has none: export folds it into the convolution before it.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::candle::{values, with_values};
use super::simd::{Scalar, Simd, dispatch, each_channel};
use super::{Activation, Bounds};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// Each channel's mean and biased variance over batch and pixels.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// One value a channel.
    pub mean: Vec<f32>,
    /// One value a channel, divided by the number of values.
    pub variance: Vec<f32>,
}

/// Pixels whose sums are taken in f32 before they join the f64 ones: a difference of two large f32 sums would lose the
/// variance.
const SHORT: usize = 64;

/// The statistics of `x`: `(batch, height, width, channels)`.
pub fn batch_statistics(x: &Tensor) -> Result<Statistics> {
    let channels = x.dims4()?.3;
    let count = (x.elem_count() / channels) as f64;
    with_values([x], |[x]| {
        let sums = channel_sums(x.len() / channels, channels, |from, to, sums| {
            // SAFETY: pixels `from..to` lie inside `x`; `sums` has two values a channel.
            unsafe {
                squares(x.as_ptr().add(from * channels), to - from, channels, sums.as_mut_ptr());
            }
        });
        let of = |channel: usize| {
            let mean = sums[channel] / count;
            (mean as f32, (sums[channels + channel] / count - mean * mean).max(0.0) as f32)
        };
        let (mean, variance) = (0..channels).map(of).unzip();
        Ok(Statistics { mean, variance })
    })
}

/// Two sums a channel over all pixels. `short(from, to, sums)` writes those of a few pixels.
fn channel_sums(pixels: usize, channels: usize, short: impl Fn(usize, usize, &mut [f32]) + Sync) -> Vec<f64> {
    let share = pixels.div_ceil(rayon::current_num_threads()).next_multiple_of(SHORT);
    let zero = || vec![0f64; 2 * channels];
    (0..pixels)
        .into_par_iter()
        .step_by(share)
        .map(|first| {
            let (mut total, mut sums) = (zero(), vec![0f32; 2 * channels]);
            let end = pixels.min(first + share);
            for from in (first..end).step_by(SHORT) {
                short(from, end.min(from + SHORT), &mut sums);
                total.iter_mut().zip(&sums).for_each(|(total, sum)| *total += f64::from(*sum));
            }
            total
        })
        .reduce(zero, |mut sum, other| {
            sum.iter_mut().zip(other).for_each(|(a, b)| *a += b);
            sum
        })
}

/// `activation(gamma (x - mean) / sqrt(variance + epsilon) + beta)` with the batch's own statistics.
///
/// `x`: `(batch, height, width, channels)`; `gamma`, `beta`: `(channels,)`; `epsilon` keeps a constant channel from
/// dividing by zero. The gradient accounts for the statistics' dependence on `x`.
pub fn normalise_batch(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    statistics: Statistics,
    epsilon: f32,
    activation: Activation,
) -> Result<Tensor> {
    let inverse = statistics.variance.iter().map(|v| 1.0 / (v + epsilon).sqrt()).collect();
    let normalise = Normalise { mean: statistics.mean, inverse, bounds: activation.bounds() };
    x.contiguous()?.apply_op3(gamma, beta, normalise)
}

struct Normalise {
    mean: Vec<f32>,
    /// 1 / standard deviation.
    inverse: Vec<f32>,
    bounds: Bounds,
}

impl CustomOp3 for Normalise {
    fn name(&self) -> &'static str {
        "normalise_batch"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        lx: &Layout,
        gamma: &CpuStorage,
        lg: &Layout,
        beta: &CpuStorage,
        lb: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let channels = lx.shape().dims4()?.3;
        let (gamma, beta) = (values(gamma, lg, self.name())?, values(beta, lb, self.name())?);
        if [gamma.len(), beta.len(), self.mean.len()] != [channels; 3] {
            candle_core::bail!("{channels} channels, but {} scales and {} shifts", gamma.len(), beta.len());
        }
        // One multiply-add a value: y = scale x + shift.
        let scale: Vec<f32> = self.inverse.iter().zip(gamma).map(|(inverse, gamma)| inverse * gamma).collect();
        let shift: Vec<f32> =
            beta.iter().zip(&self.mean).zip(&scale).map(|((beta, mean), scale)| beta - mean * scale).collect();
        let x = values(x, lx, self.name())?;
        let mut y = vec![0f32; x.len()];
        let part = share(x.len(), channels);
        y.par_chunks_mut(part).zip(x.par_chunks(part)).for_each(|(y, x)| {
            // SAFETY: both parts are the same number of whole pixels; scale and shift have a value a channel.
            unsafe {
                let lines = (scale.as_ptr(), shift.as_ptr());
                line_of(x.as_ptr(), y.len() / channels, channels, lines, self.bounds, y.as_mut_ptr());
            }
        });
        Ok((CpuStorage::F32(y), lx.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        _: &Tensor,
        y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [dx, dgamma, dbeta] = with_values([x, gamma, y, dy], |[x, gamma, y, dy]| {
            Ok(self.gradients(x, gamma, y, dy))
        })?;
        let (channels, device) = (dgamma.len(), x.device());
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), device)?),
            Some(Tensor::from_vec(dgamma, channels, device)?),
            Some(Tensor::from_vec(dbeta, channels, device)?),
        ))
    }
}

/// Values of one part: whole pixels, a part a thread.
fn share(values: usize, channels: usize) -> usize {
    (values / channels).div_ceil(rayon::current_num_threads()) * channels
}

impl Normalise {
    /// With `g` the gradient before the activation and `z` the normalised value:
    /// `dbeta = sum g`, `dgamma = sum g z`, `dx = gamma / deviation (g - mean(g) - z mean(g z))`.
    fn gradients(&self, x: &[f32], gamma: &[f32], y: &[f32], dy: &[f32]) -> [Vec<f32>; 3] {
        let channels = self.mean.len();
        let pixels = x.len() / channels;
        let sums = channel_sums(pixels, channels, |from, to, sums| {
            let at = from * channels;
            // SAFETY: pixels `from..to` lie inside all three; `sums` has two values a channel.
            unsafe {
                let read = Read { x: x.as_ptr().add(at), y: y.as_ptr().add(at), dy: dy.as_ptr().add(at) };
                let mean = self.mean.as_ptr();
                products(&read, to - from, channels, mean, self.bounds, sums.as_mut_ptr());
            }
        });
        let dbeta: Vec<f32> = sums[..channels].iter().map(|sum| *sum as f32).collect();
        let dgamma: Vec<f32> = sums[channels..].iter().zip(&self.inverse).map(|(s, i)| *s as f32 * i).collect();
        // dx = a g + b x + c, a line a channel.
        let lines: Vec<[f32; 3]> = (0..channels)
            .map(|c| {
                let a = gamma[c] * self.inverse[c];
                let b = -a * self.inverse[c] * dgamma[c] / pixels as f32;
                [a, b, -a * dbeta[c] / pixels as f32 - b * self.mean[c]]
            })
            .collect();
        let line = |i: usize| lines.iter().map(|line| line[i]).collect::<Vec<f32>>();
        let (a, b, c) = (line(0), line(1), line(2));
        let mut dx = vec![0f32; x.len()];
        let part = share(x.len(), channels);
        let read = x.par_chunks(part).zip(y.par_chunks(part)).zip(dy.par_chunks(part));
        dx.par_chunks_mut(part).zip(read).for_each(|(dx, ((x, y), dy))| {
            // SAFETY: all four parts are the same number of whole pixels; the lines have a value a channel.
            unsafe {
                let read = Read { x: x.as_ptr(), y: y.as_ptr(), dy: dy.as_ptr() };
                let lines = [a.as_ptr(), b.as_ptr(), c.as_ptr()];
                descend(&read, dx.len() / channels, channels, &lines, self.bounds, dx.as_mut_ptr());
            }
        });
        [dx, dgamma, dbeta]
    }
}

/// What the gradient is computed from.
struct Read {
    x: *const f32,
    y: *const f32,
    dy: *const f32,
}

dispatch! {
    /// Each channel's sum of values and of squares.
    fn squares(x: *const f32, pixels: usize, channels: usize, sums: *mut f32) = squares_with
}
dispatch! {
    /// `y = bounds(scale x + shift)`.
    fn line_of(x: *const f32, pixels: usize, channels: usize, lines: (*const f32, *const f32), bounds: Bounds, y: *mut f32) = line_with
}
dispatch! {
    /// Each channel's sum of `g` and of `g (x - mean)`.
    fn products(read: &Read, pixels: usize, channels: usize, mean: *const f32, bounds: Bounds, sums: *mut f32) = products_with
}
dispatch! {
    /// `dx = a g + b x + c`.
    fn descend(read: &Read, pixels: usize, channels: usize, lines: &[*const f32; 3], bounds: Bounds, dx: *mut f32) = descend_with
}

#[inline(always)]
unsafe fn squares_with<S: Simd>(x: *const f32, pixels: usize, channels: usize, sums: *mut f32) {
    // SAFETY: the caller's promise.
    unsafe { each_channel!(channels, squares_of(x, pixels, channels, sums)) }
}

#[inline(always)]
unsafe fn squares_of<S: Simd>(channel: usize, x: *const f32, pixels: usize, channels: usize, sums: *mut f32) {
    // SAFETY: the caller's promise.
    unsafe {
        let (mut sum, mut square) = (S::splat(0.0), S::splat(0.0));
        for pixel in 0..pixels {
            let value = S::load(x.add(pixel * channels + channel));
            sum = sum.add(value);
            square = square.mul_add(value, value);
        }
        sum.store(sums.add(channel));
        square.store(sums.add(channels + channel));
    }
}

#[inline(always)]
unsafe fn line_with<S: Simd>(
    x: *const f32,
    pixels: usize,
    channels: usize,
    lines: (*const f32, *const f32),
    bounds: Bounds,
    y: *mut f32,
) {
    for pixel in 0..pixels {
        let at = pixel * channels;
        // SAFETY: the caller's promise.
        unsafe { each_channel!(channels, line_at(x.add(at), lines, bounds, y.add(at))) }
    }
}

#[inline(always)]
unsafe fn line_at<S: Simd>(
    channel: usize,
    x: *const f32,
    (scale, shift): (*const f32, *const f32),
    bounds: Bounds,
    y: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let value = S::load(x.add(channel));
        let value = S::load(shift.add(channel)).mul_add(value, S::load(scale.add(channel)));
        value.max(S::splat(bounds.low)).min(S::splat(bounds.high)).store(y.add(channel));
    }
}

#[inline(always)]
unsafe fn products_with<S: Simd>(read: &Read, pixels: usize, channels: usize, mean: *const f32, bounds: Bounds, sums: *mut f32) {
    // SAFETY: the caller's promise.
    unsafe { each_channel!(channels, products_of(read, pixels, channels, mean, bounds, sums)) }
}

#[inline(always)]
unsafe fn products_of<S: Simd>(
    channel: usize,
    read: &Read,
    pixels: usize,
    channels: usize,
    mean: *const f32,
    bounds: Bounds,
    sums: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mean = S::load(mean.add(channel));
        let (low, high) = (S::splat(bounds.low), S::splat(bounds.high));
        let (mut sum, mut product) = (S::splat(0.0), S::splat(0.0));
        for pixel in 0..pixels {
            let at = pixel * channels + channel;
            let g = S::load(read.dy.add(at)).within(S::load(read.y.add(at)), low, high);
            sum = sum.add(g);
            product = product.mul_add(g, S::load(read.x.add(at)).sub(mean));
        }
        sum.store(sums.add(channel));
        product.store(sums.add(channels + channel));
    }
}

#[inline(always)]
unsafe fn descend_with<S: Simd>(
    read: &Read,
    pixels: usize,
    channels: usize,
    lines: &[*const f32; 3],
    bounds: Bounds,
    dx: *mut f32,
) {
    for pixel in 0..pixels {
        // SAFETY: the caller's promise.
        unsafe { each_channel!(channels, descend_at(read, pixel * channels, lines, bounds, dx)) }
    }
}

#[inline(always)]
unsafe fn descend_at<S: Simd>(
    channel: usize,
    read: &Read,
    first: usize,
    [a, b, c]: &[*const f32; 3],
    bounds: Bounds,
    dx: *mut f32,
) {
    let at = first + channel;
    // SAFETY: the caller's promise.
    unsafe {
        let (low, high) = (S::splat(bounds.low), S::splat(bounds.high));
        let g = S::load(read.dy.add(at)).within(S::load(read.y.add(at)), low, high);
        let rest = S::load(c.add(channel)).mul_add(S::load(b.add(channel)), S::load(read.x.add(at)));
        rest.mul_add(S::load(a.add(channel)), g).store(dx.add(at));
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::noise;
    use super::*;
    use candle_core::{Device, Var};
    use proptest::prelude::*;

    const EPSILON: f64 = 1e-3;

    /// The definition, in f64, weighted and summed: the number whose gradient is checked.
    fn weighted(
        x: &[f64],
        gamma: &[f64],
        beta: &[f64],
        r: &[f64],
        (n, c, p): (usize, usize, usize),
        relu: bool,
    ) -> f64 {
        let mut total = 0.0;
        for channel in 0..c {
            let at: Vec<usize> =
                (0..n * p).map(|pixel| pixel * c + channel).collect();
            let mean = at.iter().map(|i| x[*i]).sum::<f64>() / at.len() as f64;
            let variance = at.iter().map(|i| (x[*i] - mean).powi(2)).sum::<f64>() / at.len() as f64;
            for i in at {
                let y = gamma[channel] * (x[i] - mean) / (variance + EPSILON).sqrt() + beta[channel];
                total += r[i] * if relu { y.max(0.0) } else { y };
            }
        }
        total
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn value_and_gradients_agree_with_finite_differences(n in 2..4usize, c in 1..20usize, h in 2..4usize, relu: bool, seed in 0..u64::MAX) {
            let p = h * h;
            let (x, gamma, beta, r) = (noise(seed, n * c * p), noise(seed ^ 1, c), noise(seed ^ 2, c), noise(seed ^ 3, n * c * p));
            let f32s = |v: &[f64]| v.iter().map(|v| *v as f32).collect::<Vec<f32>>();
            let var = |v: &[f64], shape: &[usize]| Var::from_tensor(&Tensor::from_vec(f32s(v), shape, &Device::Cpu).unwrap()).unwrap();
            let (vx, vg, vb) = (var(&x, &[n, h, h, c]), var(&gamma, &[c]), var(&beta, &[c]));
            let activation = if relu { Activation::Relu } else { Activation::Identity };
            let y = normalise_batch(&vx, &vg, &vb, batch_statistics(&vx).unwrap(), EPSILON as f32, activation).unwrap();
            let loss = (y * Tensor::from_vec(f32s(&r), (n, h, h, c), &Device::Cpu).unwrap()).unwrap().sum_all().unwrap();
            let dims = (n, c, p);
            let expected = weighted(&x, &gamma, &beta, &r, dims, relu);
            prop_assert!((loss.to_scalar::<f32>().unwrap() as f64 - expected).abs() < 1e-3);

            let gradients = loss.backward().unwrap();
            let step = 1e-6;
            let slope = |values: &[f64], i: usize, of: &dyn Fn(&[f64]) -> f64| {
                let moved = |by: f64| { let mut v = values.to_vec(); v[i] += by; of(&v) };
                ((moved(step) - moved(-step)) / (2.0 * step), (moved(step) - 2.0 * of(values) + moved(-step)).abs() / step)
            };
            for (var, values, of) in [
                (&vx, &x, &(|v: &[f64]| weighted(v, &gamma, &beta, &r, dims, relu)) as &dyn Fn(&[f64]) -> f64),
                (&vg, &gamma, &|v: &[f64]| weighted(&x, v, &beta, &r, dims, relu)),
                (&vb, &beta, &|v: &[f64]| weighted(&x, &gamma, v, &r, dims, relu)),
            ] {
                let ours: Vec<f32> = gradients.get(var).unwrap().flatten_all().unwrap().to_vec1().unwrap();
                for (i, ours) in ours.iter().enumerate() {
                    let (slope, kink) = slope(values, i, of);
                    // A ReLU's corner within the step has no slope to compare with.
                    if kink < 1e-3 {
                        prop_assert!((*ours as f64 - slope).abs() < 2e-3 * (1.0 + slope.abs()), "{ours} {slope}");
                    }
                }
            }
        }
    }
}
