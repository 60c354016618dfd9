//! One result, cut into parts: a thread a part, each with its own scratch memory that is kept between layers.

use super::Error;
use rayon::prelude::*;

/// Scratch memory of each thread. It grows to what the largest layer needs and is never given back.
#[derive(Debug, Default)]
pub struct Scratch {
    parts: Vec<Vec<f32>>,
}

/// Rows of one part when each thread takes one, in whole blocks of eight: what a block of accumulators divides.
pub(super) fn part_rows(rows: usize) -> usize {
    rows.div_ceil(rayon::current_num_threads()).next_multiple_of(8)
}

/// Calls `work(index, part, scratch)` for every `part` values of `out`, on as many threads as there are parts.
pub(super) fn in_parts(
    out: &mut [f32],
    part: usize,
    scratch: &mut Scratch,
    work: impl Fn(usize, &mut [f32], &mut Vec<f32>) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let count = out.len().div_ceil(part.max(1));
    if scratch.parts.len() < count {
        scratch.parts.resize_with(count, Vec::new);
    }
    if let ([only], true) = (scratch.parts.as_mut_slice(), count == 1) {
        return work(0, out, only);
    }
    out.par_chunks_mut(part.max(1))
        .zip(&mut scratch.parts)
        .enumerate()
        .try_for_each(|(index, (out, scratch))| work(index, out, scratch))
}

/// `sum += other`, a value each.
pub fn add(sum: &mut [f32], other: &[f32]) {
    let part = sum.len().div_ceil(rayon::current_num_threads()).max(1);
    sum.par_chunks_mut(part).zip(other.par_chunks(part)).for_each(|(sum, other)| {
        sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
    });
}
