//! Convolution by 3x3 kernels with stride 1 as F(4x4, 3x3) (Winograd 1980; Lavin and Gray 2016, arXiv 1509.09308): 36
//! multiplications a channel for 16 results where the plain sum takes 144.
//!
//! With the interpolation points 0, 1, -1, 2, -2 and infinity: `Y = A^T [(G w G^T) . (B^T d B)] A` for every tile `d` of
//! 6x6 pixels. The products over the channels are 36 matrix products, one a place in the tile.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::geometry::{Geometry, Sizes};
use super::parallel::{Scratch, in_parts};
use super::simd::{Scalar, Simd, dispatch, each_channel};
use super::tile::{Finish, Panels, multiply};
use super::{Bounds, Error};

/// Results of one tile, a side.
const STEP: usize = 4;
/// Pixels of one tile, a side.
const SIDE: usize = 6;
/// Places in a tile.
const PLACES: usize = SIDE * SIDE;
/// Transformed values at a time: 512 KiB, half a common second-level cache.
const BLOCK: usize = 128 * 1024;

/// Kernels, transformed and packed, a matrix a place in the tile.
#[derive(Clone, Debug)]
pub struct Kernels {
    places: Vec<Panels>,
    bias: Vec<f32>,
}

/// Whether the convolution has the form that this file computes, and pays for its transforms: fewer than four channels
/// leave too little to multiply.
pub fn suits(s: &Sizes) -> bool {
    s.kernel == 3
        && s.geometry.stride == 1
        && s.geometry.before <= 2
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
    /// `weight(out, channel, tap)` is the kernel's element, `tap = 3 row + column`.
    pub(super) fn pack(s: &Sizes, bias: &[f32], weight: impl Fn(usize, usize, usize) -> f32) -> Self {
        let (from, to) = (s.from.channels, s.to.channels);
        let mut transformed = vec![0f32; PLACES * from * to];
        for out in 0..to {
            for channel in 0..from {
                let mut half = [[0f32; 3]; SIDE];
                for (half, g) in half.iter_mut().zip(&G) {
                    for (column, half) in half.iter_mut().enumerate() {
                        *half = (0..3).map(|row| g[row] * weight(out, channel, row * 3 + column)).sum();
                    }
                }
                for place in 0..PLACES {
                    let (half, g) = (half[place / SIDE], G[place % SIDE]);
                    transformed[(place * from + channel) * to + out] =
                        half[0] * g[0] + half[1] * g[1] + half[2] * g[2];
                }
            }
        }
        let places = transformed.chunks((from * to).max(1));
        let places = places.map(|u| Panels::pack(from, to, &[], |channel, out| u[channel * to + out]));
        let mut padded = bias.to_vec();
        padded.resize(to, 0.0);
        Self { places: places.collect(), bias: padded }
    }
}

/// As [`super::dense::forward`], for what [`suits`].
pub fn forward(
    x: &[f32],
    kernels: &Kernels,
    s: &Sizes,
    add: Option<&[f32]>,
    bounds: Bounds,
    scratch: &mut Scratch,
    y: &mut [f32],
) -> Result<(), Error> {
    s.check(x, y)?;
    if !suits(s) || kernels.bias.len() != s.to.channels || add.is_some_and(|add| add.len() < y.len()) {
        return Err(Error::new("these sizes have no Winograd form"));
    }
    let line = STEP * s.to.width * s.to.channels;
    // A part is lines of tiles within one image, so that it is one piece of the result.
    let lines = s.to.height.div_ceil(STEP);
    let threads = rayon::current_num_threads().div_ceil(s.batch).min(lines);
    let share = lines.div_ceil(threads);
    let pieces: Vec<Piece> = (0..s.batch)
        .flat_map(|image| {
            (0..lines).step_by(share).map(move |from| Piece { image, from, to: lines.min(from + share) })
        })
        .collect();
    if s.batch == 1 {
        return in_parts(y, share * line, scratch, |index, y, scratch| {
            piece(x, kernels, s, add, bounds, &pieces[index], scratch, y)
        });
    }
    in_parts(y, s.to.values(), scratch, |image, y, scratch| {
        let whole = Piece { image, from: 0, to: lines };
        piece(x, kernels, s, add, bounds, &whole, scratch, y)
    })
}

/// Lines of tiles of one image.
struct Piece {
    image: usize,
    from: usize,
    to: usize,
}

#[allow(clippy::too_many_arguments, reason = "the arguments of `forward` and which part of them")]
fn piece(
    x: &[f32],
    kernels: &Kernels,
    s: &Sizes,
    add: Option<&[f32]>,
    bounds: Bounds,
    piece: &Piece,
    scratch: &mut Vec<f32>,
    y: &mut [f32],
) -> Result<(), Error> {
    let (from, to) = (s.from.channels, s.to.channels);
    let across = s.to.width.div_ceil(STEP);
    let most = (BLOCK / (PLACES * (from + to))).max(8);
    let x = &x[piece.image * s.from.values()..];
    let add = add.map(|add| &add[piece.image * s.to.values()..]);
    let first_row = piece.from * STEP;
    let tiles = piece.from * across..piece.to * across;
    for block in tiles.clone().step_by(most) {
        let count = most.min(tiles.end - block);
        let zeros = from.max(to);
        let need = zeros + PLACES * count * (from + to);
        scratch.resize(scratch.len().max(need), 0.0);
        let (zeros, rest) = scratch.split_at_mut(zeros);
        zeros.fill(0.0);
        let (d, rest) = rest.split_at_mut(PLACES * count * from);
        let m = &mut rest[..PLACES * count * to];
        // SAFETY: `forward` has checked `x`, `y` and `add` against `s`; `d` and `m` have room for `count` tiles.
        unsafe {
            enter(x.as_ptr(), zeros.as_ptr(), s, block, count, d.as_mut_ptr());
        }
        for (place, kernels) in kernels.places.iter().enumerate() {
            let (d, m) = (&d[place * count * from..], &mut m[place * count * to..]);
            multiply(count, d, kernels, (m, to), Finish::PLAIN)?;
        }
        let add = add.map_or(std::ptr::null(), |add| add.as_ptr());
        let out = Leave { bias: kernels.bias.as_ptr(), add, bounds, first_row };
        // SAFETY: as above; `y` begins at `first_row` of this image and reaches to the end of the piece.
        unsafe {
            leave(m.as_ptr(), s, block, count, &out, y.as_mut_ptr());
        }
    }
    Ok(())
}

/// What the way back from a tile needs beside its sums.
struct Leave {
    bias: *const f32,
    add: *const f32,
    bounds: Bounds,
    first_row: usize,
}

dispatch! {
    /// `B^T d B` for every tile and channel.
    fn enter(x: *const f32, zeros: *const f32, s: &Sizes, first: usize, count: usize, d: *mut f32) = enter_with
}
dispatch! {
    /// `A^T m A`, bias, shortcut and bounds for every tile and channel.
    fn leave(m: *const f32, s: &Sizes, first: usize, count: usize, out: &Leave, y: *mut f32) = leave_with
}

#[inline(always)]
unsafe fn enter_with<S: Simd>(
    x: *const f32,
    zeros: *const f32,
    s: &Sizes,
    first: usize,
    count: usize,
    d: *mut f32,
) {
    let channels = s.from.channels;
    let across = s.to.width.div_ceil(STEP);
    let Geometry { before, .. } = s.geometry;
    for tile in 0..count {
        let (row, column) = ((first + tile) / across * STEP, (first + tile) % across * STEP);
        let mut from = [zeros; PLACES];
        for (place, from) in from.iter_mut().enumerate() {
            let (y, x_at) =
                ((row + place / SIDE).wrapping_sub(before), (column + place % SIDE).wrapping_sub(before));
            if y < s.from.height && x_at < s.from.width {
                // SAFETY: the pixel lies inside the image.
                *from = unsafe { x.add((y * s.from.width + x_at) * channels) };
            }
        }
        // SAFETY: each pointer names a pixel's channels (or as many zeros); `d` has room for `count` tiles.
        unsafe {
            let apart = count * channels;
            let to = d.add(tile * channels);
            each_channel!(channels, enter_one(&from, to, apart));
        }
    }
}

#[inline(always)]
unsafe fn enter_one<S: Simd>(channel: usize, from: &[*const f32; PLACES], to: *mut f32, apart: usize) {
    // SAFETY: the caller's promise.
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

/// One column times `B^T`.
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
unsafe fn leave_with<S: Simd>(
    m: *const f32,
    s: &Sizes,
    first: usize,
    count: usize,
    out: &Leave,
    y: *mut f32,
) {
    let channels = s.to.channels;
    let across = s.to.width.div_ceil(STEP);
    for tile in 0..count {
        let (row, column) = ((first + tile) / across * STEP, (first + tile) % across * STEP);
        // SAFETY: the tile's results that are written lie inside the image; `m` holds `count` tiles.
        unsafe {
            let apart = count * channels;
            let from = m.add(tile * channels);
            each_channel!(channels, leave_one(from, apart, s, (row, column), out, y));
        }
    }
}

#[inline(always)]
unsafe fn leave_one<S: Simd>(
    channel: usize,
    from: *const f32,
    apart: usize,
    s: &Sizes,
    (row, column): (usize, usize),
    out: &Leave,
    y: *mut f32,
) {
    // SAFETY: the caller's promise.
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
        let bias = S::load(out.bias.add(channel));
        let (low, high) = (S::splat(out.bounds.low), S::splat(out.bounds.high));
        for (dy, half) in half.chunks_exact(SIDE).enumerate().take(s.to.height - row) {
            let mut line = [S::splat(0.0); SIDE];
            line.copy_from_slice(half);
            let at = ((row + dy) * s.to.width + column) * s.to.channels + channel;
            for (dx, value) in a_transposed(line).into_iter().enumerate().take(s.to.width - column) {
                let at = at + dx * s.to.channels;
                let mut value = value.add(bias);
                if !out.add.is_null() {
                    value = value.add(S::load(out.add.add(at)));
                }
                let begin = out.first_row * s.to.width * s.to.channels;
                value.max(low).min(high).store(y.add(at - begin));
            }
        }
    }
}

/// One column times `A^T`.
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
