//! Gradient-boosted trees (Friedman 2001) of the multinomial loss, with Newton's steps in the leaves (Chen and Guestrin 2016).

use super::{Classifier, Examples, class_probabilities, log_priors, scored_classes};
use crate::classic::bins::Bins;
use crate::classic::tree::{Growth, Targets, Tree};
use crate::classic::{Error, Matrix, Watch};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Rounds, each with a tree for each class; of two classes one tree.
const ROUNDS: usize = 100;
/// Learning rate.
const RATE: f32 = 0.1;
/// At most 16 leaves of at least 10 rows. Of wide tables 64 columns are tried for a split, so that the time does not grow with the width.
const GROWTH: Growth = Growth { depth: 4, rows: 10, columns: 64, l2: 1.0 };

pub(super) struct Boosting {
    start: Vec<f64>,
    /// Round by round.
    trees: Vec<Vec<Tree>>,
}

impl Boosting {
    pub fn fit(examples: &Examples, seed: u64, watch: Watch) -> Result<Self, Error> {
        let bins = Bins::new(examples.table);
        let (classes, start) = (scored_classes(examples.classes), start(examples));
        let mut scores: Vec<Vec<f64>> = vec![start.clone(); bins.rows()];
        let mut trees: Vec<Vec<Tree>> = Vec::new();
        for round in 0..ROUNDS {
            watch(round as f32 / ROUNDS as f32)?;
            let rows: Vec<Vec<f32>> = scores.par_iter().map(|row| class_probabilities(row)).collect();
            let grow = |class: usize| {
                let own = rows.iter().map(|row| row.get(class).copied().unwrap_or_default());
                let truth = examples.labels.iter().map(|label| f32::from(u8::from(*label == class)));
                let targets: Vec<f32> = own.clone().zip(truth).map(|(p, truth)| truth - p).collect();
                let weights: Vec<f32> = own.map(|p| p * (1.0 - p)).collect();
                let targets = Targets { values: &targets, weights: &weights, outputs: 1 };
                let number = (round * classes.len() + class - classes.start) as u64;
                let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add(number));
                Tree::grow(&bins, targets, (0..bins.rows() as u32).collect(), GROWTH, &mut random)
            };
            let grown: Vec<Tree> = classes.clone().into_par_iter().map(grow).collect();
            scores.par_iter_mut().enumerate().for_each(|(row, scores)| {
                step(scores, &grown, examples.table.row(row));
            });
            trees.push(grown);
        }
        Ok(Self { start, trees })
    }
}

impl Classifier for Boosting {
    fn probabilities(&self, table: &Matrix, _: Watch) -> Result<Vec<Vec<f32>>, Error> {
        let of = |row: &[f32]| {
            let mut scores = self.start.clone();
            self.trees.iter().for_each(|trees| step(&mut scores, trees, row));
            class_probabilities(&scores)
        };
        Ok(table.par_iter().map(of).collect())
    }

    fn numbers(&self) -> usize {
        self.start.len() + self.trees.iter().flatten().map(Tree::numbers).sum::<usize>()
    }
}

/// The scores that give each class its share of the examples.
fn start(examples: &Examples) -> Vec<f64> {
    match *log_priors(examples).as_slice() {
        [first, second] => vec![second - first],
        ref several => several.to_vec(),
    }
}

fn step(scores: &mut [f64], trees: &[Tree], row: &[f32]) {
    for (score, tree) in scores.iter_mut().zip(trees) {
        *score += f64::from(RATE * tree.answer(row).first().copied().unwrap_or_default());
    }
}
