//! What was learned of the differences so far (T.87, A.2, A.6 and A.7).

use super::bits::Bits;
use super::{Error, damaged};
use crate::messages::why::codec as why;

/// The sizes that follow from a scan's parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coding {
    pub most: i32,
    pub near: i32,
    /// Of a quantised difference.
    pub range: i32,
    /// Bits of the range.
    pub range_bits: u32,
    /// The longest code.
    pub limit: u32,
    pub reset: i32,
}

impl Coding {
    /// T.87, A.2.1.
    pub fn new(most: i32, near: i32, reset: i32) -> Self {
        let range = (most + 2 * near) / (2 * near + 1) + 1;
        let bits = |values: i32| i32::BITS - (values - 1).max(1).leading_zeros();
        let sample_bits = bits(most + 1).max(2);
        Self {
            most,
            near,
            range,
            range_bits: bits(range),
            limit: 2 * (sample_bits + sample_bits.max(8)),
            reset,
        }
    }

    /// What a context begins with.
    pub fn start(&self) -> i32 {
        ((self.range + 32) / 64).max(2)
    }

    /// A number in the code of order `k`, at most `limit` bits long (T.87, A.5.3).
    pub fn decode(&self, bits: &mut Bits, k: u32, limit: u32) -> Result<i32, Error> {
        let escape = limit.saturating_sub(self.range_bits + 1);
        let zeros = bits.zeros(limit)?;
        let number = if zeros < escape {
            (zeros as i32) << k | bits.take(k)?
        } else {
            bits.take(self.range_bits)? + 1
        };
        // A difference is at most half the range, and twice that when its sign is folded in.
        if number > 2 * self.range { Err(damaged(why::DIFFERENCE_IMPOSSIBLE)) } else { Ok(number) }
    }

    /// A prediction and a difference back into a sample (T.87, A.4.5 with A.8).
    pub fn sample(&self, predicted: i32, difference: i32) -> u16 {
        let step = 2 * self.near + 1;
        let mut value = predicted.wrapping_add(difference.wrapping_mul(step));
        if value < -self.near {
            value = value.wrapping_add(self.range * step);
        } else if value > self.most + self.near {
            value = value.wrapping_sub(self.range * step);
        }
        value.clamp(0, self.most) as u16
    }
}

/// The least order whose unit, `count` times, reaches `sum`.
fn order(count: i32, sum: i32) -> u32 {
    (0..24).find(|k| i64::from(count) << k >= i64::from(sum)).unwrap_or(24)
}

/// One context of the regular mode.
#[derive(Clone, Copy, Debug)]
pub(super) struct Regular {
    sum: i32,
    bias: i32,
    /// What the prediction is corrected by.
    pub correction: i32,
    count: i32,
}

impl Regular {
    /// Nothing learned yet.
    pub fn new(start: i32) -> Self {
        Self { sum: start, bias: 0, correction: 0, count: 1 }
    }

    /// The next difference, from which the context learns.
    pub fn decode(&mut self, coding: &Coding, bits: &mut Bits) -> Result<i32, Error> {
        let k = order(self.count, self.sum);
        let mapped = coding.decode(bits, k, coding.limit)?;
        let is_turned = coding.near == 0 && k == 0 && 2 * self.bias <= -self.count;
        let difference = match (mapped & 1 == 0, is_turned) {
            (true, false) => mapped >> 1,
            (false, false) => -((mapped + 1) >> 1),
            (true, true) => -(mapped >> 1) - 1,
            (false, true) => mapped >> 1,
        };
        self.learn(coding, difference);
        Ok(difference)
    }

    fn learn(&mut self, coding: &Coding, difference: i32) {
        self.bias += difference * (2 * coding.near + 1);
        // Only a stream that no encoder wrote exceeds the range of the sum.
        self.sum = self.sum.saturating_add(difference.abs());
        if self.count == coding.reset {
            (self.sum, self.bias, self.count) = (self.sum >> 1, self.bias >> 1, self.count >> 1);
        }
        self.count += 1;
        if self.bias <= -self.count {
            self.bias = (self.bias + self.count).max(1 - self.count);
            self.correction = (self.correction - 1).max(-128);
        } else if self.bias > 0 {
            self.bias = (self.bias - self.count).min(0);
            self.correction = (self.correction + 1).min(127);
        }
    }
}

/// One context of the samples that end a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interruption {
    /// 1 where the neighbours agree, else 0.
    kind: i32,
    sum: i32,
    count: i32,
    negative: i32,
}

impl Interruption {
    /// Nothing learned yet.
    pub fn new(kind: i32, start: i32) -> Self {
        Self { kind, sum: start, count: 1, negative: 0 }
    }

    /// The next difference. `shorter`: bits that the run's own code took.
    pub fn decode(&mut self, coding: &Coding, bits: &mut Bits, shorter: u32) -> Result<i32, Error> {
        let more = if self.kind == 1 { self.count >> 1 } else { 0 };
        let k = order(self.count, self.sum.saturating_add(more));
        let mapped = coding.decode(bits, k, coding.limit - shorter - 1)?;
        let doubled = mapped + self.kind;
        let odd = doubled & 1;
        let size = (doubled + odd) / 2;
        let is_often_negative = k != 0 || 2 * self.negative >= self.count;
        let difference = if is_often_negative == (odd == 1) { -size } else { size };
        self.negative += i32::from(difference < 0);
        self.sum = self.sum.saturating_add((mapped + 1 - self.kind) >> 1);
        if self.count == coding.reset {
            (self.sum, self.count, self.negative) = (self.sum >> 1, self.count >> 1, self.negative >> 1);
        }
        self.count += 1;
        Ok(difference)
    }
}
