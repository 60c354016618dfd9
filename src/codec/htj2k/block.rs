//! One block of coefficients (T.814, clause 7): a clean-up pass that codes all but the lowest bit planes at once, in quads of 2 x 2, then
//! perhaps two passes that refine it by a plane.

use super::bits::{Backward, Forward, Runs};
use super::codes::{Quad, TABLES};

/// A block as it is coded.
pub(super) struct Block<'a> {
    pub width: usize,
    pub height: usize,
    /// Bit planes that its coefficients may have.
    pub planes: u32,
    /// Planes above the lowest of the clean-up pass.
    pub missing: u32,
    /// 1: the clean-up pass, 2: significance too, 3: magnitudes too.
    pub passes: u32,
    pub cleanup: &'a [u8],
    pub refinement: &'a [u8],
    /// Whether the rows below a stripe of four say nothing of it.
    pub is_causal: bool,
}

/// What the clean-up pass keeps of a row of quads for the next one, with a margin of one at either side.
struct Row {
    /// Significant samples of each quad.
    significant: Vec<u32>,
    /// Exponents of the lower samples.
    exponents: Vec<u32>,
}

/// The streams of the clean-up pass.
struct Streams<'a> {
    runs: Runs<'a>,
    codes: Backward<'a>,
    magnitudes: Forward<'a>,
}

impl Streams<'_> {
    /// A quad in its context.
    fn quad(&mut self, table: &[Quad], context: u32) -> Option<Quad> {
        if context == 0 && !self.runs.next() {
            return Some(Quad::default());
        }
        let quad = *table.get((context * 128 + self.codes.peek(7)) as usize)?;
        self.codes.bits(quad.length);
        (quad.length > 0).then_some(quad)
    }

    /// How far the largest exponents of a pair of quads lie above their bounds (T.814, 7.3.6).
    fn offsets(&mut self, quads: &[Quad; 2], is_first: bool) -> [u32; 2] {
        let [a, b] = quads.map(|quad| quad.has_exponent);
        let are_both_large = is_first && a && b && self.runs.next();
        let first = if a { self.prefix() } else { (0, 0) };
        let second = match b {
            true if is_first && a && !are_both_large && first.0 > 2 => (1 + self.codes.bits(1), 0),
            true => self.prefix(),
            false => (0, 0),
        };
        let suffixes = [first, second].map(|(_, bits)| self.codes.bits(bits));
        let more = suffixes.map(|suffix| if suffix >= 28 { 4 * self.codes.bits(4) } else { 0 });
        let ([c, d], [e, f]) = (suffixes, more);
        let base = if are_both_large { 2 } else { 0 };
        [base + first.0 + c + e, base + second.0 + d + f]
    }

    /// The least that an offset is, and the bits that say more of it.
    fn prefix(&mut self) -> (u32, u32) {
        let (length, prefix) = match self.codes.peek(3) {
            next if next & 1 == 1 => (1, (1, 0)),
            next if next & 2 == 2 => (2, (2, 0)),
            4 => (3, (3, 1)),
            _ => (3, (5, 5)),
        };
        self.codes.bits(length);
        prefix
    }

    /// The four samples of a quad: twice the magnitude plus 1, or 0, and the sign above; and their exponents.
    fn samples(&mut self, quad: &Quad, exponent: u32) -> ([u32; 4], [u32; 4]) {
        let (mut samples, mut exponents) = ([0; 4], [0; 4]);
        for (place, (sample, own)) in samples.iter_mut().zip(&mut exponents).enumerate() {
            let has = |bits: u32| bits >> place & 1;
            if has(quad.significant) == 0 {
                continue;
            }
            let length = exponent.saturating_sub(has(quad.known));
            let coded = self.magnitudes.bits(length);
            // Twice the magnitude minus 1: the lowest bit was the sign.
            let odd = coded | has(quad.ones) << length | 1;
            *own = u32::BITS - odd.leading_zeros();
            *sample = (odd + 2) | coded << 31;
        }
        (samples, exponents)
    }
}

impl Block<'_> {
    /// Decodes it: for each coefficient twice its value, and 1 more in the middle of what is not known of it; row by row. Nothing where it is
    /// broken.
    pub fn decode(&self) -> Option<Vec<i32>> {
        let lowest = self.planes.checked_sub(1 + self.missing)?;
        let mut samples = self.clean_up()?;
        let known: Vec<bool> = samples.iter().map(|sample| *sample != 0).collect();
        let mut shifts = vec![lowest; samples.len()];
        if self.passes > 1 {
            self.find(&mut samples, &mut shifts, lowest.checked_sub(1)?);
        }
        if self.passes > 2 {
            self.refine(&mut samples, &mut shifts, &known);
        }
        let value = |(sample, shift): (&u32, &u32)| {
            let magnitude = ((sample & 0x7fff_ffff) << shift) as i32;
            if sample >> 31 == 1 { -magnitude } else { magnitude }
        };
        Some(samples.iter().zip(&shifts).map(value).collect())
    }

    /// Cuts the clean-up segment into its streams (T.814, 7.1.1).
    fn streams(&self) -> Option<Streams<'_>> {
        let (last, rest) = self.cleanup.split_last()?;
        let before = rest.last()?;
        let suffix = usize::from(*last) << 4 | usize::from(before & 0xf);
        let at = self.cleanup.len().checked_sub(suffix).filter(|_| (2..4080).contains(&suffix))?;
        let (magnitudes, codes) = (self.cleanup.get(..at)?, rest.get(at..)?);
        Some(Streams {
            runs: Runs::new(codes),
            codes: Backward::without_half(codes),
            magnitudes: Forward::new(magnitudes, 0xff),
        })
    }

    fn clean_up(&self) -> Option<Vec<u32>> {
        let mut streams = self.streams()?;
        let mut samples = vec![0; self.width * self.height];
        let wide = self.width.div_ceil(2);
        let empty = || Row { significant: vec![0; wide + 3], exponents: vec![0; 2 * wide + 4] };
        let mut above = empty();
        for y in (0..self.height).step_by(2) {
            let mut row = empty();
            let table = TABLES.get(usize::from(y > 0))?;
            for first in (0..wide).step_by(2) {
                let mut quads = [Quad::default(); 2];
                for (number, quad) in (first..wide).zip(&mut quads) {
                    *quad = streams.quad(table, context(&row, &above, number, y == 0)?)?;
                    *row.significant.get_mut(number + 1)? = quad.significant;
                }
                let offsets = streams.offsets(&quads, y == 0);
                for (number, (quad, offset)) in (first..wide).zip(quads.iter().zip(offsets)) {
                    let exponent = bound(quad, &above, number)? + offset;
                    if exponent > self.missing + 2 {
                        return None;
                    }
                    let (own, exponents) = streams.samples(quad, exponent);
                    let [_, a, _, b] = exponents;
                    row.exponents.get_mut(2 * number + 1..2 * number + 3)?.copy_from_slice(&[a, b]);
                    self.put(&mut samples, 2 * number, y, own);
                }
            }
            above = row;
        }
        Some(samples)
    }

    fn put(&self, samples: &mut [u32], x: usize, y: usize, [a, b, c, d]: [u32; 4]) {
        for (x, y, sample) in [(x, y, a), (x, y + 1, b), (x + 1, y, c), (x + 1, y + 1, d)] {
            if let Some(place) = samples.get_mut(y * self.width + x).filter(|_| x < self.width) {
                *place = sample;
            }
        }
    }

    /// The significance propagation pass (T.814, 7.4): of those that are 0 beside others that are not, in stripes of four rows and groups of
    /// four columns, which are 1 a plane below.
    fn find(&self, samples: &mut [u32], shifts: &mut [u32], plane: u32) {
        let mut bits = Forward::new(self.refinement, 0);
        for top in (0..self.height).step_by(4) {
            let bottom = (top + 4).min(self.height);
            for left in (0..self.width).step_by(4) {
                let mut found = Vec::new();
                for x in left..(left + 4).min(self.width) {
                    for y in top..bottom {
                        let at = y * self.width + x;
                        let is_asked =
                            samples.get(at) == Some(&0) && self.has_neighbour(samples, x, y, bottom);
                        if let Some(sample) = samples.get_mut(at).filter(|_| is_asked && bits.bits(1) == 1) {
                            *sample = 3;
                            found.push(at);
                        }
                    }
                }
                for at in found {
                    if let (Some(sample), Some(shift)) = (samples.get_mut(at), shifts.get_mut(at)) {
                        *sample |= bits.bits(1) << 31;
                        *shift = plane;
                    }
                }
            }
        }
    }

    /// Whether one of the eight around a sample is significant. `bottom`: the row below its stripe.
    fn has_neighbour(&self, samples: &[u32], x: usize, y: usize, bottom: usize) -> bool {
        let last = if self.is_causal { bottom } else { self.height };
        (y.saturating_sub(1)..(y + 2).min(last)).any(|row| {
            let from = row * self.width + x.saturating_sub(1);
            let to = row * self.width + (x + 2).min(self.width);
            samples.get(from..to).is_some_and(|three| three.iter().any(|sample| *sample != 0))
        })
    }

    /// The magnitude refinement pass (T.814, 7.5): one more bit of those that the clean-up pass found.
    fn refine(&self, samples: &mut [u32], shifts: &mut [u32], known: &[bool]) {
        let mut bits = Backward::new(self.refinement);
        for top in (0..self.height).step_by(4) {
            for x in 0..self.width {
                for y in top..(top + 4).min(self.height) {
                    let at = y * self.width + x;
                    let place = samples.get_mut(at).zip(shifts.get_mut(at));
                    if let Some((sample, shift)) = place.filter(|_| known.get(at) == Some(&true)) {
                        let (sign, odd) = (*sample & 1 << 31, *sample & 0x7fff_ffff);
                        *sample = sign | (2 * odd - 1 + 2 * bits.bits(1));
                        *shift -= 1;
                    }
                }
            }
        }
    }
}

/// What is significant around a quad, of what was decoded before it (T.814, 7.3.5).
fn context(row: &Row, above: &Row, number: usize, is_first: bool) -> Option<u32> {
    let left = *row.significant.get(number)?;
    let [before, over, behind] = *above.significant.get(number..)?.first_chunk()?;
    let parts = match is_first {
        true => [left & 3, left & 4, left & 8],
        false => [before & 8 | over & 2, left & 12, over & 8 | behind & 2],
    };
    Some(parts.into_iter().zip(0..).map(|(part, place)| u32::from(part != 0) << place).sum())
}

/// The least that the largest exponent of a quad can be (T.814, 7.3.7).
fn bound(quad: &Quad, above: &Row, number: usize) -> Option<u32> {
    let around: &[u32; 4] = above.exponents.get(2 * number..)?.first_chunk()?;
    let most = around.iter().copied().max().unwrap_or_default();
    let has_several = quad.significant.count_ones() > 1;
    Some(if has_several { most.saturating_sub(1).max(1) } else { 1 })
}
