//! k nearest neighbours (Cover and Hart 1967), by Euclidean distance of standardised columns.

use super::{Classifier, Examples};
use crate::classic::{Error, Matrix, Standardisation, Watch};
use rayon::prelude::*;

/// Neighbours that vote.
const K: usize = 11;

pub(super) struct Neighbours {
    standardisation: Standardisation,
    table: Matrix,
    squares: Vec<f32>,
    labels: Vec<usize>,
    classes: usize,
}

impl Neighbours {
    pub fn fit(examples: &Examples) -> Self {
        let standardisation = Standardisation::fit(examples.table);
        let table = standardisation.apply(examples.table);
        let squares = table.squared_lengths();
        Self { standardisation, table, squares, labels: examples.labels.to_vec(), classes: examples.classes }
    }

    /// One vote for each class beforehand (Laplace's rule of succession), so that no probability is 0.
    fn votes(&self, products: &[f32]) -> Vec<f32> {
        // The asker's own square is the same for all.
        let distances = self.squares.iter().zip(products).map(|(square, product)| square - 2.0 * product);
        let mut order: Vec<(f32, usize)> = distances.zip(0..).collect();
        let k = K.min(order.len());
        let nearer = |a: &(f32, usize), b: &(f32, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if k < order.len() {
            order.select_nth_unstable_by(k, nearer);
        }
        let mut votes = vec![1f32; self.classes];
        for (_, index) in order.iter().take(k) {
            if let Some(vote) = self.labels.get(*index).and_then(|label| votes.get_mut(*label)) {
                *vote += 1.0;
            }
        }
        let all = (k + self.classes) as f32;
        votes.into_iter().map(|vote| vote / all).collect()
    }
}

impl Classifier for Neighbours {
    fn probabilities(&self, table: &Matrix, watch: Watch) -> Result<Vec<Vec<f32>>, Error> {
        table.in_blocks(512, watch, |block| {
            let products = self.standardisation.apply(&block).times_rows_of(&self.table)?;
            Ok(products.par_iter().map(|row| self.votes(row)).collect())
        })
    }

    fn numbers(&self) -> usize {
        self.standardisation.numbers() + self.table.values().len() + self.labels.len()
    }
}
