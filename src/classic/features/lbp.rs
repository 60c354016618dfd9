//! Local binary patterns (Ojala, Pietikainen and Maenpaa 2002): which of a pixel's eight neighbours are at least as bright.

use crate::classic::Square;
use std::sync::LazyLock;

/// Regions of a side.
const REGIONS: usize = 2;
/// Uniform patterns, with at most two changes around the circle, and one bin for all others.
const BINS: usize = 59;
/// The neighbours in their order around the pixel.
const AROUND: [(usize, usize); 8] = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1)];

/// What [`bins`] gives, made once.
static BIN_OF: LazyLock<[usize; 256]> = LazyLock::new(bins);

/// For each of 2 x 2 regions the share of each pattern: 236 numbers.
pub fn lbp(square: &Square) -> Vec<f32> {
    let (grey, side) = (square.grey(), square.side);
    let at = |x: usize, y: usize| grey.get(y * side + x).copied().unwrap_or_default();
    let mut counts = vec![0f32; REGIONS * REGIONS * BINS];
    let inner = side.saturating_sub(2);
    for (x, y) in (0..inner).flat_map(|y| (0..inner).map(move |x| (x, y))) {
        let middle = at(x + 1, y + 1);
        let pattern =
            AROUND.iter().fold(0u8, |code, (dx, dy)| code << 1 | u8::from(at(x + dx, y + dy) >= middle));
        let region = y * REGIONS / inner * REGIONS + x * REGIONS / inner;
        let bin = BIN_OF.get(usize::from(pattern)).copied().unwrap_or(BINS - 1);
        if let Some(count) = counts.get_mut(region * BINS + bin) {
            *count += 1.0;
        }
    }
    for region in counts.chunks_mut(BINS) {
        let all = region.iter().sum::<f32>().max(1.0);
        region.iter_mut().for_each(|count| *count /= all);
    }
    counts
}

/// The bin of each pattern: uniform ones in ascending order, then one for the rest.
fn bins() -> [usize; 256] {
    let mut next = 0;
    std::array::from_fn(|pattern| {
        let pattern = pattern as u8;
        if (pattern ^ pattern.rotate_left(1)).count_ones() > 2 {
            return BINS - 1;
        }
        next += 1;
        next - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::Squares;

    #[test]
    fn there_are_58_uniform_patterns() {
        let bins = bins();
        assert_eq!((bins[0], bins[255], bins[0b0101_0101]), (0, 57, 58));
        assert_eq!(bins.iter().filter(|bin| **bin == 58).count(), 256 - 58);
    }

    #[test]
    fn an_even_image_has_one_pattern_and_a_bright_dot_another() {
        let mut squares = Squares::new(28, 1);
        squares.push(&vec![0.5; 28 * 28]);
        let mut dot = vec![0.0; 28 * 28];
        dot[7 * 28 + 7] = 1.0;
        squares.push(&dot);
        let even = lbp(&squares.get(0));
        // Every neighbour is as bright: 255, the last of the uniform ones.
        assert!(even.len() == 236 && even.chunks(BINS).all(|region| region[57] == 1.0));
        let dotted = lbp(&squares.get(1));
        // One of 13 x 13 pixels has no neighbour as bright as itself.
        assert!((dotted[0] - 1.0 / 169.0).abs() < 1e-6 && (dotted[57] - 168.0 / 169.0).abs() < 1e-6);
    }
}
