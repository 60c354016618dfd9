//! Bundles as folders on the disk.

use crate::fingerprint::sha256;
use crate::gate::{Distribution, Gate, GateKind};
use crate::learn::model_card;
use crate::messages::command;
use crate::model::{
    Bundle, Card, DISTRIBUTION, EXTRACTOR, Extractor, Files, GOLDEN, INDEX, Index, IndexEntry, WEIGHTS,
};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A bundle's folder, given as itself or as a name in the folder of models.
pub fn find(models: &Path, model: &str) -> PathBuf {
    let given = PathBuf::from(model);
    if given.join("card.json").exists() { given } else { models.join(model) }
}

/// The folder that a bundle's folder lies in.
pub fn beside(dir: &Path) -> &Path {
    // The parent of a name without a slash is nothing, which is no folder.
    dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Reads a bundle's files.
pub fn read(dir: &Path) -> Result<Files> {
    let read = |file: &str| {
        let path = dir.join(file);
        std::fs::read(&path).with_context(|| command::bundle::not_a_bundles_folder(&path))
    };
    let (card, weights, golden) = (read("card.json")?, read(WEIGHTS)?, read(GOLDEN)?);
    // A bundle without a gate has none; where the card asks for it, its absence is noticed by the bundle's checks.
    let distribution = dir.join(DISTRIBUTION).exists().then(|| read(DISTRIBUTION)).transpose()?;
    Ok(Files { card, weights, golden, distribution })
}

/// The extractor that all bundles share: the one in the folder of models, or the one that this program was built with.
pub fn extractor(models: &Path) -> Result<Extractor> {
    const BUILT_IN: &[u8] = include_bytes!("../../models/extractor.safetensors");
    match std::fs::read(models.join(EXTRACTOR)) {
        Ok(bytes) => Ok(Extractor::open(&bytes)?),
        Err(_) => Ok(Extractor::open(BUILT_IN)?),
    }
}

/// The gate of a folder of models: it knows every bundle's kind of image.
pub fn gate(models: &Path) -> Result<Gate> {
    let extractor = extractor(models)?;
    let mut kinds = Vec::new();
    for dir in list(models)? {
        let Files { card, distribution, .. } = read(&dir)?;
        let card = Card::parse(&card).with_context(|| command::bundle::no_bundle(&dir))?;
        // A bundle without a gate has no kind of image that the gate could know.
        let (Some(stamp), Some(distribution)) = (card.gate, distribution) else { continue };
        if stamp.extractor_sha256 != extractor.sha256 {
            bail!(command::bundle::other_extractor(&card.about.id, models, &dir));
        }
        kinds.push(GateKind {
            model: card.about.id,
            words: card.about.kind,
            scope: card.about.scope,
            distribution: Distribution::open(&distribution)?,
        });
    }
    Ok(Gate::new(extractor, kinds))
}

/// Reads and checks a bundle.
pub fn open(dir: &Path) -> Result<Bundle> {
    Bundle::open(read(dir)?).with_context(|| command::bundle::refused(dir))
}

/// Writes a bundle's files, its card for people, and the index of the folder that it lies in.
pub fn write(dir: &Path, files: &Files) -> Result<()> {
    let all = [("card.json", &files.card), (WEIGHTS, &files.weights), (GOLDEN, &files.golden)];
    let distribution = files.distribution.iter().map(|bytes| (DISTRIBUTION, bytes));
    for (file, bytes) in all.into_iter().chain(distribution) {
        write_whole(&dir.join(file), bytes)?;
    }
    // Of the bundle that was here before.
    let stale = dir.join(DISTRIBUTION);
    if files.distribution.is_none() && stale.exists() {
        std::fs::remove_file(&stale).with_context(|| command::file::cannot_be_written(&stale))?;
    }
    write_whole(&dir.join("README.md"), model_card(&Card::parse(&files.card)?).as_bytes())?;
    // A name without a slash lies in the current folder, which may be any: it is a folder of models if it has an index.
    let is_named = dir.parent().is_some_and(|parent| !parent.as_os_str().is_empty());
    if is_named || index_beside(dir).is_some() { write_index(beside(dir)) } else { Ok(()) }
}

/// The index that a bundle's folder lies beside, if there is one.
pub fn index_beside(dir: &Path) -> Option<PathBuf> {
    Some(beside(dir).join(INDEX)).filter(|index| index.exists())
}

/// Folders of all bundles, by name.
pub fn list(models: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(models).with_context(|| command::file::cannot_be_read(models))?;
    let mut dirs: Vec<PathBuf> =
        entries.filter_map(|e| Some(e.ok()?.path())).filter(|dir| dir.join("card.json").exists()).collect();
    dirs.sort();
    if dirs.is_empty() {
        bail!(command::bundle::none(models));
    }
    Ok(dirs)
}

/// Writes the index by which the page finds the bundles. Which one a first visit loads stays as it was; where that one is gone or has no
/// gate, or there was no index, it is the first by name of those that have a gate, by which images choose their model.
fn write_index(models: &Path) -> Result<()> {
    let mut entries = Vec::new();
    for dir in list(models)? {
        let bytes = std::fs::read(dir.join("card.json"))?;
        let card = Card::parse(&bytes).with_context(|| command::bundle::neighbour_no_bundle(&dir))?;
        entries.push(IndexEntry::new(&card, sha256(&bytes)));
    }
    let path = models.join(INDEX);
    // Of an index of another version this one word is still understood.
    let before = std::fs::read(&path).ok().and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let before = before.as_ref().and_then(|index| index.get("first")?.as_str());
    // The one before all others, and one with a gate before all others without.
    let order =
        |entry: &&IndexEntry| (entry.extractor_sha256.is_none(), Some(entry.about.id.as_str()) != before);
    let entry = entries.iter().min_by_key(order);
    let first = entry.map(|entry| entry.about.id.clone()).unwrap_or_default();
    let index = Index { first, models: entries };
    write_whole(&path, (serde_json::to_string_pretty(&index)? + "\n").as_bytes())
}

/// Writes a file so that after a crash it is there whole, old or new. Compressed copies that a server would send in its place are of the old
/// content, and go.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    let context = || command::file::cannot_be_written(path);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(context)?;
    }
    let part = path.with_extension("part");
    let mut file = std::fs::File::create(&part).with_context(context)?;
    file.write_all(bytes).with_context(context)?;
    file.sync_all().with_context(context)?;
    for ending in [".br", ".gz"] {
        let mut copy = path.as_os_str().to_owned();
        copy.push(ending);
        if let Err(error) = std::fs::remove_file(&copy)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error).with_context(context);
        }
    }
    std::fs::rename(&part, path).with_context(context)
}
