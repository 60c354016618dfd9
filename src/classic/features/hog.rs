//! Histograms of oriented gradients (Dalal and Triggs 2005).

use super::gradient::differences;
use crate::classic::Square;
use std::f32::consts::PI;

/// Cells of a side.
const CELLS: usize = 7;
/// Orientations between 0 and 180 degrees.
const ORIENTATIONS: usize = 9;
/// Values are cut at this share of a block's length, before it is normalised again.
const CLIP: f32 = 0.2;

/// For each of 6 x 6 overlapping blocks of 2 x 2 cells the orientations of the edges, each by its strength: 1,296 numbers.
pub fn hog(square: &Square) -> Vec<f32> {
    let mut cells = vec![0f32; CELLS * CELLS * ORIENTATIONS];
    let cell = (square.side / CELLS).max(1);
    for (at, (across, down)) in differences(&square.grey(), square.side).into_iter().enumerate() {
        let (x, y) = (at % square.side / cell, at / square.side / cell);
        let strength = across.hypot(down);
        // Shared between the two nearest orientations.
        let turned = (down.atan2(across).rem_euclid(PI) / PI * ORIENTATIONS as f32).max(0.0);
        let (below, share) = (turned.floor() as usize, turned.fract());
        let start = (y.min(CELLS - 1) * CELLS + x.min(CELLS - 1)) * ORIENTATIONS;
        for (orientation, share) in [(below, 1.0 - share), (below + 1, share)] {
            if let Some(sum) = cells.get_mut(start + orientation % ORIENTATIONS) {
                *sum += strength * share;
            }
        }
    }
    let corners = (0..CELLS - 1).flat_map(|y| (0..CELLS - 1).map(move |x| (x, y)));
    corners.flat_map(|(x, y)| block(&cells, x, y)).collect()
}

/// Four cells, brought to length 1, cut, and brought to length 1 again.
fn block(cells: &[f32], x: usize, y: usize) -> Vec<f32> {
    let row = |y: usize| {
        let start = (y * CELLS + x) * ORIENTATIONS;
        cells.get(start..start + 2 * ORIENTATIONS).unwrap_or_default()
    };
    let mut block = [row(y), row(y + 1)].concat();
    for is_first in [true, false] {
        let length = (block.iter().map(|v| v * v).sum::<f32>() + 1e-6).sqrt();
        let clip = if is_first { CLIP } else { 1.0 };
        block.iter_mut().for_each(|value| *value = (*value / length).min(clip));
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::Squares;

    #[test]
    fn a_slope_has_one_orientation_everywhere() {
        let mut squares = Squares::new(28, 1);
        squares.push(&(0..28 * 28).map(|at| (at % 28) as f32 / 28.0).collect::<Vec<_>>());
        squares.push(&(0..28 * 28).map(|at| (at / 28) as f32 / 28.0).collect::<Vec<_>>());
        let (across, down) = (hog(&squares.get(0)), hog(&squares.get(1)));
        assert_eq!(across.len(), 1296);
        for (index, value) in across.iter().enumerate() {
            // Four cells of equal strength: each a half of the block's length.
            let expected = if index % ORIENTATIONS == 0 { 0.5 } else { 0.0 };
            assert!((value - expected).abs() < 0.05, "{index}: {value}");
        }
        // 90 degrees lie between the fifth and the sixth orientation.
        assert!(
            down.chunks(9).all(|cell| (cell[4] - cell[5]).abs() < 1e-6 && cell[0] == 0.0 && cell[4] > 0.3)
        );
    }
}
