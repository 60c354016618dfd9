//! `lantern refusals`: measures how often the gate admits the right images.

use super::evaluate::archives;
use super::folder;
use crate::dataset::{Dataset, phantom};
use crate::engine::{Engine, OnReject, Source};
use crate::gate::{Gate, GateKind};
use crate::messages::command;
use anyhow::{Context, Result};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The images of one source, counted by result.
#[derive(Debug, Serialize)]
struct Row {
    source: String,
    images: usize,
    /// Files of the source that are not readable images.
    unreadable: usize,
    /// Admitted images by the bundle that they were routed to.
    admitted: BTreeMap<String, usize>,
    refused: usize,
    /// For a bundle's own test images: the number that is refused if that bundle is missing.
    refused_without: Option<usize>,
}

/// Synthetic images of each kind.
const DRAWN: u64 = 100;

/// Runs the gate of `models` on the test split of every bundle's data, noise, phantoms, and every image of
/// `folders`; writes the table to `out`.
pub fn refusals(models: &Path, data: &Path, folders: &[PathBuf], out: &Path) -> Result<ExitCode> {
    let gate = Arc::new(folder::gate(models)?);
    let archives = archives(data)?;
    let mut rows = Vec::new();
    let mut engines = Vec::new();
    for kind in gate.kinds() {
        engines.push(Engine::with_gate(folder::open(&models.join(&kind.model))?, gate.clone())?);
    }
    for engine in &engines {
        let card = engine.card();
        let Some(path) = archives.get(&card.provenance.data_sha256) else { continue };
        let dataset = Dataset::open(path)?;
        let test: Vec<_> = dataset.samples.iter().filter(|sample| sample.split == "test").collect();
        let bytes = |index: usize| test.get(index).and_then(|sample| dataset.bytes(sample).ok());
        rows.push(row(&gate, &engines, &card.about.id, Some(&card.about.id), test.len(), bytes));
    }
    rows.push(row(&gate, &engines, "noise", None, DRAWN as usize, |index| {
        Some(phantom::noise(index as u64, 256))
    }));
    let phantoms = |index: usize| Some(phantom::chest(index as u64, 512));
    rows.push(row(&gate, &engines, "drawn chests", None, DRAWN as usize, phantoms));
    for folder in folders {
        let files = super::examine::files(std::slice::from_ref(folder))?;
        let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        rows.push(row(&gate, &engines, &name, None, files.len(), |index| {
            std::fs::read(files.get(index)?).ok()
        }));
    }
    println!("{}", command::refusals::head());
    for row in &rows {
        let percent = |count: usize| count as f64 / row.images.max(1) as f64 * 100.0;
        let admitted: Vec<String> =
            row.admitted.iter().map(|(model, count)| format!("{model} {count}")).collect();
        let (refused, without) = (percent(row.refused), row.refused_without.map(percent));
        println!("{}", command::refusals::row(&row.source, row.images, refused, &admitted, without));
    }
    folder::write_whole(out, &serde_json::to_vec_pretty(&rows)?).context(command::refusals::NO_TABLE)?;
    println!("{}", command::file::wrote(out));
    Ok(ExitCode::SUCCESS)
}

/// The gate's result for one image.
enum GateOutcome {
    Unreadable,
    Refused,
    /// Index of the kind that admitted it.
    Admitted(usize),
}

fn row(
    gate: &Gate,
    engines: &[Engine],
    source: &str,
    own: Option<&str>,
    count: usize,
    bytes: impl Fn(usize) -> Option<Vec<u8>> + Sync,
) -> Row {
    let kinds = gate.kinds();
    let judge = |index: usize| -> [GateOutcome; 2] {
        let unreadable = || [GateOutcome::Unreadable, GateOutcome::Unreadable];
        let Some(bytes) = bytes(index) else { return unreadable() };
        let Ok(Source { image, .. }) = Source::file(&bytes) else { return unreadable() };
        let Ok(distances) = gate.judge(&Gate::thumbnail(&image)) else { return unreadable() };
        let nearest = |left_out: Option<&str>| {
            let nearest = distances.iter().find(|kind| Some(kind.model.as_str()) != left_out);
            let near = nearest.filter(|kind| kind.is_near());
            let number = near.and_then(|near| kinds.iter().position(|kind| kind.model == near.model));
            // The engine decides finally, because it also refuses blank images and noise.
            let answers = |number: &usize| {
                let engine = engines.get(*number);
                // Without its own model, an image is passed to the next one, as by a user who overrules the
                // refusal.
                let on_reject = if left_out.is_some() { OnReject::Overrule } else { OnReject::Refuse };
                engine.is_some_and(|engine| {
                    let source = Source::file(&bytes).ok();
                    source
                        .and_then(|source| engine.examine(source, on_reject, |_| ()).ok())
                        .is_some_and(|examined| examined.examination.answer.is_some())
                })
            };
            number.filter(answers).map_or(GateOutcome::Refused, GateOutcome::Admitted)
        };
        [nearest(None), nearest(own)]
    };
    let judged: Vec<[GateOutcome; 2]> = (0..count).into_par_iter().map(judge).collect();
    let (mut admitted, mut refused, mut without, mut unreadable) = (BTreeMap::new(), 0, 0, 0);
    for [all, others] in &judged {
        match all {
            GateOutcome::Unreadable => unreadable += 1,
            GateOutcome::Refused => refused += 1,
            GateOutcome::Admitted(number) => {
                let name = kinds.get(*number).map(|kind: &GateKind| kind.model.clone()).unwrap_or_default();
                *admitted.entry(name).or_insert(0) += 1;
            }
        }
        without += usize::from(matches!(others, GateOutcome::Refused));
    }
    Row {
        source: source.into(),
        images: judged.len() - unreadable,
        unreadable,
        admitted,
        refused,
        refused_without: own.map(|_| without),
    }
}
