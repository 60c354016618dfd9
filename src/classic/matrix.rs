//! A table of numbers, a row an image.

use super::{Error, Watch};
use crate::kernels::{MatrixLayout, add_product};
use rayon::prelude::*;

/// Rows that are multiplied at a time. Fixed, so that sums come out the same whatever the number of threads.
const BLOCK: usize = 512;

/// Rows of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Matrix {
    /// Row by row; a last row that is cut short is left out.
    pub fn new(columns: usize, mut values: Vec<f32>) -> Self {
        let rows = values.len().checked_div(columns).unwrap_or(0);
        values.truncate(rows * columns);
        Self { rows, columns, values }
    }

    /// Of rows, each as long as the first.
    pub fn from_rows(rows: Vec<Vec<f32>>) -> Self {
        let columns = rows.first().map_or(0, Vec::len);
        Self::new(columns, rows.concat())
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many numbers a row has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All numbers, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All numbers, to be changed.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// One row; empty if there is none of that number.
    pub fn row(&self, index: usize) -> &[f32] {
        self.values.get(index * self.columns..(index + 1) * self.columns).unwrap_or_default()
    }

    /// All rows in their order.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.columns.max(1))
    }

    /// All rows, for several threads.
    pub(super) fn par_iter(&self) -> rayon::slice::Chunks<'_, f32> {
        self.values.par_chunks(self.columns.max(1))
    }

    /// What `of` makes of each `size` rows, one after the other. `watch` is asked in between.
    pub(super) fn in_blocks(
        &self,
        size: usize,
        watch: Watch,
        of: impl Fn(Self) -> Result<Vec<Vec<f32>>, Error>,
    ) -> Result<Vec<Vec<f32>>, Error> {
        let mut rows = Vec::with_capacity(self.rows);
        for block in self.values.chunks(size * self.columns.max(1)) {
            watch(rows.len() as f32 / self.rows as f32)?;
            rows.extend(of(Self::new(self.columns, block.to_vec()))?);
        }
        Ok(rows)
    }

    /// The rows at `indices`, in that order.
    pub fn pick(&self, indices: &[usize]) -> Self {
        let values = indices.iter().flat_map(|index| self.row(*index)).copied().collect();
        Self { rows: indices.len(), columns: self.columns, values }
    }

    /// Mean of each column.
    pub fn means(&self) -> Vec<f32> {
        let mut sums = vec![0f64; self.columns];
        for row in self.iter() {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        sums.into_iter().map(|sum| (sum / self.rows.max(1) as f64) as f32).collect()
    }

    /// Variance of each column, that of the population.
    pub fn variances(&self) -> Vec<f64> {
        let means = self.means();
        let mut squares = vec![0f64; self.columns];
        for row in self.iter() {
            let terms = squares.iter_mut().zip(row).zip(&means);
            terms.for_each(|((sum, value), mean)| *sum += f64::from(value - mean).powi(2));
        }
        squares.into_iter().map(|sum| sum / self.rows.max(1) as f64).collect()
    }

    /// `self (n, k) * other (k, m)`.
    pub fn times(&self, other: &Self) -> Result<Self, Error> {
        self.product(other, MatrixLayout::row_major(other.rows, other.columns))
    }

    /// `self (n, k) * other (m, k)`, the other transposed: all products of a row here with a row there.
    pub fn times_rows_of(&self, other: &Self) -> Result<Self, Error> {
        self.product(other, MatrixLayout::row_major(other.rows, other.columns).transposed())
    }

    fn product(&self, other: &Self, layout: MatrixLayout) -> Result<Self, Error> {
        let columns = layout.columns;
        let mut values = vec![0f32; self.rows * columns];
        if !values.is_empty() && self.columns > 0 {
            let blocks =
                values.par_chunks_mut(BLOCK * columns).zip(self.values.par_chunks(BLOCK * self.columns));
            blocks.try_for_each(|(out, own)| {
                let rows = own.len() / self.columns;
                let shape = |columns| MatrixLayout::row_major(rows, columns);
                add_product((out, shape(columns)), (own, shape(self.columns)), (&other.values, layout))
            })?;
        }
        Ok(Self { rows: self.rows, columns, values })
    }

    /// `self (n, k)` transposed `* other (n, m)`, which is `(k, m)`. In f64 over blocks of rows.
    pub fn transposed_times(&self, other: &Self) -> Result<Vec<f64>, Error> {
        let size = self.columns * other.columns;
        let mut sums = vec![0f64; size];
        if size == 0 {
            return Ok(sums);
        }
        let (own, others) = (BLOCK * self.columns, BLOCK * other.columns);
        let pairs: Vec<_> = self.values.chunks(own).zip(other.values.chunks(others)).collect();
        // A few blocks at a time, so that their products do not fill the memory.
        for several in pairs.chunks(rayon::current_num_threads()) {
            let part = |(a, b): &(&[f32], &[f32])| {
                let rows = a.len() / self.columns;
                let mut out = vec![0f32; size];
                let transposed = MatrixLayout::row_major(rows, self.columns).transposed();
                let shape = MatrixLayout::row_major(self.columns, other.columns);
                add_product(
                    (&mut out, shape),
                    (a, transposed),
                    (b, MatrixLayout::row_major(rows, other.columns)),
                )?;
                Ok::<_, crate::kernels::Error>(out)
            };
            for part in several.par_iter().map(part).collect::<Result<Vec<_>, _>>()? {
                sums.iter_mut().zip(part).for_each(|(sum, value)| *sum += f64::from(value));
            }
        }
        Ok(sums)
    }

    /// The sum of the squares of each row.
    pub fn squared_lengths(&self) -> Vec<f32> {
        self.iter().map(|row| dot(row, row)).collect()
    }

    /// Tables of the same images side by side.
    pub fn beside(tables: &[Self]) -> Self {
        let rows = tables.first().map_or(0, |table| table.rows);
        let columns = tables.iter().map(|table| table.columns).sum();
        let values = (0..rows).flat_map(|row| tables.iter().flat_map(move |table| table.row(row))).copied();
        Self { rows, columns, values: values.collect() }
    }
}

/// The values at `rows`.
pub(crate) fn pick(values: &[usize], rows: &[usize]) -> Vec<usize> {
    rows.iter().filter_map(|row| values.get(*row).copied()).collect()
}

/// The square of the distance of two rows.
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The sum of the products of two rows.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_by_hand_also_over_several_blocks() {
        let a = Matrix::from_rows(vec![vec![1.0, 2.0], vec![3.0, 4.0], vec![5.0, 6.0]]);
        let b = Matrix::from_rows(vec![vec![1.0, 0.0, 2.0], vec![0.0, 1.0, 1.0]]);
        assert_eq!(a.times(&b).unwrap().values(), [1.0, 2.0, 4.0, 3.0, 4.0, 10.0, 5.0, 6.0, 16.0]);
        assert_eq!(a.times_rows_of(&a).unwrap().row(0), [5.0, 11.0, 17.0]);
        assert_eq!(a.transposed_times(&a).unwrap(), [35.0, 44.0, 44.0, 56.0]);
        assert_eq!(a.means(), [3.0, 4.0]);
        assert_eq!(Matrix::beside(&[a.clone(), a.pick(&[2, 1, 0])]).row(0), [1.0, 2.0, 5.0, 6.0]);
        let ones = Matrix::new(1, vec![1.0; 2 * BLOCK + 3]);
        assert_eq!(ones.transposed_times(&ones).unwrap(), [(2 * BLOCK + 3) as f64]);
        assert_eq!(ones.times(&Matrix::new(1, vec![2.0])).unwrap().values(), vec![2.0; 2 * BLOCK + 3]);
        assert!(a.times(&a).is_err());
    }
}
