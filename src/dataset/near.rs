//! Near-duplicates: one picture stored twice, compressed again or at another size.
//!
//! The perceptual hash of an image: the differences between neighbouring cells of its 24 x 24 thumbnail, so that brightness and contrast do
//! not matter. Each difference is replaced by its signed square root, so that one strong edge, such as the border of a camera's field, does
//! not dominate. Two images are near-duplicates if their hashes correlate by at least [`SIMILAR`].

use crate::imaging::Image;
use crate::preprocess::resize::{InputSpec, ResizeMode, resize};
use rayon::prelude::*;

/// The least correlation of near-duplicates. Measured on nine sets of radiographs, photographs, slices and microscopy: of the images stored again as
/// JPEG of quality 50 or 60, or at 0.37, 0.5 or 1.5 times their size, 99 % correlate with the original by 0.95 or more in eight
/// of the sets (malaria cells: 0.94). Where no patient has several alike, 99 % of the images correlate with the most similar other image
/// of their set by 0.92 or less. Images of 28 pixels are told apart less well (`docs/zoo.md`).
pub const SIMILAR: f32 = 0.95;
/// Cells of a thumbnail's side.
const SIDE: usize = 24;

/// What an image looks like, whatever its size and compression.
#[derive(Clone, Debug, PartialEq)]
pub struct PerceptualHash(Vec<f32>);

impl PerceptualHash {
    /// Of an image; `None` if it shows nothing.
    pub fn new(image: &Image) -> Option<Self> {
        let spec = InputSpec { side: SIDE as u32, channels: 1, resize: ResizeMode::Squash };
        let cells = resize(image, &spec).values;
        let along = |step: usize, is_last: fn(usize) -> bool| {
            let pairs = cells.iter().zip(cells.iter().skip(step)).enumerate();
            pairs
                .filter(move |(at, _)| !is_last(*at))
                .map(|(_, (cell, next))| (next - cell).signum() * (next - cell).abs().sqrt())
        };
        let differences: Vec<f32> =
            along(1, |at| at % SIDE == SIDE - 1).chain(along(SIDE, |_| false)).collect();
        let length = differences.iter().map(|value| value * value).sum::<f32>().sqrt();
        (length > 1e-3).then(|| Self(differences.iter().map(|value| value / length).collect()))
    }

    /// How alike two images are: 1 for the same, about 0 for unrelated ones.
    pub fn correlation(&self, other: &Self) -> f32 {
        // Eight sums at a time, which the compiler turns into vectors.
        let (a, b) = (self.0.chunks_exact(8), other.0.chunks_exact(8));
        let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
        let mut sums = [0f32; 8];
        for (a, b) in a.zip(b) {
            for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
                *sum += a * b;
            }
        }
        rest + sums.iter().sum::<f32>()
    }
}

/// For each of `these` the most similar of `those`, if it is a near-duplicate: both indices and the correlation.
pub fn nearest(
    these: &[(usize, &PerceptualHash)],
    those: &[(usize, &PerceptualHash)],
) -> Vec<(usize, usize, f32)> {
    let one = |(index, hash): &(usize, &PerceptualHash)| {
        let alike = those.iter().map(|(other, its)| (*other, hash.correlation(its)));
        let (other, correlation) = alike.max_by(|a, b| a.1.total_cmp(&b.1))?;
        (correlation >= SIMILAR).then_some((*index, other, correlation))
    };
    these.par_iter().filter_map(one).collect()
}
