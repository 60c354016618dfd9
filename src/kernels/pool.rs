//! Pooling and upsampling.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; every index follows from sizes that are checked against the slices"
)]

use super::Error;
use super::geometry::{ConvShape, Geometry, Shape};
use super::parallel::{in_chunks, part_rows};
use super::simd::{Scalar, Simd, dispatch, each_channel};

/// Max pooling. Padding is never the maximum.
///
/// # Shapes
/// `x`: `(batch, height, width, channels)`; `y`: `(batch, out_height, out_width, channels)`.
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn maximum(x: &[f32], s: &ConvShape, y: &mut [f32]) -> Result<(), Error> {
    pool(x, s, false, y)
}

/// Average pooling. Padding is not counted.
///
/// # Shapes
/// As for [`maximum`].
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn average(x: &[f32], s: &ConvShape, y: &mut [f32]) -> Result<(), Error> {
    pool(x, s, true, y)
}

fn pool(x: &[f32], s: &ConvShape, is_mean: bool, y: &mut [f32]) -> Result<(), Error> {
    check(x, s, y)?;
    let line = s.to.width * s.to.channels;
    let part = part_rows(s.batch * s.to.height, FEWEST);
    in_chunks(y, part * line, |index, y| {
        // SAFETY: `x` has been checked against `s`; `y` is the rows from `index * part` on.
        unsafe { pool_rows(x.as_ptr(), s, index * part, y.len() / line, is_mean, y.as_mut_ptr()) }
    });
    Ok(())
}

/// Fewest rows in a part.
const FEWEST: usize = 4;

fn check(x: &[f32], s: &ConvShape, y: &[f32]) -> Result<(), Error> {
    s.check(x, y)?;
    if s.from.channels != s.to.channels {
        return Err(Error::new(format!("pooling that changes the channels: {s:?}")));
    }
    Ok(())
}

/// The part of a window that lies inside the image: index of its first value, its rows and its columns.
#[inline(always)]
fn window(s: &ConvShape, pixel: usize) -> (usize, usize, usize) {
    let (row, column) = (pixel / s.to.width % s.to.height, pixel % s.to.width);
    let image = pixel / (s.to.width * s.to.height) * s.from.values();
    let ((top, bottom), (left, right)) = (s.inside(row, s.from.height), s.inside(column, s.from.width));
    let place =
        |at: usize, first: usize| (at * s.geometry.stride + first).saturating_sub(s.geometry.pad_begin);
    let first = place(row, top) * s.from.width + place(column, left);
    (image + first * s.from.channels, bottom - top, right - left)
}

dispatch! {
    /// Pools rows of output pixels, counted over all images.
    fn pool_rows(x: *const f32, s: &ConvShape, first: usize, rows: usize, is_mean: bool, y: *mut f32) = pool_rows_with
}

#[inline(always)]
unsafe fn pool_rows_with<S: Simd>(
    x: *const f32,
    s: &ConvShape,
    first: usize,
    rows: usize,
    is_mean: bool,
    y: *mut f32,
) {
    let channels = s.from.channels;
    for pixel in 0..rows * s.to.width {
        let (from, height, width) = window(s, first * s.to.width + pixel);
        // SAFETY: the window lies inside the image, its result inside the part.
        unsafe {
            let (x, y) = (x.add(from), y.add(pixel * channels));
            each_channel!(channels, pool_one(x, (height, width, s.from.width), channels, is_mean, y));
        }
    }
}

#[inline(always)]
unsafe fn pool_one<S: Simd>(
    channel: usize,
    x: *const f32,
    (height, width, line): (usize, usize, usize),
    channels: usize,
    is_mean: bool,
    y: *mut f32,
) {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let mut most = S::splat(f32::NEG_INFINITY);
        let mut sum = S::splat(0.0);
        for row in 0..height {
            for column in 0..width {
                let value = S::load(x.add((row * line + column) * channels + channel));
                if is_mean {
                    sum = sum.add(value);
                } else {
                    // A NaN stays one: of two values, `max` keeps only the first one's.
                    most = most.max(value).mul_add(value, S::splat(0.0));
                }
            }
        }
        let result = if is_mean { sum.mul(S::splat(1.0 / (height * width) as f32)) } else { most };
        result.store(y.add(channel));
    }
}

/// Backward pass of [`maximum`]: the gradient goes to the first of the largest values of a window.
///
/// # Shapes
/// `x` and `dx`: `(batch, height, width, channels)`; `dy`: `(batch, out_height, out_width, channels)`.
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn gradient_of_maximum(x: &[f32], dy: &[f32], s: &ConvShape, dx: &mut [f32]) -> Result<(), Error> {
    check(x, s, dy)?;
    check(dx, s, dy)?;
    dx.fill(0.0);
    let channels = s.from.channels;
    for (pixel, dy) in dy.chunks(channels).enumerate() {
        let (from, height, width) = window(s, pixel);
        for (channel, dy) in dy.iter().enumerate() {
            let places = (0..height * width)
                .map(|place| from + (place / width * s.from.width + place % width) * channels + channel);
            let best = places.reduce(|best, at| if x[at] > x[best] { at } else { best });
            if let Some(best) = best {
                dx[best] += dy;
            }
        }
    }
    Ok(())
}

/// Backward pass of [`average`]: each pixel of a window gets an equal share.
///
/// # Shapes
/// As for [`gradient_of_maximum`].
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn gradient_of_average(dy: &[f32], s: &ConvShape, dx: &mut [f32]) -> Result<(), Error> {
    check(dx, s, dy)?;
    dx.fill(0.0);
    let channels = s.from.channels;
    for (pixel, dy) in dy.chunks(channels).enumerate() {
        let (from, height, width) = window(s, pixel);
        let share = 1.0 / (height * width) as f32;
        for row in 0..height {
            let first = from + row * s.from.width * channels;
            for dx in dx[first..first + width * channels].chunks_mut(channels) {
                dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy * share);
            }
        }
    }
    Ok(())
}

/// The mean over all pixels.
///
/// # Shapes
/// `x`: `(pixels, channels)`; `y`: `(channels,)`.
///
/// # Errors
/// Fails if the lengths do not match.
pub fn global_average(x: &[f32], y: &mut [f32]) -> Result<(), Error> {
    let (channels, pixels) = (y.len(), of_pixels(x, y)?);
    // Whole vectors of the widest machine.
    let part = if x.len() < SMALL { channels } else { part_rows(channels, 16).next_multiple_of(16) };
    in_chunks(y, part, |index, y| {
        let from = x[index * part..].as_ptr();
        // SAFETY: each of `pixels` rows has the part's channels from here on.
        unsafe { mean_of(from, pixels, channels, y.len(), y.as_mut_ptr()) }
    });
    Ok(())
}

/// Values below which one thread is fastest.
const SMALL: usize = 1 << 15;

/// Backward pass of [`global_average`].
///
/// # Shapes
/// `dy`: `(channels,)`; `dx`: `(pixels, channels)`.
///
/// # Errors
/// Fails if the lengths do not match.
pub fn gradient_of_global_average(dy: &[f32], dx: &mut [f32]) -> Result<(), Error> {
    let share = 1.0 / of_pixels(dx, dy)? as f32;
    for pixel in dx.chunks_mut(dy.len()) {
        pixel.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = dy * share);
    }
    Ok(())
}

fn of_pixels(x: &[f32], y: &[f32]) -> Result<usize, Error> {
    if y.is_empty() || x.is_empty() || !x.len().is_multiple_of(y.len()) {
        return Err(Error::new(format!("{} values are not pixels of {} channels", x.len(), y.len())));
    }
    Ok(x.len() / y.len())
}

dispatch! {
    /// The mean over pixels of `count` channels; `channels` lie between one pixel and the next.
    fn mean_of(x: *const f32, pixels: usize, channels: usize, count: usize, y: *mut f32) = mean_of_with
}

#[inline(always)]
unsafe fn mean_of_with<S: Simd>(x: *const f32, pixels: usize, channels: usize, count: usize, y: *mut f32) {
    // SAFETY: the caller upholds the contract.
    unsafe { each_channel!(count, mean_one(x, pixels, channels, y)) }
}

/// Sums of a few pixels are added to the total, so that rounding does not grow with the image.
#[inline(always)]
unsafe fn mean_one<S: Simd>(channel: usize, x: *const f32, pixels: usize, channels: usize, y: *mut f32) {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let mut total = S::splat(0.0);
        for first in (0..pixels).step_by(64) {
            let mut sum = S::splat(0.0);
            for pixel in first..pixels.min(first + 64) {
                sum = sum.add(S::load(x.add(pixel * channels + channel)));
            }
            total = total.add(sum);
        }
        total.mul(S::splat(1.0 / pixels as f32)).store(y.add(channel));
    }
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
