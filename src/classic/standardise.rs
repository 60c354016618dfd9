//! Columns brought to mean 0 and variance 1, because most learners take a column of large numbers for an important one.

use super::Matrix;

/// Below this a column does not vary: it is then only centred.
const CONSTANT: f64 = 1e-7;

/// Mean and scale of each column of the training table.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardisation {
    mean: Vec<f32>,
    scale: Vec<f32>,
}

impl Standardisation {
    /// Of a training table. The deviation is that of the population, as scikit-learn's `StandardScaler` has it.
    pub fn fit(table: &Matrix) -> Self {
        let scale = |variance: f64| {
            let deviation = variance.sqrt();
            if deviation < CONSTANT { 1.0 } else { (1.0 / deviation) as f32 }
        };
        Self { mean: table.means(), scale: table.variances().into_iter().map(scale).collect() }
    }

    /// A table of the same columns, standardised.
    pub fn apply(&self, table: &Matrix) -> Matrix {
        let mut table = table.clone();
        for row in table.values_mut().chunks_mut(self.mean.len().max(1)) {
            for ((value, mean), scale) in row.iter_mut().zip(&self.mean).zip(&self.scale) {
                *value = (*value - mean) * scale;
            }
        }
        table
    }

    /// How many numbers it keeps.
    pub fn numbers(&self) -> usize {
        2 * self.mean.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_to_mean_0_and_variance_1() {
        let table = Matrix::from_rows(vec![vec![1.0, 5.0], vec![3.0, 5.0]]);
        let fitted = Standardisation::fit(&table);
        assert_eq!(fitted.apply(&table).values(), [-1.0, 0.0, 1.0, 0.0]);
        assert_eq!(fitted.apply(&Matrix::from_rows(vec![vec![4.0, 6.0]])).values(), [2.0, 1.0]);
    }
}
