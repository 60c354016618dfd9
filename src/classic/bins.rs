//! Columns in at most 256 bins, so that a tree finds its best threshold by counting (as LightGBM does; Ke et al. 2017).

use super::Matrix;
use rayon::prelude::*;

/// Bins of a column at most.
const MOST: usize = 256;

/// A table, each number replaced by its bin: the number of edges below it.
pub(super) struct Bins {
    rows: usize,
    /// Column by column.
    codes: Vec<u8>,
    edges: Vec<Vec<f32>>,
}

impl Bins {
    /// The edges lie between neighbouring values; of many values, at their quantiles.
    pub fn new(table: &Matrix) -> Self {
        let column = |column: usize| -> (Vec<u8>, Vec<f32>) {
            let values: Vec<f32> = table.iter().filter_map(|row| row.get(column).copied()).collect();
            let edges = edges(&values);
            (values.iter().map(|value| code(&edges, *value)).collect(), edges)
        };
        let (codes, edges): (Vec<_>, Vec<_>) = (0..table.columns()).into_par_iter().map(column).unzip();
        Self { rows: table.rows(), codes: codes.concat(), edges }
    }

    pub fn columns(&self) -> usize {
        self.edges.len()
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The bins of one column, a row each.
    pub fn column(&self, column: usize) -> &[u8] {
        self.codes.get(column * self.rows..(column + 1) * self.rows).unwrap_or_default()
    }

    /// How many bins a column has.
    pub fn count(&self, column: usize) -> usize {
        self.edges.get(column).map_or(0, |edges| edges.len() + 1)
    }

    /// The largest value of a bin.
    pub fn edge(&self, column: usize, bin: usize) -> f32 {
        self.edges.get(column).and_then(|edges| edges.get(bin)).copied().unwrap_or(f32::INFINITY)
    }
}

fn code(edges: &[f32], value: f32) -> u8 {
    edges.partition_point(|edge| *edge < value) as u8
}

fn edges(values: &[f32]) -> Vec<f32> {
    let mut sorted: Vec<f32> = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    let between = |pair: &[f32]| match *pair {
        [a, b] => a + (b - a) / 2.0,
        _ => 0.0,
    };
    if distinct.len() <= MOST {
        return distinct.windows(2).map(between).collect();
    }
    let at = |part: usize| sorted.get(part * sorted.len() / MOST).copied();
    let mut edges: Vec<f32> = (1..MOST).filter_map(at).collect();
    edges.dedup();
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_keep_the_order_of_values() {
        let bins = Bins::new(&Matrix::new(1, vec![3.0, 1.0, 2.0, 1.0]));
        assert_eq!((bins.column(0), bins.count(0), bins.edge(0, 0)), (&[2, 0, 1, 0][..], 3, 1.5));
        let many = Bins::new(&Matrix::new(1, (0..1000).map(|i| i as f32).collect()));
        assert!(many.count(0) == 256 && many.column(0).is_sorted());
        assert!(many.column(0).iter().enumerate().all(|(i, code)| i as f32 <= many.edge(0, (*code).into())));
    }
}
