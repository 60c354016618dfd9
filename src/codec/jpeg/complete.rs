//! Whether every block of a stream of cosines is coded. The usual decoder fills what is missing before a marker with zeros; so the codes
//! of streams with several scans or with restarts are walked through here first, without computing what they stand for.

use super::bits::Bits;
use super::huffman::Table;
use super::stream::{Process, Scan, Stream};
use super::{Error, damaged};
use crate::messages::why::codec as why;

/// One component: blocks in a row and in a column, those that fill up a unit of all components included; and for each block which of its
/// coefficients have a value so far, a bit each.
struct Blocks {
    across: usize,
    known: Vec<u64>,
    /// Of which coefficients the lowest bit was coded.
    is_done: u64,
}

/// The state between two restarts.
struct Reading<'a> {
    bits: Bits<'a>,
    /// How many blocks more have no code of their own.
    run: u32,
}

/// Refuses a stream in which a block, a component or a refinement is missing.
pub(super) fn check(stream: &Stream, bytes: &[u8]) -> Result<(), Error> {
    let most = |of: fn(&(usize, usize)) -> usize| {
        stream.components.iter().map(|component| of(&component.sampling)).max().unwrap_or(1)
    };
    let most = (most(|sampling| sampling.0), most(|sampling| sampling.1));
    let units = ((stream.width as usize).div_ceil(8 * most.0), (stream.height as usize).div_ceil(8 * most.1));
    let blocks = |component: &super::stream::Component| {
        let (h, v) = component.sampling;
        let (across, down) = (units.0 * h, units.1 * v);
        Blocks { across, known: vec![0; across * down], is_done: 0 }
    };
    let mut all: Vec<Blocks> = stream.components.iter().map(blocks).collect();
    for scan in &stream.scans {
        check_scan(stream, scan, bytes, (units, most), &mut all)?;
    }
    if all.iter().all(|blocks| blocks.is_done == u64::MAX) {
        Ok(())
    } else {
        Err(damaged(why::DETAIL_MISSING))
    }
}

/// `units`: of all components, across and down; `most`: the largest sampling.
fn check_scan(
    stream: &Stream,
    scan: &Scan,
    bytes: &[u8],
    (units, most): ((usize, usize), (usize, usize)),
    all: &mut [Blocks],
) -> Result<(), Error> {
    let is_progressive = stream.process == Process::Progressive;
    let (first, last) = if is_progressive { (scan.first, scan.last) } else { (0, 63) };
    if first > last || last > 63 || (is_progressive && first == 0 && last != 0) {
        return Err(damaged(why::SCAN_HEADER));
    }
    let mut reading = Reading { bits: Bits::new(bytes, scan.at), run: 0 };
    let mut until_restart = scan.restart;
    // A scan of one component has no blocks that only fill up a unit.
    let alone = match scan.components.as_slice() {
        [(number, ..)] => stream.components.get(*number).map(|component| component.sampling),
        _ => None,
    };
    let (across, down) = alone.map_or(units, |(h, v)| {
        let blocks = |side: u32, own: usize, most: usize| (side as usize * own).div_ceil(8 * most);
        (blocks(stream.width, h, most.0), blocks(stream.height, v, most.1))
    });
    for y in 0..down {
        for x in 0..across {
            if scan.restart > 0 && until_restart == 0 {
                reading.bits.restart()?;
                reading.run = 0;
                until_restart = scan.restart;
            }
            until_restart = until_restart.saturating_sub(1);
            for part in &scan.components {
                let (h, v) = match alone {
                    Some(_) => (1, 1),
                    None => stream.components.get(part.0).map_or((1, 1), |component| component.sampling),
                };
                let Some(blocks) = all.get_mut(part.0) else { continue };
                for (dy, dx) in (0..v).flat_map(|dy| (0..h).map(move |dx| (dy, dx))) {
                    let place = (y * v + dy) * blocks.across + x * h + dx;
                    let Some(known) = blocks.known.get_mut(place) else { continue };
                    if is_progressive {
                        reading.refined(scan, part, known)?;
                    } else {
                        reading.whole(scan, part)?;
                    }
                }
            }
        }
    }
    let done = if scan.shift == 0 || !is_progressive { mask(first, last) } else { 0 };
    for (number, ..) in &scan.components {
        if let Some(blocks) = all.get_mut(*number) {
            blocks.is_done |= done;
        }
    }
    Ok(())
}

/// A bit for each coefficient from `first` to `last`.
fn mask(first: u8, last: u8) -> u64 {
    (u64::MAX << first) & (u64::MAX >> (63 - last))
}

fn table(tables: &[Option<Table>; 4], number: usize) -> Result<&Table, Error> {
    tables.get(number).and_then(Option::as_ref).ok_or_else(|| damaged(why::TABLE_MISSING))
}

impl Reading<'_> {
    /// A block whose coefficients are all coded together (T.81, F.2.2).
    fn whole(&mut self, scan: &Scan, (_, constant, other): &(usize, usize, usize)) -> Result<(), Error> {
        let length = table(&scan.constants, *constant)?.decode(&mut self.bits)?;
        self.bits.take(u32::from(length & 0x0f))?;
        let others = table(&scan.others, *other)?;
        let mut index = 1;
        while index < 64 {
            let code = others.decode(&mut self.bits)?;
            let (zeros, length) = (usize::from(code >> 4), u32::from(code & 0x0f));
            if length == 0 && zeros < 15 {
                break;
            }
            self.bits.take(length)?;
            index += zeros + 1;
        }
        Ok(())
    }

    /// A block's part in one scan of the progressive process (T.81, G.2). `known`: which coefficients have a value.
    fn refined(
        &mut self,
        scan: &Scan,
        (_, constant, other): &(usize, usize, usize),
        known: &mut u64,
    ) -> Result<(), Error> {
        match (scan.first, scan.is_refining) {
            (0, false) => {
                let length = table(&scan.constants, *constant)?.decode(&mut self.bits)?;
                self.bits.take(u32::from(length & 0x0f))?;
                Ok(())
            }
            (0, true) => self.bits.take(1).map(|_| ()),
            (_, false) => self.first_values(scan, table(&scan.others, *other)?, known),
            (_, true) => self.corrections(scan, table(&scan.others, *other)?, known),
        }
    }

    fn first_values(&mut self, scan: &Scan, table: &Table, known: &mut u64) -> Result<(), Error> {
        if self.run > 0 {
            self.run -= 1;
            return Ok(());
        }
        let mut index = scan.first;
        while index <= scan.last {
            let code = table.decode(&mut self.bits)?;
            let (zeros, length) = (code >> 4, u32::from(code & 0x0f));
            if length == 0 && zeros < 15 {
                self.run = (1 << zeros) - 1 + self.bits.take(u32::from(zeros))?;
                break;
            }
            index += zeros;
            if length > 0 {
                self.bits.take(length)?;
                *known |= 1u64.checked_shl(u32::from(index)).unwrap_or(0);
            }
            index += 1;
        }
        Ok(())
    }

    fn corrections(&mut self, scan: &Scan, table: &Table, known: &mut u64) -> Result<(), Error> {
        let mut index = scan.first;
        while self.run == 0 && index <= scan.last {
            let code = table.decode(&mut self.bits)?;
            let (zeros, length) = (code >> 4, code & 0x0f);
            if length == 0 && zeros < 15 {
                self.run = (1 << zeros) + self.bits.take(u32::from(zeros))?;
                break;
            }
            self.bits.take(u32::from(length > 0))?;
            self.correct(&mut index, (scan.last, Some(zeros)), *known)?;
            if length > 0 && index <= scan.last {
                *known |= 1 << index;
            }
            index += 1;
        }
        if self.run > 0 {
            self.correct(&mut index, (scan.last, None), *known)?;
            self.run -= 1;
        }
        Ok(())
    }

    /// Takes a bit for each value that is known, up to the coefficient behind so many without one.
    fn correct(&mut self, index: &mut u8, (last, zeros): (u8, Option<u8>), known: u64) -> Result<(), Error> {
        let mut left = zeros;
        while *index <= last {
            if known >> *index & 1 == 1 {
                self.bits.take(1)?;
            } else if left == Some(0) {
                break;
            } else {
                left = left.map(|zeros| zeros - 1);
            }
            *index += 1;
        }
        Ok(())
    }
}
