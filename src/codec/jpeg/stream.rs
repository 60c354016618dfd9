//! The segments of a JPEG stream (T.81, annex B).

use super::super::marker::{self, segment};
use super::super::{Colours, Error};
use super::huffman::Table;
use super::{damaged, unsupported};
use crate::messages::why::codec as why;
use std::ops::Range;

/// More scans than any encoder writes: a stream of nothing else would keep a decoder busy.
const MAX_SCANS: usize = 100;

/// How samples are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    /// Cosines of 8 bits, block after block.
    Sequential,
    /// Cosines of 8 bits, refined scan by scan.
    Progressive,
    /// Cosines of 12 bits, block after block.
    Extended,
    Lossless,
}

/// One colour of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub id: u8,
    /// Blocks across and down that it has in a unit of all components.
    pub sampling: (usize, usize),
    /// Number of its quantisation table.
    pub quantisation: u8,
}

/// One scan: which components, by their numbers, with which tables, and where its data begin.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// Each with the numbers of its tables for constants (or differences) and for the rest.
    pub components: Vec<(usize, usize, usize)>,
    /// The first coefficient; in the lossless process the predictor.
    pub first: u8,
    /// The last coefficient.
    pub last: u8,
    /// Whether the coefficients were coded before, less exactly.
    pub is_refining: bool,
    /// The point transform: so many bits of each value are left to later scans.
    pub shift: u8,
    pub at: usize,
    pub restart: usize,
    /// The tables as they are when the scan begins.
    pub constants: [Option<Table>; 4],
    pub others: [Option<Table>; 4],
    /// In the order of the stream, which is a zigzag.
    pub quantisations: [[u16; 64]; 4],
}

/// The segments of a stream.
#[derive(Clone, Debug)]
pub struct Stream {
    pub(super) process: Process,
    pub(super) precision: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: Vec<Component>,
    pub(super) scans: Vec<Scan>,
    /// The segments before the first scan that a decoder needs, each with its marker.
    pub(super) head: Vec<Range<usize>>,
    /// Where the first scan's marker stands.
    pub(super) body: usize,
    /// Where the end marker stands.
    pub(super) end: Option<usize>,
    is_jfif: bool,
    /// What Adobe's mark says of the colours.
    adobe: Option<u8>,
    exif: Option<Range<usize>>,
}

/// What has been met so far.
struct Reading {
    stream: Stream,
    restart: usize,
    constants: [Option<Table>; 4],
    others: [Option<Table>; 4],
    quantisations: [[u16; 64]; 4],
}

impl Stream {
    /// Walks through the segments. Bytes between two segments, which some cameras leave, are passed over.
    ///
    /// # Errors
    ///
    /// What is no JPEG stream, breaks off in its headers, or is coded in a rare way.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if !super::begins(bytes) {
            return Err(damaged(why::STREAM_MISSING));
        }
        let mut reading = Reading::new();
        let mut at = 2;
        while let Some((marker, from)) = marker::next(bytes, at, is_marker) {
            if marker == 0xd9 {
                reading.stream.end = Some(from - 2);
                break;
            }
            let segment = segment(bytes, from).ok_or_else(|| damaged(why::SEGMENT_CUT))?;
            at = from + 2 + segment.len();
            reading.take(marker, segment, (from, at))?;
        }
        let stream = reading.stream;
        let is_subsampled = |component: &Component| component.sampling != (1, 1);
        let is_own = matches!(stream.process, Process::Extended | Process::Lossless);
        if is_own && stream.components.len() > 1 && stream.components.iter().any(is_subsampled) {
            return Err(unsupported(why::HALF_COLOURS_OF_PROCESS));
        }
        if stream.components.is_empty() || stream.width == 0 || stream.height == 0 {
            return Err(damaged(why::NO_IMAGE));
        }
        Ok(stream)
    }

    /// Width and height, in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Samples of a pixel.
    pub fn components(&self) -> usize {
        self.components.len()
    }

    /// Bits of a sample.
    pub fn precision(&self) -> u32 {
        self.precision
    }

    /// Whether samples are predicted from their neighbours, and not made of cosines.
    pub fn is_lossless(&self) -> bool {
        self.process == Process::Lossless
    }

    /// What the components are, decided as libjpeg does: by a JFIF mark, then by Adobe's, then by the components' ids. `None` where the
    /// stream says nothing of it. The lossless process changes no colours, so that only Adobe's mark counts there.
    pub fn colours(&self) -> Option<Colours> {
        let ids: Vec<u8> = self.components.iter().map(|component| component.id).collect();
        match (ids.as_slice(), self.adobe) {
            ([_, _, _], _) if self.is_jfif && self.process != Process::Lossless => Some(Colours::Ybr),
            ([_, _, _], Some(0)) => Some(Colours::Rgb),
            ([_, _, _], Some(_)) => Some(Colours::Ybr),
            (b"RGB", None) => Some(Colours::Rgb),
            ([1, 2, 3], None) if self.process != Process::Lossless => Some(Colours::Ybr),
            ([_, _, _, _], Some(0)) => Some(Colours::Cmyk),
            ([_, _, _, _], Some(_)) => Some(Colours::Ycck),
            _ => None,
        }
    }

    /// The Exif data of the stream `bytes`, from their own header on.
    pub fn exif<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        bytes.get(self.exif.clone()?)
    }
}

/// Markers that begin a segment, and the end; a scan's data and restarts are passed over.
fn is_marker(marker: u8) -> bool {
    !matches!(marker, 0 | 0x01 | 0xff | 0xd0..=0xd8)
}

impl Reading {
    fn new() -> Self {
        let stream = Stream {
            process: Process::Sequential,
            precision: 0,
            width: 0,
            height: 0,
            components: Vec::new(),
            scans: Vec::new(),
            head: Vec::new(),
            body: 0,
            end: None,
            is_jfif: false,
            adobe: None,
            exif: None,
        };
        let (constants, others) = Default::default();
        Self { stream, restart: 0, constants, others, quantisations: [[0; 64]; 4] }
    }

    /// `from`, `to`: where the segment's length stands, and where its content ends.
    fn take(&mut self, marker: u8, segment: &[u8], (from, to): (usize, usize)) -> Result<(), Error> {
        let is_mark = matches!(marker, 0xe0..=0xef | 0xfe);
        if self.stream.scans.is_empty() && marker != 0xda && !is_mark {
            self.stream.head.push(from - 2..to);
        }
        match marker {
            0xc4 => self.huffman(segment),
            0xcc => Err(unsupported(why::ARITHMETIC)),
            0xc0..=0xcf if marker != 0xc8 => self.frame(marker, segment),
            0xda => {
                if self.stream.scans.is_empty() {
                    self.stream.body = from - 2;
                }
                self.scan(segment, to)
            }
            0xdb => self.quantisation(segment),
            0xdd => {
                self.restart = segment.iter().take(2).fold(0, |n, b| n << 8 | usize::from(*b));
                Ok(())
            }
            0xe0 => {
                self.stream.is_jfif |= segment.starts_with(b"JFIF\0");
                Ok(())
            }
            0xe1 if segment.starts_with(b"Exif\0\0") => {
                self.stream.exif.get_or_insert(from + 2 + 6..to);
                Ok(())
            }
            0xee if segment.starts_with(b"Adobe") => {
                self.stream.adobe = segment.get(11).copied().or(self.stream.adobe);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn frame(&mut self, marker: u8, segment: &[u8]) -> Result<(), Error> {
        let [precision, h1, h0, w1, w0, count, rest @ ..] = segment else {
            return Err(damaged(why::FRAME_HEADER_CUT));
        };
        let stream = &mut self.stream;
        stream.precision = u32::from(*precision);
        stream.process = match (marker, precision) {
            (0xc3, 2..=16) => Process::Lossless,
            (0xc1, 12) => Process::Extended,
            (0xc0 | 0xc1, 8) => Process::Sequential,
            (0xc2, 8) => Process::Progressive,
            (0xc0..=0xc3, 2..=16) => return Err(unsupported(why::process_bits(*precision))),
            (0xc0..=0xc3, _) => return Err(damaged(why::bits((*precision).into()))),
            _ => return Err(unsupported(why::HIERARCHICAL)),
        };
        stream.height = u32::from(u16::from_be_bytes([*h1, *h0]));
        stream.width = u32::from(u16::from_be_bytes([*w1, *w0]));
        let components = rest.as_chunks::<3>().0.iter().take(usize::from(*count));
        let component = |[id, sampling, table]: &[u8; 3]| {
            let sampling = (usize::from(sampling >> 4), usize::from(sampling & 15));
            Component { id: *id, sampling, quantisation: table & 3 }
        };
        stream.components = components.map(component).collect();
        let is_fine = |component: &Component| {
            (1..=4).contains(&component.sampling.0) && (1..=4).contains(&component.sampling.1)
        };
        if stream.components.len() != usize::from(*count) || !stream.components.iter().all(is_fine) {
            return Err(damaged(why::FRAME_HEADER));
        }
        Ok(())
    }

    fn huffman(&mut self, mut segment: &[u8]) -> Result<(), Error> {
        while let [kind, rest @ ..] = segment {
            let counts: [u8; 16] = *rest.first_chunk().ok_or_else(|| damaged(why::HUFFMAN_CUT))?;
            let total = counts.iter().map(|count| usize::from(*count)).sum::<usize>();
            let values = rest.get(16..16 + total).ok_or_else(|| damaged(why::HUFFMAN_CUT))?;
            let tables = if kind & 0x10 == 0 { &mut self.constants } else { &mut self.others };
            if let Some(table) = tables.get_mut(usize::from(kind & 0x0f)) {
                *table = Some(Table::new(&counts, values));
            }
            segment = rest.get(16 + total..).unwrap_or_default();
        }
        Ok(())
    }

    fn quantisation(&mut self, mut segment: &[u8]) -> Result<(), Error> {
        while let [kind, rest @ ..] = segment {
            let is_wide = kind & 0xf0 != 0;
            let length = if is_wide { 128 } else { 64 };
            let steps = rest.get(..length).ok_or_else(|| damaged(why::QUANTISATION_CUT))?;
            let table: Vec<u16> = if is_wide {
                steps.as_chunks().0.iter().map(|step| u16::from_be_bytes(*step)).collect()
            } else {
                steps.iter().map(|step| u16::from(*step)).collect()
            };
            if let (Some(place), Some(table)) =
                (self.quantisations.get_mut(usize::from(kind & 3)), table.first_chunk())
            {
                *place = *table;
            }
            segment = rest.get(length..).unwrap_or_default();
        }
        Ok(())
    }

    fn scan(&mut self, segment: &[u8], at: usize) -> Result<(), Error> {
        let cut = || damaged(why::SCAN_HEADER_CUT);
        if self.stream.scans.len() == MAX_SCANS {
            return Err(unsupported(why::many_scans(MAX_SCANS)));
        }
        let (count, rest) = segment.split_first().ok_or_else(cut)?;
        let (named, [first, last, approximation, ..]) =
            rest.split_at_checked(2 * usize::from(*count)).ok_or_else(cut)?
        else {
            return Err(cut());
        };
        let mut components = Vec::new();
        for [id, tables] in named.as_chunks().0 {
            let number = self.stream.components.iter().position(|component| component.id == *id);
            let number = number.ok_or_else(|| damaged(why::SCAN_UNKNOWN))?;
            components.push((number, usize::from(tables >> 4), usize::from(tables & 0x0f)));
        }
        self.stream.scans.push(Scan {
            components,
            first: *first,
            last: *last,
            is_refining: approximation >> 4 != 0,
            shift: approximation & 0x0f,
            at,
            restart: self.restart,
            constants: self.constants.clone(),
            others: self.others.clone(),
            quantisations: self.quantisations,
        });
        Ok(())
    }
}
