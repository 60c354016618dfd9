//! Whether a map is empty, and whether two maps of one image agree.

use super::{EMPTY_BELOW, HeatMap};

/// Cells along each side at which maps are compared: as coarse as the coarser methods, so that resolution
/// does not matter.
const GRID: usize = 16;
/// Samples along each side of a cell, whose mean is the cell's value.
const PARTS: usize = 4;

/// How well two maps of one image agree, from -1 to 1: Spearman's rank correlation of their values on a 16x16
/// grid. Equal values share their mean rank. `None` if a map is [empty](EMPTY_BELOW) or constant.
pub fn agreement(a: &HeatMap, b: &HeatMap) -> Option<f32> {
    if [a, b].iter().any(|map| map.strongest() < EMPTY_BELOW) {
        return None;
    }
    let (a, b) = (ranks(&places(a)), ranks(&places(b)));
    let middle = (GRID * GRID - 1) as f64 / 2.0;
    let product =
        |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - middle) * (y - middle)).sum::<f64>();
    let spread = (product(&a, &a) * product(&b, &b)).sqrt();
    (spread > 0.0).then(|| (product(&a, &b) / spread) as f32)
}

/// The mean of each cell, rounded to 1/10,000 so that rounding errors do not change ranks.
fn places(map: &HeatMap) -> Vec<f32> {
    let at = |place: usize, part: usize| (place as f32 + (part as f32 + 0.5) / PARTS as f32) / GRID as f32;
    let mean = |place: usize| {
        let parts = (0..PARTS * PARTS)
            .map(|part| map.at(at(place % GRID, part % PARTS), at(place / GRID, part / PARTS)));
        (parts.sum::<f32>() / (PARTS * PARTS) as f32 * 1e4).round()
    };
    (0..GRID * GRID).map(mean).collect()
}

/// The rank of each value, from 0; equal values share their mean rank.
fn ranks(values: &[f32]) -> Vec<f64> {
    let below = |own: f32| values.iter().filter(|value| **value < own).count() as f64;
    let same = |own: f32| values.iter().filter(|value| **value == own).count() as f64;
    values.iter().map(|own| below(*own) + (same(*own) - 1.0) / 2.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::AGREE_FROM;

    /// A map of `side` x `side` cells with a round spot of `size` at (`x`, `y`), each 0 to 1.
    fn spot(side: usize, (x, y): (f32, f32), size: f32) -> HeatMap {
        let place = |index: usize| (index as f32 + 0.5) / side as f32;
        let value = |index: usize| {
            let (dx, dy) = (place(index % side) - x, place(index / side) - y);
            (1.0 - dx.hypot(dy) / size).max(0.0)
        };
        HeatMap { width: side, height: side, values: (0..side * side).map(value).collect() }
    }

    #[test]
    fn maps_of_one_place_agree_whatever_their_grain_and_of_two_places_do_not() {
        let (left, right) = ((0.25, 0.3), (0.75, 0.7));
        let coarse = spot(7, left, 0.4);
        assert!(agreement(&coarse, &coarse).is_some_and(|same| (same - 1.0).abs() < 1e-6));
        let fine = agreement(&coarse, &spot(48, left, 0.4)).unwrap();
        assert!(fine > 0.8, "{fine}");
        let apart = agreement(&coarse, &spot(48, right, 0.4)).unwrap();
        assert!(apart < AGREE_FROM, "{apart}");
        // Only ranks count, not absolute strength.
        let faint = HeatMap { values: coarse.values.iter().map(|v| v * v * 0.5).collect(), ..coarse.clone() };
        assert!(agreement(&coarse, &faint).is_some_and(|same| same > 0.9));
    }

    #[test]
    fn a_map_that_points_nowhere_agrees_with_nothing() {
        let map = |values: Vec<f32>| HeatMap { width: 2, height: 2, values };
        let one = spot(12, (0.5, 0.5), 0.3);
        for nothing in [map(vec![0.0; 4]), map(vec![0.05, 0.0, 0.09, 0.0]), map(vec![0.7; 4])] {
            assert_eq!(agreement(&one, &nothing), None);
        }
        assert!(map(vec![0.05, 0.0, 0.09, 0.0]).strongest() < EMPTY_BELOW);
    }
}
