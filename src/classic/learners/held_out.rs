//! A fifth of the examples by whole groups, to fit probabilities on.

use super::Examples;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// Indices to learn from, and of about a fifth that is held out. Where that cannot be, because a class would be missing on one side, both are
/// all examples.
pub(super) fn fifth(examples: &Examples, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, group) in examples.groups.iter().enumerate().take(examples.labels.len()) {
        groups.entry(*group).or_default().push(index);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let (mut learn, mut held) = (Vec::new(), Vec::new());
    for group in groups {
        let has_room = (held.len() + group.len()) * 5 <= examples.labels.len();
        if has_room { held.extend(group) } else { learn.extend(group) }
    }
    let classes = |indices: &[usize]| -> usize {
        indices.iter().filter_map(|i| examples.labels.get(*i)).collect::<BTreeSet<_>>().len()
    };
    if classes(&learn) < examples.classes || classes(&held) < examples.classes {
        let all: Vec<usize> = (0..examples.labels.len()).collect();
        return (all.clone(), all);
    }
    learn.sort_unstable();
    held.sort_unstable();
    (learn, held)
}

/// The labels at `indices`.
pub(super) fn labels(examples: &Examples, indices: &[usize]) -> Vec<usize> {
    indices.iter().filter_map(|index| examples.labels.get(*index).copied()).collect()
}
