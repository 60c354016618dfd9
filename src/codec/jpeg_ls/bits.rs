//! The bits of a scan: behind each 0xff a zero bit is stuffed, and a byte of 0x80 or more there is a marker (T.87, A.1).

use super::{Error, damaged};
use crate::messages::why::codec as why;

/// The most significant bit first.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
    was_full: bool,
    /// Of those held, the zeros that stand in for bits beyond the end.
    invented: u32,
}

impl<'a> Bits<'a> {
    /// From a place on.
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, held: 0, count: 0, was_full: false, invented: 0 }
    }

    /// The bits behind the marker at which decoding begins anew. `number`: how many such markers came before it.
    pub fn after_restart(&self, number: usize) -> Result<Self, Error> {
        // What is left of the last byte is padding; a whole byte would be data that nothing has read.
        let is_read = self.count - self.invented.min(self.count) < 8;
        let at =
            self.at + usize::from(self.was_full && self.bytes.get(self.at).is_some_and(|byte| *byte < 0x80));
        match self.bytes.get(at..at + 2) {
            Some([0xff, marker]) if is_read && *marker == 0xd0 + (number % 8) as u8 => {
                Ok(Self::new(self.bytes, at + 2))
            }
            _ => Err(damaged(why::RESTART_MISSING)),
        }
    }

    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = self.bytes.get(self.at).copied().filter(|byte| !(self.was_full && *byte >= 0x80));
            let bits = if self.was_full { 7 } else { 8 };
            // 0xff before a marker is that marker's own.
            let byte =
                byte.filter(|byte| *byte != 0xff || self.bytes.get(self.at + 1).is_some_and(|b| *b < 0x80));
            match byte {
                Some(byte) => {
                    self.at += 1;
                    self.was_full = byte == 0xff;
                    self.held = self.held << bits | u64::from(byte);
                    self.count += bits;
                }
                None => {
                    self.held <<= 8;
                    self.count += 8;
                    self.invented += 8;
                }
            }
        }
    }

    fn spend(&mut self, bits: u32) -> Result<(), Error> {
        self.count -= bits;
        if self.count < self.invented { Err(damaged(why::ENDS_EARLY)) } else { Ok(()) }
    }

    /// The next bits, up to 32.
    pub fn take(&mut self, bits: u32) -> Result<i32, Error> {
        if bits == 0 {
            return Ok(0);
        }
        if self.count < bits {
            self.fill();
        }
        let value = (self.held >> (self.count - bits)) & ((1 << bits) - 1);
        self.spend(bits)?;
        Ok(value as i32)
    }

    /// How many zeros come before the next one, which is passed over; more than `most` are damage.
    pub fn zeros(&mut self, most: u32) -> Result<u32, Error> {
        let mut zeros = 0;
        loop {
            if self.count == 0 {
                self.fill();
            }
            let ahead = (self.held << (64 - self.count)).leading_zeros().min(self.count);
            let is_found = ahead < self.count;
            zeros += ahead;
            self.spend(ahead + u32::from(is_found))?;
            if zeros > most {
                return Err(damaged(why::CODE_IMPOSSIBLE));
            }
            if is_found {
                return Ok(zeros);
            }
        }
    }
}
