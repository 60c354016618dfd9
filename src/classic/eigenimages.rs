//! Eigenimages: the directions in which images vary most (Turk and Pentland 1991), by principal component analysis.

use super::matrix::dot;
use super::{Error, Matrix, Watch};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Eigenimages that are kept; at most half as many as there are images.
const KEPT: usize = 64;
/// More directions are iterated than are kept, so that the last ones that are kept settle too.
const SPARE: usize = 16;
/// Iterations of the subspace.
const ITERATIONS: usize = 150;

/// A mean image and the eigenimages.
#[derive(Clone, Debug)]
pub struct Eigenimages {
    mean: Vec<f32>,
    /// A row each, of length 1, the one of most variance first.
    axes: Matrix,
}

impl Eigenimages {
    /// Of the rows of a table, by subspace iteration on their covariance with a Rayleigh-Ritz step at its end (Golub and Van Loan 2013, 8.2).
    pub fn fit(table: &Matrix, seed: u64, watch: Watch) -> Result<Self, Error> {
        let (rows, size) = (table.rows(), table.columns());
        let mean = table.means();
        let mut centred = table.clone();
        for row in centred.values_mut().chunks_mut(size.max(1)) {
            row.iter_mut().zip(&mean).for_each(|(value, mean)| *value -= mean);
        }
        watch(0.1)?;
        let by_rows = 1.0 / rows.saturating_sub(1).max(1) as f64;
        let covariance = centred.transposed_times(&centred)?;
        let covariance =
            Matrix::new(size, covariance.into_iter().map(|value| (value * by_rows) as f32).collect());
        let kept = KEPT.min(rows / 2).min(size).max(1);
        let count = (kept + SPARE).min(size);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut axes =
            Matrix::new(size, (0..count * size).map(|_| random.random_range(-1.0..1.0f32)).collect());
        orthonormalise(&mut axes);
        for iteration in 0..ITERATIONS {
            watch(0.1 + 0.9 * iteration as f32 / ITERATIONS as f32)?;
            // The covariance is symmetric, so that rows can stand on its left.
            axes = axes.times(&covariance)?;
            orthonormalise(&mut axes);
        }
        let turned = axes.times(&covariance)?;
        let small: Vec<f64> =
            turned.times_rows_of(&axes)?.values().iter().map(|value| f64::from(*value)).collect();
        let directions = jacobi(small, count);
        let directions: Vec<f32> = directions.into_iter().take(kept * count).map(|v| v as f32).collect();
        let axes = Matrix::new(count, directions).times(&axes)?;
        Ok(Self { mean, axes })
    }

    /// How far each row of a table reaches along each eigenimage.
    pub fn coordinates(&self, table: &Matrix) -> Result<Matrix, Error> {
        let mut found = table.times_rows_of(&self.axes)?;
        let offsets: Vec<f32> = self.axes.iter().map(|axis| dot(axis, &self.mean)).collect();
        for row in found.values_mut().chunks_mut(offsets.len().max(1)) {
            row.iter_mut().zip(&offsets).for_each(|(value, offset)| *value -= offset);
        }
        Ok(found)
    }

    /// How many numbers it keeps.
    pub fn numbers(&self) -> usize {
        self.mean.len() + self.axes.values().len()
    }
}

/// Gram and Schmidt's method, twice over so that rounding leaves nothing behind.
fn orthonormalise(axes: &mut Matrix) {
    let size = axes.columns().max(1);
    for at in 0..axes.rows() {
        let (before, rest) = axes.values_mut().split_at_mut(at * size);
        let Some(own) = rest.get_mut(..size) else { continue };
        for _ in 0..2 {
            for other in before.chunks(size) {
                let along = dot(own, other);
                own.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
            }
        }
        let length = dot(own, own).sqrt().max(f32::MIN_POSITIVE);
        own.iter_mut().for_each(|value| *value /= length);
    }
}

/// Eigenvectors of a symmetric matrix, a row each, by descending eigenvalue (Jacobi 1846).
#[allow(
    clippy::indexing_slicing,
    reason = "all indices are below size, and both matrices hold size * size values"
)]
fn jacobi(mut a: Vec<f64>, size: usize) -> Vec<f64> {
    let mut vectors: Vec<f64> =
        (0..size * size).map(|at| f64::from(u8::from(at / size == at % size))).collect();
    for _ in 0..60 {
        let off: f64 =
            (0..size).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * size + j].powi(2)).sum();
        let whole: f64 = a.iter().map(|value| value * value).sum();
        if off <= 1e-24 * whole {
            break;
        }
        for (p, q) in (0..size).flat_map(|q| (0..q).map(move |p| (p, q))) {
            let apq = a[p * size + q];
            if apq == 0.0 {
                continue;
            }
            let theta = (a[q * size + q] - a[p * size + p]) / (2.0 * apq);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let c = 1.0 / (t * t + 1.0).sqrt();
            let s = t * c;
            for k in 0..size {
                let (x, y) = (a[k * size + p], a[k * size + q]);
                (a[k * size + p], a[k * size + q]) = (c * x - s * y, s * x + c * y);
            }
            for k in 0..size {
                let (x, y) = (a[p * size + k], a[q * size + k]);
                (a[p * size + k], a[q * size + k]) = (c * x - s * y, s * x + c * y);
                let (x, y) = (vectors[p * size + k], vectors[q * size + k]);
                (vectors[p * size + k], vectors[q * size + k]) = (c * x - s * y, s * x + c * y);
            }
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|i, j| a[j * size + j].total_cmp(&a[i * size + i]));
    order.iter().flat_map(|i| vectors[i * size..(i + 1) * size].to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axes_of_a_known_cloud_are_found() {
        // Along (1, 1, 0) / sqrt 2 with variance 9, along (1, -1, 0) / sqrt 2 with 4, along z with 1; four rows each way.
        let r = 0.5f32.sqrt();
        let axes = [[r, r, 0.0], [r, -r, 0.0], [0.0, 0.0, 1.0]];
        let mut rows = Vec::new();
        for (axis, deviation) in axes.iter().zip([3f32, 2.0, 1.0]) {
            // Six rows in all, divided by five.
            let length = deviation * (5.0f32 / 2.0).sqrt();
            for sign in [1.0, -1.0] {
                rows.push(axis.iter().map(|v| 5.0 + sign * length * v).collect::<Vec<_>>());
            }
        }
        let table = Matrix::from_rows(rows);
        let found = Eigenimages::fit(&table, 3, &|_| Ok(())).unwrap();
        let at = found.coordinates(&table).unwrap();
        for ((variance, expected), (axis, own)) in
            at.variances().iter().zip([9.0, 4.0, 1.0]).zip(axes.iter().zip(found.axes.iter()))
        {
            assert!((variance * 6.0 / 5.0 - expected).abs() < 1e-4, "{:?}", at.variances());
            assert!((dot(axis, own).abs() - 1.0).abs() < 1e-5, "{own:?}");
        }
        assert!((at.row(0)[0].abs() - 3.0 * 2.5f32.sqrt()).abs() < 1e-3 && at.row(0)[1].abs() < 1e-3);
    }
}
