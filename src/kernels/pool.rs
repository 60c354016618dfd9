//! The ends of a network: maximum and mean over pixels, and the linear layer.

#![allow(
    clippy::indexing_slicing,
    reason = "every index follows from sizes that are checked against the slices"
)]

use super::Error;
use super::geometry::{ConvShape, Geometry, Shape};
use super::parallel::{in_chunks, part_rows};

/// The largest value under the kernel, a channel each; what lies outside the image never wins.
/// `x`: `(batch, height, width, channels)`; `y`: `(batch, out_h, out_w, channels)`.
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
                // Not `f32::max`, which is a call in WebAssembly.
                for (best, x) in best.iter_mut().zip(&x[from..from + channels]) {
                    *best = if x > best { *x } else { *best };
                }
            }
        }
    }
    Ok(())
}

/// The sizes of [`upsample`]: as those of a kernel of one pixel, but with twice the sides.
pub fn upsampled(from: Shape) -> ConvShape {
    let to = Shape { height: 2 * from.height, width: 2 * from.width, ..from };
    ConvShape { batch: 1, from, to, kernel: 1, geometry: Geometry::symmetric(1, 0) }
}

/// Every pixel four times, as a square of two by two.
/// `x`: `(batch, height, width, channels)`; `y`: `(batch, 2 height, 2 width, channels)`.
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

/// The gradient of [`upsample`]: every pixel's is the sum of its four.
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

/// The mean over all pixels of one image, a channel each. `x`: `(height, width, channels)`; `y`: `(channels,)`.
pub fn mean(x: &[f32], shape: Shape, y: &mut [f32]) -> Result<(), Error> {
    if x.len() != shape.values() || y.len() != shape.channels || x.is_empty() {
        return Err(Error::new(format!("{} values are not an image of {shape:?}", x.len())));
    }
    y.fill(0.0);
    for pixel in x.chunks_exact(shape.channels) {
        y.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
    }
    let share = 1.0 / (shape.height * shape.width) as f32;
    y.iter_mut().for_each(|sum| *sum *= share);
    Ok(())
}

/// `y = w x + bias`. `w`: `(outputs, inputs)`.
pub fn linear(x: &[f32], w: &[f32], bias: &[f32], y: &mut [f32]) -> Result<(), Error> {
    if w.len() != x.len() * y.len() || bias.len() != y.len() || x.is_empty() {
        return Err(Error::new(format!("{} weights do not take {} values to {}", w.len(), x.len(), y.len())));
    }
    let part = part_rows(y.len(), 64);
    in_chunks(y, part, |index, y| {
        let lines = w.chunks_exact(x.len()).zip(bias).skip(index * part);
        for (y, (line, bias)) in y.iter_mut().zip(lines) {
            // Eight sums side by side: the compiler makes vectors of them, and the rounding is the same on every machine.
            let mut sums = [0f32; 8];
            for (x, w) in x.chunks(8).zip(line.chunks(8)) {
                sums.iter_mut().zip(x.iter().zip(w)).for_each(|(sum, (x, w))| *sum += x * w);
            }
            *y = bias + sums.iter().sum::<f32>();
        }
    });
    Ok(())
}
