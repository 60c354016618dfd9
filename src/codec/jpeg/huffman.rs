//! Huffman tables (T.81, annex C and section F.2.2.3).

use super::bits::Bits;
use super::{Error, damaged};
use crate::messages::why::codec as why;

/// Bits that are looked up at once.
const AHEAD: u32 = 8;

/// Codes by their length.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// For each beginning of [`AHEAD`] bits the value and the length of the code that it begins with; 0 where that is longer.
    short: Vec<(u8, u8)>,
    /// For each length the first code beyond those of that length, and what leads from a code to the number of its value.
    limits: [(i32, i32); 17],
    values: Vec<u8>,
}

impl Table {
    /// From the numbers of codes of each length, and the values in the order of the codes.
    pub fn new(counts: &[u8; 16], values: &[u8]) -> Self {
        let mut table =
            Self { short: vec![(0, 0); 1 << AHEAD], limits: [(0, 0); 17], values: values.to_vec() };
        let (mut code, mut number) = (0i32, 0i32);
        for (length, count) in (1u32..).zip(counts) {
            let lead = number - code;
            for _ in 0..*count {
                let value = values.get(number as usize).copied().unwrap_or_default();
                if length <= AHEAD {
                    let (from, span) = ((code as usize) << (AHEAD - length), 1usize << (AHEAD - length));
                    for place in table.short.iter_mut().skip(from).take(span) {
                        *place = (value, length as u8);
                    }
                }
                (code, number) = (code + 1, number + 1);
            }
            if let Some(limit) = table.limits.get_mut(length as usize) {
                *limit = (code, lead);
            }
            code <<= 1;
        }
        table
    }

    /// The next code's value.
    pub fn decode(&self, bits: &mut Bits) -> Result<u8, Error> {
        let ahead = bits.peek(16);
        let (value, length) = self.short.get((ahead >> (16 - AHEAD)) as usize).copied().unwrap_or_default();
        if length > 0 {
            bits.skip(u32::from(length))?;
            return Ok(value);
        }
        for (length, (limit, lead)) in (0u32..).zip(&self.limits).skip(AHEAD as usize + 1) {
            let code = (ahead >> (16 - length)) as i32;
            if code < *limit {
                bits.skip(length)?;
                let value = usize::try_from(code + lead).ok().and_then(|number| self.values.get(number));
                return value.copied().ok_or_else(|| damaged(why::CODE_UNKNOWN));
            }
        }
        Err(damaged(why::CODE_UNKNOWN))
    }
}
