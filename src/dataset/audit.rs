//! Audit of a data set: counts, unreadable files, duplicates.

use super::Dataset;
use crate::file;
use crate::fingerprint::sha256;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt;

/// The result of an audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Number of images by split and class name.
    pub counts: BTreeMap<(String, String), usize>,
    /// Paths of unreadable files, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// Paths of byte-identical images, in lists of two or more.
    pub duplicates: Vec<Vec<String>>,
}

/// Reads every image. `progress` is called with the number of images done.
pub fn audit(dataset: &Dataset, progress: &(dyn Fn(usize) + Sync)) -> Audit {
    let done = std::sync::atomic::AtomicUsize::new(0);
    let read: Vec<Result<String, String>> = dataset
        .samples
        .par_iter()
        .map(|sample| {
            let bytes = dataset.bytes(sample).map_err(|error| error.to_string());
            progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1);
            let bytes = bytes?;
            file::image(&bytes).map_err(|error| error.to_string())?;
            Ok(sha256(&bytes))
        })
        .collect();
    let mut audit = Audit::default();
    let mut by_hash: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (sample, outcome) in dataset.samples.iter().zip(read) {
        let class = dataset.classes.get(sample.label).cloned().unwrap_or_default();
        *audit.counts.entry((sample.split.clone(), class)).or_default() += 1;
        match outcome {
            Ok(hash) => by_hash.entry(hash).or_default().push(sample.path.clone()),
            Err(reason) => audit.unreadable.push((sample.path.clone(), reason)),
        }
    }
    audit.duplicates = by_hash.into_values().filter(|paths| paths.len() > 1).collect();
    audit
}

impl Audit {
    /// Lists of identical images that are in more than one split (leaks).
    pub fn leaks(&self) -> impl Iterator<Item = &Vec<String>> {
        let split = |path: &str| path.split('/').next().map(String::from);
        self.duplicates
            .iter()
            .filter(move |paths| paths.iter().any(|p| split(p) != paths.first().and_then(|p| split(p))))
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((split, class), count) in &self.counts {
            writeln!(f, "{split:>6}  {class:<24} {count:>7}")?;
        }
        writeln!(f, "unreadable: {}", self.unreadable.len())?;
        for (path, reason) in &self.unreadable {
            writeln!(f, "  {path}: {reason}")?;
        }
        let leaks = self.leaks().count();
        write!(f, "identical images: {} groups, {leaks} of them across splits", self.duplicates.len())
    }
}
