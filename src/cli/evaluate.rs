//! `lantern evaluate`.

use super::folder;
use super::progress::Progress;
use crate::dataset::Dataset;
use crate::engine::Engine;
use crate::fingerprint::sha256;
use crate::learn::{self, Corruption, Report};
use crate::messages::command;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// How far a claim may lie above what is measured: processors round differently, which may move one image in a thousand over
/// a threshold.
const TOLERANCE: f64 = 0.002;

/// Measures a bundle on a split.
pub fn evaluate(model: &Path, data: &Path, split: &str, shifts: bool, json: bool) -> Result<ExitCode> {
    let models = folder::beside(model);
    let engine = Engine::with_gate(folder::open(model)?, Arc::new(folder::gate(models)?))?;
    let report = measure(&engine, &Dataset::open(data)?, split, shifts)?;
    if json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(ExitCode::SUCCESS);
    }
    let Report { model, data, n, refused, .. } = &report;
    println!("{}", command::evaluate::heading(model, data, split, *n, *refused));
    for (name, figure) in &report.figures {
        println!("{name:>34}  {figure:.4}");
    }
    for (class, figures) in &report.per_class {
        let (auc, sensitivity, specificity) = (figures.auc, figures.sensitivity, figures.specificity);
        let line =
            command::evaluate::class(class, figures.n, auc.value, sensitivity.value, specificity.value);
        println!("{line}");
    }
    for part in &report.parts {
        let figures = part.figures.iter().map(|(name, figure)| format!("{name} {:.4}", figure.value));
        let figures = figures.collect::<Vec<_>>().join(", ");
        println!("{}", command::evaluate::part(&part.part, part.n, &figures));
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures a split with a bar that shows how far it is.
pub fn measure(engine: &Engine, dataset: &Dataset, split: &str, shifts: bool) -> Result<Report> {
    let count = dataset.samples.iter().filter(|sample| sample.split == split).count();
    let rounds = if shifts { 1 + Corruption::ALL.len() } else { 1 };
    let progress = Progress::new(command::evaluate::examining_for(&engine.card().about.id), count * rounds);
    let report = learn::evaluate(engine, dataset, split, shifts, &|done| progress.set(done, ""))?;
    drop(progress);
    for (path, reason) in &report.unreadable {
        eprintln!("{}", command::file::left_out(path, reason));
    }
    Ok(report)
}

/// A bundle measured again.
#[derive(Serialize)]
struct Again {
    #[serde(flatten)]
    report: Report,
    /// What its card claims beyond that.
    overclaims: Vec<String>,
}

/// Measures every bundle on the test split of the data that it was trained on, writes all figures to `out`, and fails where
/// a card claims more than was measured. `data`: a folder of data sets, found by their hashes.
pub fn evaluate_all(models: &Path, data: &Path, out: &Path) -> Result<ExitCode> {
    let archives = archives(data)?;
    let mut all = Vec::new();
    let gate = Arc::new(folder::gate(models)?);
    println!("{}", command::evaluate::head());
    for dir in folder::list(models)? {
        let engine = Engine::with_gate(folder::open(&dir)?, gate.clone())?;
        let card = engine.card();
        let hash = &card.provenance.data_sha256;
        let Some(path) = archives.get(hash) else {
            bail!(command::evaluate::no_data(&card.about.id, data, hash));
        };
        let report = measure(&engine, &Dataset::open(path)?, "test", true)?;
        let shown = ["accuracy", "balanced_accuracy", "auc", "dice"].into_iter().filter_map(|name| {
            let figure = report.figures.get(name)?;
            Some(format!("{name} {figure}"))
        });
        println!("{:20} {:>5}  {}", report.model, report.n, shown.collect::<Vec<_>>().join(", "));
        let overclaims = report.overclaims(card, TOLERANCE);
        overclaims.iter().for_each(|claim| println!("{}", command::evaluate::overclaimed(claim)));
        all.push(Again { report, overclaims });
    }
    folder::write_whole(out, &serde_json::to_vec_pretty(&all)?)?;
    println!("{}", command::file::wrote(out));
    let honest = all.iter().all(|again| again.overclaims.is_empty());
    Ok(if honest { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The data sets of a folder by their SHA-256.
pub fn archives(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    let entries = std::fs::read_dir(folder).with_context(|| command::file::cannot_be_read(folder))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "zip" || extension == "npz") {
            found.insert(sha256(&std::fs::read(&path)?), path);
        }
    }
    Ok(found)
}
