//! Pooling and upsampling.

#![allow(
    clippy::indexing_slicing,
    reason = "every index follows from sizes that are checked against the slices"
)]

use super::Error;
use super::geometry::{ConvShape, Geometry, Shape};

/// Max pooling. Padding is never the maximum.
///
/// # Shapes
/// `x`: `(batch, height, width, channels)`; `y`: `(batch, out_height, out_width, channels)`.
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn maximum(x: &[f32], s: &ConvShape, y: &mut [f32]) -> Result<(), Error> {
    s.check(x, y)?;
    let channels = s.from.channels;
    for (pixel, best) in y.chunks_mut(channels).enumerate() {
        let (row, column) = (pixel / s.to.width % s.to.height, pixel % s.to.width);
        let image = pixel / (s.to.width * s.to.height) * s.from.values();
        let ((top, bottom), (left, right)) = (s.inside(row, s.from.height), s.inside(column, s.from.width));
        best.fill(f32::NEG_INFINITY);
        for ky in top..bottom {
            for kx in left..right {
                let y = row * s.geometry.stride + ky - s.geometry.pad_begin;
                let at = column * s.geometry.stride + kx - s.geometry.pad_begin;
                let from = image + (y * s.from.width + at) * channels;
                // Not `f32::max`, which is a function call in WebAssembly.
                for (best, x) in best.iter_mut().zip(&x[from..from + channels]) {
                    *best = if x > best { *x } else { *best };
                }
            }
        }
    }
    Ok(())
}

/// Shapes of [`upsample`]: a 1x1 kernel, with an output of twice the sides.
pub fn upsampled(from: Shape) -> ConvShape {
    let to = Shape { height: 2 * from.height, width: 2 * from.width, ..from };
    ConvShape { batch: 1, from, to, kernel: 1, geometry: Geometry::symmetric(1, 0) }
}

/// Nearest-neighbour upsampling by 2: each pixel becomes a 2x2 square.
///
/// # Shapes
/// `x`: `(batch, height, width, channels)`; `y`: `(batch, 2 * height, 2 * width, channels)`.
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn upsample(x: &[f32], s: &ConvShape, y: &mut [f32]) -> Result<(), Error> {
    s.check(x, y)?;
    let channels = s.from.channels;
    for (row, line) in y.chunks_mut(s.to.width * channels).enumerate() {
        let above = &x[row / 2 * s.from.width * channels..][..s.from.width * channels];
        for (pair, pixel) in line.chunks_mut(2 * channels).zip(above.chunks(channels)) {
            pair.chunks_mut(channels).for_each(|place| place.copy_from_slice(pixel));
        }
    }
    Ok(())
}

/// Backward pass of [`upsample`]: the gradient of each pixel is the sum over its 2x2 square.
///
/// # Shapes
/// `dy`: `(batch, 2 * height, 2 * width, channels)`; `dx`: `(batch, height, width, channels)`.
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn gradient_of_upsample(dy: &[f32], s: &ConvShape, dx: &mut [f32]) -> Result<(), Error> {
    s.check(dx, dy)?;
    let channels = s.from.channels;
    dx.fill(0.0);
    for (row, line) in dy.chunks(s.to.width * channels).enumerate() {
        let above = &mut dx[row / 2 * s.from.width * channels..][..s.from.width * channels];
        for (pair, pixel) in line.chunks(2 * channels).zip(above.chunks_mut(channels)) {
            for place in pair.chunks(channels) {
                pixel.iter_mut().zip(place).for_each(|(sum, value)| *sum += value);
            }
        }
    }
    Ok(())
}
