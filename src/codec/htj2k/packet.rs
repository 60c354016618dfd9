//! Packets (T.800, annex B): which blocks of a precinct a layer adds to, and by how many bytes.

use super::{damaged, unsupported};
use crate::codec::Error;
use crate::messages::why::codec as why;

/// Bits of a packet header, the highest of a byte first; after a byte of ones comes a stuffed 0.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    byte: u8,
    left: u32,
}

impl Bits<'_> {
    fn bit(&mut self) -> Result<u32, Error> {
        if self.left == 0 {
            self.left = if self.byte == 0xff { 7 } else { 8 };
            self.byte = *self.bytes.get(self.at).ok_or_else(|| damaged(why::PACKETS_CUT))?;
            self.at += 1;
        }
        self.left -= 1;
        Ok(u32::from(self.byte >> self.left & 1))
    }

    fn bits(&mut self, number: u32) -> Result<u32, Error> {
        (0..number).try_fold(0, |bits, _| Ok(bits << 1 | self.bit()?))
    }

    /// How many times a 1 comes before a 0.
    fn ones(&mut self) -> Result<u32, Error> {
        let mut ones = 0;
        while self.bit()? == 1 {
            ones += 1;
        }
        Ok(ones)
    }

    /// Where the next byte begins.
    fn end(&self) -> usize {
        self.at + usize::from(self.byte == 0xff)
    }

    /// Passes that a layer adds (T.800, table B.4).
    fn passes(&mut self) -> Result<u32, Error> {
        for (bits, base) in [(1, 1), (1, 2), (2, 3), (5, 6)] {
            let more = self.bits(bits)?;
            if more != (1 << bits) - 1 {
                return Ok(base + more);
            }
        }
        Ok(37 + self.bits(7)?)
    }
}

/// A tree of least values (T.800, B.10.2), the leaves first.
#[derive(Clone, Debug, Default)]
struct Tree {
    /// Width of each level, and where it begins.
    levels: Vec<(usize, usize)>,
    /// What is known of a node: at least so much, and whether it is that.
    nodes: Vec<(u32, bool)>,
}

impl Tree {
    fn new(mut wide: usize, mut high: usize) -> Self {
        let (mut levels, mut count) = (Vec::new(), 0);
        loop {
            levels.push((wide, count));
            count += wide * high;
            if wide * high <= 1 {
                return Self { levels, nodes: vec![(0, false); count] };
            }
            (wide, high) = (wide.div_ceil(2), high.div_ceil(2));
        }
    }

    /// The value of a leaf where it lies below `limit`.
    fn below(&mut self, bits: &mut Bits, x: usize, y: usize, limit: u32) -> Result<Option<u32>, Error> {
        let mut least = 0;
        for (level, (wide, from)) in self.levels.iter().enumerate().rev() {
            let place = from + (y >> level) * wide + (x >> level);
            let Some((value, is_known)) = self.nodes.get_mut(place) else { return Ok(None) };
            *value = least.max(*value);
            while *value < limit && !*is_known {
                if bits.bit()? == 1 {
                    *is_known = true;
                } else {
                    *value += 1;
                }
            }
            least = *value;
            if !*is_known {
                return Ok(None);
            }
        }
        Ok((least < limit).then_some(least))
    }
}

/// A block, as far as packets have told of it.
#[derive(Clone, Debug, Default)]
pub(super) struct CodedBlock {
    /// Bit planes above the lowest of the clean-up pass.
    pub missing: u32,
    /// Passes so far; 0 where it is not included.
    pub passes: u32,
    pub cleanup: Vec<u8>,
    pub refinement: Vec<u8>,
    /// Passes that stand for nothing but empty planes.
    empty: u32,
    length_bits: u32,
}

/// The blocks of a band in a precinct.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    /// In a row.
    pub wide: usize,
    pub blocks: Vec<CodedBlock>,
    inclusion: Tree,
    planes: Tree,
}

impl Blocks {
    pub fn new(wide: usize, high: usize) -> Self {
        let tree = Tree::new(wide, high);
        let blocks = vec![CodedBlock { length_bits: 3, ..CodedBlock::default() }; wide * high];
        Self { wide, blocks, inclusion: tree.clone(), planes: tree }
    }
}

/// Reads the packet of a layer at the beginning of bytes, and gives what it takes of them.
pub(super) fn read(bands: &mut [Blocks], layer: u32, bytes: &[u8], has_end: bool) -> Result<usize, Error> {
    let start = if bytes.starts_with(&[0xff, 0x91]) { 6 } else { 0 };
    let mut bits = Bits { bytes, at: start, byte: 0, left: 0 };
    // For each block that is added to: band, number, and bytes of both segments.
    let mut added = Vec::new();
    if bits.bit()? == 1 {
        for (number, band) in bands.iter_mut().enumerate() {
            for place in 0..band.blocks.len() {
                if let Some(lengths) = band.block(place, &mut bits, layer)? {
                    added.push((number, place, lengths));
                }
            }
        }
    }
    let mut at = bits.end();
    if has_end && bytes.get(at..at + 2) == Some(&[0xff, 0x92]) {
        at += 2;
    }
    for (number, place, [cleanup, refinement]) in added {
        let mut next = |length: u32| {
            let from = at;
            at = at.saturating_add(length as usize);
            bytes.get(from..at).ok_or_else(|| damaged(why::PACKETS_CUT))
        };
        let (cleanup, refinement) = (next(cleanup)?, next(refinement)?);
        if let Some(block) = bands.get_mut(number).and_then(|band| band.blocks.get_mut(place)) {
            block.cleanup.extend(cleanup);
            block.refinement.extend(refinement);
        }
    }
    Ok(at)
}

impl Blocks {
    /// What the header says of a block: bytes that are added to its segments.
    fn block(&mut self, place: usize, bits: &mut Bits, layer: u32) -> Result<Option<[u32; 2]>, Error> {
        let (x, y) = (place % self.wide, place / self.wide);
        let Some(block) = self.blocks.get_mut(place) else { return Ok(None) };
        let is_first = block.passes == 0;
        let is_included = match is_first {
            true => self.inclusion.below(bits, x, y, layer + 1)?.is_some(),
            false => bits.bit()? == 1,
        };
        if !is_included {
            return Ok(None);
        }
        if is_first {
            // More planes than any band has.
            let planes = self.planes.below(bits, x, y, 64)?;
            block.missing = planes.ok_or_else(|| damaged(why::BLOCK_EMPTY))?;
        }
        let mut passes = bits.passes()?;
        if is_first {
            // Three for each plane that is left empty above those of the clean-up pass.
            block.empty = (passes - 1) / 3;
            block.missing += block.empty;
            passes -= 3 * block.empty;
        }
        block.length_bits += bits.ones()?;
        let mut length = |passes: u32| bits.bits((block.length_bits + passes.ilog2()).min(32));
        let (cleanup, passes) =
            if is_first { (length(3 * block.empty + 1)?, passes - 1) } else { (0, passes) };
        let refinement = if passes > 0 { length(passes)? } else { 0 };
        block.passes += passes + u32::from(is_first);
        if block.passes > 3 {
            return Err(unsupported(why::SEVERAL_SETS));
        }
        Ok(Some([cleanup, refinement]))
    }
}
