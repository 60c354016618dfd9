//! `lantern bundle`.

use super::evaluate::measure;
use super::folder;
use crate::dataset::Dataset;
use crate::engine::Engine;
use crate::learn;
use crate::model::{WEIGHTS, Weights, to_onnx};
use anyhow::{Context, Result};
use std::path::Path;
use std::process::ExitCode;

/// Checks hashes, shapes and known answers.
pub fn verify(dir: &Path) -> Result<ExitCode> {
    let bundle = folder::open(dir)?;
    println!("{} {}: whole, and it computes its known answers", bundle.card.id, bundle.card.version);
    Ok(ExitCode::SUCCESS)
}

/// Measures the test split, changed copies too, and writes that into the card: once for every bundle that is released.
pub fn record(dir: &Path, dataset: &Dataset) -> Result<ExitCode> {
    let engine = Engine::new(folder::open(dir)?);
    let report = measure(&engine, dataset, "test", true)?;
    folder::write(dir, &learn::record(folder::read(dir)?, &report)?)?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(ExitCode::SUCCESS)
}

/// Writes the network for other runtimes. It takes what `imaging::fit` makes and gives logits before the temperature.
pub fn onnx(dir: &Path, out: &Path) -> Result<ExitCode> {
    let card = folder::open(dir)?.card;
    let bytes = std::fs::read(dir.join(WEIGHTS))?;
    let weights = Weights::from_safetensors(WEIGHTS, &bytes)?;
    let network = to_onnx(&card.id, &card.blueprint()?, &weights)?;
    folder::write_whole(out, &network).context("is the folder there, and may it be written to?")?;
    println!("wrote {}: {} bytes, values in f32", out.display(), network.len());
    Ok(ExitCode::SUCCESS)
}
