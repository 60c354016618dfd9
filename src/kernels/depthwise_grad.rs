//! Gradients of a depthwise convolution.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::Error;
use super::depthwise::Kernels;
use super::geometry::ConvShape;
use super::simd::{Scalar, Simd, dispatch, each_channel};
use rayon::prelude::*;

/// Side of the largest kernel in use; those of 3 and 5 are summed in registers.
const LARGEST: usize = 7;

/// `dW`, `(channels, 1, kernel, kernel)`.
pub(super) fn of_weights(x: &[f32], dy: &[f32], s: &ConvShape) -> Result<Vec<f32>, Error> {
    s.check(x, dy)?;
    if s.from.channels != s.to.channels || s.kernel > LARGEST {
        return Err(Error::new(format!("no gradient for the depthwise {s:?}")));
    }
    let (channels, taps) = (s.from.channels, s.kernel * s.kernel);
    let zeros = vec![0f32; channels];
    let share = s.batch.div_ceil(rayon::current_num_threads());
    let sum = (0..s.batch).into_par_iter().step_by(share).map(|first| {
        let mut dw = vec![0f32; taps * channels];
        for image in first..s.batch.min(first + share) {
            let (x, dy) = (&x[image * s.from.values()..], &dy[image * s.to.values()..]);
            // SAFETY: both images have been checked against `s`; `dw` has a value for each tap and channel.
            unsafe {
                sum_taps(x.as_ptr(), dy.as_ptr(), zeros.as_ptr(), s, dw.as_mut_ptr());
            }
        }
        dw
    });
    let sum = sum.reduce(
        || vec![0f32; taps * channels],
        |mut sum, other| {
            sum.iter_mut().zip(other).for_each(|(a, b)| *a += b);
            sum
        },
    );
    Ok((0..sum.len()).map(|i| sum[i % taps * channels + i / taps]).collect())
}

dispatch! {
    /// Adds one image's `dW` to `dw`, `(kernel, kernel, channels)`.
    fn sum_taps(x: *const f32, dy: *const f32, zeros: *const f32, s: &ConvShape, dw: *mut f32) = sum_taps_with
}

#[inline(always)]
unsafe fn sum_taps_with<S: Simd>(
    x: *const f32,
    dy: *const f32,
    zeros: *const f32,
    s: &ConvShape,
    dw: *mut f32,
) {
    let mut channel = 0;
    // SAFETY: the caller upholds the contract.
    unsafe {
        while channel + S::LANES <= s.from.channels {
            match s.kernel {
                3 => channel_taps::<S, 3>(x, dy, zeros, s, channel, dw),
                5 => channel_taps::<S, 5>(x, dy, zeros, s, channel, dw),
                _ => any_taps::<S>(x, dy, s, channel, dw),
            }
            channel += S::LANES;
        }
        while channel < s.from.channels {
            any_taps::<Scalar>(x, dy, s, channel, dw);
            channel += 1;
        }
    }
}

/// The gradient of all taps for a vector of channels, summed in registers over the whole image. Padding is
/// zero.
#[inline(always)]
unsafe fn channel_taps<S: Simd, const K: usize>(
    x: *const f32,
    dy: *const f32,
    zeros: *const f32,
    s: &ConvShape,
    channel: usize,
    dw: *mut f32,
) {
    let (channels, stride, pad_begin) = (s.from.channels, s.geometry.stride, s.geometry.pad_begin);
    // SAFETY: a tap that lies outside the image reads the zeros.
    unsafe {
        let mut sums = [[S::splat(0.0); K]; K];
        for row in 0..s.to.height {
            let mut lines = [None; K];
            for (ky, line) in lines.iter_mut().enumerate() {
                let y = (row * stride + ky).wrapping_sub(pad_begin);
                *line = (y < s.from.height).then(|| x.add(y * s.from.width * channels + channel));
            }
            for column in 0..s.to.width {
                let gradient = S::load(dy.add((row * s.to.width + column) * channels + channel));
                let first = (column * stride).wrapping_sub(pad_begin);
                for ky in 0..K {
                    let Some(line) = lines[ky] else { continue };
                    for (kx, sum) in sums[ky].iter_mut().enumerate() {
                        let at = first.wrapping_add(kx);
                        let from = if at < s.from.width { line.add(at * channels) } else { zeros };
                        *sum = sum.mul_add(S::load(from), gradient);
                    }
                }
            }
        }
        for (tap, sum) in sums.as_flattened().iter().enumerate() {
            let to = dw.add(tap * channels + channel);
            S::load(to).add(*sum).store(to);
        }
    }
}

#[inline(always)]
unsafe fn any_taps<S: Simd>(x: *const f32, dy: *const f32, s: &ConvShape, channel: usize, dw: *mut f32) {
    let (channels, stride, pad_begin) = (s.from.channels, s.geometry.stride, s.geometry.pad_begin);
    for pixel in 0..s.to.height * s.to.width {
        let (row, column) = (pixel / s.to.width, pixel % s.to.width);
        let ((top, bottom), (left, right)) = (s.inside(row, s.from.height), s.inside(column, s.from.width));
        // SAFETY: `inside` keeps rows and columns in the image.
        unsafe {
            let gradient = S::load(dy.add(pixel * channels + channel));
            for ky in top..bottom {
                for kx in left..right {
                    let (y, at) = (row * stride + ky - pad_begin, column * stride + kx - pad_begin);
                    let value = S::load(x.add((y * s.from.width + at) * channels + channel));
                    let to = dw.add((ky * s.kernel + kx) * channels + channel);
                    S::load(to).mul_add(value, gradient).store(to);
                }
            }
        }
    }
}

/// `dX` for any stride: each pixel sums over the outputs that used it.
pub(super) fn of_image(dy: &[f32], kernels: &Kernels, s: &ConvShape, dx: &mut [f32]) -> Result<(), Error> {
    s.check(dx, dy)?;
    let line = s.from.width * s.from.channels;
    dx.par_chunks_mut(line).enumerate().for_each(|(index, dx)| {
        let (image, row) = (index / s.from.height, index % s.from.height);
        let dy = &dy[image * s.to.values()..];
        // SAFETY: `dy`, the kernels and `dx` have been checked against `s`.
        unsafe {
            gather_line(dy.as_ptr(), kernels.taps().as_ptr(), s, row, dx.as_mut_ptr());
        }
    });
    Ok(())
}

dispatch! {
    /// One row of `dX`.
    fn gather_line(dy: *const f32, taps: *const f32, s: &ConvShape, row: usize, dx: *mut f32) = gather_line_with
}

#[inline(always)]
unsafe fn gather_line_with<S: Simd>(
    dy: *const f32,
    taps: *const f32,
    s: &ConvShape,
    row: usize,
    dx: *mut f32,
) {
    for column in 0..s.from.width {
        // SAFETY: the caller upholds the contract.
        unsafe { each_channel!(s.from.channels, gather_one(dy, taps, s, (row, column), dx)) }
    }
}

#[inline(always)]
unsafe fn gather_one<S: Simd>(
    channel: usize,
    dy: *const f32,
    taps: *const f32,
    s: &ConvShape,
    (row, column): (usize, usize),
    dx: *mut f32,
) {
    let (stride, pad_begin, channels) = (s.geometry.stride, s.geometry.pad_begin, s.from.channels);
    // SAFETY: only results that exist are read.
    unsafe {
        let mut sum = S::splat(0.0);
        let mut ky = (row + pad_begin) % stride;
        while ky < s.kernel && ky <= row + pad_begin {
            let y = (row + pad_begin - ky) / stride;
            let mut kx = (column + pad_begin) % stride;
            while y < s.to.height && kx < s.kernel && kx <= column + pad_begin {
                let x = (column + pad_begin - kx) / stride;
                if x < s.to.width {
                    let gradient = S::load(dy.add((y * s.to.width + x) * channels + channel));
                    sum = sum.mul_add(gradient, S::load(taps.add((ky * s.kernel + kx) * channels + channel)));
                }
                kx += stride;
            }
            ky += stride;
        }
        sum.store(dx.add(column * channels + channel));
    }
}
