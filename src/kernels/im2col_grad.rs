//! Gradients of a dense convolution.

#![allow(
    clippy::indexing_slicing,
    reason = "every index follows from `ConvShape`, which is checked against the slices"
)]

use super::Error;
use super::gemm::{Epilogue, Panels, multiply};
use super::geometry::ConvShape;
use super::im2col::{FEWEST, gathered};
use super::matmul::{MatrixLayout, add_product};
use super::parallel::{Scratch, in_parts, part_rows, threads};
use rayon::prelude::*;

/// Values in an im2col block: 512 KiB, which fits into the L2 cache.
const BLOCK: usize = 128 * 1024;

/// `dW`, `(out_channels, channels, kernel, kernel)`.
pub(super) fn of_weights(x: &[f32], dy: &[f32], s: &ConvShape) -> Result<Vec<f32>, Error> {
    s.check(x, dy)?;
    let (rows, taps, wide) = (s.rows(), s.taps(), s.to.channels);
    let part = rows.div_ceil(threads());
    let step = (BLOCK / taps).clamp(64, 4096);
    let sum = (0..rows.div_ceil(part)).into_par_iter().map(|index| {
        let (from, to) = (index * part, rows.min((index + 1) * part));
        let mut dw = vec![0f32; wide * taps];
        let mut scratch = Vec::new();
        for first in (from..to).step_by(step) {
            let count = step.min(to - first);
            let taps_of = gathered(x, s, first, count, &mut scratch);
            let gradient = MatrixLayout::row_major(count, wide).transposed();
            let lines = MatrixLayout::row_major(count, taps);
            let out = MatrixLayout::row_major(wide, taps);
            add_product((&mut dw, out), (&dy[first * wide..], gradient), (taps_of, lines))?;
        }
        Ok::<_, Error>(dw)
    });
    let sum = sum.try_reduce(
        || vec![0f32; wide * taps],
        |mut sum, other| {
            sum.iter_mut().zip(other).for_each(|(a, b)| *a += b);
            Ok(sum)
        },
    )?;
    // Here channels are innermost; weights are stored with the kernel innermost.
    let (channels, area) = (s.from.channels, s.kernel * s.kernel);
    if area == 1 {
        return Ok(sum);
    }
    let mut stored = vec![0f32; sum.len()];
    stored.par_chunks_mut(taps).zip(sum.par_chunks(taps)).for_each(|(stored, sum)| {
        for (channel, kernel) in stored.chunks_mut(area).enumerate() {
            kernel.iter_mut().enumerate().for_each(|(tap, value)| *value = sum[tap * channels + channel]);
        }
    });
    Ok(stored)
}

/// `dX` (col2im): the gradient of each im2col value is added to the pixel that it was copied from.
pub(super) fn of_image(
    w: &[f32],
    dy: &[f32],
    s: &ConvShape,
    scratch: &mut Scratch,
    dx: &mut [f32],
) -> Result<(), Error> {
    s.check(dx, dy)?;
    let (channels, area, wide) = (s.from.channels, s.kernel * s.kernel, s.to.channels);
    let weights = Panels::pack(wide, s.taps(), &[], |out, tap| {
        w[(out * channels + tap % channels) * area + tap / channels]
    });
    if s.is_pointwise() {
        let part = part_rows(s.rows(), FEWEST);
        return in_parts(dx, part * channels, scratch, |index, dx, _| {
            let gradient = &dy[index * part * wide..];
            multiply(dx.len() / channels, gradient, &weights, (dx, channels), Epilogue::PLAIN)
        });
    }
    let step = (BLOCK / s.taps()).next_multiple_of(8);
    let pixels = s.to.height * s.to.width;
    in_parts(dx, s.from.values(), scratch, |image, dx, scratch| {
        dx.fill(0.0);
        scratch.resize(scratch.len().max(step * s.taps()), 0.0);
        for first in (0..pixels).step_by(step) {
            let count = step.min(pixels - first);
            let gradient = &dy[(image * pixels + first) * wide..];
            multiply(count, gradient, &weights, (scratch, s.taps()), Epilogue::PLAIN)?;
            for (pixel, line) in scratch.chunks_exact(s.taps()).enumerate().take(count) {
                scatter(line, s, first + pixel, dx);
            }
        }
        Ok(())
    })
}

/// Adds the im2col row of one output pixel to the image.
fn scatter(line: &[f32], s: &ConvShape, pixel: usize, dx: &mut [f32]) {
    let (row, column) = (pixel / s.to.width, pixel % s.to.width);
    let ((top, bottom), (left, right)) = (s.inside(row, s.from.height), s.inside(column, s.from.width));
    let channels = s.from.channels;
    for ky in top..bottom {
        let y = row * s.geometry.stride + ky - s.geometry.pad_begin;
        if left == right {
            continue;
        }
        let x = column * s.geometry.stride + left - s.geometry.pad_begin;
        let to = (y * s.from.width + x) * channels;
        let taps = &line[(ky * s.kernel + left) * channels..(ky * s.kernel + right) * channels];
        dx[to..to + taps.len()].iter_mut().zip(taps).for_each(|(dx, tap)| *dx += tap);
    }
}
