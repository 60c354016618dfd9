//! Dense convolution as matrix products over blocks of result rows.
//!
//! For one image and one block of result rows the values under the kernel are laid out as a matrix of taps,
//! `(channels * kernel_h * kernel_w, block pixels)` (Chellapilla et al. 2006, "im2col"). With weights `W` and taps `T`:
//! forward `Y = W T`; gradients `dW = dY T^t`, `dT = W^t dY`, and `dX` is `dT` added back to where the taps came from.
//! A block is small enough for its taps to stay in the cache between being written and being multiplied.

#![allow(
    clippy::indexing_slicing,
    reason = "every index follows from `Sizes`, which has been checked against the slices"
)]

use super::Activation;
use super::geometry::Sizes;
use super::matmul::{Into, Place, multiply};
use candle_core::Result;
use rayon::prelude::*;

/// Taps of one block, in values: 128 Ki f32 are half of a common 1 MiB second-level cache.
const BLOCK: usize = 128 * 1024;

/// `(batch, out_channels, out_h, out_w)`, bias and activation applied while the block is in the cache.
pub(super) fn forward(
    x: &[f32],
    w: &[f32],
    bias: Option<&[f32]>,
    activation: Activation,
    s: &Sizes,
) -> Result<Vec<f32>> {
    let mut y = vec![0f32; s.batch * s.out_image()];
    y.par_chunks_mut(s.out_image())
        .zip(x.par_chunks(s.image()))
        .try_for_each_init(Vec::new, |taps, (y, x)| forward_image(x, w, bias, activation, s, taps, y))?;
    Ok(y)
}

fn forward_image(
    x: &[f32],
    w: &[f32],
    bias: Option<&[f32]>,
    activation: Activation,
    s: &Sizes,
    taps: &mut Vec<f32>,
    y: &mut [f32],
) -> Result<()> {
    for rows in blocks(s) {
        let pixels = rows.len() * s.out_w;
        let first = rows.start * s.out_w;
        let out = Place { rows: s.out_channels, columns: pixels, row_stride: s.plane(), column_stride: 1 };
        let weights = (w, Place::row_major(s.out_channels, s.taps()));
        let (values, place) = taps_of(x, s, rows, taps);
        multiply((&mut y[first..], out), weights, (values, place), Into::Replace)?;
        for (channel, plane) in y.chunks_mut(s.plane()).enumerate() {
            let bias = bias.map_or(0.0, |b| b[channel]);
            for value in &mut plane[first..first + pixels] {
                *value = activation.apply(*value + bias);
            }
        }
    }
    Ok(())
}

/// Which gradients are wanted: an image that nothing was computed from needs none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Both,
    Weights,
}

/// Gradients of the image (empty where not wanted) and of the weights, given that of the result.
pub(super) fn backward(
    x: &[f32],
    w: &[f32],
    dy: &[f32],
    s: &Sizes,
    want: Want,
) -> Result<(Vec<f32>, Vec<f32>)> {
    let share = s.batch.div_ceil(rayon::current_num_threads());
    let mut dx = vec![0f32; if want == Want::Both { x.len() } else { s.batch }];
    let dx_image = dx.len() / s.batch;
    let partial: Vec<Vec<f32>> = dx
        .par_chunks_mut(share * dx_image)
        .zip(x.par_chunks(share * s.image()))
        .zip(dy.par_chunks(share * s.out_image()))
        .map(|((dx, x), dy)| {
            let mut dw = vec![0f32; w.len()];
            let (mut taps, mut dtaps) = (Vec::new(), Vec::new());
            let images = dx.chunks_mut(dx_image).zip(x.chunks(s.image())).zip(dy.chunks(s.out_image()));
            for ((dx, x), dy) in images {
                backward_image(x, w, dy, s, want, (&mut taps, &mut dtaps), dx, &mut dw)?;
            }
            Ok(dw)
        })
        .collect::<Result<_>>()?;
    let dw = partial.into_iter().reduce(|mut sum, other| {
        sum.iter_mut().zip(other).for_each(|(a, b)| *a += b);
        sum
    });
    if want == Want::Weights {
        dx.clear();
    }
    Ok((dx, dw.unwrap_or_default()))
}

#[allow(
    clippy::too_many_arguments,
    reason = "the scratch buffers are the caller's so that they are allocated once"
)]
fn backward_image(
    x: &[f32],
    w: &[f32],
    dy: &[f32],
    s: &Sizes,
    want: Want,
    scratch: (&mut Vec<f32>, &mut Vec<f32>),
    dx: &mut [f32],
    dw: &mut [f32],
) -> Result<()> {
    let (taps, dtaps) = scratch;
    let weights = Place::row_major(s.out_channels, s.taps());
    for rows in blocks(s) {
        let pixels = rows.len() * s.out_w;
        let gradient = &dy[rows.start * s.out_w..];
        let place = Place { rows: s.out_channels, columns: pixels, row_stride: s.plane(), column_stride: 1 };
        let (values, taps_place) = taps_of(x, s, rows.clone(), taps);
        multiply((dw, weights), (gradient, place), (values, taps_place.transposed()), Into::Add)?;
        if want == Want::Weights {
            continue;
        }
        if s.is_pointwise() {
            let into = Place { rows: s.channels, columns: pixels, row_stride: s.plane(), column_stride: 1 };
            let first = rows.start * s.out_w;
            multiply((&mut dx[first..], into), (w, weights.transposed()), (gradient, place), Into::Replace)?;
        } else {
            let dplace = Place::row_major(s.taps(), pixels);
            dtaps.resize(s.taps() * pixels, 0.0);
            multiply((dtaps, dplace), (w, weights.transposed()), (gradient, place), Into::Replace)?;
            scatter(dtaps, s, rows, dx);
        }
    }
    Ok(())
}

/// Blocks of whole result rows whose taps fit [`BLOCK`].
fn blocks(s: &Sizes) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
    let rows = (BLOCK / (s.taps() * s.out_w)).clamp(1, s.out_h);
    let out_h = s.out_h;
    (0..out_h).step_by(rows).map(move |from| from..(from + rows).min(out_h))
}

/// The matrix of taps of a block of result rows: the image itself where the kernel is one pixel.
fn taps_of<'a>(
    x: &'a [f32],
    s: &Sizes,
    rows: std::ops::Range<usize>,
    taps: &'a mut Vec<f32>,
) -> (&'a [f32], Place) {
    let pixels = rows.len() * s.out_w;
    if s.is_pointwise() {
        let place = Place { rows: s.channels, columns: pixels, row_stride: s.plane(), column_stride: 1 };
        return (&x[rows.start * s.out_w..], place);
    }
    taps.resize(s.taps() * pixels, 0.0);
    for (tap, line) in taps.chunks_mut(pixels).enumerate() {
        let walk = Walk::new(s, tap);
        for (row, out) in rows.clone().zip(line.chunks_mut(s.out_w)) {
            let Some(source) = walk.source_row(s, row) else {
                out.fill(0.0);
                continue;
            };
            let source = &x[source..source + s.width];
            out[..walk.from].fill(0.0);
            out[walk.to..].fill(0.0);
            let inside = &mut out[walk.from..walk.to];
            if s.geometry.stride == 1 {
                inside.copy_from_slice(&source[walk.column..walk.column + inside.len()]);
            } else {
                let strided = source[walk.column.min(s.width)..].iter().step_by(s.geometry.stride);
                inside.iter_mut().zip(strided).for_each(|(out, value)| *out = *value);
            }
        }
    }
    (taps, Place::row_major(s.taps(), pixels))
}

/// Adds each tap's gradient to the pixel that it was read from: the transpose of [`taps_of`].
fn scatter(dtaps: &[f32], s: &Sizes, rows: std::ops::Range<usize>, dx: &mut [f32]) {
    let pixels = rows.len() * s.out_w;
    for (tap, line) in dtaps.chunks(pixels).enumerate() {
        let walk = Walk::new(s, tap);
        for (row, gradient) in rows.clone().zip(line.chunks(s.out_w)) {
            let Some(target) = walk.source_row(s, row) else { continue };
            let target = &mut dx[target..target + s.width];
            let inside = &gradient[walk.from..walk.to];
            let strided = target[walk.column.min(s.width)..].iter_mut().step_by(s.geometry.stride);
            strided.zip(inside).for_each(|(target, value)| *target += *value);
        }
    }
}

/// Where one tap reads: channel, kernel row, and the result columns `from..to` whose source lies inside the image,
/// the first of them at image column `column`.
struct Walk {
    channel: usize,
    kernel_row: usize,
    from: usize,
    to: usize,
    column: usize,
}

impl Walk {
    fn new(s: &Sizes, tap: usize) -> Self {
        let (stride, before) = (s.geometry.stride, s.geometry.before);
        let kernel_column = tap % s.kernel_w;
        let from = before.saturating_sub(kernel_column).div_ceil(stride).min(s.out_w);
        let end = (s.width + before).saturating_sub(kernel_column).div_ceil(stride);
        Self {
            channel: tap / (s.kernel_h * s.kernel_w),
            kernel_row: tap / s.kernel_w % s.kernel_h,
            from,
            to: end.clamp(from, s.out_w),
            column: (from * stride + kernel_column).saturating_sub(before),
        }
    }

    /// The offset in the image of the row that result row `row` reads; `None` in the padding.
    fn source_row(&self, s: &Sizes, row: usize) -> Option<usize> {
        let y = (row * s.geometry.stride + self.kernel_row).checked_sub(s.geometry.before)?;
        (y < s.height).then(|| (self.channel * s.height + y) * s.width)
    }
}
