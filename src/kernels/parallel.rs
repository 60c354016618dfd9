//! Splits a result into parts, a few for each thread. Each thread has its own scratch memory, kept between
//! layers.
//!
//! Natively the threads are rayon's. In a browser with threads they are those of `team`, which spin between
//! layers: waking a sleeping thread there takes longer than many layers.

#![allow(unsafe_code, reason = "threads write to parts of one result that do not overlap")]

use super::Error;
#[cfg(not(target_arch = "wasm32"))]
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
pub mod team;

/// Scratch memory of each thread. It grows to the largest layer's need and is not freed.
#[derive(Debug, Default)]
pub struct Scratch {
    threads: Vec<Vec<f32>>,
}

/// Number of threads that compute.
pub fn threads() -> usize {
    #[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
    return team::size();
    #[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
    return 1;
    #[cfg(not(target_arch = "wasm32"))]
    rayon::current_num_threads()
}

/// Rows in one part, at least `least`. There are two or more parts for each thread, so that a thread that
/// starts late or is preempted leaves its share to the others.
pub(super) fn part_rows(rows: usize, least: usize) -> usize {
    let threads = threads();
    if threads == 1 {
        return rows.max(1);
    }
    let parts = threads * if rows < 1024 { 2 } else { 4 };
    rows.div_ceil(parts).max(least)
}

/// Calls `work(index, thread)` for every index below `count`, on all threads.
fn for_each_index(count: usize, work: &(dyn Fn(usize, usize) + Sync)) {
    #[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
    team::run(count, work);
    #[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
    (0..count).for_each(|index| work(index, 0));
    #[cfg(not(target_arch = "wasm32"))]
    (0..count).into_par_iter().for_each(|index| work(index, rayon::current_thread_index().unwrap_or(0)));
}

/// Memory that is split into parts.
struct Shared<T>(*mut T);
// SAFETY: `in_parts` hands every part to one call only.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// # Safety
    /// The range lies inside the memory, and no two concurrent calls share a value.
    unsafe fn part<'a>(&self, from: usize, count: usize) -> &'a mut [T] {
        // SAFETY: the caller upholds the contract.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(from), count) }
    }
}

/// Calls `work(index, part, scratch)` for each part of `part` values of `out`, on all threads. Returns one of
/// the errors, if any.
pub(super) fn in_parts(
    out: &mut [f32],
    part: usize,
    scratch: &mut Scratch,
    work: impl Fn(usize, &mut [f32], &mut Vec<f32>) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let part = part.max(1);
    let count = out.len().div_ceil(part);
    let threads = threads();
    if scratch.threads.len() < threads {
        scratch.threads.resize_with(threads, Vec::new);
    }
    if let ([first, ..], true) = (scratch.threads.as_mut_slice(), count == 1) {
        return work(0, out, first);
    }
    let failed = Mutex::new(None);
    let (length, values, lines) = (out.len(), Shared(out.as_mut_ptr()), Shared(scratch.threads.as_mut_ptr()));
    for_each_index(count, &|index, thread| {
        let from = index * part;
        // SAFETY: `out` and `scratch` are borrowed exclusively here, parts of different indices do not
        // overlap, each index goes to one call, and a thread runs one call at a time, because no `work` waits
        // for other work.
        let (out, scratch) =
            unsafe { (values.part(from, part.min(length - from)), lines.part(thread.min(threads - 1), 1)) };
        if let [scratch] = scratch
            && let Err(error) = work(index, out, scratch)
        {
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Calls `work(index, part)` for each part of `part` values of `out`, on all threads.
pub(super) fn in_chunks(out: &mut [f32], part: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    let part = part.max(1);
    let (length, values) = (out.len(), Shared(out.as_mut_ptr()));
    for_each_index(length.div_ceil(part), &|index, _| {
        let from = index * part;
        // SAFETY: as in `in_parts`.
        work(index, unsafe { values.part(from, part.min(length - from)) });
    });
}

/// `sum += other`, elementwise.
pub fn add(sum: &mut [f32], other: &[f32]) {
    let part = sum.len().div_ceil(threads()).max(1);
    in_chunks(sum, part, |index, sum| {
        sum.iter_mut().zip(other.iter().skip(index * part)).for_each(|(sum, other)| *sum += other);
    });
}
