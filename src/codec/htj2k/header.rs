//! The headers of a codestream (T.800, annex A): its size, how components are coded, and where the parts of each tile lie.

use super::{damaged, unsupported};
use crate::codec::{Error, marker};
use crate::messages::why::codec as why;
use std::collections::BTreeMap;

/// Image and tiles on the reference grid, in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Left, top, right, bottom of the image.
    pub image: [u32; 4],
    /// Width, height, left, top of the first tile.
    pub tile: [u32; 4],
    pub components: usize,
    pub precision: u32,
    pub is_signed: bool,
}

/// How a component is coded.
#[derive(Clone, Debug, Default)]
pub(super) struct Coding {
    /// Decompositions; one resolution more.
    pub levels: u32,
    /// Width and height of a block, as powers of 2.
    pub block: [u32; 2],
    pub is_causal: bool,
    pub is_reversible: bool,
    /// Width and height of the precincts of each resolution, as powers of 2.
    pub precincts: Vec<[u32; 2]>,
}

/// How coefficients were quantised.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    style: u8,
    guard: u32,
    values: Vec<u16>,
}

/// What holds for a tile.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub progression: u8,
    pub layers: u32,
    pub has_colour_transform: bool,
    /// Whether end markers stand behind packet headers.
    pub has_ends: bool,
    default: Coding,
    own: Vec<(usize, Coding)>,
    default_steps: Steps,
    own_steps: Vec<(usize, Steps)>,
}

/// A tile, all its parts together.
#[derive(Clone, Debug)]
pub(super) struct TileData {
    pub number: u32,
    pub settings: Settings,
    pub packets: Vec<u8>,
}

/// Of 32 decompositions.
const MOST_BANDS: usize = 3 * 32 + 1;

fn be(bytes: &[u8], at: usize, length: usize) -> Result<u32, Error> {
    let bytes = bytes.get(at..at + length).ok_or_else(|| damaged(why::HEADER_CUT))?;
    Ok(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

impl Size {
    fn read(segment: &[u8]) -> Result<Self, Error> {
        let long = |at| be(segment, at, 4);
        let image = [long(10)?, long(14)?, long(2)?, long(6)?];
        let tile = [long(18)?, long(22)?, long(26)?, long(30)?];
        let components = be(segment, 34, 2)? as usize;
        let depth = be(segment, 36, 1)?;
        for component in 0..components {
            if be(segment, 36 + 3 * component, 3)? != depth << 16 | 0x0101 {
                return Err(unsupported(why::COMPONENT_SIZES));
            }
        }
        let ([left, top, right, bottom], [wide, high, x, y]) = (image, tile);
        let is_sane = left < right && top < bottom && wide > 0 && high > 0 && x <= left && y <= top;
        if !is_sane || x.saturating_add(wide) <= left || y.saturating_add(high) <= top {
            return Err(damaged(why::TILES_ODD));
        }
        Ok(Self { image, tile, components, precision: (depth & 0x7f) + 1, is_signed: depth & 0x80 != 0 })
    }

    /// Tiles in a row, and in a column.
    pub fn tiles(&self) -> [u32; 2] {
        let ([_, _, right, bottom], [wide, high, x, y]) = (self.image, self.tile);
        [(right - x).div_ceil(wide), (bottom - y).div_ceil(high)]
    }

    /// Left, top, right, bottom of a tile.
    pub fn of_tile(&self, number: u32) -> [u32; 4] {
        let ([left, top, right, bottom], [wide, high, x, y]) = (self.image, self.tile);
        let [across, _] = self.tiles();
        let [x, y] = [x + number % across * wide, y + number / across * high];
        [x.max(left), y.max(top), x.saturating_add(wide).min(right), y.saturating_add(high).min(bottom)]
    }
}

impl Coding {
    /// `segment`: from the number of levels on.
    fn read(segment: &[u8], has_precincts: bool) -> Result<Self, Error> {
        let byte = |at| be(segment, at, 1);
        let (levels, block, style) = (byte(0)?, [byte(1)? + 2, byte(2)? + 2], byte(3)?);
        let [wide, high] = block;
        if wide > 10 || high > 10 || wide + high > 12 {
            return Err(damaged(why::HEADER));
        }
        // All blocks are of the high-throughput kind; that a stripe stands for itself is the only choice left. More levels than there
        // can be stand for other wavelets (T.801).
        if style & !0x08 != 0x40 || levels > 32 {
            return Err(unsupported(why::OTHER_BLOCKS));
        }
        let precinct = |resolution: u32| {
            let sizes = if has_precincts { byte(5 + resolution as usize)? } else { 0xff };
            Ok([sizes & 15, sizes >> 4])
        };
        let precincts = (0..=levels).map(precinct).collect::<Result<_, Error>>()?;
        Ok(Self { levels, block, is_causal: style & 8 != 0, is_reversible: byte(4)? == 1, precincts })
    }
}

impl Steps {
    fn read(segment: &[u8]) -> Result<Self, Error> {
        let style = be(segment, 0, 1)?;
        let values = segment.get(1..).unwrap_or_default();
        let values = values.get(..2 * MOST_BANDS).unwrap_or(values);
        let values = match style & 31 {
            0 => values.iter().map(|value| u16::from(*value) << 8).collect(),
            _ => values.as_chunks().0.iter().map(|value| u16::from_be_bytes(*value)).collect(),
        };
        Ok(Self { style: (style & 31) as u8, guard: style >> 5, values })
    }

    /// Bit planes and step of a band, from its number: of the lowest resolution 0, then three a resolution; `depth`: bits of its range.
    pub fn of(&self, band: usize, depth: u32) -> Result<(u32, f32), Error> {
        let missing = || damaged(why::QUANTISATION_CUT);
        let value = match self.style {
            1 => {
                let first = *self.values.first().ok_or_else(missing)?;
                first.saturating_sub((band.saturating_sub(1) / 3) as u16 * 0x0800)
            }
            _ => *self.values.get(band).ok_or_else(missing)?,
        };
        let (exponent, fraction) = (u32::from(value >> 11), f32::from(value & 0x7ff));
        let planes = (self.guard + exponent).saturating_sub(1);
        if planes > 28 {
            return Err(unsupported(why::MANY_PLANES));
        }
        let step = if self.style == 0 {
            1.0
        } else {
            (1.0 + fraction / 2048.0) * 2f32.powi(depth as i32 - exponent as i32)
        };
        Ok((planes, step))
    }
}

impl Settings {
    pub fn coding(&self, component: usize) -> &Coding {
        self.own.iter().find(|(own, _)| *own == component).map_or(&self.default, |(_, coding)| coding)
    }

    pub fn steps(&self, component: usize) -> &Steps {
        let own = self.own_steps.iter().find(|(own, _)| *own == component);
        own.map_or(&self.default_steps, |(_, steps)| steps)
    }

    /// Takes a segment of a main header or of a tile's.
    fn take(&mut self, marker: u8, segment: &[u8]) -> Result<(), Error> {
        let rest = |at: usize| segment.get(at..).unwrap_or_default();
        match marker {
            // COD, COC.
            0x52 => {
                let style = be(segment, 0, 1)?;
                self.has_ends = style & 4 != 0;
                self.progression = be(segment, 1, 1)? as u8;
                self.layers = be(segment, 2, 2)?;
                self.has_colour_transform = be(segment, 4, 1)? == 1;
                self.default = Coding::read(rest(5), style & 1 != 0)?;
                self.own.clear();
            }
            0x53 => {
                let (component, style) = (be(segment, 0, 1)? as usize, be(segment, 1, 1)?);
                put(&mut self.own, component, Coding::read(rest(2), style & 1 != 0)?);
            }
            // QCD, QCC.
            0x5c => {
                self.default_steps = Steps::read(segment)?;
                self.own_steps.clear();
            }
            0x5d => put(&mut self.own_steps, be(segment, 0, 1)? as usize, Steps::read(rest(1))?),
            // RGN, POC, PPM, PPT.
            0x5e => return Err(unsupported(why::REGION)),
            0x5f => return Err(unsupported(why::PROGRESSION_CHANGES)),
            0x60 | 0x61 => return Err(unsupported(why::PACKED_HEADERS)),
            // Capabilities, profiles, lengths, registration, comments: nothing that decoding needs.
            _ => {}
        }
        Ok(())
    }
}

/// Keeps what holds for one component; there are no more than three.
fn put<T>(all: &mut Vec<(usize, T)>, component: usize, own: T) {
    all.retain(|(other, _)| *other != component);
    if component < 3 {
        all.push((component, own));
    }
}

/// Marker and segment at a place, and where the next one begins.
fn segment(stream: &[u8], at: usize) -> Result<(u8, &[u8], usize), Error> {
    let marker = be(stream, at, 2)?;
    let segment = marker::segment(stream, at + 2).filter(|_| marker >> 8 == 0xff);
    let segment = segment.ok_or_else(|| damaged(why::HEADER_CUT))?;
    Ok(((marker & 0xff) as u8, segment, at + 4 + segment.len()))
}

/// Reads a codestream up to its end: its size, and its tiles.
pub(super) fn read(stream: &[u8]) -> Result<(Size, Vec<TileData>), Error> {
    let (_, first, mut at) = segment(stream, 2)?;
    let size = Size::read(first)?;
    let mut main = Settings::default();
    while be(stream, at, 2)? != 0xff90 {
        let (marker, segment, next) = segment(stream, at)?;
        main.take(marker, segment)?;
        at = next;
    }
    let mut tiles: BTreeMap<u32, TileData> = BTreeMap::new();
    // Without an end marker, the stream ends with its bytes; what is missing then is found when packets are read.
    while at < stream.len() && be(stream, at, 2)? != 0xffd9 {
        at = part(stream, at, &size, &main, &mut tiles)?;
    }
    let [across, down] = size.tiles();
    if tiles.len() as u64 != u64::from(across) * u64::from(down) {
        return Err(damaged(why::TILE_MISSING));
    }
    Ok((size, tiles.into_values().collect()))
}

/// Reads a part of a tile, and gives where the next one begins.
fn part(
    stream: &[u8],
    from: usize,
    size: &Size,
    main: &Settings,
    tiles: &mut BTreeMap<u32, TileData>,
) -> Result<usize, Error> {
    let (marker, start, mut at) = segment(stream, from)?;
    if marker != 0x90 {
        return Err(damaged(why::TILES_CUT));
    }
    let (number, length) = (be(start, 0, 2)?, be(start, 2, 4)? as usize);
    let end = if length == 0 { stream.len() } else { from.saturating_add(length) };
    let [across, down] = size.tiles();
    if u64::from(number) >= u64::from(across) * u64::from(down) {
        return Err(damaged(why::TILE_UNKNOWN));
    }
    let tile = tiles.entry(number).or_insert_with(|| TileData {
        number,
        settings: main.clone(),
        packets: Vec::new(),
    });
    while be(stream, at, 2)? != 0xff93 {
        let (marker, segment, next) = segment(stream, at)?;
        tile.settings.take(marker, segment)?;
        at = next;
    }
    let packets = stream.get(at + 2..end).ok_or_else(|| damaged(why::TILE_CUT))?;
    tile.packets.extend(packets);
    Ok(end)
}
