//! Batch normalisation while learning (Ioffe and Szegedy 2015), with the activation fused.
//!
//! A network for reading has none: export folds it into the convolution before it.

use super::{Activation, values, with_values};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// Added to the variance so that a constant channel does not divide by zero; the original paper's value.
pub const EPSILON: f32 = 1e-5;

/// Each channel's mean and biased variance over batch and pixels.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// One value a channel.
    pub mean: Vec<f32>,
    /// One value a channel, divided by the number of values.
    pub variance: Vec<f32>,
}

/// The statistics of `x`: `(batch, channels, height, width)`.
pub fn batch_statistics(x: &Tensor) -> Result<Statistics> {
    let (batch, channels, height, width) = x.dims4()?;
    let planes = Planes { channels, plane: height * width, count: (batch * height * width) as f64 };
    with_values([x], |[x]| {
        // Sums in f64: a difference of two large f32 sums would lose the variance.
        let (mean, variance) = planes
            .reduce(x, |x| x.iter().fold((0.0, 0.0), |(s, q), v| (s + *v as f64, q + (*v as f64).powi(2))))
            .into_iter()
            .map(|(sum, squares)| {
                let mean = sum / planes.count;
                (mean as f32, (squares / planes.count - mean * mean).max(0.0) as f32)
            })
            .unzip();
        Ok(Statistics { mean, variance })
    })
}

/// `activation(gamma (x - mean) / sqrt(variance + eps) + beta)` with the batch's own statistics.
///
/// `x`: `(batch, channels, height, width)`; `gamma`, `beta`: `(channels,)`. The gradient accounts for the statistics'
/// dependence on `x`.
pub fn normalise_batch(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    statistics: Statistics,
    activation: Activation,
) -> Result<Tensor> {
    x.contiguous()?.apply_op3(gamma, beta, Normalise { statistics, activation })
}

/// How the channels lie in a batch.
struct Planes {
    channels: usize,
    plane: usize,
    count: f64,
}

impl Planes {
    fn of(shape: &Shape) -> Result<Self> {
        let (batch, channels, height, width) = shape.dims4()?;
        Ok(Self { channels, plane: height * width, count: (batch * height * width) as f64 })
    }

    /// Two sums for each channel over all its planes.
    fn reduce(&self, x: &[f32], sum: impl Fn(&[f32]) -> (f64, f64) + Sync) -> Vec<(f64, f64)> {
        (0..self.channels)
            .into_par_iter()
            .map(|channel| {
                let planes = x.chunks(self.plane).skip(channel).step_by(self.channels);
                planes.map(&sum).fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d))
            })
            .collect()
    }
}

struct Normalise {
    statistics: Statistics,
    activation: Activation,
}

impl Normalise {
    fn inverse_deviation(&self) -> Vec<f32> {
        self.statistics.variance.iter().map(|v| 1.0 / (v + EPSILON).sqrt()).collect()
    }
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
        let planes = Planes::of(lx.shape())?;
        let (gamma, beta) = (values(gamma, lg, self.name())?, values(beta, lb, self.name())?);
        if [gamma.len(), beta.len(), self.statistics.mean.len()] != [planes.channels; 3] {
            candle_core::bail!(
                "{} channels, but {} scales and {} shifts",
                planes.channels,
                gamma.len(),
                beta.len()
            );
        }
        // One multiply-add a value: y = scale x + shift.
        let lines: Vec<(f32, f32)> = self
            .inverse_deviation()
            .iter()
            .zip(gamma.iter().zip(beta))
            .zip(&self.statistics.mean)
            .map(|((inverse, (gamma, beta)), mean)| (gamma * inverse, beta - mean * gamma * inverse))
            .collect();
        let mut y = values(x, lx, self.name())?.to_vec();
        y.par_chunks_mut(planes.plane * planes.channels).for_each(|image| {
            for (plane, (scale, shift)) in image.chunks_mut(planes.plane).zip(&lines) {
                plane.iter_mut().for_each(|v| *v = self.activation.apply(*v * scale + shift));
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
        let planes = Planes::of(x.shape())?;
        let (dx, dgamma, dbeta) =
            with_values([x, gamma, y, dy], |[x, gamma, y, dy]| Ok(self.gradients(&planes, x, gamma, y, dy)))?;
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), device)?),
            Some(Tensor::from_vec(dgamma, planes.channels, device)?),
            Some(Tensor::from_vec(dbeta, planes.channels, device)?),
        ))
    }
}

impl Normalise {
    /// With `g` the gradient before the activation and `z` the normalised value:
    /// `dbeta = sum g`, `dgamma = sum g z`, `dx = gamma / deviation (g - mean(g) - z mean(g z))`.
    fn gradients(
        &self,
        planes: &Planes,
        x: &[f32],
        gamma: &[f32],
        y: &[f32],
        dy: &[f32],
    ) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let inverse = self.inverse_deviation();
        let channel = |c: usize| {
            let pick = |values: &[f32]| values.get(c).copied().unwrap_or_default();
            (pick(&self.statistics.mean), pick(&inverse), pick(gamma))
        };
        let sums: Vec<(f32, f32)> = (0..planes.channels)
            .into_par_iter()
            .map(|c| {
                let (mean, inverse, _) = channel(c);
                let of = |v: &'_ [f32]| -> Vec<std::ops::Range<usize>> {
                    (c..v.len() / planes.plane)
                        .step_by(planes.channels)
                        .map(|p| p * planes.plane..(p + 1) * planes.plane)
                        .collect()
                };
                let (mut sum, mut dot) = (0f64, 0f64);
                for range in of(x) {
                    let (Some(x), Some(y), Some(dy)) =
                        (x.get(range.clone()), y.get(range.clone()), dy.get(range))
                    else {
                        continue;
                    };
                    let (mut s, mut d) = (0f32, 0f32);
                    for ((x, y), dy) in x.iter().zip(y).zip(dy) {
                        let g = self.activation.pass(*y, *dy);
                        s += g;
                        d += g * (x - mean) * inverse;
                    }
                    sum += s as f64;
                    dot += d as f64;
                }
                (sum as f32, dot as f32)
            })
            .collect();
        let mut dx = x.to_vec();
        let image = planes.plane * planes.channels;
        dx.par_chunks_mut(image).zip(y.par_chunks(image)).zip(dy.par_chunks(image)).for_each(
            |((dx, y), dy)| {
                let of_planes =
                    dx.chunks_mut(planes.plane).zip(y.chunks(planes.plane)).zip(dy.chunks(planes.plane));
                for (c, (((dx, y), dy), (sum, dot))) in of_planes.zip(&sums).enumerate() {
                    let (mean, inverse, gamma) = channel(c);
                    let (mean_g, mean_gz) = (sum / planes.count as f32, dot / planes.count as f32);
                    for ((dx, y), dy) in dx.iter_mut().zip(y).zip(dy) {
                        let z = (*dx - mean) * inverse;
                        *dx = gamma * inverse * (self.activation.pass(*y, *dy) - mean_g - z * mean_gz);
                    }
                }
            },
        );
        let (dbeta, dgamma) = sums.into_iter().unzip();
        (dx, dgamma, dbeta)
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::noise;
    use super::*;
    use candle_core::{Device, Var};
    use proptest::prelude::*;

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
                (0..n).flat_map(|i| (0..p).map(move |q| (i * c + channel) * p + q)).collect();
            let mean = at.iter().map(|i| x[*i]).sum::<f64>() / at.len() as f64;
            let variance = at.iter().map(|i| (x[*i] - mean).powi(2)).sum::<f64>() / at.len() as f64;
            for i in at {
                let y = gamma[channel] * (x[i] - mean) / (variance + EPSILON as f64).sqrt() + beta[channel];
                total += r[i] * if relu { y.max(0.0) } else { y };
            }
        }
        total
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn value_and_gradients_agree_with_finite_differences(n in 2..4usize, c in 1..4usize, h in 2..4usize, relu: bool, seed in 0..u64::MAX) {
            let p = h * h;
            let (x, gamma, beta, r) = (noise(seed, n * c * p), noise(seed ^ 1, c), noise(seed ^ 2, c), noise(seed ^ 3, n * c * p));
            let f32s = |v: &[f64]| v.iter().map(|v| *v as f32).collect::<Vec<f32>>();
            let var = |v: &[f64], shape: &[usize]| Var::from_tensor(&Tensor::from_vec(f32s(v), shape, &Device::Cpu).unwrap()).unwrap();
            let (vx, vg, vb) = (var(&x, &[n, c, h, h]), var(&gamma, &[c]), var(&beta, &[c]));
            let activation = if relu { Activation::Relu } else { Activation::Identity };
            let y = normalise_batch(&vx, &vg, &vb, batch_statistics(&vx).unwrap(), activation).unwrap();
            let loss = (y * Tensor::from_vec(f32s(&r), (n, c, h, h), &Device::Cpu).unwrap()).unwrap().sum_all().unwrap();
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
