//! 3x3 convolution with stride 1 by Winograd's F(4x4, 3x3) (Winograd 1980; Lavin and Gray 2016, arXiv
//! 1509.09308): 36 multiplications for 16 results of a channel, where direct convolution needs 144.
//!
//! With the interpolation points 0, 1, -1, 2, -2 and infinity: `Y = A^T [(G w G^T) . (B^T d B)] A` for every
//! tile `d` of 6x6 pixels. The sums over channels are 36 matrix products, one for each element of the tile.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::gemm::{Epilogue, Panels, multiply};
use super::geometry::{ConvShape, Geometry};
use super::parallel::{Scratch, in_chunks, in_parts, part_rows};
use super::simd::{Scalar, Simd, dispatch, each_channel};
use super::{Activation, Bounds, Error};
use std::ops::Range;

/// Side of a tile's output, in pixels.
const STEP: usize = 4;
/// Side of a tile's input, in pixels.
const SIDE: usize = 6;
/// Elements of a transformed tile.
const PLACES: usize = SIDE * SIDE;
/// Transformed values in a block: 512 KiB, half of a common L2 cache.
const BLOCK: usize = 128 * 1024;

/// Transformed and packed kernels: a matrix for each element of the tile.
#[derive(Clone, Debug)]
pub struct Kernels {
    places: Vec<Panels>,
    bias: Vec<f32>,
}

/// Whether this algorithm applies and is faster than im2col. With fewer than eight channels, the transforms
/// cost more than the multiplications they save.
pub fn suits(s: &ConvShape) -> bool {
    s.kernel == 3
        && s.geometry.stride == 1
        && s.geometry.pad_begin <= 2
        && s.from.channels >= 8
        && s.to.channels >= 8
        && s.to.height > STEP
        && s.to.width > STEP
}

const G: [[f32; 3]; SIDE] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

impl Kernels {
    /// `weight(out, channel, tap)` is the kernel's element, `tap = 3 * row + column`.
    pub(super) fn pack(
        s: &ConvShape,
        bias: &[f32],
        weight: impl Fn(usize, usize, usize) -> f32 + Sync,
    ) -> Self {
        let (from, to) = (s.from.channels, s.to.channels);
        let mut transformed = vec![0f32; PLACES * from * to];
        in_chunks(&mut transformed, PLACES * from, |out, of_out| {
            for (channel, places) in of_out.chunks_mut(PLACES).enumerate() {
                let mut half = [[0f32; 3]; SIDE];
                for (half, g) in half.iter_mut().zip(&G) {
                    for (column, half) in half.iter_mut().enumerate() {
                        *half = (0..3).map(|row| g[row] * weight(out, channel, row * 3 + column)).sum();
                    }
                }
                for (place, value) in places.iter_mut().enumerate() {
                    let (half, g) = (half[place / SIDE], G[place % SIDE]);
                    *value = half[0] * g[0] + half[1] * g[1] + half[2] * g[2];
                }
            }
        });
        let value =
            |place: usize, channel: usize, out: usize| transformed[(out * from + channel) * PLACES + place];
        let panels = |place| Panels::pack(from, to, &[], |channel, out| value(place, channel, out));
        let mut padded = bias.to_vec();
        padded.resize(to, 0.0);
        Self { places: (0..PLACES).map(panels).collect(), bias: padded }
    }
}

/// As [`super::im2col::forward`]; fails also if [`suits`] is false.
pub fn forward(
    x: &[f32],
    kernels: &Kernels,
    s: &ConvShape,
    add: Option<&[f32]>,
    activation: Activation,
    scratch: &mut Scratch,
    y: &mut [f32],
) -> Result<(), Error> {
    s.check(x, y)?;
    if !suits(s) || kernels.bias.len() != s.to.channels || add.is_some_and(|add| add.len() < y.len()) {
        return Err(Error::new("these sizes have no Winograd form"));
    }
    let line = STEP * s.to.width * s.to.channels;
    // A part is a group of whole images, or of tile rows of a single image, so that its output is contiguous.
    let lines = s.to.height.div_ceil(STEP);
    let (part, share) = if s.batch == 1 {
        // With fewer than eight tiles, reading all weights again costs more than it saves.
        let share = part_rows(lines, 8usize.div_ceil(s.to.width.div_ceil(STEP)));
        (share * line, share)
    } else {
        let images = part_rows(s.batch, 1);
        (images * s.to.values(), images * lines)
    };
    in_parts(y, part, scratch, |index, y, scratch| {
        let piece = index * share..(s.batch * lines).min((index + 1) * share);
        let bounds = activation.bounds();
        let out = OutputTransform { bias: &kernels.bias, add, bounds, begin: index * part };
        compute(x, kernels, s, &piece, &out, scratch, y)?;
        activation.apply_curve(y);
        Ok(())
    })
}

/// Computes the tile rows `lines`, counted over all images.
fn compute(
    x: &[f32],
    kernels: &Kernels,
    s: &ConvShape,
    lines: &Range<usize>,
    out: &OutputTransform,
    scratch: &mut Vec<f32>,
    y: &mut [f32],
) -> Result<(), Error> {
    let (from, to) = (s.from.channels, s.to.channels);
    let across = s.to.width.div_ceil(STEP);
    let most = (BLOCK / (PLACES * (from + to))).max(8);
    let tiles = lines.start * across..lines.end * across;
    for block in tiles.clone().step_by(most) {
        let count = most.min(tiles.end - block);
        let zeros = from.max(to);
        let need = zeros + PLACES * count * (from + to);
        scratch.resize(scratch.len().max(need), 0.0);
        let (zeros, rest) = scratch.split_at_mut(zeros);
        zeros.fill(0.0);
        let (d, rest) = rest.split_at_mut(PLACES * count * from);
        let m = &mut rest[..PLACES * count * to];
        // SAFETY: `forward` has checked `x`, `y` and `add` against `s`; `d` and `m` have room for `count`
        // tiles.
        unsafe {
            input_transform(x.as_ptr(), zeros.as_ptr(), s, block, count, d.as_mut_ptr());
        }
        for (place, kernels) in kernels.places.iter().enumerate() {
            let (d, m) = (&d[place * count * from..], &mut m[place * count * to..]);
            multiply(count, d, kernels, (m, to), Epilogue::PLAIN)?;
        }
        // SAFETY: as above; `y` starts at `out.begin` of the result and holds all of these tiles.
        unsafe {
            output_transform(m.as_ptr(), s, block, count, out, y.as_mut_ptr());
        }
    }
    Ok(())
}

/// Position of a tile: image, first row and first column of its output.
#[inline(always)]
fn place(tile: usize, s: &ConvShape) -> (usize, usize, usize) {
    let (across, lines) = (s.to.width.div_ceil(STEP), s.to.height.div_ceil(STEP));
    (tile / (across * lines), tile / across % lines * STEP, tile % across * STEP)
}

/// What the output transform needs besides the products.
struct OutputTransform<'a> {
    bias: &'a [f32],
    add: Option<&'a [f32]>,
    bounds: Bounds,
    /// Offset of this part in the whole result.
    begin: usize,
}

dispatch! {
    /// Input transform: `B^T d B` for every tile and channel.
    fn input_transform(x: *const f32, zeros: *const f32, s: &ConvShape, first: usize, count: usize, d: *mut f32) = input_transform_with
}
dispatch! {
    /// Output transform: `A^T m A`, then bias, shortcut and activation, for every tile and channel.
    fn output_transform(m: *const f32, s: &ConvShape, first: usize, count: usize, out: &OutputTransform, y: *mut f32) = output_transform_with
}

#[inline(always)]
unsafe fn input_transform_with<S: Simd>(
    x: *const f32,
    zeros: *const f32,
    s: &ConvShape,
    first: usize,
    count: usize,
    d: *mut f32,
) {
    let channels = s.from.channels;
    let Geometry { pad_begin, .. } = s.geometry;
    for tile in 0..count {
        let (image, row, column) = place(first + tile, s);
        // SAFETY: the image is one of the batch.
        let x = unsafe { x.add(image * s.from.values()) };
        let mut from = [zeros; PLACES];
        for (place, from) in from.iter_mut().enumerate() {
            let (y, x_at) = (
                (row + place / SIDE).wrapping_sub(pad_begin),
                (column + place % SIDE).wrapping_sub(pad_begin),
            );
            if y < s.from.height && x_at < s.from.width {
                // SAFETY: the pixel lies inside the image.
                *from = unsafe { x.add((y * s.from.width + x_at) * channels) };
            }
        }
        // SAFETY: each pointer names a pixel's channels (or as many zeros); `d` has room for `count` tiles.
        unsafe {
            let apart = count * channels;
            let to = d.add(tile * channels);
            each_channel!(channels, input_transform_one(&from, to, apart));
        }
    }
}

#[inline(always)]
unsafe fn input_transform_one<S: Simd>(
    channel: usize,
    from: &[*const f32; PLACES],
    to: *mut f32,
    apart: usize,
) {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let mut half = [S::splat(0.0); PLACES];
        for column in 0..SIDE {
            let mut line = [S::splat(0.0); SIDE];
            for (row, line) in line.iter_mut().enumerate() {
                *line = S::load(from[row * SIDE + column].add(channel));
            }
            let line = b_transposed(line);
            for row in 0..SIDE {
                half[row * SIDE + column] = line[row];
            }
        }
        for row in 0..SIDE {
            let mut line = [S::splat(0.0); SIDE];
            line.copy_from_slice(&half[row * SIDE..row * SIDE + SIDE]);
            for (column, value) in b_transposed(line).into_iter().enumerate() {
                value.store(to.add((row * SIDE + column) * apart + channel));
            }
        }
    }
}

/// `B^T d` for one column.
#[inline(always)]
unsafe fn b_transposed<S: Simd>(d: [S; SIDE]) -> [S; SIDE] {
    // SAFETY: arithmetic only.
    unsafe {
        let (two, four, five) = (S::splat(2.0), S::splat(-4.0), S::splat(-5.0));
        let positive_four = S::splat(4.0);
        let even = d[4].mul_add(d[2], four);
        let odd = d[3].mul_add(d[1], four);
        let (even2, odd2) = (d[4].sub(d[2]), d[3].sub(d[1]).mul(two));
        [
            d[4].mul_add(d[2], five).mul_add(d[0], positive_four),
            even.add(odd),
            even.sub(odd),
            even2.add(odd2),
            even2.sub(odd2),
            d[5].mul_add(d[3], five).mul_add(d[1], positive_four),
        ]
    }
}

#[inline(always)]
unsafe fn output_transform_with<S: Simd>(
    m: *const f32,
    s: &ConvShape,
    first: usize,
    count: usize,
    out: &OutputTransform,
    y: *mut f32,
) {
    let channels = s.to.channels;
    for tile in 0..count {
        let at = place(first + tile, s);
        // SAFETY: the tile's results that are written lie inside the image; `m` holds `count` tiles.
        unsafe {
            let apart = count * channels;
            let from = m.add(tile * channels);
            each_channel!(channels, output_transform_one(from, apart, s, at, out, y));
        }
    }
}

#[inline(always)]
unsafe fn output_transform_one<S: Simd>(
    channel: usize,
    from: *const f32,
    apart: usize,
    s: &ConvShape,
    (image, row, column): (usize, usize, usize),
    out: &OutputTransform,
    y: *mut f32,
) {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let mut half = [S::splat(0.0); STEP * SIDE];
        for place in 0..SIDE {
            let mut line = [S::splat(0.0); SIDE];
            for (row, line) in line.iter_mut().enumerate() {
                *line = S::load(from.add((row * SIDE + place) * apart + channel));
            }
            let line = a_transposed(line);
            for (row, value) in line.into_iter().enumerate() {
                half[row * SIDE + place] = value;
            }
        }
        let bias = S::load(out.bias.as_ptr().add(channel));
        let (low, high) = (S::splat(out.bounds.low), S::splat(out.bounds.high));
        for (dy, half) in half.chunks_exact(SIDE).enumerate().take(s.to.height - row) {
            let mut line = [S::splat(0.0); SIDE];
            line.copy_from_slice(half);
            let at = image * s.to.values() + ((row + dy) * s.to.width + column) * s.to.channels + channel;
            for (dx, value) in a_transposed(line).into_iter().enumerate().take(s.to.width - column) {
                let at = at + dx * s.to.channels;
                let mut value = value.add(bias);
                if let Some(add) = out.add {
                    value = value.add(S::load(add.as_ptr().add(at)));
                }
                value.max(low).min(high).store(y.add(at - out.begin));
            }
        }
    }
}

/// `A^T m` for one column.
#[inline(always)]
unsafe fn a_transposed<S: Simd>(m: [S; SIDE]) -> [S; STEP] {
    // SAFETY: arithmetic only.
    unsafe {
        let (sum1, difference1) = (m[1].add(m[2]), m[1].sub(m[2]));
        let (sum2, difference2) = (m[3].add(m[4]), m[3].sub(m[4]));
        [
            m[0].add(sum1).add(sum2),
            difference1.mul_add(difference2, S::splat(2.0)),
            sum1.mul_add(sum2, S::splat(4.0)),
            difference1.mul_add(difference2, S::splat(8.0)).add(m[5]),
        ]
    }
}
