//! The segments of a JPEG-LS stream (T.87, annex C).

use super::super::marker::{self, segment};
use super::{Error, damaged, unsupported};
use crate::messages::why::codec as why;
use std::ops::RangeInclusive;

/// Markers within a scan: decoding begins anew. They are counted from 0 to 7.
const RESTART: RangeInclusive<u8> = 0xd0..=0xd7;

/// How components take turns within a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interleave {
    /// One component only.
    None,
    Line,
    Sample,
}

/// Which differences are told apart, and when counts are halved (T.87, C.2.4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Preset {
    pub most: i32,
    pub thresholds: [i32; 3],
    pub reset: i32,
}

/// One scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// By their numbers.
    pub components: Vec<usize>,
    pub interleave: Interleave,
    /// How far a sample may be off.
    pub near: i32,
    pub preset: Preset,
    /// Rows after which decoding begins anew, behind a marker; 0 where it never does.
    pub restart: usize,
    /// Where its data begin.
    pub at: usize,
}

/// One component. Colours may have fewer samples than the image has pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    /// Its name.
    id: u8,
    /// Pixels side by side that share a sample.
    pub across: usize,
    /// Pixels one below the other that share a sample.
    pub down: usize,
    /// Rows that it has at each turn of a scan that goes through several components line by line.
    pub rows: usize,
}

/// A stream up to its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub width: usize,
    pub height: usize,
    pub precision: u32,
    pub components: Vec<Component>,
    pub scans: Vec<Scan>,
}

impl Header {
    /// Walks through the segments.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if !super::begins(bytes) {
            return Err(damaged(why::STREAM_MISSING));
        }
        let mut header = Self::default();
        let (mut given, mut restart) = (None, 0);
        let mut at = 2;
        while let Some((marker, from)) = marker::next(bytes, at, is_marker) {
            if marker == 0xd9 {
                break;
            }
            let segment = segment(bytes, from).ok_or_else(|| damaged(why::SEGMENT_CUT))?;
            at = from + 2 + segment.len();
            match marker {
                0xf7 => header.frame(segment)?,
                0xf8 => given = preset(segment)?.or(given),
                0xda => header.scan(segment, given, restart, at)?,
                // Two bytes, or up to four for tall images (C.2.5).
                0xdd => {
                    let number = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
                    restart = segment.iter().take(4).fold(0, number);
                }
                0xe8 if segment.starts_with(b"mrfx") && segment.get(4) != Some(&0) => {
                    return Err(unsupported(why::COLOUR_TRANSFORM));
                }
                0xc0..=0xcf => return Err(damaged(why::OTHER_JPEG)),
                _ => {}
            }
        }
        Ok(header)
    }

    fn frame(&mut self, segment: &[u8]) -> Result<(), Error> {
        let [precision @ 2..=16, h1, h0, w1, w0, count @ 1..=4, rest @ ..] = segment else {
            return Err(damaged(why::FRAME_HEADER));
        };
        self.precision = u32::from(*precision);
        self.height = usize::from(u16::from_be_bytes([*h1, *h0]));
        self.width = usize::from(u16::from_be_bytes([*w1, *w0]));
        if self.width == 0 || self.height == 0 {
            return Err(damaged(why::FRAME_HEADER));
        }
        let named = rest.as_chunks::<3>().0.iter().take(usize::from(*count));
        let sampled =
            named.map(|[id, factors, _]| (*id, usize::from(factors >> 4), usize::from(factors & 15)));
        let most = |two: fn((u8, usize, usize)) -> usize| sampled.clone().map(two).max().unwrap_or_default();
        let (most_across, most_down) = (most(|(_, across, _)| across), most(|(.., down)| down));
        if most_across == 0 || most_down == 0 {
            return Err(damaged(why::FRAME_HEADER));
        }
        // Where samples do not cover whole pixels, or the last ones would lie beyond the image, decoders differ.
        let is_whole = |(_, across, down): (u8, usize, usize)| {
            let covers = |most: usize, own: usize, side: usize| {
                own > 0 && most.is_multiple_of(own) && side.is_multiple_of(most / own)
            };
            covers(most_across, across, self.width) && covers(most_down, down, self.height)
        };
        let is_alone = *count == 1;
        if !sampled.clone().all(is_whole) || !is_alone && !self.height.is_multiple_of(most_down) {
            return Err(unsupported(why::HALF_COLOURS));
        }
        self.components = sampled
            .map(|(id, across, down)| Component {
                id,
                across: most_across / across,
                down: most_down / down,
                rows: down,
            })
            .collect();
        Ok(())
    }

    fn scan(
        &mut self,
        segment: &[u8],
        given: Option<Preset>,
        restart: usize,
        at: usize,
    ) -> Result<(), Error> {
        let senseless = || damaged(why::SCAN_HEADER);
        let (count, rest) = segment.split_first().ok_or_else(senseless)?;
        let (named, [near, interleave, shift, ..]) =
            rest.split_at_checked(2 * usize::from(*count)).ok_or_else(senseless)?
        else {
            return Err(senseless());
        };
        let number = |id: &u8| self.components.iter().position(|component| component.id == *id);
        let components: Option<Vec<usize>> = named.as_chunks().0.iter().map(|[id, _]| number(id)).collect();
        let components = components.filter(|list| !list.is_empty()).ok_or_else(senseless)?;
        if named.as_chunks::<2>().0.iter().any(|[_, table]| *table != 0) || *shift != 0 {
            return Err(unsupported(why::VALUE_TABLES));
        }
        let interleave = match (interleave, components.len()) {
            (_, 1) => Interleave::None,
            (1, _) => Interleave::Line,
            (2, _) => Interleave::Sample,
            _ => return Err(senseless()),
        };
        if interleave == Interleave::Sample && !self.are_alike(&components) {
            return Err(unsupported(why::HALF_COLOURS));
        }
        let near = i32::from(*near);
        let preset = Preset::of((1 << self.precision) - 1, near, given);
        if near > preset.most / 2 || preset.most >= 1 << self.precision {
            return Err(senseless());
        }
        self.scans.push(Scan { components, interleave, near, preset, restart, at });
        Ok(())
    }

    /// Whether components have as many samples as each other.
    fn are_alike(&self, numbers: &[usize]) -> bool {
        let mut sides = numbers
            .iter()
            .filter_map(|number| self.components.get(*number))
            .map(|own| (own.across, own.down));
        let first = sides.next();
        sides.all(|own| Some(own) == first)
    }
}

/// Parameters that a stream gives itself; 0 stands for the usual value.
fn preset(segment: &[u8]) -> Result<Option<Preset>, Error> {
    match segment {
        [1, rest @ ..] => {
            let values: Vec<i32> =
                rest.as_chunks().0.iter().map(|two| i32::from(u16::from_be_bytes(*two))).collect();
            let [most, t1, t2, t3, reset] = values.as_slice() else {
                return Err(damaged(why::PARAMETERS_CUT));
            };
            Ok(Some(Preset { most: *most, thresholds: [*t1, *t2, *t3], reset: *reset }))
        }
        _ => Err(unsupported(why::VALUE_TABLES_OR_SIZE)),
    }
}

impl Preset {
    /// What is given, and the usual values for what is not. `most`: the highest sample.
    fn of(most: i32, near: i32, given: Option<Self>) -> Self {
        let or = |given: i32, usual: i32| if given == 0 { usual } else { given };
        let given = given.unwrap_or(Self { most: 0, thresholds: [0; 3], reset: 0 });
        let most = or(given.most, most);
        let usual = thresholds(most, near);
        let mut thresholds = [0; 3];
        for ((place, given), usual) in thresholds.iter_mut().zip(given.thresholds).zip(usual) {
            *place = or(given, usual);
        }
        Self { most, thresholds, reset: or(given.reset, 64).max(3) }
    }
}

/// T.87, figure C.3.
fn thresholds(most: i32, near: i32) -> [i32; 3] {
    let within = |value: i32, least: i32| if value > most || value < least { least } else { value };
    let [t1, t2, t3] = if most >= 128 {
        let factor = (most.min(4095) + 128) / 256;
        [factor + 2 + 3 * near, 4 * factor + 3 + 5 * near, 17 * factor + 4 + 7 * near]
    } else {
        let factor = 256 / (most + 1);
        [(3 / factor + 3 * near).max(2), (7 / factor + 5 * near).max(3), (21 / factor + 7 * near).max(4)]
    };
    let t1 = within(t1, near + 1);
    let t2 = within(t2, t1);
    [t1, t2, within(t3, t2)]
}

/// Markers of segments: in a scan's data 0xff is followed by less than 0x80.
fn is_marker(byte: u8) -> bool {
    (0x80..=0xfe).contains(&byte) && !RESTART.contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::thresholds;

    #[test]
    fn usual_thresholds_are_those_of_the_standard() {
        // T.87, table C.3, and the lossless values for 12 and 16 bits.
        assert_eq!(thresholds(255, 0), [3, 7, 21]);
        assert_eq!(thresholds(4095, 0), [18, 67, 276]);
        assert_eq!(thresholds(65_535, 0), [18, 67, 276]);
        assert_eq!(thresholds(255, 3), [12, 22, 42]);
    }
}
