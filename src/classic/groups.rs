//! Whole groups: images of one patient are alike, so that a part of the images is drawn by patients.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// The rows of each group, the groups in an order that follows from the seed. `groups`: the group of each row.
pub(crate) fn shuffled_groups(groups: &[usize], seed: u64) -> Vec<Vec<usize>> {
    let mut rows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, group) in groups.iter().enumerate() {
        rows.entry(*group).or_default().push(row);
    }
    let mut rows: Vec<Vec<usize>> = rows.into_values().collect();
    rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    rows
}
