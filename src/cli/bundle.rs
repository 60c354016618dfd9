//! `lantern bundle`.

use super::evaluate::measure;
use super::folder;
use crate::dataset::Dataset;
use crate::engine::Engine;
use crate::learn;
use crate::messages::command;
use crate::model::{EXTRACTOR, WEIGHTS, Weights, to_onnx};
use anyhow::{Context, Result};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Writes the card for people and the index anew, from the card: after another version of the program changed how they read.
pub fn describe(dir: &Path) -> Result<ExitCode> {
    folder::write(dir, &folder::read(dir)?)?;
    println!("{}", command::bundle::described(&dir.join("README.md"), folder::index_beside(dir).as_deref()));
    Ok(ExitCode::SUCCESS)
}

/// Checks hashes, shapes and known answers.
pub fn verify(dir: &Path) -> Result<ExitCode> {
    let bundle = folder::open(dir)?;
    println!("{}", command::bundle::whole(&bundle.card.about.id, &bundle.card.about.version));
    Ok(ExitCode::SUCCESS)
}

/// Measures the test split, changed copies too, and writes that into the card: once for every bundle that is released.
pub fn record(dir: &Path, dataset: &Dataset) -> Result<ExitCode> {
    let models = folder::beside(dir);
    let engine = Engine::with_gate(folder::open(dir)?, Arc::new(folder::gate(models)?))?;
    let report = measure(&engine, dataset, "test", true)?;
    folder::write(dir, &learn::record(folder::read(dir)?, &report)?)?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(ExitCode::SUCCESS)
}

/// Fits calibration and gate anew, as the end of a training does.
pub fn fit(dir: &Path, dataset: &Dataset) -> Result<ExitCode> {
    let extractor = folder::extractor(folder::beside(dir))?;
    for (path, reason) in learn::unreadable(dataset)? {
        eprintln!("{}", command::file::left_out(&path, &reason));
    }
    folder::write(dir, &learn::recalibrate(folder::read(dir)?, dataset, &extractor)?)?;
    println!("{}", command::bundle::fitted(dir));
    Ok(ExitCode::SUCCESS)
}

/// Writes the extractor of a bundle's network into a folder of models, all of whose bundles have to be fitted anew then.
pub fn extractor(dir: &Path, models: &Path) -> Result<ExitCode> {
    let bytes = std::fs::read(dir.join(WEIGHTS)).context(command::bundle::IS_IT_A_BUNDLE)?;
    let cut = learn::extractor(&Weights::from_safetensors(WEIGHTS, &bytes)?)?;
    folder::write_whole(&models.join(EXTRACTOR), &cut)?;
    println!("{}", command::bundle::wrote_extractor(&models.join(EXTRACTOR), cut.len()));
    Ok(ExitCode::SUCCESS)
}

/// Writes the network for other runtimes. It takes what `preprocess::resize` makes, normalised and channel by channel, and gives logits before the temperature.
pub fn onnx(dir: &Path, out: &Path) -> Result<ExitCode> {
    let card = folder::open(dir)?.card;
    let bytes = std::fs::read(dir.join(WEIGHTS))?;
    let weights = Weights::from_safetensors(WEIGHTS, &bytes)?;
    let network = to_onnx(&card.about.id, &card.graph()?, &weights)?;
    folder::write_whole(out, &network).context(command::bundle::IS_THE_FOLDER_THERE)?;
    println!("{}", command::bundle::wrote_onnx(out, network.len()));
    Ok(ExitCode::SUCCESS)
}
