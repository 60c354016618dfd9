//! Probabilities for machines that only give scores: each example is scored by a machine that did not learn from its group, as LIBSVM does, and
//! the sigmoids are fitted to these scores.

use super::Examples;
use super::platt::Sigmoids;
use crate::classic::{Error, Matrix, Watch, pick, shuffled_groups};
use std::collections::BTreeSet;

/// Parts that are held out in turn.
const FOLDS: usize = 3;

/// `score`: given the examples to learn from and those to score, their scores, a row each.
pub(super) fn sigmoids(
    examples: &Examples,
    seed: u64,
    watch: Watch,
    score: impl Fn(&[usize], &[usize], Watch) -> Result<Matrix, Error>,
) -> Result<Sigmoids, Error> {
    let folds = folds(examples, seed);
    let (mut columns, mut scores, mut truth) = (0, Vec::new(), Vec::new());
    for (fold, (learn, held)) in folds.iter().enumerate() {
        let share = |share: f32| (fold as f32 + share) / folds.len() as f32;
        let table = score(learn, held, &|done| watch(share(done)))?;
        columns = table.columns();
        scores.extend_from_slice(table.values());
        truth.extend(pick(examples.labels, held));
    }
    Ok(Sigmoids::fit(&Matrix::new(columns, scores), &truth))
}

/// Indices to learn from and to score, by whole groups. Where a class would be missing from what is learned from, all are both.
fn folds(examples: &Examples, seed: u64) -> Vec<(Vec<usize>, Vec<usize>)> {
    let all: Vec<usize> = (0..examples.labels.len()).collect();
    let mut held: Vec<Vec<usize>> = vec![Vec::new(); FOLDS];
    for group in shuffled_groups(examples.groups, seed) {
        if let Some(smallest) = held.iter_mut().min_by_key(|fold| fold.len()) {
            smallest.extend(group);
        }
    }
    let fold = |mut held: Vec<usize>| {
        held.sort_unstable();
        let learn: Vec<usize> = all.iter().copied().filter(|i| held.binary_search(i).is_err()).collect();
        (learn, held)
    };
    let folds: Vec<_> = held.into_iter().map(fold).collect();
    let is_whole = |learn: &[usize]| {
        pick(examples.labels, learn).into_iter().collect::<BTreeSet<_>>().len() == examples.classes
    };
    if folds.iter().all(|(learn, _)| is_whole(learn)) { folds } else { vec![(all.clone(), all)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_scored_once_and_no_group_is_cut_apart() {
        let labels: Vec<usize> = (0..60).map(|i| i % 2).collect();
        let groups: Vec<usize> = (0..60).map(|i| i / 4).collect();
        let table = Matrix::new(1, vec![0.0; 60]);
        let examples = Examples { table: &table, labels: &labels, groups: &groups, classes: 2 };
        let folds = folds(&examples, 1);
        let mut seen: Vec<usize> = folds.iter().flat_map(|(_, held)| held.clone()).collect();
        seen.sort_unstable();
        assert_eq!((folds.len(), seen), (FOLDS, (0..60).collect()));
        for (learn, held) in &folds {
            assert!(learn.len() + held.len() == 60 && held.len() == 20);
            assert!(held.iter().all(|i| learn.iter().all(|other| other / 4 != i / 4)));
        }
        // One group: nothing can be held out.
        let examples = Examples { groups: &[0; 60], ..examples };
        let (learn, held) = &super::folds(&examples, 1)[0];
        assert_eq!((learn.len(), held.len()), (60, 60));
    }
}
