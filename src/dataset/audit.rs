//! Audit of a data set: every file accounted for, counts by class, unreadable images, duplicates.

use super::near::{self, PerceptualHash};
use super::{Dataset, LeftOut, SPLITS};
use crate::file;
use crate::fingerprint::sha256;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The result of an audit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    /// Number of readable images by split and class name, also where it is 0.
    pub counts: BTreeMap<(String, String), usize>,
    /// Paths of samples that cannot be read, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// Paths of the files that are no samples, with the reason.
    pub left_out: Vec<(String, LeftOut)>,
    /// Paths of byte-identical images, in lists of two or more.
    pub duplicates: Vec<Vec<String>>,
    /// Images that look the same and lie in different splits, but are not byte-identical.
    pub near: Vec<NearDuplicate>,
}

/// Two images of different splits that look the same.
#[derive(Clone, Debug, PartialEq)]
pub struct NearDuplicate {
    /// The path of one.
    pub path: String,
    /// The path of the image of the other split that is most like it.
    pub other: String,
    /// Correlation of their perceptual hashes, at least [`near::SIMILAR`].
    pub correlation: f32,
}

/// A sample that could be read.
struct AuditedImage {
    hash: String,
    perceptual_hash: Option<PerceptualHash>,
}

/// Reads every image. `progress` is called with the number of images done.
pub fn audit(dataset: &Dataset, progress: &(dyn Fn(usize) + Sync)) -> Audit {
    let done = std::sync::atomic::AtomicUsize::new(0);
    let read: Vec<Result<AuditedImage, String>> = dataset
        .samples
        .par_iter()
        .map(|sample| {
            let bytes = dataset.bytes(sample).map_err(|error| error.to_string());
            progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1);
            let bytes = bytes?;
            let (image, _) = file::image(&bytes).map_err(|error| error.to_string())?;
            Ok(AuditedImage { hash: sha256(&bytes), perceptual_hash: PerceptualHash::new(&image) })
        })
        .collect();
    let mut audit = Audit { counts: no_images(dataset), left_out: dataset.left_out(), ..Audit::default() };
    let mut by_hash: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (sample, outcome) in dataset.samples.iter().zip(&read) {
        let class = dataset.classes.get(sample.label).cloned().unwrap_or_default();
        match outcome {
            Ok(seen) => {
                *audit.counts.entry((sample.split.clone(), class)).or_default() += 1;
                by_hash.entry(&seen.hash).or_default().push(sample.path.clone());
            }
            Err(reason) => audit.unreadable.push((sample.path.clone(), reason.clone())),
        }
    }
    audit.duplicates = by_hash.into_values().filter(|paths| paths.len() > 1).collect();
    audit.near = near_duplicates(dataset, &read);
    audit
}

/// Every class of every split that has images, with a count of 0.
fn no_images(dataset: &Dataset) -> BTreeMap<(String, String), usize> {
    let splits = SPLITS.iter().filter(|split| dataset.samples.iter().any(|sample| sample.split == **split));
    let of_split = |split: &&str| {
        let split = split.to_string();
        dataset.classes.iter().map(move |class| ((split.clone(), class.clone()), 0))
    };
    splits.flat_map(of_split).collect()
}

/// For each image of a split the most similar one of each split before it.
fn near_duplicates(dataset: &Dataset, read: &[Result<AuditedImage, String>]) -> Vec<NearDuplicate> {
    let of = |split: &str| -> Vec<(usize, &PerceptualHash)> {
        let seen =
            dataset.samples.iter().zip(read).enumerate().filter(|(_, (sample, _))| sample.split == split);
        seen.filter_map(|(index, (_, seen))| Some((index, seen.as_ref().ok()?.perceptual_hash.as_ref()?)))
            .collect()
    };
    let hashes = SPLITS.map(of);
    let mut found = Vec::new();
    for (at, these) in hashes.iter().enumerate() {
        for those in hashes.iter().take(at) {
            found.extend(near::nearest(these, those));
        }
    }
    let hash = |index: usize| read.get(index).and_then(|seen| seen.as_ref().ok()).map(|seen| &seen.hash);
    let path =
        |index: usize| dataset.samples.get(index).map(|sample| sample.path.clone()).unwrap_or_default();
    found.retain(|(one, other, _)| hash(*one) != hash(*other));
    found
        .into_iter()
        .map(|(one, other, correlation)| NearDuplicate { path: path(one), other: path(other), correlation })
        .collect()
}

impl Audit {
    /// Lists of identical images that are in more than one split (leaks).
    pub fn leaks(&self) -> impl Iterator<Item = &Vec<String>> {
        let split = |path: &str| path.split('/').next().map(String::from);
        self.duplicates
            .iter()
            .filter(move |paths| paths.iter().any(|p| split(p) != paths.first().and_then(|p| split(p))))
    }

    /// All files below the root: samples that can be read, samples that cannot, and files that are no samples.
    pub fn files(&self) -> usize {
        self.counts.values().sum::<usize>() + self.unreadable.len() + self.left_out.len()
    }
}
