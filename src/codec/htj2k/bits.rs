//! The bit streams inside a block (T.814, 7.1): each stuffs bits in its own way, so that no marker appears in it.

use std::iter::Rev;
use std::slice::Iter;

/// Bits from the beginning of bytes on, the lowest of a byte first; after a byte of ones, one has seven.
pub(super) struct Forward<'a> {
    bytes: Iter<'a, u8>,
    held: u64,
    count: u32,
    is_stuffed: bool,
    /// What comes behind the end.
    fill: u8,
}

impl<'a> Forward<'a> {
    pub fn new(bytes: &'a [u8], fill: u8) -> Self {
        Self { bytes: bytes.iter(), held: 0, count: 0, is_stuffed: false, fill }
    }

    /// The next bits, at most 32.
    pub fn bits(&mut self, number: u32) -> u32 {
        while self.count < number {
            let byte = self.bytes.next().copied().unwrap_or(self.fill);
            let (bits, mask) = if self.is_stuffed { (7, 0x7f) } else { (8, 0xff) };
            self.held |= u64::from(byte & mask) << self.count;
            self.count += bits;
            self.is_stuffed = byte == 0xff;
        }
        let bits = self.held & ((1 << number) - 1);
        self.held >>= number;
        self.count -= number;
        bits as u32
    }
}

/// Bits from the end of bytes backwards, the lowest of a byte first; a byte before one above 0x8F has seven where its own seven are ones.
pub(super) struct Backward<'a> {
    bytes: Rev<Iter<'a, u8>>,
    held: u64,
    count: u32,
    is_above: bool,
}

impl<'a> Backward<'a> {
    /// All bits of all bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter().rev(), held: 0, count: 0, is_above: true }
    }

    /// Without the lower four bits of the last byte.
    pub fn without_half(bytes: &'a [u8]) -> Self {
        let mut stream = Self::new(bytes);
        let last = stream.bytes.next().copied().unwrap_or_default();
        stream.held = u64::from(last >> 4);
        stream.count = 4;
        if stream.held & 7 == 7 {
            (stream.held, stream.count) = (7, 3);
        }
        stream.is_above = last | 0xf > 0x8f;
        stream
    }

    /// The next bits without taking them, at most 32.
    pub fn peek(&mut self, number: u32) -> u32 {
        while self.count < number {
            let byte = self.bytes.next().copied().unwrap_or_default();
            let bits = if self.is_above && byte & 0x7f == 0x7f { 7 } else { 8 };
            self.held |= (u64::from(byte) & ((1 << bits) - 1)) << self.count;
            self.count += bits;
            self.is_above = byte > 0x8f;
        }
        (self.held & ((1 << number) - 1)) as u32
    }

    pub fn bits(&mut self, number: u32) -> u32 {
        let bits = self.peek(number);
        self.held >>= number;
        self.count -= number;
        bits
    }
}

/// Which quads without significant neighbours are significant, as runs of those that are not (T.814, 7.3.3).
pub(super) struct Runs<'a> {
    bytes: &'a [u8],
    byte: u8,
    left: u32,
    state: usize,
    /// Of those that are not, how many come.
    run: u32,
    /// Whether one that is comes behind them.
    ends: bool,
}

/// Bits of a run's length.
const EXPONENTS: [u32; 13] = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5];

impl<'a> Runs<'a> {
    /// `bytes`: the lower half of the last belongs to another stream.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, byte: 0, left: 0, state: 0, run: 0, ends: false }
    }

    fn bit(&mut self) -> u32 {
        if self.left == 0 {
            self.left = if self.byte == 0xff { 7 } else { 8 };
            self.byte = match self.bytes {
                [] => 0xff,
                [last] => last | 0xf,
                [byte, ..] => *byte,
            };
            self.bytes = self.bytes.get(1..).unwrap_or_default();
        }
        self.left -= 1;
        u32::from(self.byte >> self.left & 1)
    }

    /// Whether the next one is significant.
    pub fn next(&mut self) -> bool {
        if self.run == 0 && !self.ends {
            let exponent = EXPONENTS.get(self.state).copied().unwrap_or_default();
            if self.bit() == 1 {
                self.run = 1 << exponent;
                self.state = (self.state + 1).min(EXPONENTS.len() - 1);
            } else {
                self.run = (0..exponent).fold(0, |run, _| run << 1 | self.bit());
                self.state = self.state.saturating_sub(1);
                self.ends = true;
            }
        }
        if self.run > 0 {
            self.run -= 1;
            return false;
        }
        self.ends = false;
        true
    }
}
