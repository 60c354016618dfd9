//! What lies on both sides of the split, looked for before anything is learned: a comparison on images that were learned from says nothing.

use super::images::{Images, Part};
use crate::dataset::near::{self, PerceptualHash};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Something that the test split has in common with what is learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leak {
    /// The same picture: a path of each side.
    Same(String, String),
    /// Pictures that look the same: a path of each side, and how far their perceptual hashes correlate.
    Near(String, String, f32),
    /// A patient, lesion or duplicate group that is cut apart: a path of each side.
    Group(String, String),
}

/// Everything of that kind. Images of a group that is cut apart are named once for the group.
pub(super) fn leaks(images: &Images) -> Vec<Leak> {
    let (train, test) = (&images.train, &images.test);
    let path = |paths: &[String], at: usize| paths.get(at).cloned().unwrap_or_default();
    let mut leaks = Vec::new();
    let known: BTreeMap<&[u8], usize> =
        (0..train.len()).map(|at| (train.squares.get(at).values, at)).collect();
    let mut same = BTreeSet::new();
    for at in 0..test.len() {
        if let Some(other) = known.get(test.squares.get(at).values) {
            leaks.push(Leak::Same(path(&train.paths, *other), path(&test.paths, at)));
            same.insert(at);
        }
    }
    let (these, those) = (hashes(test), hashes(train));
    for (at, other, correlation) in near::nearest(&these, &those) {
        if !same.contains(&at) {
            leaks.push(Leak::Near(path(&train.paths, other), path(&test.paths, at), correlation));
        }
    }
    let groups: BTreeMap<usize, usize> =
        train.groups.iter().enumerate().map(|(at, group)| (*group, at)).collect();
    let mut told = BTreeSet::new();
    for (at, group) in test.groups.iter().enumerate() {
        if let Some(other) = groups.get(group).filter(|_| told.insert(*group)) {
            leaks.push(Leak::Group(path(&train.paths, *other), path(&test.paths, at)));
        }
    }
    leaks
}

fn hashes(part: &Part) -> Vec<(usize, &PerceptualHash)> {
    part.hashes.iter().enumerate().filter_map(|(at, hash)| Some((at, hash.as_ref()?))).collect()
}
