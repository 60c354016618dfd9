//! A pool of buffers for gradients, reused within a backward pass.

use crate::kernels::cuda::{Buffer, Error, Gpu};

/// Free buffers. The GPU runs work in the order in which it is queued, so a buffer can be reused as soon as
/// the last work on it is queued.
#[derive(Debug, Default)]
pub(super) struct Spare {
    buffers: Vec<Buffer>,
    made: usize,
}

impl Spare {
    /// The smallest free buffer with at least `count` values, or a new one.
    pub fn take(&mut self, gpu: &Gpu, count: usize) -> Result<Buffer, Error> {
        let fitting = self.buffers.iter().enumerate().filter(|(_, buffer)| buffer.len() >= count);
        match fitting.min_by_key(|(_, buffer)| buffer.len()).map(|(index, _)| index) {
            Some(index) => Ok(self.buffers.swap_remove(index)),
            None => {
                self.made += 1;
                gpu.reals(count)
            }
        }
    }

    /// Number of buffers allocated so far.
    pub fn made(&self) -> usize {
        self.made
    }

    /// Returns a buffer to the pool.
    pub fn give(&mut self, buffer: Buffer) {
        self.buffers.push(buffer);
    }
}
