//! A tile: its resolutions, bands, precincts and blocks, and the order of its packets (T.800, annex B).

use super::grid::{Area, Grid, height, shrunk, width};
use super::header::{Coding, Size, Steps, TileData};
use super::packet::{self, Blocks};
use super::{damaged, restore, unsupported};
use crate::codec::Error;
use crate::messages::why::codec as why;

/// The most blocks of a tile that are laid out: those of the largest image, in the usual size, many times over.
const MAX_BLOCKS: usize = 1 << 21;
/// The bands of a resolution above the lowest: whether they are high ones of columns, and of rows.
const HIGH: [[bool; 2]; 3] = [[true, false], [false, true], [true, true]];

/// A resolution of a component.
pub(super) struct Resolution {
    pub area: Area,
    pub bands: Vec<Band>,
    pub precincts: Grid,
    /// For each precinct the blocks of each band.
    pub blocks: Vec<Vec<Blocks>>,
}

/// What a resolution adds to the one below, or the lowest one.
pub(super) struct Band {
    pub area: Area,
    /// Whether it is a high band of columns, and of rows.
    pub is_high: [bool; 2],
    /// Bit planes that coefficients may have.
    pub planes: u32,
    pub step: f32,
}

impl Band {
    /// Of resolution `number`; `place`: among its bands.
    fn new(
        tile: Area,
        levels: u32,
        number: u32,
        place: usize,
        is_high: [bool; 2],
        steps: (&Steps, u32),
    ) -> Result<Self, Error> {
        // Above the lowest, one decomposition further down, the odd ones of which are high.
        let shift = levels - number + u32::from(number > 0);
        let [x, y] = is_high.map(|is_high| if is_high { 1u32 << (shift - 1) } else { 0 });
        let [left, top, right, bottom] = tile;
        let ends = [(left, x), (top, y), (right, x), (bottom, y)];
        let area = ends.map(|(end, from)| shrunk(end.saturating_sub(from), shift));
        let index = if number == 0 { 0 } else { 3 * number as usize - 2 + place };
        let gain = is_high.map(u32::from).iter().sum::<u32>();
        let (steps, depth) = steps;
        let (planes, step) = steps.of(index, depth + gain)?;
        Ok(Self { area, is_high, planes, step })
    }
}

impl Resolution {
    fn new(tile: Area, coding: &Coding, number: u32, steps: (&Steps, u32)) -> Result<Self, Error> {
        let area = tile.map(|end| shrunk(end, coding.levels - number));
        let precinct = coding.precincts.get(number as usize).filter(|size| number == 0 || !size.contains(&0));
        let precinct = *precinct.ok_or_else(|| damaged(why::HEADER))?;
        let bands: &[[bool; 2]] = if number == 0 { &[[false; 2]] } else { &HIGH };
        let band = |(place, is_high): (usize, &[bool; 2])| {
            Band::new(tile, coding.levels, number, place, *is_high, steps)
        };
        let bands = bands.iter().enumerate().map(band).collect::<Result<_, Error>>()?;
        Ok(Self { area, bands, precincts: Grid::new(area, precinct), blocks: Vec::new() })
    }

    /// Width and height of a precinct in a band, and of a block in it.
    pub fn sizes(&self, coding: &Coding) -> ([u32; 2], [u32; 2]) {
        let halves = u32::from(self.bands.len() > 1);
        let precinct = self.precincts.size.map(|size| size - halves);
        let ([wide, high], [most_wide, most_high]) = (coding.block, precinct);
        (precinct, [wide.min(most_wide), high.min(most_high)])
    }

    /// A precinct of a band.
    pub fn precinct(&self, coding: &Coding, number: usize, band: &Band) -> Area {
        let (size, _) = self.sizes(coding);
        Grid { size, ..self.precincts }.cell(number, band.area)
    }

    fn lay_out(&mut self, coding: &Coding) {
        let (_, size) = self.sizes(coding);
        let of = |number: usize, band: &Band| {
            let blocks = Grid::new(self.precinct(coding, number, band), size);
            Blocks::new(blocks.wide, blocks.high)
        };
        let of_precinct = |number| self.bands.iter().map(|band| of(number, band)).collect();
        self.blocks = (0..self.precincts.count()).map(of_precinct).collect();
    }
}

/// Where a packet belongs, in the order of a progression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    key: [u64; 5],
    component: usize,
    resolution: usize,
    precinct: usize,
}

/// All precincts in the order in which they come.
fn places(
    components: &[Vec<Resolution>],
    [left, top, ..]: Area,
    progression: u8,
) -> Result<Vec<Place>, Error> {
    let mut places = Vec::new();
    for (component, resolutions) in components.iter().enumerate() {
        for (resolution, of) in resolutions.iter().enumerate() {
            let shift = (resolutions.len() - 1 - resolution) as u32;
            for precinct in 0..of.precincts.count() {
                let [x, y] = of.precincts.start(precinct).map(|start| start << shift);
                // Where it begins on the grid of the image; what begins before the tile begins with it.
                let (x, y) = (x.max(left.into()), y.max(top.into()));
                let (c, r, p) = (component as u64, resolution as u64, precinct as u64);
                let key = match progression {
                    0 | 1 => [r, c, p, 0, 0],
                    2 => [r, y, x, c, p],
                    3 => [y, x, c, r, p],
                    4 => [c, y, x, r, p],
                    _ => return Err(damaged(why::HEADER)),
                };
                places.push(Place { key, component, resolution, precinct });
            }
        }
    }
    places.sort_unstable();
    Ok(places)
}

/// Reads all packets of a tile.
fn read_packets(components: &mut [Vec<Resolution>], tile: &TileData, area: Area) -> Result<(), Error> {
    let settings = &tile.settings;
    let places = places(components, area, settings.progression)?;
    let mut rest = tile.packets.as_slice();
    let mut next = |place: &Place, layer: u32| {
        let resolution = components.get_mut(place.component).and_then(|all| all.get_mut(place.resolution));
        if let Some(blocks) = resolution.and_then(|resolution| resolution.blocks.get_mut(place.precinct)) {
            let taken = packet::read(blocks, layer, rest, settings.has_ends)?;
            rest = rest.get(taken..).unwrap_or_default();
        }
        Ok(())
    };
    match settings.progression {
        0 => {
            (0..settings.layers).try_for_each(|layer| places.iter().try_for_each(|place| next(place, layer)))
        }
        1 => places.chunk_by(|a, b| a.resolution == b.resolution).try_for_each(|places| {
            (0..settings.layers).try_for_each(|layer| places.iter().try_for_each(|place| next(place, layer)))
        }),
        _ => {
            places.iter().try_for_each(|place| (0..settings.layers).try_for_each(|layer| next(place, layer)))
        }
    }
}

/// Decodes a tile: its area, and the samples of each component, before their range is moved.
pub(super) fn decode(size: &Size, tile: &TileData) -> Result<(Area, Vec<Vec<f32>>), Error> {
    let (area, settings) = (size.of_tile(tile.number), &tile.settings);
    let codings: Vec<&Coding> = (0..size.components).map(|number| settings.coding(number)).collect();
    let resolutions = |(number, coding): (usize, &&Coding)| -> Result<Vec<_>, Error> {
        let steps = (settings.steps(number), size.precision);
        (0..=coding.levels).map(|number| Resolution::new(area, coding, number, steps)).collect()
    };
    let mut components = codings.iter().enumerate().map(resolutions).collect::<Result<Vec<_>, Error>>()?;
    // Every packet takes a byte: what promises more than there are is not laid out.
    let precincts: usize = components.iter().flatten().map(|resolution| resolution.precincts.count()).sum();
    if precincts.saturating_mul(settings.layers as usize) > tile.packets.len() {
        return Err(damaged(why::PACKETS_CUT));
    }
    let blocks = components.iter().zip(&codings).flat_map(|(resolutions, coding)| {
        let [wide, high] = coding.block;
        resolutions.iter().map(move |of| (width(of.area) * height(of.area)) >> (wide + high))
    });
    if blocks.sum::<usize>() > MAX_BLOCKS {
        return Err(unsupported(why::MANY_BLOCKS));
    }
    for (resolutions, coding) in components.iter_mut().zip(&codings) {
        resolutions.iter_mut().for_each(|resolution| resolution.lay_out(coding));
    }
    read_packets(&mut components, tile, area)?;
    let restored =
        components.iter().zip(&codings).map(|(resolutions, coding)| restore::component(resolutions, coding));
    let mut planes = restored.collect::<Result<Vec<_>, Error>>()?;
    if settings.has_colour_transform {
        let is_reversible = codings.first().is_some_and(|coding| coding.is_reversible);
        if codings.iter().any(|coding| coding.is_reversible != is_reversible) {
            return Err(unsupported(why::SEVERAL_WAVELETS));
        }
        restore::colours(&mut planes, is_reversible)?;
    }
    Ok((area, planes))
}
