//! What the decoder of TIFF files overlooks: tags of the first directory, and whether there is a second (TIFF 6.0, section 2; BigTIFF has
//! wider numbers).

mod packed;

use super::Error;
use crate::codec::jpeg;
use crate::messages::why;
pub(super) use packed::Packed;

const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const STRIPS: u16 = 273;
const SAMPLES: u16 = 277;
const PLANES: u16 = 284;
const TILE_WIDTH: u16 = 322;
const TILES: u16 = 324;
const SAMPLE_FORMAT: u16 = 339;
/// Of [`SAMPLE_FORMAT`]: whole numbers below 0 as well.
const SIGNED: u64 = 2;

/// Of [`COMPRESSION`]: each strip or tile is a stream of its own.
const JPEG: u64 = 7;
/// Of [`PHOTOMETRIC`].
const YCBCR: u64 = 6;
/// Of [`PLANES`]: each colour by itself.
const SEPARATE: u64 = 2;

/// Refuses what would be read wrongly, called damaged, or break the decoder.
pub(super) fn check(bytes: &[u8]) -> Result<(), Error> {
    let Some(directory) = Directory::first(bytes) else { return Ok(()) };
    let refused = |why: &str| Err(Error::Unsupported { format: "TIFF", why: why.into() });
    if directory.tag(FILL_ORDER).is_some_and(|order| order != 1) {
        refused(why::imaging::FILL_ORDER)
    } else if directory.tag(SAMPLE_FORMAT) == Some(SIGNED) {
        refused(why::imaging::SIGNED)
    } else if directory.tag(PHOTOMETRIC) == Some(YCBCR) {
        refused(why::imaging::YCBCR)
    } else if directory.tag(PLANES) == Some(SEPARATE)
        && directory.tag(SAMPLES).is_some_and(|samples| samples > 1)
        && directory.tag(TILE_WIDTH).is_some()
    {
        refused(why::imaging::TILED_PLANES)
    } else if directory.is_lossless_jpeg() == Some(true) {
        refused(why::imaging::LOSSLESS_JPEG)
    } else {
        Ok(())
    }
}

/// Whether there is a second page.
pub(super) fn has_pages(bytes: &[u8]) -> Option<bool> {
    let Directory { file, entries, count, size, .. } = Directory::first(bytes)?;
    let next = entries.checked_add(count.checked_mul(size)?)?;
    Some(file.number(next, file.offset_size())? != 0)
}

/// A file and how it writes numbers.
#[derive(Clone, Copy)]
struct File<'a> {
    bytes: &'a [u8],
    is_little: bool,
    is_big_tiff: bool,
}

/// A page's list of tags.
struct Directory<'a> {
    file: File<'a>,
    /// Where its entries begin, how many there are, and the size of one.
    entries: usize,
    count: usize,
    size: usize,
}

/// Where the values of a tag lie.
struct Entry {
    place: usize,
    /// Bytes of one value.
    size: usize,
    count: usize,
}

impl File<'_> {
    fn number(&self, at: usize, size: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(size)?)?.iter();
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if self.is_little { bytes.rev().fold(0, add) } else { bytes.fold(0, add) })
    }

    fn offset_size(&self) -> usize {
        if self.is_big_tiff { 8 } else { 4 }
    }
}

impl<'a> Directory<'a> {
    fn first(bytes: &'a [u8]) -> Option<Self> {
        let mut file = File { bytes, is_little: bytes.starts_with(b"II"), is_big_tiff: false };
        file.is_big_tiff = file.number(2, 2)? == 43;
        let place = |number: u64| usize::try_from(number).ok();
        let (at, of_count, size) = if file.is_big_tiff { (8, 8, 20) } else { (4, 2, 12) };
        let directory = place(file.number(at, file.offset_size())?)?;
        let count = place(file.number(directory, of_count)?)?;
        Some(Self { file, entries: directory.checked_add(of_count)?, count, size })
    }

    /// Whether the first strip or tile is a JPEG stream of the lossless process.
    fn is_lossless_jpeg(&self) -> Option<bool> {
        if self.tag(COMPRESSION)? != JPEG {
            return None;
        }
        let first = usize::try_from(self.tag(STRIPS).or_else(|| self.tag(TILES))?).ok()?;
        let stream = jpeg::Stream::read(self.file.bytes.get(first..)?).ok()?;
        Some(stream.is_lossless())
    }

    /// The first value of a tag.
    fn tag(&self, wanted: u16) -> Option<u64> {
        let Entry { place, size, .. } = self.entry(wanted)?;
        self.file.number(place, size)
    }

    fn entry(&self, wanted: u16) -> Option<Entry> {
        let value = if self.file.is_big_tiff { 12 } else { 8 };
        // A file has no more tags than there are numbers for them.
        for number in 0..self.count.min(1 << 16) {
            let at = self.entries.checked_add(number * self.size)?;
            if self.file.number(at, 2)? == u64::from(wanted) {
                let offset = self.file.offset_size();
                let count = usize::try_from(self.file.number(at + 4, offset)?).ok()?;
                let size = match self.file.number(at + 2, 2)? {
                    1 | 2 | 6 | 7 => 1,
                    3 | 8 => 2,
                    4 | 9 | 11 | 13 => 4,
                    _ => 8,
                };
                // Values that do not fit here lie elsewhere.
                let is_here = count.checked_mul(size)? <= offset;
                let elsewhere = usize::try_from(self.file.number(at + value, offset)?).ok();
                let place = if is_here { Some(at + value) } else { elsewhere }?;
                return Some(Entry { place, size, count });
            }
        }
        None
    }
}
