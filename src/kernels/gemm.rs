//! The matrix product (GEMM) of all convolutions, computed in register tiles.
//!
//! `C (rows, columns) = A (rows, depth) * B (depth, columns)`. `B` is packed once into panels as wide as the
//! register tile. `A` needs no packing: with channels innermost, a pixel's row is contiguous.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "registers and pointers; the safe door checks every size"
)]

use super::parallel::in_chunks;
use super::simd::{self, Simd, dispatch};
use super::{Bounds, Error};

/// `B`, packed into panels. Each panel has `depth` rows, as wide as this machine's register tile.
#[derive(Clone, Debug)]
pub struct Panels {
    values: Vec<f32>,
    bias: Vec<f32>,
    pub(super) depth: usize,
    pub(super) columns: usize,
}

impl Panels {
    /// Packs `B`; `value(k, column)` is its element. `bias`: `(columns,)`, or empty for zeros.
    pub fn pack(
        depth: usize,
        columns: usize,
        bias: &[f32],
        value: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Self {
        let width = simd::panel();
        let mut values = vec![0f32; padded(columns) * depth];
        in_chunks(&mut values, width * depth, |panel, lines| {
            let first = panel * width;
            fill(lines, depth, columns - first, |k, column| value(k, first + column));
        });
        let mut bias = bias.to_vec();
        bias.resize(padded(columns), 0.0);
        Self { values, bias, depth, columns }
    }
}

/// `B` in memory that somebody else holds, packed by [`fill`].
#[derive(Clone, Copy)]
pub(super) struct PackedPanels<'a> {
    pub values: &'a [f32],
    /// One for each column of whole panels.
    pub bias: &'a [f32],
    pub depth: usize,
    pub columns: usize,
}

/// Columns of whole panels that hold `columns`.
pub(super) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(simd::panel())
}

/// Packs `B` into the panels that `values` has room for; `value(k, column)` is its element. What lies beyond the
/// last column keeps its values, which no result depends on.
pub(super) fn fill(values: &mut [f32], depth: usize, columns: usize, value: impl Fn(usize, usize) -> f32) {
    let width = simd::panel();
    for (panel, lines) in values.chunks_mut(width * depth).enumerate() {
        for (k, line) in lines.chunks_mut(width).enumerate() {
            let wide = width.min(columns - panel * width);
            for (j, out) in line.iter_mut().take(wide).enumerate() {
                *out = value(k, panel * width + j);
            }
        }
    }
}

/// The epilogue: what is applied to a result before it is stored.
#[derive(Clone, Copy)]
pub(super) struct Epilogue<'a> {
    /// Added before the activation; same layout as the result.
    pub add: Option<&'a [f32]>,
    /// Bounds of the activation.
    pub bounds: Bounds,
}

impl Epilogue<'_> {
    pub const PLAIN: Self = Epilogue { add: None, bounds: Bounds::NONE };
}

/// `out = activation(A * B + bias + add)`. `a`: `(rows, depth)`, contiguous; row `r` of the result starts at
/// `out[r * out_row]`.
///
/// # Errors
/// Fails if a slice is too short for these sizes.
pub(super) fn multiply(
    rows: usize,
    a: &[f32],
    b: &Panels,
    out: (&mut [f32], usize),
    finish: Epilogue,
) -> Result<(), Error> {
    let b = PackedPanels { values: &b.values, bias: &b.bias, depth: b.depth, columns: b.columns };
    multiply_packed(rows, a, b, out, finish)
}

/// As [`multiply`].
pub(super) fn multiply_packed(
    rows: usize,
    a: &[f32],
    b: PackedPanels,
    (out, out_row): (&mut [f32], usize),
    finish: Epilogue,
) -> Result<(), Error> {
    if rows == 0 || b.columns == 0 {
        return Ok(());
    }
    let written = (rows - 1) * out_row + b.columns;
    let added = finish.add.is_none_or(|add| add.len() >= written);
    let whole = padded(b.columns);
    let is_packed = b.values.len() >= whole * b.depth && b.bias.len() >= whole;
    if a.len() < rows * b.depth || out.len() < written || out_row < b.columns || !added || !is_packed {
        return Err(Error::new("a matrix product over less memory than its sizes need"));
    }
    let job = Job {
        rows,
        a: a.as_ptr(),
        b: b.values.as_ptr(),
        bias: b.bias.as_ptr(),
        depth: b.depth,
        columns: b.columns,
        out: out.as_mut_ptr(),
        out_row,
        add: finish.add.map_or(std::ptr::null(), |add| add.as_ptr()),
        bounds: finish.bounds,
    };
    // SAFETY: the sizes have just been checked against every slice, whole panels of `b` and its bias among them.
    unsafe { run(&job) };
    Ok(())
}

/// One product, with sizes checked by [`multiply`].
pub(super) struct Job {
    rows: usize,
    a: *const f32,
    b: *const f32,
    bias: *const f32,
    depth: usize,
    columns: usize,
    out: *mut f32,
    out_row: usize,
    add: *const f32,
    bounds: Bounds,
}

dispatch! {
    /// The product with this machine's register tile.
    fn run(job: &Job) = run_with
}

#[inline(always)]
unsafe fn run_with<S: Simd>(job: &Job) {
    // SAFETY: the caller upholds the contract.
    unsafe { S::product(job) }
}

/// Loops over panels outside and rows inside, so that a panel stays in the L1 cache for all rows.
#[inline(always)]
pub(super) unsafe fn product<S: Simd, const V: usize, const R: usize>(job: &Job) {
    let width = V * S::LANES;
    let mut column = 0;
    while column < job.columns {
        // SAFETY: panel `column / width` starts here; `pack` made whole panels.
        let panel = unsafe { job.b.add(column * job.depth) };
        let mut row = 0;
        // SAFETY: all rows lie inside the sizes that `multiply` checked.
        unsafe {
            while row + R <= job.rows {
                tile::<S, V, R>(job, panel, row, column);
                row += R;
            }
            if R > 4 && row + 4 <= job.rows {
                tile::<S, V, 4>(job, panel, row, column);
                row += 4;
            }
            while row + 2 <= job.rows {
                tile::<S, V, 2>(job, panel, row, column);
                row += 2;
            }
            if row < job.rows {
                tile::<S, V, 1>(job, panel, row, column);
            }
        }
        column += width;
    }
}

/// A register tile of the result: `R` rows by `V` vectors.
#[inline(always)]
unsafe fn tile<S: Simd, const V: usize, const R: usize>(
    job: &Job,
    panel: *const f32,
    row: usize,
    column: usize,
) {
    // SAFETY: `multiply` has checked that every row and column of the job lies inside its slices; panels and bias are
    // padded to whole vectors.
    unsafe {
        let mut sums = [[S::splat(0.0); V]; R];
        for v in 0..V {
            let bias = S::load(job.bias.add(column + v * S::LANES));
            for sums in &mut sums {
                sums[v] = bias;
            }
        }
        let mut a = job.a.add(row * job.depth);
        let mut b = panel;
        for _ in 0..job.depth {
            let mut line = [S::splat(0.0); V];
            for (v, line) in line.iter_mut().enumerate() {
                *line = S::load(b.add(v * S::LANES));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let value = S::load_splat(a.add(r * job.depth));
                for v in 0..V {
                    sums[v] = sums[v].mul_add(value, line[v]);
                }
            }
            a = a.add(1);
            b = b.add(V * S::LANES);
        }
        let (low, high) = (S::splat(job.bounds.low), S::splat(job.bounds.high));
        for (r, sums) in sums.iter().enumerate() {
            let at = (row + r) * job.out_row + column;
            if column + V * S::LANES <= job.columns {
                for (v, sum) in sums.iter().enumerate() {
                    let at = at + v * S::LANES;
                    let mut value = *sum;
                    if !job.add.is_null() {
                        value = value.add(S::load(job.add.add(at)));
                    }
                    value.max(low).min(high).store(job.out.add(at));
                }
            } else {
                rest(job, sums, at, job.columns - column);
            }
        }
    }
}

/// The end of a row that does not fill a whole panel.
#[inline(always)]
unsafe fn rest<S: Simd, const V: usize>(job: &Job, sums: &[S; V], at: usize, count: usize) {
    let mut line = [0f32; 64];
    // SAFETY: a panel is at most 32 wide; `count` columns are left in this row of the checked result.
    unsafe {
        for (v, sum) in sums.iter().enumerate() {
            sum.store(line.as_mut_ptr().add(v * S::LANES));
        }
        for (j, value) in line.iter().take(count).enumerate() {
            let mut value = *value;
            if !job.add.is_null() {
                value += *job.add.add(at + j);
            }
            *job.out.add(at + j) = job.bounds.apply(value);
        }
    }
}
