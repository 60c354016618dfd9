//! `lantern sweep`.

use super::earlier::ResumeArgs;
use super::folder::{self, write_whole};
use super::interrupt::Interrupt;
use super::train::{learn_epoch, open, open_all, start};
use crate::dataset::Dataset;
use crate::learn::{Backend, Checkpoint, Configuration, ConfigurationScores, Recipe, Sweep, export};
use crate::messages::command;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What has been tried, so that a sweep that was cut off goes on.
#[derive(Serialize, Deserialize)]
struct SweepState {
    sweep: Sweep,
    /// The best score by epoch, of each run.
    runs: BTreeMap<String, BTreeMap<usize, f64>>,
}

impl SweepState {
    fn nothing(sweep: &Sweep) -> Self {
        Self { sweep: sweep.clone(), runs: BTreeMap::new() }
    }
}

/// What has been tried, in the sweep's folder.
const TRIED: &str = "sweep.json";
/// The table of all choices.
const TABLE: &str = "table.md";
/// The best choice's recipe and bundle.
const BEST: [&str; 2] = ["best.toml", "best"];

/// Where a sweep reads and writes.
pub struct Paths<'a> {
    /// The data set, or several to learn from together.
    pub data: &'a [PathBuf],
    /// The weights to start from.
    pub from: Option<&'a Path>,
    /// The folder of checkpoints, the table and the best bundle.
    pub out: &'a Path,
}

/// Trains all choices rung by rung, and exports the best by validation. The test split is left alone. What an earlier sweep has left
/// is gone on from or overwritten only where that was asked for.
pub fn sweep(file: &Path, places: &Paths, backend: Backend, earlier: ResumeArgs) -> Result<ExitCode> {
    let sweep: Sweep = toml::from_str(&read(file)?).with_context(|| command::sweep::not_a_sweep(file))?;
    sweep.check()?;
    let recipe = folder::beside(file).join(&sweep.recipe);
    let base: Recipe =
        toml::from_str(&read(&recipe)?).with_context(|| command::file::not_a_recipe(&recipe))?;
    let out = places.out;
    let kept = kept(out, &sweep, &base)?;
    earlier.check(&kept, &BEST.map(|name| out.join(name)))?;
    let tried = if earlier.resumes() { tried(out, &sweep)? } else { SweepState::nothing(&sweep) };
    let dataset = open_all(places.data)?;
    let start = start(places.from)?;
    earlier.clear(&kept)?;
    // Written before anything is trained, so that no other sweep is taken for this one.
    let interrupt = Interrupt::listen(out.join(TRIED))?;
    let mut runner = Runner { tried, sweep, base, dataset, start, out, backend, interrupt };
    runner.write_tried()?;
    runner.interrupt.begin();
    let mut going: Vec<Configuration> = runner.sweep.choices();
    let mut rows: Vec<Row> = Vec::new();
    // A choice may be about the number of epochs itself.
    let mut last = runner.base.training.epochs;
    for choice in &going {
        last = last.max(runner.epochs(choice)?);
    }
    let rungs: Vec<usize> =
        runner.sweep.rungs.iter().copied().filter(|rung| *rung < last).chain([last]).collect();
    for rung in rungs {
        let standings = going.iter().map(|choice| runner.climb(choice, rung)).collect::<Result<Vec<_>>>()?;
        let keep = if rung == last { vec![] } else { runner.sweep.survivors(&standings) };
        for (choice, standing) in std::mem::take(&mut going).into_iter().zip(standings) {
            if keep.contains(&choice.name) {
                going.push(choice);
            } else {
                let epochs = rung.min(runner.epochs(&choice)?);
                rows.push(Row { choice, standing, rung, epochs });
            }
        }
        if rung < last {
            eprintln!("{}", command::sweep::rung(rung, going.len(), going.len() + rows.len()));
        }
    }
    // What went on longest stands first, and then the better: scores after different numbers of epochs are not compared.
    rows.sort_by(|a, b| b.rung.cmp(&a.rung).then(b.standing.mean().total_cmp(&a.standing.mean())));
    let table = table(&rows);
    write_whole(&out.join(TABLE), table.as_bytes())?;
    println!("{table}");
    runner.export(rows.first().context(command::sweep::NOTHING_TRAINED)?)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| command::file::cannot_be_read(path))
}

/// Every file that a sweep goes on from.
fn kept(out: &Path, sweep: &Sweep, base: &Recipe) -> Result<Vec<PathBuf>> {
    let mut kept = vec![out.join(TRIED)];
    for choice in sweep.choices() {
        for seed in &sweep.seeds {
            kept.push(checkpoint(out, &sweep.recipe(base, &choice, *seed)?));
        }
    }
    Ok(kept)
}

fn checkpoint(out: &Path, recipe: &Recipe) -> PathBuf {
    out.join(&recipe.about.id).with_extension("safetensors")
}

fn tried(out: &Path, sweep: &Sweep) -> Result<SweepState> {
    match std::fs::read(out.join(TRIED)) {
        Ok(bytes) => {
            let tried: SweepState =
                serde_json::from_slice(&bytes).with_context(|| command::sweep::holds_no_sweep(out))?;
            if tried.sweep != *sweep {
                bail!(command::sweep::holds_another(out));
            }
            Ok(tried)
        }
        Err(_) => Ok(SweepState::nothing(sweep)),
    }
}

/// A choice that was given up or trained to its end.
struct Row {
    choice: Configuration,
    standing: ConfigurationScores,
    /// The rung after which it was given up, or the last.
    rung: usize,
    /// Epochs trained: fewer than the rung's, if its recipe ends before.
    epochs: usize,
}

struct Runner<'a> {
    tried: SweepState,
    sweep: Sweep,
    base: Recipe,
    dataset: Dataset,
    start: Option<Vec<u8>>,
    out: &'a Path,
    backend: Backend,
    interrupt: Interrupt,
}

impl Runner<'_> {
    /// Trains a choice with every seed up to an epoch.
    fn climb(&mut self, choice: &Configuration, epoch: usize) -> Result<ConfigurationScores> {
        let mut scores = BTreeMap::new();
        for seed in self.sweep.seeds.clone() {
            scores.insert(seed, self.run(choice, seed, epoch)?);
        }
        Ok(ConfigurationScores { choice: choice.name.clone(), scores })
    }

    /// The number of epochs that a choice's recipe names.
    fn epochs(&self, choice: &Configuration) -> Result<usize> {
        let seed = self.sweep.seeds.first().copied().unwrap_or_default();
        Ok(self.sweep.recipe(&self.base, choice, seed)?.training.epochs)
    }

    /// The best score of one run up to an epoch, from what was written down where it got so far before.
    fn run(&mut self, choice: &Configuration, seed: u64, epoch: usize) -> Result<f64> {
        let recipe = self.sweep.recipe(&self.base, choice, seed)?;
        let (id, path) = (recipe.about.id.clone(), checkpoint(self.out, &recipe));
        if let Some(score) = self.tried.runs.get(&id).and_then(|run| run.get(&epoch)) {
            return Ok(*score);
        }
        eprintln!("{}", command::sweep::run(&id, &words(choice)));
        let mut session = open(recipe, &self.dataset, self.start.as_deref(), &self.interrupt)?;
        if path.exists() {
            session.resume(&Checkpoint::from_bytes(&std::fs::read(&path)?)?)?;
        }
        while session.epoch() < epoch && !session.is_finished() {
            learn_epoch(&mut session, &mut self.backend, &self.interrupt)?;
            write_whole(&path, &session.checkpoint()?.to_bytes()?)?;
            self.interrupt.end_if_asked();
        }
        let score = session.best().map_or(0.0, |(_, score)| score);
        self.tried.runs.entry(id).or_default().insert(epoch, score);
        self.write_tried()?;
        Ok(score)
    }

    fn write_tried(&self) -> Result<()> {
        write_whole(&self.out.join(TRIED), &serde_json::to_vec_pretty(&self.tried)?)
    }

    /// The bundle of the best choice's best seed: a bundle is one network.
    fn export(&self, Row { choice, standing, .. }: &Row) -> Result<ExitCode> {
        let first = standing.scores.iter().max_by(|a, b| a.1.total_cmp(b.1));
        let seed = first.map(|(seed, _)| *seed).context(command::sweep::NOTHING_TRAINED)?;
        let named = self.sweep.recipe(&self.base, choice, seed)?;
        let checkpoint = checkpoint(self.out, &named);
        // The bundle is called what the recipe says, not after its place in the sweep.
        let recipe = Recipe { about: self.base.about.clone(), ..named };
        let [best_recipe, best] = BEST.map(|name| self.out.join(name));
        write_whole(&best_recipe, toml::to_string(&recipe)?.as_bytes())?;
        let mut session = open(recipe, &self.dataset, self.start.as_deref(), &self.interrupt)?;
        session.resume(&Checkpoint::from_bytes(&std::fs::read(checkpoint)?)?)?;
        folder::write(&best, &export(&session, &self.dataset, &folder::extractor(self.out)?)?)?;
        eprintln!("{}", command::sweep::best(&choice.name, seed, &best));
        Ok(ExitCode::SUCCESS)
    }
}

fn words(choice: &Configuration) -> String {
    let all: Vec<String> = choice.values.iter().map(|(knob, value)| format!("{knob} = {value}")).collect();
    if all.is_empty() { command::sweep::NO_KNOBS.into() } else { all.join(", ") }
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(command::sweep::TABLE_HEAD);
    for Row { choice, standing, epochs, .. } in rows {
        let score = |(seed, score): (&u64, &f64)| command::sweep::score(*score, *seed);
        let scores: Vec<String> = standing.scores.iter().map(score).collect();
        text += &command::sweep::row(
            &choice.name,
            &words(choice),
            *epochs,
            standing.mean(),
            standing.spread(),
            &scores,
        );
    }
    text + command::sweep::TABLE_FOOT
}
