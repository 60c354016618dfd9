//! Scaled dot-product attention (Vaswani et al. 2017), and the tokens that it works on.
//!
//! Queries are taken a block at a time, so that their weights for all tokens stay in the cache between the two
//! matrix products.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::activation::exp;
use super::gemm::{Epilogue, PackedPanels, fill, multiply_packed, padded};
use super::matmul::{MatrixLayout, add_product};
use super::parallel::{Scratch, in_parts, part_rows};
use super::simd::{Scalar, Simd, dispatch};
use super::{Error, activation};

/// Queries in a block.
const BLOCK: usize = 32;

/// Shapes of an attention.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    /// Number of tokens.
    pub tokens: usize,
    /// Channels of the result, a third of the input's.
    pub channels: usize,
    /// Heads; a divisor of the channels.
    pub heads: usize,
}

/// Which third of a token's channels.
#[derive(Clone, Copy)]
enum Third {
    Query,
    Key,
    Value,
}

impl Attention {
    /// Channels of one head.
    fn depth(&self) -> usize {
        self.channels / self.heads.max(1)
    }

    fn check(&self, x: &[f32], y: &[f32]) -> Result<(), Error> {
        let Self { tokens, channels, heads } = *self;
        let is_split = heads > 0 && tokens > 0 && channels > 0 && channels.is_multiple_of(heads);
        if !is_split || x.len() != 3 * tokens * channels || y.len() != tokens * channels {
            return Err(Error::new(format!("{} values in and {} out do not fit {self:?}", x.len(), y.len())));
        }
        Ok(())
    }

    /// Index of a head's first channel in a token's row.
    fn column(&self, third: Third, head: usize) -> usize {
        third as usize * self.channels + head * self.depth()
    }

    /// `softmax(q k^T / sqrt(depth)) v` for each head.
    ///
    /// # Shapes
    /// `x`: `(tokens, 3 * channels)`; `y`: `(tokens, channels)`.
    ///
    /// # Errors
    /// Fails if the lengths do not match.
    pub fn run(&self, x: &[f32], scratch: &mut Scratch, y: &mut [f32]) -> Result<(), Error> {
        self.check(x, y)?;
        let part = part_rows(self.tokens, BLOCK);
        in_parts(y, part * self.channels, scratch, |index, y, scratch| self.rows(x, index * part, scratch, y))
    }

    /// The tokens from `first` on, as many as `y` has.
    fn rows(&self, x: &[f32], first: usize, scratch: &mut Vec<f32>, y: &mut [f32]) -> Result<(), Error> {
        let (Self { tokens, channels, heads }, depth) = (*self, self.depth());
        let line = 3 * channels;
        let (all_keys, all_values) = (padded(tokens) * depth, padded(depth) * tokens);
        let zeros = padded(tokens.max(depth));
        let need = zeros + all_keys + all_values + BLOCK * (depth + tokens);
        scratch.resize(scratch.len().max(need), 0.0);
        let (zeros, rest) = scratch.split_at_mut(zeros);
        let (keys, rest) = rest.split_at_mut(all_keys);
        let (values, rest) = rest.split_at_mut(all_values);
        let (queries, weights) = rest.split_at_mut(BLOCK * depth);
        zeros.fill(0.0);
        let scale = 1.0 / (depth as f32).sqrt();
        for head in 0..heads {
            let key = self.column(Third::Key, head);
            fill(keys, depth, tokens, |k, token| x[token * line + key + k]);
            let value = self.column(Third::Value, head);
            fill(values, tokens, depth, |token, k| x[token * line + value + k]);
            let keys = PackedPanels { values: keys, bias: zeros, depth, columns: tokens };
            let values = PackedPanels { values, bias: zeros, depth: tokens, columns: depth };
            let rows = y.len() / channels;
            for from in (0..rows).step_by(BLOCK) {
                let count = BLOCK.min(rows - from);
                for (row, query) in queries.chunks_mut(depth).take(count).enumerate() {
                    let at = (first + from + row) * line + self.column(Third::Query, head);
                    query.iter_mut().zip(&x[at..]).for_each(|(query, x)| *query = x * scale);
                }
                let weights = &mut weights[..count * tokens];
                multiply_packed(count, queries, keys, (&mut *weights, tokens), Epilogue::PLAIN)?;
                // SAFETY: there are `count` rows of `tokens` weights.
                unsafe { softmax(weights.as_mut_ptr(), count, tokens) };
                let y = &mut y[from * channels + head * depth..];
                multiply_packed(count, weights, values, (y, channels), Epilogue::PLAIN)?;
            }
        }
        Ok(())
    }

    /// A head's queries, keys or values.
    fn matrix(&self, third: Third, head: usize) -> (usize, MatrixLayout) {
        let row_stride = 3 * self.channels;
        let layout = MatrixLayout { rows: self.tokens, columns: self.depth(), row_stride, column_stride: 1 };
        (self.column(third, head), layout)
    }
}

/// The gradient of `x` in [`Attention::run`]. With `p` the softmax and `s = q k^T / sqrt(depth)`: `dv = p^T dy`,
/// `dp = dy v^T`, `ds = p * (dp - sum of p * dp over the keys)`, `dq = ds k / sqrt(depth)`, `dk = ds^T q /
/// sqrt(depth)`.
///
/// # Shapes
/// `x` and `dx`: `(tokens, 3 * channels)`; `dy`: `(tokens, channels)`.
///
/// # Errors
/// Fails if the lengths do not match.
pub fn gradient_of_attention(a: &Attention, x: &[f32], dy: &[f32], dx: &mut [f32]) -> Result<(), Error> {
    a.check(x, dy)?;
    a.check(dx, dy)?;
    dx.fill(0.0);
    let (tokens, scale) = (a.tokens, 1.0 / (a.depth() as f32).sqrt());
    let square = MatrixLayout::row_major(tokens, tokens);
    for head in 0..a.heads {
        let ((q, layout), (k, _), (v, _)) =
            (a.matrix(Third::Query, head), a.matrix(Third::Key, head), a.matrix(Third::Value, head));
        let own = MatrixLayout { row_stride: a.channels, ..layout };
        let dy = &dy[head * a.depth()..];
        let mut p = vec![0f32; tokens * tokens];
        add_product((&mut p, square), (&x[q..], layout), (&x[k..], layout.transposed()))?;
        p.iter_mut().for_each(|p| *p *= scale);
        // SAFETY: `p` is as many rows of as many values.
        unsafe { softmax(p.as_mut_ptr(), tokens, tokens) };
        add_product((&mut dx[v..], layout), (&p, square.transposed()), (dy, own))?;
        let mut ds = vec![0f32; tokens * tokens];
        add_product((&mut ds, square), (dy, own), (&x[v..], layout.transposed()))?;
        for (ds, p) in ds.chunks_mut(tokens).zip(p.chunks(tokens)) {
            let sum: f32 = ds.iter().zip(p).map(|(ds, p)| ds * p).sum();
            ds.iter_mut().zip(p).for_each(|(ds, p)| *ds = p * (*ds - sum) * scale);
        }
        add_product((&mut dx[q..], layout), (&ds, square), (&x[k..], layout))?;
        add_product((&mut dx[k..], layout), (&ds, square.transposed()), (&x[q..], layout))?;
    }
    Ok(())
}

/// The class token and all pixels in a row, each plus the vector of its position.
///
/// # Shapes
/// `x`: `(pixels, channels)`; `class`: `(channels,)`; `position` and `y`: `(1 + pixels, channels)`.
///
/// # Errors
/// Fails if the lengths do not match.
pub fn tokens(x: &[f32], class: &[f32], position: &[f32], y: &mut [f32]) -> Result<(), Error> {
    if y.len() != class.len() + x.len() || position.len() != y.len() {
        return Err(Error::new("tokens of other lengths than their positions"));
    }
    let tokens = class.iter().chain(x).zip(position);
    y.iter_mut().zip(tokens).for_each(|(y, (x, position))| *y = x + position);
    Ok(())
}

dispatch! {
    /// Softmax of each of `rows` rows, in place.
    fn softmax(values: *mut f32, rows: usize, columns: usize) = softmax_with
}

#[inline(always)]
unsafe fn softmax_with<S: Simd>(values: *mut f32, rows: usize, columns: usize) {
    for row in 0..rows {
        // SAFETY: the caller upholds the contract; the widest vector has 16 lanes.
        unsafe {
            let line = values.add(row * columns);
            let whole = columns / S::LANES * S::LANES;
            let mut most = S::splat(f32::NEG_INFINITY);
            for at in (0..whole).step_by(S::LANES) {
                most = most.max(S::load(line.add(at)));
            }
            let mut lanes = [f32::NEG_INFINITY; 16];
            most.store(lanes.as_mut_ptr());
            let mut most = lanes.into_iter().fold(f32::NEG_INFINITY, larger);
            for at in whole..columns {
                most = larger(most, *line.add(at));
            }
            let mut sum = S::splat(0.0);
            for at in (0..whole).step_by(S::LANES) {
                let value = exp(S::load(line.add(at)).sub(S::splat(most)));
                sum = sum.add(value);
                value.store(line.add(at));
            }
            let mut lanes = [0f32; 16];
            sum.store(lanes.as_mut_ptr());
            let mut sum: f32 = lanes.into_iter().sum();
            for at in whole..columns {
                exp(Scalar::load(line.add(at)).sub(Scalar::splat(most))).store(line.add(at));
                sum += *line.add(at);
            }
            activation::scale_with::<S>(1.0 / sum, line, columns);
        }
    }
}

/// Not `f32::max`, which is a function call in WebAssembly.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}
