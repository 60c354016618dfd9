//! Labelled data sets: folders, zip archives and MedMNIST's arrays, with splits by group.

pub mod acquisition;
mod archive;
pub mod audit;
mod canvas;
mod clusters;
pub mod exercise;
pub mod gallery;
mod left_out;
mod manifest;
pub mod near;
mod npz;
pub mod phantom;
pub mod split;

use crate::fingerprint::sha256;
use crate::messages::{fault, why};
use archive::Archive;
pub use left_out::LeftOut;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Folder names of splits; other folders (masks, full-size originals) are ignored.
pub const SPLITS: [&str; 3] = ["train", "val", "test"];
/// File names of the table that describes the images; the first that exists is read.
const TABLES: [&str; 2] = ["manifest.csv", "metadata.csv"];

/// Why a data set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("{}", fault::dataset::unread(.path, .source))]
    File {
        /// Its path.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The archive is damaged.
    #[error("{}", fault::dataset::archive(.path, .why))]
    Archive {
        /// Its path.
        path: String,
        /// The reason.
        why: String,
    },
    /// An entry of the archive is too large.
    #[error("{}", fault::dataset::large(.path, *.most))]
    Large {
        /// Its path.
        path: String,
        /// The largest size that is unpacked, in bytes.
        most: u64,
    },
    /// The arrays are not those of a data set.
    #[error("{}", fault::dataset::arrays(.path, .why))]
    Arrays {
        /// Path of the file.
        path: String,
        /// What is wrong with them.
        why: String,
    },
    /// The layout is not that of a data set.
    #[error("{}", fault::dataset::layout(.path, .why))]
    Layout {
        /// Its path.
        path: String,
        /// What is missing.
        why: String,
    },
}

/// A labelled set of images.
#[derive(Debug)]
pub struct Dataset {
    /// Name of the archive or folder.
    pub name: String,
    /// Class names in alphabetical order, which is the order of the labels.
    pub classes: Vec<String>,
    /// Sorted by path.
    pub samples: Vec<Sample>,
    /// SHA-256 of the archive; for a folder, of its files' paths and hashes.
    pub sha256: String,
    source: Source,
}

/// One image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// `SPLIT/CLASS/FILE`.
    pub path: String,
    /// `train`, `val` or `test`.
    pub split: String,
    /// Index into the classes.
    pub label: usize,
    /// The manifest's columns, for grouping.
    pub attributes: BTreeMap<String, String>,
}

impl Sample {
    /// Whether the image has a label among many: 1 or 0 in the manifest's column of that name. `None` for everything else, as for the -1 of a
    /// reader who was not sure.
    pub fn has(&self, label: &str) -> Option<bool> {
        let value: f32 = self.attributes.get(label)?.trim().parse().ok()?;
        if value == 1.0 { Some(true) } else { (value == 0.0).then_some(false) }
    }
}

#[derive(Debug)]
enum Source {
    Folder(std::path::PathBuf),
    Zip(Archive),
    Arrays(npz::Arrays),
    /// By path.
    Files(BTreeMap<String, Vec<u8>>),
    Joined(Vec<Dataset>),
}

impl Dataset {
    /// Opens a folder, a zip archive or an `.npz`, detected by content.
    ///
    /// # Errors
    /// Fails if the file cannot be read or has another layout.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::File { path: path.display().to_string(), source };
        if path.is_dir() {
            return Self::from_folder(path);
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Self::from_bytes(name, bytes)
    }

    /// Joins several data sets. Classes and paths are prefixed with their data set's name; the manifests'
    /// columns are kept, except those with file names.
    pub fn join(sets: Vec<Self>) -> Self {
        let mut classes: Vec<String> = Vec::new();
        let mut samples = Vec::new();
        for set in &sets {
            let first = classes.len();
            classes.extend(set.classes.iter().map(|class| format!("{}/{class}", set.name)));
            for sample in &set.samples {
                let mut attributes = sample.attributes.clone();
                attributes.retain(|column, _| column != "mask" && column != "path");
                let (path, label) = (format!("{}/{}", set.name, sample.path), first + sample.label);
                samples.push(Sample { path, label, attributes, split: sample.split.clone() });
            }
        }
        let named = |of: fn(&Self) -> &str, by: &str| sets.iter().map(of).collect::<Vec<_>>().join(by);
        let sha256 = sha256(named(|set| &set.sha256, "\n").as_bytes());
        Self { name: named(|set| &set.name, "+"), classes, samples, sha256, source: Source::Joined(sets) }
    }

    /// Opens the bytes of a zip archive or an `.npz`. `name`: what the data set is called.
    ///
    /// # Errors
    /// Fails if it is no archive or has another layout.
    pub fn from_bytes(name: String, bytes: Vec<u8>) -> Result<Self, Error> {
        let hash = sha256(&bytes);
        let archive = Archive::open(&name, bytes)?;
        if archive.paths().any(|path| path.ends_with("_images.npy")) {
            let (arrays, samples, classes) = npz::read(&name, &archive)?;
            return Ok(Self { name, classes, samples, sha256: hash, source: Source::Arrays(arrays) });
        }
        let attributes = manifest::read(archive.manifest().as_deref());
        let (samples, classes) = label(&name, archive.paths(), &attributes)?;
        Ok(Self { name, classes, samples, sha256: hash, source: Source::Zip(archive) })
    }

    /// Files that are at hand, by path. Those in `SPLIT/CLASS/FILE` keep their split; where no path has a split, the folder that a file
    /// lies in is its class, and all are for training.
    ///
    /// # Errors
    /// Fails if they have fewer than two classes.
    pub fn of_files(name: String, files: Vec<(String, Vec<u8>)>) -> Result<Self, Error> {
        let has_splits =
            |path: &str| path.split('/').rev().nth(2).is_some_and(|split| SPLITS.contains(&split));
        let is_split = files.iter().any(|(path, _)| has_splits(path));
        let short = |path: &str| -> Option<String> {
            let mut parts = path.rsplit('/');
            let (file, class) = (parts.next()?, parts.next()?);
            let split = if is_split { parts.next()? } else { "train" };
            Some(format!("{split}/{class}/{file}"))
        };
        let mut kept = BTreeMap::new();
        let mut digest = String::new();
        for (path, bytes) in files {
            let Some(path) = short(&path) else { continue };
            digest.push_str(&format!("{} {path}\n", sha256(&bytes)));
            kept.insert(path, bytes);
        }
        let (samples, classes) = label(&name, kept.keys().map(String::as_str), &BTreeMap::new())?;
        Ok(Self { name, classes, samples, sha256: sha256(digest.as_bytes()), source: Source::Files(kept) })
    }

    fn from_folder(root: &Path) -> Result<Self, Error> {
        let name = root.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let files = archive::walk(root)?;
        let manifest = TABLES.iter().find_map(|file| std::fs::read(root.join(file)).ok());
        let attributes = manifest::read(manifest.as_deref());
        let (samples, classes) = label(&name, files.iter().map(String::as_str), &attributes)?;
        let mut digest = String::new();
        for sample in &samples {
            let path = root.join(&sample.path);
            let bytes =
                std::fs::read(&path).map_err(|source| Error::File { path: sample.path.clone(), source })?;
            digest.push_str(&format!("{} {}\n", sha256(&bytes), sample.path));
        }
        Ok(Self {
            name,
            classes,
            samples,
            sha256: sha256(digest.as_bytes()),
            source: Source::Folder(root.into()),
        })
    }

    /// The image file of a sample. Arrays are encoded as PNG, so that all images are decoded in one way.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
    pub fn bytes(&self, sample: &Sample) -> Result<Vec<u8>, Error> {
        match &self.source {
            Source::Folder(root) => std::fs::read(root.join(&sample.path))
                .map_err(|source| Error::File { path: sample.path.clone(), source }),
            Source::Zip(archive) => archive.read(&sample.path),
            Source::Arrays(arrays) => arrays.png(&sample.path),
            Source::Files(files) => {
                let missing =
                    || Error::Layout { path: sample.path.clone(), why: why::dataset::NO_IMAGE.into() };
                files.get(&sample.path).cloned().ok_or_else(missing)
            }
            Source::Joined(sets) => {
                let (name, path) = sample.path.split_once('/').unwrap_or_default();
                let missing =
                    || Error::Layout { path: sample.path.clone(), why: why::dataset::NO_SET.into() };
                let set = sets.iter().find(|set| set.name == name).ok_or_else(missing)?;
                set.bytes(&Sample { path: path.into(), ..sample.clone() })
            }
        }
    }
}

impl Dataset {
    /// The classes of which a split has no image; none if the set has no such split.
    pub fn classes_without(&self, split: &str) -> Vec<&str> {
        let labels: BTreeSet<usize> =
            self.samples.iter().filter(|sample| sample.split == split).map(|sample| sample.label).collect();
        let is_missing = |(label, _): &(usize, &String)| !labels.is_empty() && !labels.contains(label);
        self.classes.iter().enumerate().filter(is_missing).map(|(_, class)| class.as_str()).collect()
    }

    /// The files that are no samples, by path, each with the reason: with the samples these are all files below the root.
    pub fn left_out(&self) -> Vec<(String, LeftOut)> {
        let samples: BTreeSet<&str> = self.samples.iter().map(|sample| &*sample.path).collect();
        let masks = self.samples.iter().filter_map(|sample| sample.attributes.get("mask"));
        let masks: BTreeSet<&str> = masks.map(|mask| &**mask).collect();
        let told = |(path, told): (String, Option<LeftOut>)| {
            let reason = told.or_else(|| left_out::reason(&path, &samples, &masks))?;
            Some((path, reason))
        };
        let mut all: Vec<_> = match &self.source {
            Source::Folder(root) => left_out::walk(root).into_iter().filter_map(told).collect(),
            Source::Zip(archive) => archive.all().filter_map(told).collect(),
            Source::Files(_) => Vec::new(),
            Source::Arrays(arrays) => arrays.others().map(|path| (path, LeftOut::Outside)).collect(),
            Source::Joined(sets) => {
                let of = |set: &Self| {
                    let name = set.name.clone();
                    set.left_out().into_iter().map(move |(path, reason)| (format!("{name}/{path}"), reason))
                };
                sets.iter().flat_map(of).collect()
            }
        };
        all.sort();
        all
    }

    /// The mask file of a sample, white inside the lesion; `None` if the manifest names none.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
    pub fn mask(&self, sample: &Sample) -> Result<Option<Vec<u8>>, Error> {
        let Some(path) = sample.attributes.get("mask").filter(|path| !path.is_empty()) else {
            return Ok(None);
        };
        self.bytes(&Sample { path: path.clone(), ..sample.clone() }).map(Some)
    }
}

/// Samples and classes from paths that end in `SPLIT/CLASS/FILE`.
fn label<'a>(
    name: &str,
    paths: impl Iterator<Item = &'a str>,
    attributes: &BTreeMap<String, BTreeMap<String, String>>,
) -> Result<(Vec<Sample>, Vec<String>), Error> {
    let mut found: Vec<(&str, &str, &str)> = paths
        .filter_map(|path| match path.split('/').collect::<Vec<_>>().as_slice() {
            &[split, class, file]
                if SPLITS.contains(&split) && !class.starts_with('.') && !file.starts_with('.') =>
            {
                Some((path, split, class))
            }
            _ => None,
        })
        .collect();
    found.sort_unstable();
    let classes: Vec<String> = found
        .iter()
        .map(|(_, _, class)| *class)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(String::from)
        .collect();
    if classes.len() < 2 {
        let why = why::dataset::few_classes(found.len(), classes.len());
        return Err(Error::Layout { path: name.into(), why });
    }
    let samples = found
        .into_iter()
        .map(|(path, split, class)| Sample {
            path: path.into(),
            split: split.into(),
            label: classes.iter().position(|c| c == class).unwrap_or_default(),
            attributes: attributes.get(path).cloned().unwrap_or_default(),
        })
        .collect();
    Ok((samples, classes))
}
