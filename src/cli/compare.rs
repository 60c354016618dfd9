//! `lantern compare`.

use super::progress::Progress;
use super::{folder, places};
use crate::classic::{self, Matrix, Representation};
use crate::compare::{
    self, CURVES, Comparison, Extra, Family, Figure, Images, Leak, Method, Pair, ReleasedBundle, Settings,
    Start, Watch,
};
use crate::dataset::Dataset;
use crate::engine::Engine;
use crate::file;
use crate::imaging::Image;
use crate::messages::command::compare as words;
use anyhow::Result;
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Mean and standard deviation that images were normalised with for the weights that are given out: ImageNet's and the medical start.
const NORMALISED: (f32, f32) = (0.498, 0.502);
/// Leaks that are named one by one.
const NAMED: usize = 3;

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// A zip archive or folder of SPLIT/CLASS/FILE, or a MedMNIST .npz.
    #[arg(long)]
    data: PathBuf,
    /// Families (pixels, features, models, networks) or methods such as hog/forest, with commas between
    /// [default: all whose weights are there]
    #[arg(long, value_delimiter = ',')]
    methods: Vec<String>,
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A manifest's column that names patients, lesions or duplicate groups: none is cut apart, and intervals are by them. May be given several times.
    #[arg(long)]
    group: Vec<String>,
    /// Pixels a side of the squares that are compared on: 28, 56, 84 or 112.
    #[arg(long, default_value_t = 56)]
    side: usize,
    /// The weights that network/fine-tuned begins from: a safetensors file or a bundle's folder (pretrained/medical-start).
    #[arg(long)]
    from: Option<PathBuf>,
    /// The bundle of network/bundle: a folder, or a name in the folder of models.
    #[arg(long)]
    model: Option<String>,
    /// The folder of models [default: models beside the program, or in the current folder]
    #[arg(long)]
    models: Option<PathBuf>,
    /// Print for each pair of methods how probably one is better.
    #[arg(long)]
    pairs: bool,
    /// The largest difference of AUCs that counts as negligible.
    #[arg(long, default_value_t = 0.01)]
    negligible: f64,
    /// Measure each method also after learning from an eighth, a quarter and a half of the images.
    #[arg(long)]
    curves: bool,
    /// A folder to write what the learners saw to, as .npy, for other programs.
    #[arg(long)]
    export: Option<PathBuf>,
    /// Print one JSON object, with every prediction.
    #[arg(long)]
    json: bool,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    comparison: &'a Comparison,
    /// By AUC.
    pairs: Vec<Pair>,
    /// The largest difference of AUCs that counts as negligible.
    negligible: f64,
}

/// Compares methods on one split and prints a table.
pub fn compare(arguments: &CompareArgs) -> Result<ExitCode> {
    let dataset = Dataset::open(&arguments.data)?;
    let progress = Progress::new(words::READING, dataset.samples.len());
    let (group, seed) = (&arguments.group, arguments.seed);
    let images = Images::read(&dataset, group, arguments.side, seed, &|done| progress.set(done, ""))?;
    drop(progress);
    let methods = methods(arguments)?;
    if let Some(folder) = &arguments.export {
        export(folder, &images, &methods, seed)?;
    }
    let start = super::train::start(arguments.from.as_deref())?;
    let engine =
        arguments.model.as_deref().map(|model| engine(model, arguments.models.clone())).transpose()?;
    let paths: BTreeMap<&str, usize> =
        dataset.samples.iter().enumerate().map(|(at, sample)| (&*sample.path, at)).collect();
    let open = |path: &str| -> Option<Image> {
        let bytes = dataset.bytes(dataset.samples.get(*paths.get(path)?)?).ok()?;
        Some(file::image(&bytes).ok()?.0)
    };
    let extra = Extra {
        start: start.as_deref().map(|weights| Start { weights, normalised: NORMALISED }),
        bundle: engine.as_ref().map(|engine| ReleasedBundle { engine, open: &open }),
    };
    let curves = if arguments.curves { CURVES.to_vec() } else { Vec::new() };
    let settings = Settings { methods, seed, curves };
    let comparison = run(&images, &settings, &extra)?;
    if arguments.json {
        let pairs = comparison.pairs(Figure::Auc, arguments.negligible);
        let whole = Whole { comparison: &comparison, pairs, negligible: arguments.negligible };
        println!("{}", serde_json::to_string(&whole)?);
        return Ok(ExitCode::SUCCESS);
    }
    print_leaks(&comparison);
    print_table(&comparison);
    print_curves(&comparison);
    if arguments.pairs {
        print_pairs(&comparison, arguments.negligible);
    }
    Ok(ExitCode::SUCCESS)
}

/// Those asked for, each once; otherwise all that can run with what is given.
fn methods(arguments: &CompareArgs) -> Result<Vec<Method>> {
    if arguments.methods.is_empty() {
        let fine_tuned = arguments.from.iter().map(|_| Method::FINE_TUNED);
        let bundle = arguments.model.iter().map(|_| Method::BUNDLE);
        return Ok(Settings::default()
            .methods
            .into_iter()
            .chain([Method::SCRATCH])
            .chain(fine_tuned)
            .chain(bundle)
            .collect());
    }
    let named = arguments.methods.iter().map(|name| Method::named(name)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = BTreeSet::new();
    Ok(named.into_iter().flatten().filter(|method| seen.insert(*method)).collect())
}

fn engine(model: &str, models: Option<PathBuf>) -> Result<Engine> {
    let models = places::models_for(model, models)?;
    Ok(Engine::new(folder::open(&folder::find(&models, model))?))
}

fn run(images: &Images, settings: &Settings, extra: &Extra) -> Result<Comparison> {
    let began = Instant::now();
    let progress = Progress::new(words::COMPARING, settings.methods.len() * 100);
    let watch = Watch {
        clock: &|| began.elapsed().as_secs_f64(),
        progress: &|at: compare::Progress| {
            let method = at.method.map(|method| method.to_string()).unwrap_or_default();
            progress.set(at.done * 100 + (at.share * 100.0) as usize, &method);
            true
        },
    };
    Ok(compare::compare(images, settings, extra, &watch)?)
}

fn print_leaks(comparison: &Comparison) {
    let paths = |leak: &Leak| match leak {
        Leak::Same(train, test) => words::same(train, test),
        Leak::Near(train, test, correlation) => words::near(train, test, *correlation),
        Leak::Group(train, test) => words::group(train, test),
    };
    if !comparison.leaks.is_empty() {
        println!("{}", words::leaks(comparison.leaks.len()));
        comparison.leaks.iter().take(NAMED).for_each(|leak| println!("{}", paths(leak)));
    }
    for (path, reason) in &comparison.unreadable {
        println!("{}", crate::messages::command::file::left_out(path, reason));
    }
}

fn print_table(comparison: &Comparison) {
    let Comparison { data, trained_on, images, side, seed, .. } = comparison;
    println!("{}", words::heading(data, *trained_on, images.len(), *side, *seed));
    println!("{}", words::head());
    let mut family: Option<Family> = None;
    for outcome in &comparison.methods {
        if family.replace(outcome.family) != Some(outcome.family) {
            println!("{}", words::family(outcome.family.name()));
        }
        let cell = |figure: Figure| {
            let found = outcome.figures.get(&figure);
            found.map_or_else(|| format!("{:22}", "-"), |estimate| format!("{:22}", format!("{estimate}")))
        };
        let cells = Figure::ALL.map(cell).join(" ");
        let (fit, test) = (outcome.fit_seconds, outcome.test_seconds);
        println!(
            "{}",
            words::row(&outcome.method.to_string(), &cells, fit, test, outcome.bytes as f64 / 1000.0)
        );
        if outcome.unanswered > 0 {
            println!("{}", words::unanswered(outcome.unanswered));
        }
    }
}

fn print_curves(comparison: &Comparison) {
    if comparison.curves.is_empty() {
        return;
    }
    println!("{}", words::CURVES);
    for curve in &comparison.curves {
        let point = |point: &compare::CurvePoint| {
            let auc = point.figures.get(&Figure::Auc)?;
            Some(format!("{}: {:.3}", point.images, auc.value))
        };
        let points: Vec<String> = curve.points.iter().filter_map(point).collect();
        println!("  {:24} {}", curve.method.to_string(), points.join("  "));
    }
}

fn print_pairs(comparison: &Comparison, negligible: f64) {
    println!("{}", words::pairs(negligible));
    for pair in comparison.pairs(Figure::Auc, negligible) {
        let delong = pair.delong.map_or_else(|| "-".into(), |test| format!("{:.4}", test.p));
        let names = (pair.first.to_string(), pair.second.to_string());
        let shares = (pair.first_better, pair.negligible, pair.second_better);
        println!("{}", words::pair((&names.0, &names.1), shares, pair.mcnemar.p, &delong));
    }
}

/// Writes the tables of every representation that is compared, and the labels: what other programs need to learn from the same.
fn export(folder: &Path, images: &Images, methods: &[Method], seed: u64) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let representations: BTreeSet<Representation> = methods
        .iter()
        .filter_map(|method| match method {
            Method::Table(representation, _) => Some(*representation),
            Method::Network(_) => None,
        })
        .collect();
    let (train, test, go_on): (_, _, classic::Watch) = (&images.train, &images.test, &|_| Ok(()));
    for representation in representations {
        let fitted = representation.fit(&train.squares, &train.labels, images.classes.len(), seed, go_on)?;
        for (part, split) in [(train, "train"), (test, "test")] {
            let table = fitted.table(&part.squares, go_on)?;
            npy(&folder.join(format!("{}-{split}.npy", representation.name())), &table)?;
        }
    }
    for (part, split) in [(train, "train"), (test, "test")] {
        let column = |values: &[usize]| Matrix::new(1, values.iter().map(|value| *value as f32).collect());
        npy(&folder.join(format!("labels-{split}.npy")), &column(&part.labels))?;
        npy(&folder.join(format!("groups-{split}.npy")), &column(&part.groups))?;
    }
    Ok(())
}

/// NumPy's format, version 1.0: a header of a multiple of 64 bytes, then the values.
fn npy(path: &Path, table: &Matrix) -> Result<()> {
    let shape = (table.rows(), table.columns());
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape:?}, }}");
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{header:<width$}\n", width = length - 1).as_bytes());
    bytes.extend(table.values().iter().flat_map(|value| value.to_le_bytes()));
    folder::write_whole(path, &bytes)
}
