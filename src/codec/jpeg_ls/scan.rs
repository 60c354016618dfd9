//! One scan: each sample is predicted from its neighbours and corrected; where all neighbours agree, runs are counted (T.87, annex A).

use super::bits::Bits;
use super::context::{Coding, Interruption, Regular};
use super::header::Component;
use super::{Error, damaged};
use super::{Header, Interleave};
use crate::messages::why::codec as why;

/// Bits of a run's length, by how runs went so far (T.87, A.2.1).
const RUN_BITS: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// The rows of one component: one sample before the first, which stands for its left neighbour, and one behind the last.
#[derive(Clone)]
struct Rows {
    above: Vec<u16>,
    own: Vec<u16>,
}

/// The four neighbours of a sample: left, above, above left, above right.
#[derive(Clone, Copy)]
struct Neighbours {
    a: i32,
    b: i32,
    c: i32,
    d: i32,
}

impl Rows {
    fn new(width: usize) -> Self {
        let empty = vec![0; width + 2];
        Self { above: empty.clone(), own: empty }
    }

    fn width(&self) -> usize {
        self.own.len() - 2
    }

    fn around(&self, at: usize) -> Neighbours {
        let value = |row: &[u16], at: usize| i32::from(row.get(at).copied().unwrap_or_default());
        Neighbours {
            a: value(&self.own, at - 1),
            b: value(&self.above, at),
            c: value(&self.above, at - 1),
            d: value(&self.above, at + 1),
        }
    }

    fn put(&mut self, at: usize, sample: u16) {
        if let Some(place) = self.own.get_mut(at) {
            *place = sample;
        }
    }

    /// The row is done: it becomes the one above.
    fn turn(&mut self) {
        let width = self.width();
        let last = self.own.get(width).copied().unwrap_or_default();
        self.put(width + 1, last);
        std::mem::swap(&mut self.above, &mut self.own);
        let first = self.above.get(1).copied().unwrap_or_default();
        self.put(0, first);
    }
}

struct Decoding<'a> {
    bits: Bits<'a>,
    coding: Coding,
    thresholds: [i32; 3],
    regular: Vec<Regular>,
    interruptions: [Interruption; 2],
}

/// Decodes a scan into interleaved samples. A component with fewer samples than the image has pixels repeats them.
pub(super) fn decode(
    bytes: &[u8],
    header: &Header,
    scan: &super::header::Scan,
    samples: &mut [u16],
) -> Result<(), Error> {
    let numbered = |number: &usize| header.components.get(*number).map(|own| (*number, own));
    let components: Vec<(usize, &Component)> = scan.components.iter().filter_map(numbered).collect();
    let fresh: Vec<Rows> = components.iter().map(|(_, own)| Rows::new(header.width / own.across)).collect();
    let (_, first) = components.first().ok_or_else(|| damaged(why::SCAN_EMPTY))?;
    // Of a component by itself, and of samples in turn, a turn is one row.
    let rows_of = |own: &Component| if scan.interleave == Interleave::Line { own.rows } else { 1 };
    let turns = header.height / first.down / rows_of(first);
    let mut decoding = Decoding::new(Bits::new(bytes, scan.at), scan);
    let (mut rows, mut runs) = (fresh.clone(), vec![0usize; fresh.len()]);
    for turn in 0..turns {
        if turn > 0 && scan.restart > 0 && turn % scan.restart == 0 {
            let bits = decoding.bits.after_restart(turn / scan.restart - 1)?;
            decoding = Decoding::new(bits, scan);
            rows.clone_from(&fresh);
            runs.fill(0);
        }
        if scan.interleave == Interleave::Sample {
            let run = runs.first_mut().ok_or_else(|| damaged(why::SCAN_EMPTY))?;
            decoding.row(&mut rows, run)?;
            for (rows, component) in rows.iter_mut().zip(&components) {
                rows.turn();
                spread(&rows.above, turn, *component, header, samples);
            }
            continue;
        }
        for ((rows, run), component) in rows.iter_mut().zip(&mut runs).zip(&components) {
            let count = rows_of(component.1);
            for row in turn * count..(turn + 1) * count {
                decoding.row(std::slice::from_mut(rows), run)?;
                rows.turn();
                spread(&rows.above, row, *component, header, samples);
            }
        }
    }
    Ok(())
}

/// Puts a component's row into all pixels that share its samples.
fn spread(
    row: &[u16],
    number: usize,
    (channel, component): (usize, &Component),
    header: &Header,
    samples: &mut [u16],
) {
    let channels = header.components.len();
    let targets =
        samples.chunks_mut(header.width * channels).skip(number * component.down).take(component.down);
    for target in targets {
        let repeated = row.iter().skip(1).flat_map(|sample| std::iter::repeat_n(sample, component.across));
        for (pixel, sample) in target.chunks_mut(channels).zip(repeated) {
            if let Some(place) = pixel.get_mut(channel) {
                *place = *sample;
            }
        }
    }
}

impl<'a> Decoding<'a> {
    fn new(bits: Bits<'a>, scan: &super::header::Scan) -> Self {
        let coding = Coding::new(scan.preset.most, scan.near, scan.preset.reset);
        let start = coding.start();
        Self {
            bits,
            coding,
            thresholds: scan.preset.thresholds,
            regular: vec![Regular::new(start); 365],
            interruptions: [Interruption::new(0, start), Interruption::new(1, start)],
        }
    }

    /// One row, of one component or of several in turn. `run`: how runs went so far.
    fn row(&mut self, rows: &mut [Rows], run: &mut usize) -> Result<(), Error> {
        let width = rows.first().map_or(0, Rows::width);
        let mut at = 1;
        while at <= width {
            let is_flat = rows.iter().all(|rows| self.context(rows.around(at)).0 == 0);
            if !is_flat {
                for rows in rows.iter_mut() {
                    let sample = self.regular(rows.around(at))?;
                    rows.put(at, sample);
                }
                at += 1;
                continue;
            }
            let length = self.run(width + 1 - at, run)?;
            for rows in rows.iter_mut() {
                let left = rows.own.get(at - 1).copied().unwrap_or_default();
                rows.own.iter_mut().skip(at).take(length).for_each(|place| *place = left);
            }
            at += length;
            if at > width {
                break;
            }
            let shorter = RUN_BITS.get(*run).copied().unwrap_or_default();
            let is_single = rows.len() == 1;
            for rows in rows.iter_mut() {
                let sample = self.interruption(rows.around(at), shorter, is_single)?;
                rows.put(at, sample);
            }
            *run = run.saturating_sub(1);
            at += 1;
        }
        Ok(())
    }

    /// The context's number, 0 where all neighbours agree, and the sign that its differences have.
    fn context(&self, Neighbours { a, b, c, d }: Neighbours) -> (usize, i32) {
        let number = 81 * self.quantised(d - b) + 9 * self.quantised(b - c) + self.quantised(c - a);
        (number.unsigned_abs() as usize, if number < 0 { -1 } else { 1 })
    }

    /// T.87, A.3.3.
    fn quantised(&self, difference: i32) -> i32 {
        let [t1, t2, t3] = self.thresholds;
        let size = difference.abs();
        let step = match size {
            _ if size <= self.coding.near => 0,
            _ if size < t1 => 1,
            _ if size < t2 => 2,
            _ if size < t3 => 3,
            _ => 4,
        };
        step * difference.signum()
    }

    fn regular(&mut self, around: Neighbours) -> Result<u16, Error> {
        let (number, sign) = self.context(around);
        let Neighbours { a, b, c, .. } = around;
        let predicted = if c >= a.max(b) {
            a.min(b)
        } else if c <= a.min(b) {
            a.max(b)
        } else {
            a + b - c
        };
        let context = self.regular.get_mut(number).ok_or_else(|| damaged(why::CONTEXT_IMPOSSIBLE))?;
        let predicted = (predicted + sign * context.correction).clamp(0, self.coding.most);
        let difference = context.decode(&self.coding, &mut self.bits)?;
        Ok(self.coding.sample(predicted, sign * difference))
    }

    /// How many samples are as the one before, of the `left` ones that the row still has (T.87, A.7.1).
    fn run(&mut self, left: usize, run: &mut usize) -> Result<usize, Error> {
        let mut length = 0;
        loop {
            let bits = RUN_BITS.get(*run).copied().unwrap_or_default();
            if self.bits.take(1)? == 0 {
                length += self.bits.take(bits)? as usize;
                return if length < left { Ok(length) } else { Err(damaged(why::RUN_BEYOND)) };
            }
            let whole = 1 << bits;
            if length + whole > left {
                return Ok(left);
            }
            length += whole;
            *run = (*run + 1).min(RUN_BITS.len() - 1);
            if length == left {
                return Ok(left);
            }
        }
    }

    /// The sample that ends a run (T.87, A.7.2); of several components in turn all count as if their neighbours disagreed.
    fn interruption(&mut self, around: Neighbours, shorter: u32, is_single: bool) -> Result<u16, Error> {
        let Neighbours { a, b, .. } = around;
        let agree = is_single && (a - b).abs() <= self.coding.near;
        let [differing, agreeing] = &mut self.interruptions;
        let context = if agree { agreeing } else { differing };
        let difference = context.decode(&self.coding, &mut self.bits, shorter)?;
        let sign = if !agree && a > b { -1 } else { 1 };
        Ok(self.coding.sample(if agree { a } else { b }, sign * difference))
    }
}
