//! A scale and a shift for each channel, then the activation: the normalisation of a concatenation, and
//! squeeze-and-excitation, whose factors are computed from the image.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::Error;
use super::activation::{Activation, Bounds};
use super::parallel::{in_chunks, part_rows};
use super::simd::{Scalar, Simd, dispatch, each_channel};

/// Fewest pixels in a part: with fewer, a thread takes longer to begin than to finish.
const FEWEST: usize = 64;

/// Pixels of some channels, and their place among those of an image with more channels.
struct Job {
    x: *const f32,
    scale: *const f32,
    shift: *const f32,
    activation: Activation,
    pixels: usize,
    /// Channels of `x`.
    inner: usize,
    /// Channels from one pixel of the other image to the next.
    outer: usize,
}

/// `y = activation(x * scale + shift)`, written to the channels of `y` from `at` on.
///
/// # Shapes
/// `x`: `(pixels, inner)`; `scale` and `shift`: `(inner,)`; `y`: `(pixels, outer)`.
///
/// # Errors
/// Fails if the lengths do not match.
pub fn affine(
    x: &[f32],
    (scale, shift): (&[f32], &[f32]),
    activation: Activation,
    y: &mut [f32],
    (at, outer): (usize, usize),
) -> Result<(), Error> {
    let inner = scale.len();
    let pixels = fits(x.len(), (scale, shift), y.len(), (at, outer))?;
    let part = part_rows(pixels, FEWEST);
    in_chunks(y, part * outer, |index, y| {
        let (x, pixels) = (&x[index * part * inner..], y.len() / outer);
        let (scale, shift) = (scale.as_ptr(), shift.as_ptr());
        let job = Job { x: x.as_ptr(), scale, shift, activation, pixels, inner, outer };
        // SAFETY: all lengths have been checked; the part is whole pixels, and `at + inner <= outer`.
        unsafe { forward(&job, y[at..].as_mut_ptr()) }
        if !activation.is_clamp() {
            y.chunks_mut(outer).for_each(|pixel| activation.apply(&mut pixel[at..at + inner]));
        }
    });
    Ok(())
}

/// The gradient of `x` in [`affine`]: `dx = dy * activation'(x * scale + shift) * scale`.
///
/// # Shapes
/// As for [`affine`]; `dy` as its `y`, `dx` as its `x`.
///
/// # Errors
/// Fails if the lengths do not match.
pub fn gradient_of_affine(
    x: &[f32],
    (scale, shift): (&[f32], &[f32]),
    activation: Activation,
    dy: &[f32],
    (at, outer): (usize, usize),
    dx: &mut [f32],
) -> Result<(), Error> {
    let inner = scale.len();
    let pixels = fits(x.len(), (scale, shift), dy.len(), (at, outer))?;
    if dx.len() != x.len() {
        return Err(Error::new("a gradient of another length than the value's"));
    }
    let (scale, shift) = (scale.as_ptr(), shift.as_ptr());
    let job = Job { x: x.as_ptr(), scale, shift, activation, pixels, inner, outer };
    // SAFETY: all lengths have been checked, and `at + inner <= outer`.
    unsafe { backward(&job, dy[at..].as_ptr(), dx.as_mut_ptr()) }
    Ok(())
}

/// The gradient of the factors by which each channel was multiplied: the sum of `dy * x` over all pixels.
///
/// # Shapes
/// `x` and `dy`: `(pixels, channels)`; `dby`: `(channels,)`.
///
/// # Errors
/// Fails if the lengths do not match.
pub fn gradient_of_factor(x: &[f32], dy: &[f32], dby: &mut [f32]) -> Result<(), Error> {
    if dby.is_empty() || x.len() != dy.len() || !x.len().is_multiple_of(dby.len()) {
        return Err(Error::new("gradients of factors that are not one a channel"));
    }
    dby.fill(0.0);
    for (x, dy) in x.chunks(dby.len()).zip(dy.chunks(dby.len())) {
        dby.iter_mut().zip(x.iter().zip(dy)).for_each(|(sum, (x, dy))| *sum += x * dy);
    }
    Ok(())
}

/// The number of pixels. Fails if the lengths do not match.
fn fits(
    x: usize,
    (scale, shift): (&[f32], &[f32]),
    y: usize,
    (at, outer): (usize, usize),
) -> Result<usize, Error> {
    let inner = scale.len();
    let is_inside = at.checked_add(inner).is_some_and(|end| end <= outer);
    let pixels = x / inner.max(1);
    if inner == 0 || !is_inside || shift.len() != inner || pixels * inner != x || pixels * outer != y {
        return Err(Error::new(format!(
            "{x} values of {inner} channels do not fit {y} of {outer}, from channel {at} on"
        )));
    }
    Ok(pixels)
}

dispatch! {
    fn forward(job: &Job, y: *mut f32) = forward_with
}
dispatch! {
    fn backward(job: &Job, dy: *const f32, dx: *mut f32) = backward_with
}

#[inline(always)]
unsafe fn forward_with<S: Simd>(job: &Job, y: *mut f32) {
    for pixel in 0..job.pixels {
        // SAFETY: the caller upholds the contract.
        unsafe { each_channel!(job.inner, forward_one(job, pixel, y)) }
    }
}

#[inline(always)]
unsafe fn forward_one<S: Simd>(channel: usize, job: &Job, pixel: usize, y: *mut f32) {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let Bounds { low, high } = job.activation.bounds();
        let value = before::<S>(job, pixel, channel).max(S::splat(low)).min(S::splat(high));
        value.store(y.add(pixel * job.outer + channel));
    }
}

#[inline(always)]
unsafe fn backward_with<S: Simd>(job: &Job, dy: *const f32, dx: *mut f32) {
    for pixel in 0..job.pixels {
        // SAFETY: the caller upholds the contract.
        unsafe { each_channel!(job.inner, backward_one(job, pixel, dy, dx)) }
    }
}

#[inline(always)]
unsafe fn backward_one<S: Simd>(channel: usize, job: &Job, pixel: usize, dy: *const f32, dx: *mut f32) {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let slope = job.activation.slope(before::<S>(job, pixel, channel));
        let dy = S::load(dy.add(pixel * job.outer + channel));
        dy.mul(slope).mul(S::load(job.scale.add(channel))).store(dx.add(pixel * job.inner + channel));
    }
}

/// The value before the activation.
#[inline(always)]
unsafe fn before<S: Simd>(job: &Job, pixel: usize, channel: usize) -> S {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let x = S::load(job.x.add(pixel * job.inner + channel));
        S::load(job.shift.add(channel)).mul_add(x, S::load(job.scale.add(channel)))
    }
}
