//! Batch normalisation in training (Ioffe and Szegedy 2015), fused with the activation.
//!
//! Inference has none: export folds it into the convolution before it.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::simd::{Scalar, Simd, dispatch, each_channel};
use super::{Activation, Bounds, Error};
use rayon::prelude::*;

/// Statistics of a batch, one value for each channel.
#[derive(Clone, Debug)]
pub struct BatchStatistics {
    /// Mean over batch and pixels.
    pub mean: Vec<f32>,
    /// Biased variance: divided by the number of values.
    pub variance: Vec<f32>,
    /// `1 / sqrt(variance + epsilon)`.
    inverse: Vec<f32>,
}

/// What is added to the normalised value before the activation.
pub enum Shortcut<'a> {
    /// Nothing.
    None,
    /// A value of the same shape.
    Value(&'a [f32]),
    /// The previous content of the output: the sum of the branches before.
    Before,
}

/// Pixels that are summed in f32 before the sum is added to an f64 total. With longer f32 sums, the variance
/// would be lost in the difference of two large numbers.
const SHORT: usize = 64;

impl BatchStatistics {
    /// Mean and variance of each channel.
    ///
    /// # Shapes
    /// `x`: `(batch, height, width, channels)`. `epsilon` avoids division by zero where a channel is
    /// constant.
    ///
    /// # Errors
    /// Fails if `x` is empty or its length is not a multiple of `channels`.
    pub fn of(x: &[f32], channels: usize, epsilon: f32) -> Result<Self, Error> {
        if channels == 0 || x.is_empty() || !x.len().is_multiple_of(channels) {
            return Err(Error::new(format!("{} values are not pixels of {channels} channels", x.len())));
        }
        let count = (x.len() / channels) as f64;
        let sums = channel_sums(x.len() / channels, channels, |from, to, sums| {
            // SAFETY: pixels `from..to` lie inside `x`; `sums` has two values a channel.
            unsafe { squares(x.as_ptr().add(from * channels), to - from, channels, sums.as_mut_ptr()) }
        });
        let mean: Vec<f32> = sums[..channels].iter().map(|sum| (sum / count) as f32).collect();
        let variance = |channel: usize| {
            let mean = sums[channel] / count;
            (sums[channels + channel] / count - mean * mean).max(0.0) as f32
        };
        let variance: Vec<f32> = (0..channels).map(variance).collect();
        let inverse = variance.iter().map(|variance| 1.0 / (variance + epsilon).sqrt()).collect();
        Ok(Self { mean, variance, inverse })
    }

    fn fits(&self, gamma: &[f32], values: &[usize]) -> Result<usize, Error> {
        let channels = self.mean.len();
        let first = values.first().copied().unwrap_or_default();
        let all_same = values.iter().all(|length| *length == first);
        if gamma.len() != channels || !all_same || !first.is_multiple_of(channels) {
            return Err(Error::new(format!(
                "{channels} channels, {} scales, values {values:?}",
                gamma.len()
            )));
        }
        Ok(channels)
    }

    /// `y = activation(gamma * (x - mean) / sqrt(variance + epsilon) + beta + shortcut)`.
    ///
    /// # Shapes
    /// `x`, `y` and the shortcut: `(batch, height, width, channels)`; `gamma` and `beta`: `(channels,)`.
    ///
    /// # Errors
    /// Fails if the lengths do not match.
    pub fn normalise(
        &self,
        x: &[f32],
        gamma: &[f32],
        beta: &[f32],
        shortcut: &Shortcut,
        activation: Activation,
        y: &mut [f32],
    ) -> Result<(), Error> {
        clamps(activation)?;
        let added = if let Shortcut::Value(value) = shortcut { value.len() } else { x.len() };
        let channels = self.fits(gamma, &[x.len(), y.len(), added])?;
        self.fits(beta, &[x.len()])?;
        // In one multiply-add for each value: `y = scale * x + shift`.
        let scale: Vec<f32> =
            self.inverse.iter().zip(gamma).map(|(inverse, gamma)| inverse * gamma).collect();
        let shift: Vec<f32> = beta
            .iter()
            .zip(&self.mean)
            .zip(&scale)
            .map(|((beta, mean), scale)| beta - mean * scale)
            .collect();
        let part = share(x.len(), channels);
        y.par_chunks_mut(part).zip(x.par_chunks(part)).enumerate().for_each(|(index, (y, x))| {
            let add = match shortcut {
                Shortcut::None => std::ptr::null(),
                Shortcut::Value(value) => value[index * part..].as_ptr(),
                Shortcut::Before => y.as_ptr(),
            };
            let line =
                ScaleShift { scale: scale.as_ptr(), shift: shift.as_ptr(), add, bounds: activation.bounds() };
            // SAFETY: all parts are the same number of whole pixels; scale and shift have a value for each
            // channel. Where `add` is `y` itself, each value is read before it is written.
            unsafe { line_of(x.as_ptr(), y.len() / channels, channels, &line, y.as_mut_ptr()) }
        });
        Ok(())
    }

    /// The backward pass through activation and normalisation. `y` is the forward pass's result and `dy` its
    /// gradient. `dy` becomes `g`, the gradient before the activation, which is also the shortcut's. Writes
    /// `dx`; returns the gradients of gamma and beta.
    ///
    /// With `z` the normalised value: `dbeta = sum g`, `dgamma = sum g z`, `dx = gamma / sqrt(variance +
    /// epsilon) * (g - mean(g) - z * mean(g z))`.
    ///
    /// # Shapes
    /// `x`, `y`, `dy` and `dx`: `(batch, height, width, channels)`; `gamma`, and the returned gradients:
    /// `(channels,)`.
    ///
    /// # Errors
    /// Fails if the lengths do not match.
    pub fn gradient(
        &self,
        x: &[f32],
        gamma: &[f32],
        y: &[f32],
        activation: Activation,
        dy: &mut [f32],
        dx: &mut [f32],
    ) -> Result<(Vec<f32>, Vec<f32>), Error> {
        clamps(activation)?;
        let channels = self.fits(gamma, &[x.len(), y.len(), dy.len(), dx.len()])?;
        let pixels = x.len() / channels;
        let bounds = activation.bounds();
        let part = share(x.len(), channels);
        dy.par_chunks_mut(part).zip(y.par_chunks(part)).for_each(|(dy, y)| {
            if activation != Activation::Identity {
                // SAFETY: both parts have the same length.
                unsafe { pass(y.as_ptr(), dy.len(), bounds, dy.as_mut_ptr()) }
            }
        });
        let g = &*dy;
        let sums = channel_sums(pixels, channels, |from, to, sums| {
            let at = from * channels;
            // SAFETY: pixels `from..to` lie inside both; `sums` has two values for each channel.
            unsafe {
                let (x, g) = (x.as_ptr().add(at), g.as_ptr().add(at));
                products(x, g, to - from, channels, self.mean.as_ptr(), sums.as_mut_ptr());
            }
        });
        let dbeta: Vec<f32> = sums[..channels].iter().map(|sum| *sum as f32).collect();
        let dgamma: Vec<f32> =
            sums[channels..].iter().zip(&self.inverse).map(|(s, i)| *s as f32 * i).collect();
        // `dx = a * g + b * x + c`, with one `a`, `b` and `c` for each channel.
        let lines: Vec<[f32; 3]> = (0..channels)
            .map(|c| {
                let a = gamma[c] * self.inverse[c];
                let b = -a * self.inverse[c] * dgamma[c] / pixels as f32;
                [a, b, -a * dbeta[c] / pixels as f32 - b * self.mean[c]]
            })
            .collect();
        let line = |i: usize| lines.iter().map(|line| line[i]).collect::<Vec<f32>>();
        let (a, b, c) = (line(0), line(1), line(2));
        let read = x.par_chunks(part).zip(g.par_chunks(part));
        dx.par_chunks_mut(part).zip(read).for_each(|(dx, (x, g))| {
            let lines = [a.as_ptr(), b.as_ptr(), c.as_ptr()];
            // SAFETY: all three parts are the same number of whole pixels; the lines have a value for each
            // channel.
            unsafe { descend(x.as_ptr(), g.as_ptr(), dx.len() / channels, channels, &lines, dx.as_mut_ptr()) }
        });
        Ok((dgamma, dbeta))
    }
}

/// Fails for an activation whose gradient cannot be told from its result.
fn clamps(activation: Activation) -> Result<(), Error> {
    if activation.is_clamp() {
        return Ok(());
    }
    Err(Error::new(format!("{activation:?} is not fused with a normalisation")))
}

/// Two sums over all pixels for each channel. `short(from, to, sums)` writes the sums of a few pixels.
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

/// Number of values in one part: whole pixels, one part for each thread.
fn share(values: usize, channels: usize) -> usize {
    (values / channels).div_ceil(rayon::current_num_threads()) * channels
}

/// A scale and shift for each channel, and what is added.
struct ScaleShift {
    scale: *const f32,
    shift: *const f32,
    /// Null if nothing is added.
    add: *const f32,
    bounds: Bounds,
}

dispatch! {
    /// For each channel, the sum of the values and of their squares.
    fn squares(x: *const f32, pixels: usize, channels: usize, sums: *mut f32) = squares_with
}
dispatch! {
    /// `y = bounds(scale x + shift + add)`.
    fn line_of(x: *const f32, pixels: usize, channels: usize, line: &ScaleShift, y: *mut f32) = line_with
}
dispatch! {
    /// Sets the gradient to zero where the activation clipped.
    fn pass(y: *const f32, values: usize, bounds: Bounds, dy: *mut f32) = pass_with
}
dispatch! {
    /// For each channel, the sum of `g` and of `g * (x - mean)`.
    fn products(x: *const f32, g: *const f32, pixels: usize, channels: usize, mean: *const f32, sums: *mut f32) = products_with
}
dispatch! {
    /// `dx = a * g + b * x + c`.
    fn descend(x: *const f32, g: *const f32, pixels: usize, channels: usize, lines: &[*const f32; 3], dx: *mut f32) = descend_with
}

#[inline(always)]
unsafe fn squares_with<S: Simd>(x: *const f32, pixels: usize, channels: usize, sums: *mut f32) {
    // SAFETY: the caller upholds the contract.
    unsafe { each_channel!(channels, squares_of(x, pixels, channels, sums)) }
}

#[inline(always)]
unsafe fn squares_of<S: Simd>(channel: usize, x: *const f32, pixels: usize, channels: usize, sums: *mut f32) {
    // SAFETY: the caller upholds the contract.
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
unsafe fn line_with<S: Simd>(x: *const f32, pixels: usize, channels: usize, line: &ScaleShift, y: *mut f32) {
    for pixel in 0..pixels {
        // SAFETY: the caller upholds the contract.
        unsafe { each_channel!(channels, line_at(pixel * channels, x, line, y)) }
    }
}

#[inline(always)]
unsafe fn line_at<S: Simd>(channel: usize, first: usize, x: *const f32, line: &ScaleShift, y: *mut f32) {
    let at = first + channel;
    // SAFETY: the caller upholds the contract.
    unsafe {
        let scale = S::load(line.scale.add(channel));
        let mut value = S::load(line.shift.add(channel)).mul_add(S::load(x.add(at)), scale);
        if !line.add.is_null() {
            value = value.add(S::load(line.add.add(at)));
        }
        value.max(S::splat(line.bounds.low)).min(S::splat(line.bounds.high)).store(y.add(at));
    }
}

#[inline(always)]
unsafe fn pass_with<S: Simd>(y: *const f32, values: usize, bounds: Bounds, dy: *mut f32) {
    // SAFETY: the caller upholds the contract.
    unsafe { each_channel!(values, pass_at(y, bounds, dy)) }
}

#[inline(always)]
unsafe fn pass_at<S: Simd>(at: usize, y: *const f32, bounds: Bounds, dy: *mut f32) {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let (low, high) = (S::splat(bounds.low), S::splat(bounds.high));
        S::load(dy.add(at)).within(S::load(y.add(at)), low, high).store(dy.add(at));
    }
}

#[inline(always)]
unsafe fn products_with<S: Simd>(
    x: *const f32,
    g: *const f32,
    pixels: usize,
    channels: usize,
    mean: *const f32,
    sums: *mut f32,
) {
    // SAFETY: the caller upholds the contract.
    unsafe { each_channel!(channels, products_of(x, g, pixels, channels, mean, sums)) }
}

#[inline(always)]
unsafe fn products_of<S: Simd>(
    channel: usize,
    x: *const f32,
    g: *const f32,
    pixels: usize,
    channels: usize,
    mean: *const f32,
    sums: *mut f32,
) {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let mean = S::load(mean.add(channel));
        let (mut sum, mut product) = (S::splat(0.0), S::splat(0.0));
        for pixel in 0..pixels {
            let at = pixel * channels + channel;
            let g = S::load(g.add(at));
            sum = sum.add(g);
            product = product.mul_add(g, S::load(x.add(at)).sub(mean));
        }
        sum.store(sums.add(channel));
        product.store(sums.add(channels + channel));
    }
}

#[inline(always)]
unsafe fn descend_with<S: Simd>(
    x: *const f32,
    g: *const f32,
    pixels: usize,
    channels: usize,
    lines: &[*const f32; 3],
    dx: *mut f32,
) {
    for pixel in 0..pixels {
        // SAFETY: the caller upholds the contract.
        unsafe { each_channel!(channels, descend_at(pixel * channels, x, g, lines, dx)) }
    }
}

#[inline(always)]
unsafe fn descend_at<S: Simd>(
    channel: usize,
    first: usize,
    x: *const f32,
    g: *const f32,
    [a, b, c]: &[*const f32; 3],
    dx: *mut f32,
) {
    let at = first + channel;
    // SAFETY: the caller upholds the contract.
    unsafe {
        let rest = S::load(c.add(channel)).mul_add(S::load(b.add(channel)), S::load(x.add(at)));
        rest.mul_add(S::load(a.add(channel)), S::load(g.add(at))).store(dx.add(at));
    }
}
