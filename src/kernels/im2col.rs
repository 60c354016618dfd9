//! Dense convolution as im2col and GEMM.
//!
//! Channels are innermost, so a 1x1 convolution is the matrix product alone. For a larger kernel, the values
//! under it are copied into one row for each output pixel (im2col, Chellapilla et al. 2006). This is done for
//! a block of pixels at a time, so that the block stays in the cache until it is multiplied.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::gemm::{Epilogue, Panels, multiply};
use super::geometry::ConvShape;
use super::parallel::{Scratch, in_parts, part_rows};
use super::simd::Scalar;
use super::simd::{Simd, dispatch};
use super::{Activation, Error};

/// Values in an im2col block: 128 KiB, which fits into the L2 cache beside a panel.
const BLOCK: usize = 32 * 1024;

/// Packs weights `(out_channels, channels, kernel, kernel)` for the GEMM, with the depth in the order row,
/// column, channel.
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn pack(weights: &[f32], bias: &[f32], s: &ConvShape) -> Result<Panels, Error> {
    let (channels, k) = (s.from.channels, s.kernel);
    if weights.len() != s.taps() * s.to.channels || !(bias.is_empty() || bias.len() == s.to.channels) {
        return Err(Error::new(format!(
            "{} weights and {} biases do not fit {s:?}",
            weights.len(),
            bias.len()
        )));
    }
    Ok(Panels::pack(s.taps(), s.to.channels, bias, |depth, out| {
        let (tap, channel) = (depth / channels, depth % channels);
        weights[(out * channels + channel) * k * k + tap]
    }))
}

/// `y = activation(x * w + bias + add)`, with `panels` from [`pack`].
///
/// # Shapes
/// `x`: `(batch, height, width, channels)`; `y` and `add`: `(batch, out_height, out_width, out_channels)`.
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn forward(
    x: &[f32],
    panels: &Panels,
    s: &ConvShape,
    add: Option<&[f32]>,
    activation: Activation,
    scratch: &mut Scratch,
    y: &mut [f32],
) -> Result<(), Error> {
    s.check(x, y)?;
    let wide = s.to.channels;
    let part = part_rows(s.rows(), FEWEST);
    in_parts(y, part * wide, scratch, |index, y, scratch| {
        let first = index * part;
        let rows = y.len() / wide;
        let step = block_rows(s);
        for from in (0..rows).step_by(step) {
            let count = step.min(rows - from);
            let add = add.map(|add| &add[(first + from) * wide..]);
            let finish = Epilogue { add, bounds: activation.bounds() };
            let a = gathered(x, s, first + from, count, scratch);
            let y = &mut y[from * wide..(from + count) * wide];
            multiply(count, a, panels, (&mut *y, wide), finish)?;
            activation.apply_curve(y);
        }
        Ok(())
    })
}

/// Fewest rows in a part: with fewer, reading all weights again costs more than the parallelism saves.
pub(super) const FEWEST: usize = 24;

/// Output pixels in a block, so that their im2col rows fit [`BLOCK`]; a multiple of 8.
pub(super) fn block_rows(s: &ConvShape) -> usize {
    (BLOCK / s.taps()).next_multiple_of(8)
}

/// The im2col matrix of `count` output pixels, starting at pixel `first`; for 1x1 convolutions, a part of the
/// image itself.
pub(super) fn gathered<'a>(
    x: &'a [f32],
    s: &ConvShape,
    first: usize,
    count: usize,
    scratch: &'a mut Vec<f32>,
) -> &'a [f32] {
    if s.is_pointwise() {
        return &x[first * s.taps()..(first + count) * s.taps()];
    }
    scratch.resize(scratch.len().max(count * s.taps()), 0.0);
    let lines = &mut scratch[..count * s.taps()];
    // SAFETY: `forward` and `backward` have checked `x` against `s`, and `lines` has room for `count` pixels.
    unsafe {
        gather(x.as_ptr(), s, first, count, lines.as_mut_ptr());
    }
    lines
}

dispatch! {
    /// Copies the values under the kernel, one row for each output pixel.
    fn gather(x: *const f32, s: &ConvShape, first: usize, count: usize, lines: *mut f32) = gather_with
}

#[inline(always)]
unsafe fn gather_with<S: Simd>(x: *const f32, s: &ConvShape, first: usize, count: usize, lines: *mut f32) {
    let channels = s.from.channels;
    let stride = s.geometry.stride;
    let mut line = lines;
    for pixel in first..first + count {
        let (row, column) = (pixel / s.to.width % s.to.height, pixel % s.to.width);
        let image = pixel / (s.to.width * s.to.height) * s.from.values();
        let (left, right) = s.inside(column, s.from.width);
        let (top, bottom) = s.inside(row, s.from.height);
        let from_column = (column * stride + left).saturating_sub(s.geometry.pad_begin);
        for ky in 0..s.kernel {
            let run = s.kernel * channels;
            // SAFETY: `inside` keeps rows and columns in the image; a row of `lines` has room for `kernel`
            // runs.
            unsafe {
                if ky < top || ky >= bottom {
                    clear::<S>(line, run);
                } else {
                    let y = row * stride + ky - s.geometry.pad_begin;
                    let source = x.add(image + (y * s.from.width + from_column) * channels);
                    clear::<S>(line, left * channels);
                    copy::<S>(source, line.add(left * channels), (right - left) * channels);
                    clear::<S>(line.add(right * channels), (s.kernel - right) * channels);
                }
                line = line.add(run);
            }
        }
    }
}

/// A short copy, inline because a call of `memcpy` takes longer than copying a few values.
#[inline(always)]
pub(super) unsafe fn copy<S: Simd>(from: *const f32, to: *mut f32, count: usize) {
    let mut at = 0;
    // SAFETY: `count` values can be read and written.
    unsafe {
        while at + S::LANES <= count {
            S::load(from.add(at)).store(to.add(at));
            at += S::LANES;
        }
        while at < count {
            Scalar::load(from.add(at)).store(to.add(at));
            at += 1;
        }
    }
}

#[inline(always)]
pub(super) unsafe fn clear<S: Simd>(to: *mut f32, count: usize) {
    let mut at = 0;
    // SAFETY: `count` values can be written.
    unsafe {
        while at + S::LANES <= count {
            S::splat(0.0).store(to.add(at));
            at += S::LANES;
        }
        while at < count {
            Scalar::splat(0.0).store(to.add(at));
            at += 1;
        }
    }
}
