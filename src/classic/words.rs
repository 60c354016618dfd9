//! Bag of visual words (Csurka et al. 2004): small patches are sorted to the most similar of a vocabulary, and their counts describe the image.
//! Patches are normalised and the vocabulary learned by k-means, as Coates, Ng and Lee (2011) do.

use super::k_means::{assign, k_means};
use super::{Error, Matrix, Squares, Watch};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Words of the vocabulary.
const WORDS: usize = 128;
/// Pixels of a patch's side, and from one patch to the next, at the size of [`super::PIXEL_SIDE`].
const PATCH: usize = 6;
const STEP: usize = 2;
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
        let patches = (0..LEARNED_FROM).filter_map(|_| {
            let image = random.random_range(0..squares.len().max(1) as u64) as usize;
            let all = patches(&squares.get(image).pixels(), squares.channels);
            let one = random.random_range(0..all.len().max(1) as u64) as usize;
            all.into_iter().nth(one).map(|(_, patch)| patch)
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
        let all: Vec<usize> = (0..squares.len()).collect();
        let mut rows = Vec::with_capacity(squares.len());
        for some in all.chunks(256) {
            watch(rows.len() as f32 / squares.len() as f32)?;
            rows.par_extend(some.par_iter().map(|image| {
                let patches = patches(&squares.get(*image).pixels(), squares.channels);
                self.shares(patches)
            }));
        }
        Ok(Matrix::from_rows(rows))
    }

    fn shares(&self, patches: Vec<(usize, Vec<f32>)>) -> Vec<f32> {
        let words = self.words.rows();
        let (regions, patches): (Vec<usize>, Vec<Vec<f32>>) = patches.into_iter().unzip();
        let mut counts = vec![0f32; REGIONS * REGIONS * words];
        let share = (REGIONS * REGIONS) as f32 / regions.len().max(1) as f32;
        for (region, word) in regions.into_iter().zip(assign(&Matrix::from_rows(patches), &self.words)) {
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

/// All patches of an image with their regions, each brought to mean 0 and deviation 1.
fn patches(pixels: &[f32], channels: usize) -> Vec<(usize, Vec<f32>)> {
    let side = super::PIXEL_SIDE;
    let places = (side - PATCH) / STEP + 1;
    let patch = |x: usize, y: usize| {
        let rows = (0..PATCH).flat_map(|row| {
            let start = ((y + row) * side + x) * channels;
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
    };
    let at = |x: usize, y: usize| {
        let region = y * REGIONS / places * REGIONS + x * REGIONS / places;
        (region, patch(x * STEP, y * STEP))
    };
    (0..places).flat_map(|y| (0..places).map(move |x| (x, y))).map(|(x, y)| at(x, y)).collect()
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
