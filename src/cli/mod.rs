//! The command line, parsed by clap into function calls.

mod addresses;
mod audit;
mod bundle;
mod certificate;
mod compare;
mod earlier;
mod evaluate;
mod examine;
mod folder;
mod frames;
mod history;
mod import;
mod interrupt;
mod key;
mod machine;
mod places;
mod progress;
mod read;
mod refusals;
mod serve;
mod sweep;
mod train;
mod user;

use crate::dataset::Dataset;
use crate::engine::OnReject;
use crate::messages::command;
use anyhow::Result;
use clap::{Parser, Subcommand};
use earlier::ResumeArgs;
use machine::{DeviceArgs, Unable};
use std::path::PathBuf;
use std::process::ExitCode;

/// Medical images diagnosed in the browser; this is the companion that serves the page, keeps the history and trains.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the page and keep the case history.
    Serve(serve::ServeArgs),
    /// Manage the accounts of the companion.
    User {
        #[command(subcommand)]
        command: user::UserCommand,
    },
    /// Encrypt the history, and manage its key.
    Key {
        #[command(subcommand)]
        command: key::KeyCommand,
    },
    /// Check who did or saw what.
    AuditLog {
        #[command(subcommand)]
        command: history::AuditLogCommand,
    },
    /// Copy the history into a file, also while the server runs, and check the copy.
    Backup {
        /// The file to write; with .anchor added, the last entry of its audit log.
        file: PathBuf,
        #[command(flatten)]
        history: history::HistoryArgs,
    },
    /// Put a backup in the place of the history, which is kept beside it.
    Restore {
        /// The backup.
        file: PathBuf,
        #[command(flatten)]
        history: history::HistoryArgs,
    },
    /// Copy the history between a file and PostgreSQL.
    Store {
        #[command(subcommand)]
        command: history::StoreCommand,
    },
    /// Train a model by a recipe and write its bundle. Ctrl+C keeps the last whole epoch and says how to go on.
    Train {
        /// The recipe, a TOML file.
        recipe: PathBuf,
        /// A zip archive or folder of NAME/SPLIT/CLASS/FILE, or a MedMNIST .npz; given several times, all of them as one.
        #[arg(long, required = true)]
        data: Vec<PathBuf>,
        /// The weights that the recipe starts from, where it names some: a safetensors file or a bundle's folder.
        #[arg(long)]
        from: Option<PathBuf>,
        /// The bundle's folder.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        compute: DeviceArgs,
        #[command(flatten)]
        earlier: ResumeArgs,
        /// Leave the test split alone: for comparing recipes, of which it is no judge.
        #[arg(long)]
        leave_test: bool,
        /// Where the state is kept after each epoch.
        #[arg(long, default_value = "checkpoints")]
        checkpoints: PathBuf,
    },
    /// Train a recipe over seeds and knobs, giving up the worse ones early, and keep the best by validation.
    Sweep {
        /// What is tried, a TOML file: recipe, seeds, rungs, keep, knobs.
        sweep: PathBuf,
        /// As for train.
        #[arg(long, required = true)]
        data: Vec<PathBuf>,
        /// As for train.
        #[arg(long)]
        from: Option<PathBuf>,
        /// Where checkpoints, the table and the best bundle go.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        compute: DeviceArgs,
        #[command(flatten)]
        earlier: ResumeArgs,
    },
    /// Measure a bundle on a split of a data set; or, without a bundle, all of them against their cards.
    Evaluate {
        /// The bundle's folder, or its name in the folder of models.
        model: Option<String>,
        /// As for train; without a bundle, a folder of data sets.
        #[arg(long)]
        data: PathBuf,
        /// Measure blurred, noisy, compressed, darker, brighter and squashed copies too.
        #[arg(long)]
        shifts: bool,
        /// Where the figures of all bundles are written.
        #[arg(long, default_value = "target/evaluate/results.json")]
        out: PathBuf,
        /// Which split.
        #[arg(long, default_value = "test")]
        split: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
        /// The folder of models [default: models beside the program, or in the current folder]
        #[arg(long)]
        models: Option<PathBuf>,
    },
    /// Compare methods on one split: learners of pixels, features made by hand, models of images, networks.
    Compare(Box<compare::CompareArgs>),
    /// Examine images. Not a diagnosis.
    #[command(after_help = command::examine::STATUS)]
    Examine {
        /// The image files.
        #[arg(required = true)]
        images: Vec<PathBuf>,
        /// A bundle's name or folder, or auto: the one whose kind of image it is.
        #[arg(long, default_value = "auto")]
        model: String,
        /// Examine also what the model does not know, and mark the result.
        #[arg(long)]
        overrule: bool,
        /// The patient's age in years, for files that do not say it.
        #[arg(long, value_parser = years)]
        age: Option<f32>,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
        /// The folder of models [default: models beside the program, or in the current folder]
        #[arg(long)]
        models: Option<PathBuf>,
    },
    /// Measure what the gate of a folder of models admits: the test split of each model's data, synthetic images, and any folders.
    Refusals {
        /// Folders of images that no model knows.
        folders: Vec<PathBuf>,
        /// The folder of data sets.
        #[arg(long)]
        data: PathBuf,
        /// Where the table is written.
        #[arg(long, default_value = "target/evaluate/refusals.json")]
        out: PathBuf,
        /// The folder of models [default: models beside the program, or in the current folder]
        #[arg(long)]
        models: Option<PathBuf>,
    },
    /// Decode a file and say what is stored in it.
    Read {
        /// The image file.
        file: PathBuf,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Count a data set's images and name what cannot be read or lies in two splits.
    Audit {
        /// As for train.
        data: PathBuf,
        /// Count also so many clusters of how the training images were taken, for `validation.acquisition` in a recipe.
        #[arg(long, value_parser = clap::value_parser!(u8).range(2..=16))]
        clusters: Option<u8>,
        /// A manifest's column that names patients, lesions or duplicate groups: none is cut apart. May be given several times.
        #[arg(long)]
        group: Vec<String>,
    },
    /// Look after bundles.
    Bundle {
        #[command(subcommand)]
        command: BundleCommand,
    },
}

#[derive(Debug, Subcommand)]
enum BundleCommand {
    /// Check hashes, shapes and known answers.
    Verify {
        /// The bundle's folder.
        dir: PathBuf,
    },
    /// Measure the test split and write that into the card: once for every bundle that is released.
    Record {
        /// The bundle's folder.
        dir: PathBuf,
        /// As for train.
        #[arg(long)]
        data: PathBuf,
    },
    /// Write README.md and the folder's index anew from the card, measuring nothing.
    Describe {
        /// The bundle's folder.
        dir: PathBuf,
    },
    /// Fit temperature, prediction sets, operating point and gate anew on the validation images, as a training's end does.
    Fit {
        /// The bundle's folder.
        dir: PathBuf,
        /// As for train.
        #[arg(long, required = true)]
        data: Vec<PathBuf>,
    },
    /// Write the extractor, by which all bundles' gates tell images apart, out of a bundle's first layers.
    Extractor {
        /// The bundle's folder.
        dir: PathBuf,
        /// The folder of models that it is for [default: models beside the program, or in the current folder]
        #[arg(long)]
        models: Option<PathBuf>,
    },
    /// Make a bundle of a classifier that was trained elsewhere: an ONNX file (docs/import.md).
    Import(Box<import::ImportArgs>),
    /// Write the network as ONNX, for other runtimes.
    Onnx {
        /// The bundle's folder.
        dir: PathBuf,
        /// The file to write.
        out: PathBuf,
    },
}

/// A plausible age of a person, in years.
fn years(text: &str) -> Result<f32, String> {
    let years = text.parse::<f32>().ok().filter(|years| (0.0..130.0).contains(years));
    years.ok_or_else(|| command::examine::no_age(text))
}

/// Runs the command line. Exit status: 0 success, 1 failure, 2 wrong usage or a missing capability of the
/// machine, 3 examined but refused, 130 interrupted by Ctrl+C.
pub fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "lantern=info".into()),
        )
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}", command::general::error(&format!("{error:#}")));
            if error.is::<Unable>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(arguments) => serve::serve(arguments),
        Command::User { command } => user::user(command),
        Command::Key { command } => key::key(command),
        Command::AuditLog { command } => history::audit_log(command),
        Command::Backup { file, history } => history::backup(&file, &history),
        Command::Restore { file, history } => history::restore(&file, &history),
        Command::Store { command } => history::store(command),
        Command::Train { recipe, data, from, out, compute, earlier, leave_test, checkpoints } => {
            let places =
                train::Paths { data: &data, from: from.as_deref(), out: &out, checkpoints: &checkpoints };
            train::train(&recipe, &places, &mut compute.open()?, earlier, leave_test)
        }
        Command::Sweep { sweep, data, from, out, compute, earlier } => {
            let places = sweep::Paths { data: &data, from: from.as_deref(), out: &out };
            sweep::sweep(&sweep, &places, compute.open()?, earlier)
        }
        Command::Evaluate { model: Some(model), data, split, shifts, json, models, .. } => {
            let models = places::models_for(&model, models)?;
            evaluate::evaluate(&folder::find(&models, &model), &data, &split, shifts, json)
        }
        Command::Evaluate { model: None, data, out, models, .. } => {
            evaluate::evaluate_all(&places::MODELS.find(models)?, &data, &out)
        }
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Examine { images, model, overrule, age, json, models } => {
            let on_reject = if overrule { OnReject::Overrule } else { OnReject::Refuse };
            let models = places::models_for(&model, models)?;
            examine::examine(&images, &model, (on_reject, age), json, &models)
        }
        Command::Refusals { folders, data, out, models } => {
            refusals::refusals(&places::MODELS.find(models)?, &data, &folders, &out)
        }
        Command::Read { file, json } => read::read(&file, json),
        Command::Audit { data, clusters, group } => audit::audit(&data, clusters, &group),
        Command::Bundle { command: BundleCommand::Verify { dir } } => bundle::verify(&dir),
        Command::Bundle { command: BundleCommand::Record { dir, data } } => {
            bundle::record(&dir, &Dataset::open(&data)?)
        }
        Command::Bundle { command: BundleCommand::Describe { dir } } => bundle::describe(&dir),
        Command::Bundle { command: BundleCommand::Fit { dir, data } } => {
            bundle::fit(&dir, &train::open_all(&data)?)
        }
        Command::Bundle { command: BundleCommand::Extractor { dir, models } } => {
            bundle::extractor(&dir, &places::MODELS.find(models)?)
        }
        Command::Bundle { command: BundleCommand::Import(import) } => import::import(*import),
        Command::Bundle { command: BundleCommand::Onnx { dir, out } } => bundle::onnx(&dir, &out),
    }
}
