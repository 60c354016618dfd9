//! Layer normalisation over the channels of each pixel (Ba et al. 2016).

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::Error;
use super::parallel::{in_chunks, part_rows};
use super::simd::{Scalar, Simd, dispatch, each_channel};

/// Fewest pixels in a part.
const FEWEST: usize = 16;

/// Weights of the normalisation, one for each channel.
struct Line {
    gamma: *const f32,
    beta: *const f32,
    channels: usize,
    epsilon: f32,
}

/// `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`, with mean and variance over the channels.
///
/// # Shapes
/// `x` and `y`: `(pixels, channels)`; `gamma` and `beta`: `(channels,)`.
///
/// # Errors
/// Fails if the lengths do not match.
pub fn layer_norm(
    x: &[f32],
    (gamma, beta): (&[f32], &[f32]),
    epsilon: f32,
    y: &mut [f32],
) -> Result<(), Error> {
    let channels = fits(gamma, &[beta.len()], &[x.len(), y.len()])?;
    let part = part_rows(x.len() / channels, FEWEST) * channels;
    in_chunks(y, part, |index, y| {
        let line = Line { gamma: gamma.as_ptr(), beta: beta.as_ptr(), channels, epsilon };
        let x = &x[index * part..][..y.len()];
        // SAFETY: both parts are the same whole pixels; gamma and beta have a value for each channel.
        unsafe { normalise(x.as_ptr(), y.len() / channels, &line, y.as_mut_ptr()) }
    });
    Ok(())
}

/// The gradient of `x` in [`layer_norm`]. With `z` the normalised value and `g = gamma * dy`:
/// `dx = (g - mean(g) - z * mean(g z)) / sqrt(variance + epsilon)`.
///
/// # Shapes
/// `x`, `dy` and `dx`: `(pixels, channels)`; `gamma`: `(channels,)`.
///
/// # Errors
/// Fails if the lengths do not match.
pub fn gradient_of_layer_norm(
    x: &[f32],
    gamma: &[f32],
    epsilon: f32,
    dy: &[f32],
    dx: &mut [f32],
) -> Result<(), Error> {
    let channels = fits(gamma, &[], &[x.len(), dy.len(), dx.len()])?;
    let share = 1.0 / channels as f32;
    for ((x, dy), dx) in x.chunks(channels).zip(dy.chunks(channels)).zip(dx.chunks_mut(channels)) {
        let mean = x.iter().sum::<f32>() * share;
        let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() * share;
        let inverse = 1.0 / (variance + epsilon).sqrt();
        let (mut sum, mut product) = (0f32, 0f32);
        for ((x, dy), gamma) in x.iter().zip(dy).zip(gamma) {
            sum += gamma * dy;
            product += gamma * dy * (x - mean) * inverse;
        }
        for (((dx, x), dy), gamma) in dx.iter_mut().zip(x).zip(dy).zip(gamma) {
            *dx = (gamma * dy - sum * share - (x - mean) * inverse * product * share) * inverse;
        }
    }
    Ok(())
}

/// The number of channels. Fails if the lengths do not match.
fn fits(gamma: &[f32], lines: &[usize], values: &[usize]) -> Result<usize, Error> {
    let channels = gamma.len();
    let first = values.first().copied().unwrap_or_default();
    let all_same = lines.iter().all(|line| *line == channels) && values.iter().all(|value| *value == first);
    if channels == 0 || !all_same || !first.is_multiple_of(channels) {
        return Err(Error::new(format!("{channels} channels to normalise, values {values:?}")));
    }
    Ok(channels)
}

dispatch! {
    fn normalise(x: *const f32, pixels: usize, line: &Line, y: *mut f32) = normalise_with
}

#[inline(always)]
unsafe fn normalise_with<S: Simd>(x: *const f32, pixels: usize, line: &Line, y: *mut f32) {
    let share = 1.0 / line.channels as f32;
    for pixel in 0..pixels {
        let at = pixel * line.channels;
        // SAFETY: the caller upholds the contract.
        unsafe {
            let mean = sums::<S>(x.add(at), line.channels, 0.0).0 * share;
            let variance = sums::<S>(x.add(at), line.channels, mean).1 * share;
            let scaled = (mean, 1.0 / (variance + line.epsilon).sqrt());
            each_channel!(line.channels, scale_one(x.add(at), line, scaled, y.add(at)));
        }
    }
}

#[inline(always)]
unsafe fn scale_one<S: Simd>(
    channel: usize,
    x: *const f32,
    line: &Line,
    (mean, inverse): (f32, f32),
    y: *mut f32,
) {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let z = S::load(x.add(channel)).sub(S::splat(mean)).mul(S::splat(inverse));
        let (gamma, beta) = (S::load(line.gamma.add(channel)), S::load(line.beta.add(channel)));
        beta.mul_add(z, gamma).store(y.add(channel));
    }
}

/// The sums of `x - mean` and of its squares.
#[inline(always)]
unsafe fn sums<S: Simd>(x: *const f32, count: usize, mean: f32) -> (f32, f32) {
    // SAFETY: the caller upholds the contract; the widest vector has 16 lanes.
    unsafe {
        let (mut sum, mut square) = (S::splat(0.0), S::splat(0.0));
        let mut at = 0;
        while at + S::LANES <= count {
            let value = S::load(x.add(at)).sub(S::splat(mean));
            sum = sum.add(value);
            square = square.mul_add(value, value);
            at += S::LANES;
        }
        let mut lanes = [[0f32; 16]; 2];
        sum.store(lanes[0].as_mut_ptr());
        square.store(lanes[1].as_mut_ptr());
        let mut totals = lanes.map(|lanes| lanes.iter().sum::<f32>());
        while at < count {
            let value = *x.add(at) - mean;
            totals[0] += value;
            totals[1] += value * value;
            at += 1;
        }
        (totals[0], totals[1])
    }
}
