//! How far an image is from a model's training images (Mahalanobis distance; Lee et al. 2018).

use crate::messages::why::model as why;
use crate::model::{DISTRIBUTION, Error, Weights};

/// Weight of the identity in the covariance (shrinkage), so that features that hardly vary in a small set do
/// not dominate.
const SHRINKAGE: f64 = 0.03;
/// Quantile of the validation images' distances that sets the limit, before widening.
const QUANTILE: f64 = 0.99;
/// Factor by which the limit is widened: images vary more between scanners than within one data set.
const WIDENING: f32 = 1.07;

/// A normal distribution of features. Distances are in units of the limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    mean: Vec<f32>,
    /// Lower triangle, row by row, of the whitening matrix: it makes centred features uncorrelated with
    /// variance 1.
    whitening: Vec<f32>,
    limit: f32,
}

impl Distribution {
    /// Fits the distribution. `learned`: features of training images, one row each; `held_out`: features of
    /// validation images, which set the limit. `None` if there are fewer than two training images or no
    /// validation images, or if the covariance is singular.
    pub fn fit(learned: &[Vec<f32>], held_out: &[Vec<f32>]) -> Option<Self> {
        let size = learned.first()?.len();
        let count = learned.len() as f64;
        let mut mean = vec![0f64; size];
        for row in learned {
            mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value) / count);
        }
        let centred: Vec<Vec<f64>> = learned
            .iter()
            .map(|row| row.iter().zip(&mean).map(|(v, m)| f64::from(*v) - m).collect())
            .collect();
        let deviation: Vec<f64> = (0..size)
            .map(|i| {
                let squares = centred.iter().filter_map(|row| row.get(i)).map(|v| v * v);
                (squares.sum::<f64>() / count).sqrt().max(1e-6)
            })
            .collect();
        let mut correlation = vec![0f64; size * size];
        for row in &centred {
            let scaled: Vec<f64> = row.iter().zip(&deviation).map(|(v, d)| v / d).collect();
            for (line, a) in correlation.chunks_mut(size).zip(&scaled) {
                line.iter_mut().zip(&scaled).for_each(|(sum, b)| *sum += a * b / count);
            }
        }
        for (i, line) in correlation.chunks_mut(size).enumerate() {
            for (j, value) in line.iter_mut().enumerate() {
                *value = *value * (1.0 - SHRINKAGE) + if i == j { SHRINKAGE } else { 0.0 };
            }
        }
        let inverse = inverse_of_lower(&cholesky(&correlation, size)?, size);
        let whitening = inverse
            .chunks(size)
            .enumerate()
            .flat_map(|(i, line)| {
                line.iter().zip(&deviation).take(i + 1).map(|(value, d)| (value / d) as f32)
            })
            .collect();
        let mean = mean.into_iter().map(|value| value as f32).collect();
        let mut fitted = Self { mean, whitening, limit: 1.0 };
        let mut distances: Vec<f32> = held_out.iter().map(|row| fitted.distance(row)).collect();
        distances.sort_by(f32::total_cmp);
        let at = ((distances.len() as f64 * QUANTILE) as usize).min(distances.len().checked_sub(1)?);
        fitted.limit = distances.get(at)? * WIDENING;
        (learned.len() > 1 && fitted.limit > 0.0).then_some(fitted)
    }

    /// The distance of an image's features. Above 1, the image is too far from the training images.
    pub fn distance(&self, features: &[f32]) -> f32 {
        let centred: Vec<f32> = features.iter().zip(&self.mean).map(|(value, mean)| value - mean).collect();
        let (mut rest, mut sum) = (self.whitening.as_slice(), 0f32);
        for i in 0..centred.len() {
            let (line, others) = rest.split_at_checked(i + 1).unwrap_or((rest, &[]));
            let along: f32 = line.iter().zip(&centred).map(|(weight, value)| weight * value).sum();
            sum += along * along;
            rest = others;
        }
        // The root mean square, which is about 1 over the training images.
        (sum / centred.len().max(1) as f32).sqrt() / self.limit
    }

    /// Parses [`DISTRIBUTION`].
    ///
    /// # Errors
    /// Fails if the file is not valid or its shapes do not match.
    pub fn open(bytes: &[u8]) -> Result<Self, Error> {
        let weights = Weights::from_safetensors(DISTRIBUTION, bytes)?;
        let refuse = |why: &str| Error::File { file: DISTRIBUTION.into(), why: why.into() };
        let mean = weights.get("mean").ok_or_else(|| refuse(&why::no_tensor("mean")))?.values;
        let size = mean.len();
        let whitening = weights.shaped("whitening", &[size * (size + 1) / 2])?;
        let limit = weights.shaped("limit", &[1])?.first().copied().unwrap_or_default();
        let is_proper =
            limit > 0.0 && limit.is_finite() && whitening.iter().chain(&mean).all(|v| v.is_finite());
        if !is_proper {
            return Err(refuse(why::NOT_FINITE));
        }
        Ok(Self { mean, whitening, limit })
    }

    /// The arrays that [`Distribution::open`] reads.
    pub fn arrays(&self) -> Weights<'static> {
        let size = self.mean.len();
        let mut arrays = Weights::default();
        arrays.insert("mean", &[size], &self.mean);
        arrays.insert("whitening", &[size * (size + 1) / 2], &self.whitening);
        arrays.insert("limit", &[1], &[self.limit]);
        arrays
    }
}

/// Cholesky factor (lower) of a positive definite matrix; `None` if it is not positive definite.
fn cholesky(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0f64; size * size];
    for i in 0..size {
        for j in 0..=i {
            let before = |row: usize| lower.get(row * size..row * size + j);
            let common: f64 = before(i)?.iter().zip(before(j)?).map(|(a, b)| a * b).sum();
            let rest = matrix.get(i * size + j)? - common;
            let value = if i == j { rest.sqrt() } else { rest / lower.get(j * size + j)? };
            if !value.is_finite() {
                return None;
            }
            *lower.get_mut(i * size + j)? = value;
        }
    }
    Some(lower)
}

/// The inverse of a lower triangular matrix, by forward substitution for each column of the identity.
fn inverse_of_lower(lower: &[f64], size: usize) -> Vec<f64> {
    let at = |i: usize, j: usize| lower.get(i * size + j).copied().unwrap_or_default();
    let mut inverse = vec![0f64; size * size];
    for column in 0..size {
        for row in column..size {
            let own = if row == column { 1.0 } else { 0.0 };
            let known: f64 = (column..row)
                .map(|k| at(row, k) * inverse.get(k * size + column).copied().unwrap_or_default())
                .sum();
            if let Some(place) = inverse.get_mut(row * size + column) {
                *place = (own - known) / at(row, row);
            }
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    /// Two correlated features, and a third that hardly varies.
    fn rows(count: usize, seed: u64) -> Vec<Vec<f32>> {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let mut wave = move || (0..12).map(|_| random.random_range(-0.5..0.5f32)).sum::<f32>();
        (0..count)
            .map(|_| {
                let (a, b) = (wave(), wave());
                vec![3.0 + 2.0 * a, 2.0 * a + 0.5 * b, 1.0 + 0.01 * wave()]
            })
            .collect()
    }

    #[test]
    fn what_is_like_the_learned_is_near_and_what_is_not_is_far() {
        let fitted = Distribution::fit(&rows(3000, 1), &rows(1000, 2)).unwrap();
        let others = rows(1000, 3);
        let refused = others.iter().filter(|row| fitted.distance(row) > 1.0).count();
        // About one in 100 would lie beyond the quantile; the limit is wider.
        assert!(refused < 15, "{refused} of 1000");
        // Each feature alone is usual, but not the combination.
        assert!(fitted.distance(&[6.0, -3.0, 1.0]) > 1.5 && fitted.distance(&[6.0, 3.0, 1.0]) < 1.0);
        assert!(fitted.distance(&[3.0, 0.0, 1.2]) > 1.5);
    }

    #[test]
    fn the_mean_square_of_whitened_features_is_one() {
        let learned = rows(4000, 4);
        let fitted = Distribution { limit: 1.0, ..Distribution::fit(&learned, &rows(100, 5)).unwrap() };
        let mean = learned.iter().map(|row| fitted.distance(row).powi(2)).sum::<f32>() / 4000.0;
        // Shrinkage halves the variance along the direction in which the first two features hardly differ: a
        // sixth of the total.
        assert!((0.8..=1.0).contains(&mean), "{mean}");
    }

    #[test]
    fn too_few_images_make_no_distribution() {
        assert_eq!(Distribution::fit(&[], &rows(3, 1)), None);
        assert_eq!(Distribution::fit(&rows(3, 1), &[]), None);
    }
}
