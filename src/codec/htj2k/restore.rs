//! From blocks to coefficients to samples, from the lowest resolution of a component up.

use super::block::Block;
use super::damaged;
use super::grid::{Area, Grid, height, width};
use super::header::Coding;
use super::packet::CodedBlock;
use super::tile::{Band, Resolution};
use super::wavelet::Plane;
use crate::codec::Error;
use crate::messages::why::codec as why;

/// A number that a band is made of.
trait Coefficient: Copy + Default {
    /// From twice a coefficient, and the step of its band.
    fn from_double(double: i32, step: f32) -> Self;
    fn restore(plane: Plane<'_, Self>);
}

impl Coefficient for i32 {
    fn from_double(double: i32, _: f32) -> Self {
        if double < 0 { -(-double >> 1) } else { double >> 1 }
    }
    fn restore(mut plane: Plane<'_, Self>) {
        plane.restore();
    }
}

impl Coefficient for f32 {
    fn from_double(double: i32, step: f32) -> Self {
        double as f32 * 0.5 * step
    }
    fn restore(mut plane: Plane<'_, Self>) {
        plane.restore();
    }
}

/// The samples of a component, before their range is moved.
pub(super) fn component(resolutions: &[Resolution], coding: &Coding) -> Result<Vec<f32>, Error> {
    if coding.is_reversible {
        Ok(samples::<i32>(resolutions, coding)?.into_iter().map(|sample| sample as f32).collect())
    } else {
        samples::<f32>(resolutions, coding)
    }
}

fn samples<T: Coefficient>(resolutions: &[Resolution], coding: &Coding) -> Result<Vec<T>, Error> {
    let mut samples = Vec::new();
    for (number, resolution) in resolutions.iter().enumerate() {
        let (wide, [left, top, ..]) = (width(resolution.area), resolution.area);
        let mut plane = vec![T::default(); wide * height(resolution.area)];
        let is_odd = [left % 2 == 1, top % 2 == 1];
        if number > 0 {
            let half = width(resolutions.get(number - 1).map_or([0; 4], |lower| lower.area));
            let low = samples.chunks_exact(half.max(1)).enumerate();
            low.for_each(|(y, row)| spread(&mut plane, wide, (0, y), [false; 2], is_odd, row));
        }
        for (place, band) in resolution.bands.iter().enumerate() {
            for precinct in 0..resolution.precincts.count() {
                put_blocks(&mut plane, wide, resolution, coding, (precinct, place, band), is_odd)?;
            }
        }
        if number > 0 && wide > 0 {
            T::restore(Plane { width: wide, samples: &mut plane, is_odd });
        }
        samples = plane;
    }
    Ok(samples)
}

/// Puts a row of a band, from a place in it on, where it lies between those of the other bands.
fn spread<T: Copy>(
    plane: &mut [T],
    wide: usize,
    (x, y): (usize, usize),
    is_high: [bool; 2],
    is_odd: [bool; 2],
    row: &[T],
) {
    let ([high_x, high_y], [odd_x, odd_y]) = (is_high, is_odd);
    let (from_x, from_y) = (usize::from(high_x != odd_x), usize::from(high_y != odd_y));
    let start = (2 * y + from_y) * wide;
    let target = plane.get_mut(start..start + wide).unwrap_or_default();
    let places = target.iter_mut().skip(2 * x + from_x).step_by(2);
    places.zip(row).for_each(|(place, value)| *place = *value);
}

fn put_blocks<T: Coefficient>(
    plane: &mut [T],
    wide: usize,
    resolution: &Resolution,
    coding: &Coding,
    (precinct, place, band): (usize, usize, &Band),
    is_odd: [bool; 2],
) -> Result<(), Error> {
    let (_, size) = resolution.sizes(coding);
    let area = resolution.precinct(coding, precinct, band);
    let grid = Grid::new(area, size);
    let coded = resolution.blocks.get(precinct).and_then(|bands| bands.get(place));
    for (number, block) in coded.map_or(&[][..], |coded| &coded.blocks).iter().enumerate() {
        let cell = grid.cell(number, area);
        let ([cell_left, cell_top, ..], [left, top, ..]) = (cell, band.area);
        let Some(values) = decode(block, cell, band.planes, coding.is_causal)? else { continue };
        for (row, values) in values.chunks_exact(width(cell)).enumerate() {
            let values: Vec<T> = values.iter().map(|double| T::from_double(*double, band.step)).collect();
            let (x, y) = ((cell_left - left) as usize, (cell_top - top) as usize + row);
            if resolution.bands.len() > 1 {
                spread(plane, wide, (x, y), band.is_high, is_odd, &values);
            } else if let Some(target) = plane.get_mut(y * wide + x..y * wide + x + values.len()) {
                target.copy_from_slice(&values);
            }
        }
    }
    Ok(())
}

/// Coefficients of a block, twice their values; nothing where all are 0.
fn decode(block: &CodedBlock, cell: Area, planes: u32, is_causal: bool) -> Result<Option<Vec<i32>>, Error> {
    let (width, height) = (width(cell), height(cell));
    if block.passes == 0 || block.cleanup.is_empty() || width * height == 0 {
        return Ok(None);
    }
    let CodedBlock { missing, passes, cleanup, refinement, .. } = block;
    let (missing, passes) = (*missing, *passes);
    let block = Block { width, height, planes, missing, passes, cleanup, refinement, is_causal };
    block.decode().map(Some).ok_or_else(|| damaged(why::BLOCK_BROKEN))
}

/// Red, green and blue of the transformed components (T.800, annex G).
pub(super) fn colours(planes: &mut [Vec<f32>], is_reversible: bool) -> Result<(), Error> {
    let [first, second, third, ..] = planes else { return Err(damaged(why::COLOUR_MISSING)) };
    for ((a, b), c) in first.iter_mut().zip(second).zip(third) {
        let (y, u, v) = (*a, *b, *c);
        [*a, *b, *c] = if is_reversible {
            let green = y - ((u + v) / 4.0).floor();
            [v + green, green, u + green]
        } else {
            [y + 1.402 * v, y - 0.344_13 * u - 0.714_14 * v, y + 1.772 * u]
        };
    }
    Ok(())
}
