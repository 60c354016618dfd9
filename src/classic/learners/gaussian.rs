//! Means, covariance, and distances in units of it.

use super::{Examples, class_counts};
use crate::classic::{Error, Matrix};

/// Is added to the diagonal of a covariance, as a share of its mean, so that columns that depend on one another can be inverted.
const RIDGE: f64 = 1e-6;

/// Mean of each class, a row each.
pub(super) fn class_means(examples: &Examples) -> Vec<Vec<f64>> {
    let mut means = vec![vec![0f64; examples.table.columns()]; examples.classes];
    for (row, label) in examples.table.iter().zip(examples.labels) {
        if let Some(mean) = means.get_mut(*label) {
            mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
        }
    }
    for (mean, count) in means.iter_mut().zip(class_counts(examples)) {
        mean.iter_mut().for_each(|sum| *sum /= count.max(1.0));
    }
    means
}

/// The table with `centre` of each row's label subtracted.
pub(super) fn centred(table: &Matrix, labels: &[usize], centres: &[Vec<f64>]) -> Matrix {
    let mut table = table.clone();
    let columns = table.columns().max(1);
    for (row, label) in table.values_mut().chunks_mut(columns).zip(labels) {
        let centre = centres.get(*label).map(Vec::as_slice).unwrap_or_default();
        row.iter_mut().zip(centre).for_each(|(value, centre)| *value = (f64::from(*value) - centre) as f32);
    }
    table
}

/// Lower triangle `L` of a covariance `L L^T`, row by row.
#[derive(Clone, Debug)]
pub(super) struct Covariance {
    size: usize,
    lower: Vec<f64>,
}

impl Covariance {
    /// Of centred rows, divided by their number.
    pub fn fit(centred: &Matrix) -> Result<Self, Error> {
        let size = centred.columns();
        let mut matrix = centred.transposed_times(centred)?;
        matrix.iter_mut().for_each(|value| *value /= centred.rows().max(1) as f64);
        let diagonal = (0..size).filter_map(|i| matrix.get(i * size + i));
        let ridge = (diagonal.sum::<f64>() / size.max(1) as f64 * RIDGE).max(1e-12);
        Ok(Self { size, lower: cholesky(matrix, size, ridge) })
    }

    /// `L^-1 x`: its squared length is the squared Mahalanobis distance of `x`.
    pub fn whiten(&self, x: &[f64]) -> Vec<f64> {
        let mut white: Vec<f64> = Vec::with_capacity(self.size);
        for (line, value) in self.lower.chunks(self.size.max(1)).zip(x) {
            let sum: f64 = line.iter().zip(&white).map(|(l, w)| l * w).sum();
            let diagonal = line.get(white.len()).copied().unwrap_or(1.0);
            white.push((value - sum) / diagonal);
        }
        white
    }

    pub fn numbers(&self) -> usize {
        self.size * (self.size + 1) / 2
    }
}

/// The Cholesky factor of a matrix with `ridge` added to its diagonal. A pivot that rounding makes smaller than the ridge counts as that.
#[allow(
    clippy::indexing_slicing,
    reason = "all indices are below size, and the matrix holds size * size values"
)]
fn cholesky(mut matrix: Vec<f64>, size: usize, ridge: f64) -> Vec<f64> {
    for i in 0..size {
        for j in 0..=i {
            let (above, row) = matrix.split_at(i * size);
            let other = if i == j { &row[..j] } else { &above[j * size..j * size + j] };
            let sum: f64 = row[..j].iter().zip(other).map(|(a, b)| a * b).sum();
            let value = row[j] - sum;
            matrix[i * size + j] =
                if i == j { (value + ridge).max(ridge).sqrt() } else { value / matrix[j * size + j] };
        }
        matrix[i * size + i + 1..(i + 1) * size].fill(0.0);
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whitened_lengths_are_mahalanobis_distances() {
        // Covariance ((2, 1), (1, 2)): its inverse is ((2, -1), (-1, 2)) / 3.
        let rows = vec![vec![2.0, 1.0], vec![-2.0, -1.0], vec![0.0, 3f32.sqrt()], vec![0.0, -(3f32.sqrt())]];
        let fitted = Covariance::fit(&Matrix::from_rows(rows)).unwrap();
        let distance = |x: &[f64]| fitted.whiten(x).iter().map(|w| w * w).sum::<f64>();
        assert!((distance(&[1.0, 0.0]) - 2.0 / 3.0).abs() < 1e-5, "{}", distance(&[1.0, 0.0]));
        assert!((distance(&[1.0, 1.0]) - 2.0 / 3.0).abs() < 1e-5);
        assert!((distance(&[1.0, -1.0]) - 2.0).abs() < 1e-5);
    }
}
