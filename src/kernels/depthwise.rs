//! Depthwise convolution: one kernel for each channel (Howard et al. 2017). Channels are innermost, so a
//! vector holds neighbouring channels of one pixel, and no shuffles are needed.
//!
//! Away from the image's borders, four neighbouring outputs are computed at once, so that each pixel is
//! loaded once for all of them.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::Error;
use super::activation::{Activation, Bounds};
use super::geometry::ConvShape;
use super::parallel::{Scratch, in_parts, part_rows};
use super::simd::{Scalar, Simd, dispatch, each_channel};

/// Neighbouring outputs that are computed at once.
const GROUP: usize = 4;

/// Kernels `(channels, 1, kernel, kernel)`, packed with channels innermost.
#[derive(Clone, Debug)]
pub struct Kernels {
    taps: Vec<f32>,
    bias: Vec<f32>,
}

impl Kernels {
    /// `turned`: rotates the kernels by 180 degrees, for gradients.
    pub(super) fn pack(weights: &[f32], bias: &[f32], s: &ConvShape, turned: bool) -> Result<Self, Error> {
        let (channels, taps) = (s.to.channels, s.kernel * s.kernel);
        if weights.len() != channels * taps
            || s.from.channels != channels
            || !(bias.is_empty() || bias.len() == channels)
        {
            return Err(Error::new(format!(
                "{} weights and {} biases do not fit the depthwise {s:?}",
                weights.len(),
                bias.len()
            )));
        }
        let tap_of = |tap: usize| if turned { taps - 1 - tap } else { tap };
        let values = (0..taps * channels).map(|i| weights[i % channels * taps + tap_of(i / channels)]);
        let mut bias = bias.to_vec();
        bias.resize(channels, 0.0);
        Ok(Self { taps: values.collect(), bias })
    }

    /// `(kernel, kernel, channels)`.
    pub(super) fn taps(&self) -> &[f32] {
        &self.taps
    }
}

/// As [`super::im2col::forward`], with one kernel for each channel.
pub fn forward(
    x: &[f32],
    kernels: &Kernels,
    s: &ConvShape,
    add: Option<&[f32]>,
    activation: Activation,
    scratch: &mut Scratch,
    y: &mut [f32],
) -> Result<(), Error> {
    check(s, x, y, kernels)?;
    if add.is_some_and(|add| add.len() != y.len()) {
        return Err(Error::new("what is added has another shape than the result"));
    }
    let line = s.to.width * s.to.channels;
    let part = part_rows(s.batch * s.to.height, 1);
    in_parts(y, part * line, scratch, |index, y, _| {
        let job = Job {
            x: x.as_ptr(),
            taps: kernels.taps.as_ptr(),
            bias: kernels.bias.as_ptr(),
            add: add.map_or(std::ptr::null(), |add| add[index * part * line..].as_ptr()),
            y: y.as_mut_ptr(),
            first: index * part,
            lines: y.len() / line,
            bounds: activation.bounds(),
            activation,
        };
        // SAFETY: `x`, the kernels, `add` and `y` have been checked against `s`; the part starts at row
        // `first`.
        unsafe {
            run(&job, s);
        }
        Ok(())
    })
}

fn check(s: &ConvShape, x: &[f32], y: &[f32], kernels: &Kernels) -> Result<(), Error> {
    s.check(x, y)?;
    if kernels.taps.len() != s.kernel * s.kernel * s.to.channels || kernels.bias.len() != s.from.channels {
        return Err(Error::new(format!("these kernels do not fit the depthwise {s:?}")));
    }
    Ok(())
}

/// Rows of output pixels, counted over all images.
struct Job {
    x: *const f32,
    taps: *const f32,
    bias: *const f32,
    add: *const f32,
    y: *mut f32,
    first: usize,
    lines: usize,
    bounds: Bounds,
    activation: Activation,
}

dispatch! {
    /// Computes the rows of one part.
    fn run(job: &Job, s: &ConvShape) = run_with
}

#[inline(always)]
unsafe fn run_with<S: Simd>(job: &Job, s: &ConvShape) {
    for line in 0..job.lines {
        // SAFETY: the caller upholds the contract.
        unsafe {
            match (s.kernel, s.geometry.stride) {
                (3, 1) => one_line::<S, 3, 1>(job, s, line),
                (3, 2) => one_line::<S, 3, 2>(job, s, line),
                (5, 1) => one_line::<S, 5, 1>(job, s, line),
                (5, 2) => one_line::<S, 5, 2>(job, s, line),
                (7, 1) => one_line::<S, 7, 1>(job, s, line),
                _ => edge::<S>(job, s, line, 0, s.to.width),
            }
            if !job.activation.is_clamp() {
                let values = s.to.width * s.to.channels;
                // The line is still in the cache.
                job.activation.apply(std::slice::from_raw_parts_mut(job.y.add(line * values), values));
            }
        }
    }
}

#[inline(always)]
unsafe fn one_line<S: Simd, const K: usize, const STRIDE: usize>(job: &Job, s: &ConvShape, line: usize) {
    let pad_begin = s.geometry.pad_begin;
    // The range of outputs whose whole window lies inside the image.
    let inner = pad_begin.div_ceil(STRIDE).min(s.to.width);
    let outer = ((s.from.width + pad_begin + STRIDE).saturating_sub(K) / STRIDE).clamp(inner, s.to.width);
    let groups = (outer - inner) / GROUP;
    // SAFETY: the caller upholds the contract.
    unsafe {
        edge::<S>(job, s, line, 0, inner);
        for group in 0..groups {
            let column = inner + group * GROUP;
            each_channel!(s.from.channels, four::<K, STRIDE>(job, s, line, column));
        }
        edge::<S>(job, s, line, inner + groups * GROUP, s.to.width);
    }
}

/// Position of row `line` of a part: image, and row of the output.
fn place(job: &Job, s: &ConvShape, line: usize) -> (usize, usize) {
    ((job.first + line) / s.to.height, (job.first + line) % s.to.height)
}

/// Four neighbouring outputs, with all window columns inside the image.
#[inline(always)]
unsafe fn four<S: Simd, const K: usize, const STRIDE: usize>(
    channel: usize,
    job: &Job,
    s: &ConvShape,
    line: usize,
    column: usize,
) {
    let channels = s.from.channels;
    let (image, row) = place(job, s, line);
    let (top, bottom) = s.inside(row, s.from.height);
    // SAFETY: `inside` keeps the rows in the image, the caller the columns.
    unsafe {
        let mut sums = [S::load(job.bias.add(channel)); GROUP];
        for ky in top..bottom {
            let y = row * STRIDE + ky - s.geometry.pad_begin;
            let x = column * STRIDE - s.geometry.pad_begin;
            let source = job.x.add(image * s.from.values() + (y * s.from.width + x) * channels + channel);
            let mut taps = [S::splat(0.0); K];
            for (kx, tap) in taps.iter_mut().enumerate() {
                *tap = S::load(job.taps.add((ky * K + kx) * channels + channel));
            }
            for at in 0..(GROUP - 1) * STRIDE + K {
                let value = S::load(source.add(at * channels));
                for (result, sum) in sums.iter_mut().enumerate() {
                    let kx = at.wrapping_sub(result * STRIDE);
                    if kx < K {
                        *sum = sum.mul_add(value, taps[kx]);
                    }
                }
            }
        }
        for (result, sum) in sums.into_iter().enumerate() {
            finish(job, s, line, column + result, channel, sum);
        }
    }
}

/// Outputs `from..to` of a row, whose windows may reach outside the image.
#[inline(always)]
unsafe fn edge<S: Simd>(job: &Job, s: &ConvShape, line: usize, from: usize, to: usize) {
    for column in from..to {
        // SAFETY: the caller upholds the contract.
        unsafe { each_channel!(s.from.channels, one(job, s, line, column)) }
    }
}

#[inline(always)]
unsafe fn one<S: Simd>(channel: usize, job: &Job, s: &ConvShape, line: usize, column: usize) {
    let channels = s.from.channels;
    let (image, row) = place(job, s, line);
    let (top, bottom) = s.inside(row, s.from.height);
    let (left, right) = s.inside(column, s.from.width);
    let stride = s.geometry.stride;
    // SAFETY: `inside` keeps rows and columns in the image.
    unsafe {
        let mut sum = S::load(job.bias.add(channel));
        for ky in top..bottom {
            let y = row * stride + ky - s.geometry.pad_begin;
            for kx in left..right {
                let x = column * stride + kx - s.geometry.pad_begin;
                let at = image * s.from.values() + (y * s.from.width + x) * channels + channel;
                let tap = S::load(job.taps.add((ky * s.kernel + kx) * channels + channel));
                sum = sum.mul_add(S::load(job.x.add(at)), tap);
            }
        }
        finish(job, s, line, column, channel, sum);
    }
}

#[inline(always)]
unsafe fn finish<S: Simd>(job: &Job, s: &ConvShape, line: usize, column: usize, channel: usize, sum: S) {
    let at = (line * s.to.width + column) * s.to.channels + channel;
    // SAFETY: the result lies inside the part.
    unsafe {
        let mut value = sum;
        if !job.add.is_null() {
            value = value.add(S::load(job.add.add(at)));
        }
        let (low, high) = (S::splat(job.bounds.low), S::splat(job.bounds.high));
        value.max(low).min(high).store(job.y.add(at));
    }
}
