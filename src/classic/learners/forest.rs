//! Random forest (Breiman 2001): trees grown whole on resampled rows, the square root of the columns tried for each split; the answer is the mean
//! of the leaves' shares.

use super::{Classifier, Examples};
use crate::classic::bins::Bins;
use crate::classic::tree::{Growth, Targets, Tree};
use crate::classic::{Error, Matrix, Watch};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Trees.
const TREES: usize = 200;

pub(super) struct Forest {
    trees: Vec<Tree>,
    classes: usize,
}

impl Forest {
    pub fn fit(examples: &Examples, seed: u64, watch: Watch) -> Result<Self, Error> {
        let (bins, classes) = (Bins::new(examples.table), examples.classes);
        let one_hot = examples
            .labels
            .iter()
            .flat_map(|label| (0..classes).map(move |c| f32::from(u8::from(c == *label))));
        let (targets, weights): (Vec<f32>, Vec<f32>) = (one_hot.collect(), vec![1.0; bins.rows()]);
        let targets = Targets { values: &targets, weights: &weights, outputs: classes };
        let columns = (bins.columns() as f64).sqrt().round().max(1.0) as usize;
        let how = Growth { depth: 64, rows: 1, columns, l2: 0.0 };
        let done = AtomicUsize::new(0);
        let grow = |tree: usize| {
            // Each tree has its own numbers, so that the order in which threads grow them does not matter.
            let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add(tree as u64));
            let rows = (0..bins.rows()).map(|_| random.random_range(0..bins.rows() as u64) as u32).collect();
            let tree = Tree::grow(&bins, targets, rows, how, &mut random);
            watch((done.fetch_add(1, Ordering::Relaxed) + 1) as f32 / TREES as f32)?;
            Ok(tree)
        };
        let trees = (0..TREES).into_par_iter().map(grow).collect::<Result<_, Error>>()?;
        Ok(Self { trees, classes })
    }
}

impl Classifier for Forest {
    fn probabilities(&self, table: &Matrix, _: Watch) -> Result<Vec<Vec<f32>>, Error> {
        let of = |row: &[f32]| {
            let mut sums = vec![0f32; self.classes];
            for tree in &self.trees {
                sums.iter_mut().zip(tree.answer(row)).for_each(|(sum, share)| *sum += share / TREES as f32);
            }
            sums
        };
        Ok(table.par_iter().map(of).collect())
    }

    fn numbers(&self) -> usize {
        self.trees.iter().map(Tree::numbers).sum()
    }
}
