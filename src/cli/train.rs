//! `lantern train`.

use super::bundle;
use super::earlier::ResumeArgs;
use super::folder::{self, write_whole};
use super::interrupt::Interrupt;
use super::progress::Progress;
use crate::dataset::Dataset;
use crate::learn::{Backend, Checkpoint, Recipe, Session, export};
use crate::messages::command;
use crate::model::WEIGHTS;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Where a training reads and writes.
pub struct Paths<'a> {
    /// The data set, or several to learn from together.
    pub data: &'a [PathBuf],
    /// The weights to start from.
    pub from: Option<&'a Path>,
    /// The bundle's folder.
    pub out: &'a Path,
    /// The folder of checkpoints.
    pub checkpoints: &'a Path,
}

/// Trains, exports, and measures the test split once where the data has one and it is not to be left alone. What an earlier training
/// has left is not overwritten unless that was asked for.
pub fn train(
    recipe: &Path,
    places: &Paths,
    backend: &mut Backend,
    earlier: ResumeArgs,
    leave_test: bool,
) -> Result<ExitCode> {
    let Paths { data, from, out, checkpoints } = *places;
    let text = std::fs::read_to_string(recipe).with_context(|| command::file::cannot_be_read(recipe))?;
    let recipe: Recipe = toml::from_str(&text).with_context(|| command::file::not_a_recipe(recipe))?;
    let checkpoint = checkpoints.join(&recipe.about.id).with_extension("safetensors");
    let kept = [checkpoint.clone()];
    earlier.check(&kept, &[out.to_path_buf()])?;
    let dataset = open_all(data)?;
    let start = start(from)?;
    let interrupt = Interrupt::listen(checkpoint.clone())?;
    let mut session = open(recipe, &dataset, start.as_deref(), &interrupt)?;
    earlier.clear(&kept)?;
    if earlier.resumes() && checkpoint.exists() {
        session.resume(&Checkpoint::from_bytes(&std::fs::read(&checkpoint)?)?)?;
        eprintln!("{}", command::train::going_on(session.epoch()));
    }
    let untested = if leave_test { Vec::new() } else { dataset.classes_without("test") };
    for class in &untested {
        eprintln!("{}", command::train::untested_class(class));
    }
    interrupt.begin();
    while !session.is_finished() {
        learn_epoch(&mut session, backend, &interrupt)?;
        write_whole(&checkpoint, &session.checkpoint()?.to_bytes()?)?;
        interrupt.end_if_asked();
    }
    let extractor = folder::extractor(folder::beside(out))?;
    folder::write(out, &export(&session, &dataset, &extractor)?)?;
    eprintln!("{}", command::file::wrote(out));
    if !untested.is_empty() {
        eprintln!("{}", command::train::NOT_MEASURED);
    } else if !leave_test && dataset.samples.iter().any(|sample| sample.split == "test") {
        interrupt.end_if_asked();
        return bundle::record(out, &dataset);
    }
    Ok(ExitCode::SUCCESS)
}

/// The weights to start from: a file, or a bundle's folder, which stands for its weights.
pub fn start(from: Option<&Path>) -> Result<Option<Vec<u8>>> {
    let from = from.map(|from| if from.is_dir() { from.join(WEIGHTS) } else { from.to_path_buf() });
    from.map(std::fs::read).transpose().context(command::train::NO_START)
}

/// One data set, or several as one.
pub fn open_all(data: &[PathBuf]) -> Result<Dataset> {
    let mut sets = data.iter().map(|path| Ok(Dataset::open(path)?)).collect::<Result<Vec<_>>>()?;
    Ok(if sets.len() == 1 { sets.remove(0) } else { Dataset::join(sets) })
}

/// A training at its beginning, and what it learns from in words.
pub fn open(
    recipe: Recipe,
    dataset: &Dataset,
    start: Option<&[u8]>,
    interrupt: &Interrupt,
) -> Result<Session> {
    let count = dataset.samples.iter().filter(|sample| sample.split == "train").count();
    let progress = Progress::new(command::train::READING_IMAGES, count);
    let session = Session::new(recipe, dataset, start, &|done| {
        progress.set(done, "");
        interrupt.end_if_asked();
    })?;
    drop(progress);
    for (path, reason) in session.unreadable() {
        eprintln!("{}", command::file::left_out(path, reason));
    }
    let (train, validation) = session.counts();
    for (class, (name, (t, v))) in dataset.classes.iter().zip(session.class_counts()).enumerate() {
        eprintln!("{}", command::train::class(class, name, t, v));
    }
    eprintln!("{}", command::train::images(train, validation));
    Ok(session)
}

/// One more epoch, and what it came to in words. After each step it may end the program.
pub fn learn_epoch(session: &mut Session, backend: &mut Backend, interrupt: &Interrupt) -> Result<()> {
    let began = Instant::now();
    let (train, _) = session.counts();
    let progress = Progress::new(command::train::epoch(session.epoch() + 1), train);
    let (mut learned, mut learning) = (0, 0.0);
    let report = session.run_epoch(backend, |done, loss| {
        (learned, learning) = (done, began.elapsed().as_secs_f64());
        progress.set(done, &command::train::loss(loss));
        interrupt.end_if_asked();
    })?;
    drop(progress);
    let rate = learned as f64 / f64::max(learning, f64::MIN_POSITIVE);
    eprintln!("{}", command::train::epoch_done(&report, began.elapsed().as_secs_f64(), rate));
    Ok(())
}
