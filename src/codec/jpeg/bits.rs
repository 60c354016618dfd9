//! The bits of a scan: a zero is stuffed behind each 0xff, and any other byte there is a marker.

use super::{Error, damaged};
use crate::messages::why::codec as why;

/// The most significant bit first.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
    /// Of those held, the zeros that stand in for bits beyond the end.
    invented: u32,
}

impl<'a> Bits<'a> {
    /// From a place on.
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, held: 0, count: 0, invented: 0 }
    }

    fn fill(&mut self) {
        while self.count <= 56 {
            let (byte, step) = match self.bytes.get(self.at..).unwrap_or_default() {
                [0xff, 0, ..] => (0xff, 2),
                [0xff, ..] | [] => (0, 0),
                [byte, ..] => (*byte, 1),
            };
            if step == 0 {
                self.invented += 8;
            }
            self.at += step;
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    /// The next bits, up to 16, which stay where they are.
    pub fn peek(&mut self, bits: u32) -> u32 {
        if self.count < 16 {
            self.fill();
        }
        (self.held >> (self.count - bits)) as u32 & ((1 << bits) - 1)
    }

    /// Passes over bits that were looked at.
    pub fn skip(&mut self, bits: u32) -> Result<(), Error> {
        self.count -= bits;
        if self.count < self.invented { Err(damaged(why::ENDS_EARLY)) } else { Ok(()) }
    }

    /// The next bits, up to 16.
    pub fn take(&mut self, bits: u32) -> Result<u32, Error> {
        if bits == 0 {
            return Ok(0);
        }
        let value = self.peek(bits);
        self.skip(bits)?;
        Ok(value)
    }

    /// A number of so many bits with the sign that its first bit stands for (T.81, F.2.2.1: `RECEIVE` and `EXTEND`).
    pub fn signed(&mut self, bits: u32) -> Result<i32, Error> {
        if bits == 0 {
            return Ok(0);
        }
        let value = self.take(bits.min(16))? as i32;
        Ok(if value < 1 << (bits - 1) { value - (1 << bits) + 1 } else { value })
    }

    /// Goes on behind the next restart marker.
    pub fn restart(&mut self) -> Result<(), Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let marker = rest.windows(2).position(|two| matches!(two, [0xff, 0xd0..=0xd7]));
        let marker = marker.ok_or_else(|| damaged(why::RESTART_MISSING))?;
        *self = Self::new(self.bytes, self.at + marker + 2);
        Ok(())
    }
}
