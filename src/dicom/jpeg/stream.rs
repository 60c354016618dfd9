//! The segments of a JPEG stream (T.81, annex B).

use super::super::{Error, damaged, unsupported};
use super::huffman::Table;

/// How samples are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    /// Any that the usual decoder knows.
    Cosines,
    /// Extended sequential, of 12 bits.
    Sequential,
    Lossless,
}

/// One colour of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub id: u8,
    /// Number of its quantisation table.
    pub quantisation: u8,
}

/// One scan: which components, by their numbers, with which tables, and where its data begin.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// Each with the numbers of its tables for constants (or differences) and for the rest.
    pub components: Vec<(usize, usize, usize)>,
    /// The predictor, in the lossless process.
    pub first: u8,
    /// The point transform.
    pub shift: u8,
    pub at: usize,
    pub restart: usize,
    /// The tables as they are when the scan begins.
    pub constants: [Option<Table>; 4],
    pub others: [Option<Table>; 4],
    /// In the order of the stream, which is a zigzag.
    pub quantisations: [[u16; 64]; 4],
}

/// A stream up to its data.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub process: Process,
    pub precision: u32,
    pub width: u32,
    pub height: u32,
    pub components: Vec<Component>,
    /// What Adobe's mark says of the colours: 0 as they are, 1 luminance and differences.
    pub adobe: Option<u8>,
    /// None where the usual decoder reads them.
    pub scans: Vec<Scan>,
}

/// What has been met so far.
struct Reading {
    stream: Stream,
    is_subsampled: bool,
    restart: usize,
    constants: [Option<Table>; 4],
    others: [Option<Table>; 4],
    quantisations: [[u16; 64]; 4],
}

impl Stream {
    /// Walks through the segments.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if !super::begins(bytes) {
            return Err(damaged("a JPEG stream is missing"));
        }
        let stream = Self {
            process: Process::Cosines,
            precision: 0,
            width: 0,
            height: 0,
            components: Vec::new(),
            adobe: None,
            scans: Vec::new(),
        };
        let mut reading = Reading {
            stream,
            is_subsampled: false,
            restart: 0,
            constants: Default::default(),
            others: Default::default(),
            quantisations: [[0; 64]; 4],
        };
        let mut at = 2;
        while let Some((marker, from)) = next_marker(bytes, at) {
            if marker == 0xd9 {
                break;
            }
            let segment = segment(bytes, from).ok_or_else(|| damaged("JPEG: a segment is cut off"))?;
            at = from + 2 + segment.len();
            reading.take(marker, segment, at)?;
            if marker == 0xda && reading.stream.process == Process::Cosines {
                break;
            }
        }
        if reading.is_subsampled && reading.stream.process != Process::Cosines {
            return Err(unsupported("JPEG of this process with colours at half the size"));
        }
        if reading.stream.components.is_empty() {
            return Err(damaged("JPEG: there is no image in the stream"));
        }
        Ok(reading.stream)
    }
}

/// What stands in the segment whose length stands at `from`; `None` where it is cut off. JPEG and JPEG-LS share this form.
pub(in crate::dicom) fn segment(bytes: &[u8], from: usize) -> Option<&[u8]> {
    let length = bytes.get(from..from + 2)?.iter().fold(0, |n, b| n << 8 | usize::from(*b));
    bytes.get(from + 2..from + length.max(2))
}

/// The next marker that begins a segment, and where its length stands; scans' data and restarts are passed over.
fn next_marker(bytes: &[u8], from: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(from..)?;
    let at = rest
        .windows(2)
        .position(|two| matches!(two, [0xff, marker] if !matches!(marker, 0 | 0x01 | 0xff | 0xd0..=0xd8)))?;
    Some((*rest.get(at + 1)?, from + at + 2))
}

impl Reading {
    fn take(&mut self, marker: u8, segment: &[u8], at: usize) -> Result<(), Error> {
        match marker {
            0xc4 => self.huffman(segment),
            0xc0..=0xcf if marker != 0xc8 && marker != 0xcc => self.frame(marker, segment),
            0xcc => Err(unsupported("JPEG with arithmetic coding")),
            0xda if self.stream.process != Process::Cosines => self.scan(segment, at),
            0xdb => self.quantisation(segment),
            0xdd => {
                self.restart = segment.iter().take(2).fold(0, |n, b| n << 8 | usize::from(*b));
                Ok(())
            }
            0xee if segment.starts_with(b"Adobe") => {
                self.stream.adobe = segment.get(11).copied();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn frame(&mut self, marker: u8, segment: &[u8]) -> Result<(), Error> {
        let [precision, h1, h0, w1, w0, count, rest @ ..] = segment else {
            return Err(damaged("JPEG: the frame's header is cut off"));
        };
        let stream = &mut self.stream;
        stream.precision = u32::from(*precision);
        stream.process = match marker {
            0xc3 => Process::Lossless,
            0xc1 if *precision == 12 => Process::Sequential,
            0xc0..=0xc2 => Process::Cosines,
            _ => return Err(unsupported("JPEG with hierarchical or arithmetic coding")),
        };
        if !(2..=16).contains(precision) {
            return Err(damaged(format!("JPEG: {precision} bits a sample")));
        }
        stream.height = u32::from(u16::from_be_bytes([*h1, *h0]));
        stream.width = u32::from(u16::from_be_bytes([*w1, *w0]));
        let components = rest.as_chunks::<3>().0.iter().take(usize::from(*count));
        self.is_subsampled = *count > 1 && components.clone().any(|[_, sampling, _]| *sampling != 0x11);
        stream.components =
            components.map(|[id, _, table]| Component { id: *id, quantisation: table & 3 }).collect();
        Ok(())
    }

    fn huffman(&mut self, mut segment: &[u8]) -> Result<(), Error> {
        while let [kind, rest @ ..] = segment {
            let counts: [u8; 16] =
                *rest.first_chunk().ok_or_else(|| damaged("JPEG: a Huffman table is cut off"))?;
            let total = counts.iter().map(|count| usize::from(*count)).sum::<usize>();
            let values =
                rest.get(16..16 + total).ok_or_else(|| damaged("JPEG: a Huffman table is cut off"))?;
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
            let steps = rest.get(..length).ok_or_else(|| damaged("JPEG: a quantisation table is cut off"))?;
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
        let cut = || damaged("JPEG: a scan's header is cut off");
        let (count, rest) = segment.split_first().ok_or_else(cut)?;
        let (named, [first, _, approximation, ..]) =
            rest.split_at_checked(2 * usize::from(*count)).ok_or_else(cut)?
        else {
            return Err(cut());
        };
        let mut components = Vec::new();
        for [id, tables] in named.as_chunks().0 {
            let number = self.stream.components.iter().position(|component| component.id == *id);
            let number = number.ok_or_else(|| damaged("JPEG: a scan of a component that is not there"))?;
            components.push((number, usize::from(tables >> 4), usize::from(tables & 0x0f)));
        }
        self.stream.scans.push(Scan {
            components,
            first: *first,
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
