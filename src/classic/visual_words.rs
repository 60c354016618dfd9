//! Bag of visual words (Csurka et al. 2004): small patches are sorted to the most similar of a vocabulary, and their counts describe the image.
//! Patches are normalised and the vocabulary learned by k-means, as Coates, Ng and Lee (2011) do.

use super::k_means::{k_means, nearest};
use super::{Error, Matrix, PIXEL_SIDE, Square, Squares, Watch};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Words of the vocabulary.
const WORDS: usize = 128;
/// Pixels of a patch's side, and from one patch to the next, at the size of [`PIXEL_SIDE`].
const PATCH: usize = 6;
const STEP: usize = 2;
/// Patches of a side.
const PLACES: usize = (PIXEL_SIDE - PATCH) / STEP + 1;
/// Patches that the vocabulary is learned from.
const LEARNED_FROM: usize = 20_000;
/// Regions of a side (a pyramid of one level; Lazebnik, Schmid and Ponce 2006).
const REGIONS: usize = 2;

/// A vocabulary.
#[derive(Clone, Debug)]
pub struct VisualWords {
    words: Matrix,
}

impl VisualWords {
    /// Learned from patches of images, drawn by the seed.
    pub fn fit(squares: &Squares, seed: u64, watch: Watch) -> Result<Self, Error> {
        watch(0.0)?;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let patches = (0..LEARNED_FROM).map(|_| {
            let image = random.random_range(0..squares.len().max(1) as u64) as usize;
            let place = random.random_range(0..(PLACES * PLACES) as u64) as usize;
            patch(&squares.get(image).pixels(), squares.channels, (place % PLACES, place / PLACES))
        });
        let table = Matrix::from_rows(patches.collect());
        watch(0.2)?;
        Ok(Self { words: k_means(&table, WORDS, seed).centres })
    }

    /// The share of each word in each region of each image.
    ///
    /// # Shapes
    /// Returns `(images, regions * words)`.
    pub fn count(&self, squares: &Squares, watch: Watch) -> Result<Matrix, Error> {
        squares.table(watch, |square| self.shares(square))
    }

    fn shares(&self, square: &Square) -> Vec<f32> {
        let (words, pixels) = (self.words.rows(), square.pixels());
        let mut counts = vec![0f32; REGIONS * REGIONS * words];
        let share = (REGIONS * REGIONS) as f32 / (PLACES * PLACES) as f32;
        for (x, y) in (0..PLACES).flat_map(|y| (0..PLACES).map(move |x| (x, y))) {
            let region = y * REGIONS / PLACES * REGIONS + x * REGIONS / PLACES;
            let word = nearest(&patch(&pixels, square.channels, (x, y)), &self.words);
            if let Some(count) = counts.get_mut(region * words + word) {
                *count += share;
            }
        }
        // Roots, because a word that occurs twice as often is not twice as telling (Perronnin, Sanchez and Mensink 2010).
        counts.into_iter().map(f32::sqrt).collect()
    }

    /// How many numbers it keeps.
    pub fn numbers(&self) -> usize {
        self.words.values().len()
    }
}

/// One patch of an image, brought to mean 0 and deviation 1.
fn patch(pixels: &[f32], channels: usize, (x, y): (usize, usize)) -> Vec<f32> {
    let rows = (0..PATCH).flat_map(|row| {
        let start = ((y * STEP + row) * PIXEL_SIDE + x * STEP) * channels;
        pixels.get(start..start + PATCH * channels).unwrap_or_default()
    });
    let mut patch: Vec<f32> = rows.copied().collect();
    let count = patch.len().max(1) as f32;
    let mean = patch.iter().sum::<f32>() / count;
    let variance = patch.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / count;
    // A little is added, so that noise in an even patch is not taken for a pattern.
    let scale = 1.0 / (variance + 1e-3).sqrt();
    patch.iter_mut().for_each(|value| *value = (*value - mean) * scale);
    patch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_and_their_other_direction_share_no_word() {
        let mut squares = Squares::new(28, 1);
        for image in 0..8 {
            let stripe = |at: usize| if image % 2 == 0 { at % 28 / 2 % 2 } else { at / 28 / 2 % 2 };
            squares.push(&(0..28 * 28).map(|at| stripe(at) as f32).collect::<Vec<_>>());
        }
        let words = VisualWords::fit(&squares, 1, &|_| Ok(())).unwrap();
        let table = words.count(&squares, &|_| Ok(())).unwrap();
        // Two phases of two directions are all the patches there are.
        assert_eq!((words.words.rows(), table.rows(), table.columns()), (4, 8, 16));
        let common: f32 = table.row(0).iter().zip(table.row(1)).map(|(a, b)| a * b).sum();
        assert!(common == 0.0 && table.row(0) == table.row(2), "{common}");
        for row in table.iter() {
            assert!((row.iter().map(|v| v * v).sum::<f32>() - 4.0).abs() < 1e-4);
        }
    }
}
