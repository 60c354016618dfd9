//! Buffers for gradients, lent from one layer to the next on the way back.

use crate::kernels::cuda::{Buffer, Error, Gpu};

/// Buffers that nothing lies in just now. Work runs in the order in which it is queued, so that a buffer may be lent again as soon as
/// the last work on it is queued.
#[derive(Debug, Default)]
pub(super) struct Spare {
    buffers: Vec<Buffer>,
    made: usize,
}

impl Spare {
    /// The smallest that is large enough, or a new one.
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

    /// How many had to be made so far.
    pub fn made(&self) -> usize {
        self.made
    }

    /// Takes one back.
    pub fn give(&mut self, buffer: Buffer) {
        self.buffers.push(buffer);
    }
}
