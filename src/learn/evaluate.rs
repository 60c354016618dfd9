//! How good a bundle is, measured through the same door that every diagnosis goes through.

use super::Error;
use crate::case::Concern;
use crate::dataset::Dataset;
use crate::engine::Engine;
use crate::metrics;
use crate::units::Estimate;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Resamples of the bootstrap; 2,000 hold the interval's ends to about a tenth of its width.
const ROUNDS: usize = 2000;
/// The bootstrap's seed: the same images give the same interval.
const SEED: u64 = 1;

/// Figures on one split of one data set, each with its 95 % bootstrap interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The bundle.
    pub model: String,
    /// The data set's name.
    pub data: String,
    /// The archive's SHA-256.
    pub data_sha256: String,
    /// The split.
    pub split: String,
    /// Images examined.
    pub n: usize,
    /// Images that were refused; they count in no figure.
    pub refused: usize,
    /// Macro one-vs-rest area under the receiver operating characteristic.
    pub auc: Estimate,
    /// Share of images whose most probable class is the true one.
    pub accuracy: Estimate,
    /// Mean over classes of the share found.
    pub balanced_accuracy: Estimate,
    /// Expected calibration error, 15 bins.
    pub ece: Estimate,
    /// Brier score.
    pub brier: Estimate,
    /// Of the images with the finding, the share at or above the operating point.
    pub sensitivity: Estimate,
    /// Of the images without the finding, the share below the operating point.
    pub specificity: Estimate,
    /// By class name.
    pub per_class: BTreeMap<String, ClassFigures>,
    /// Images by concern that was raised.
    pub concerns: BTreeMap<String, usize>,
}

impl Report {
    /// The figures that a card names.
    pub fn figures(&self) -> [(&'static str, Estimate); 5] {
        [
            ("auc", self.auc),
            ("accuracy", self.accuracy),
            ("balanced_accuracy", self.balanced_accuracy),
            ("ece", self.ece),
            ("brier", self.brier),
        ]
    }
}

/// One class against the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassFigures {
    /// Images of the class.
    pub n: usize,
    /// Area under the curve of its probability.
    pub auc: Estimate,
    /// Share of its images whose most probable class it is.
    pub sensitivity: Estimate,
    /// Share of the other images whose most probable class it is not.
    pub specificity: Estimate,
}

/// Examines every image of `split`. `progress` is told how many are done.
pub fn evaluate(
    engine: &Engine,
    dataset: &Dataset,
    split: &str,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Report, Error> {
    let card = engine.card();
    let names: Vec<&str> = card.classes.iter().map(|class| class.name.as_str()).collect();
    if dataset.classes.iter().map(String::as_str).ne(names.iter().copied()) {
        let why = format!("{} knows the classes {names:?}, the data has {:?}", card.id, dataset.classes);
        return Err(Error::Recipe(why));
    }
    let samples: Vec<_> = dataset.samples.iter().filter(|s| s.split == split).collect();
    if samples.is_empty() {
        return Err(Error::Recipe(format!("{} has no split named {split}", dataset.name)));
    }
    let done = std::sync::atomic::AtomicUsize::new(0);
    let seen: Vec<Seen> = samples
        .par_iter()
        .map(|sample| {
            let seen = see(engine, &dataset.bytes(sample)?, sample.label)
                .map_err(|source| Error::Examination { path: sample.path.clone(), source })?;
            progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1);
            Ok(seen)
        })
        .collect::<Result<_, Error>>()?;
    let mut concerns = BTreeMap::new();
    for concern in seen.iter().flat_map(|seen| &seen.concerns) {
        *concerns.entry(concern.name().to_string()).or_insert(0) += 1;
    }
    let (rows, labels): (Vec<_>, Vec<_>) = seen.into_iter().filter_map(|s| Some((s.row?, s.label))).unzip();
    let refused = samples.len() - rows.len();
    let missing =
        || Error::Recipe(format!("the split {split} lacks a class, so nothing can be measured on it"));
    let finding = card.calibration.finding;
    let scores: Vec<f32> = rows.iter().filter_map(|row: &Vec<f32>| row.get(finding).copied()).collect();
    let positive: Vec<bool> = labels.iter().map(|label| *label == finding).collect();
    let threshold = card.calibration.operating_point.threshold.get();
    let (sensitivity, specificity) =
        metrics::sensitivity_specificity(&scores, &positive, threshold).ok_or_else(missing)?;
    figures(&rows, &labels, &names)
        .map(|f| Report {
            model: card.id.clone(),
            data: dataset.name.clone(),
            data_sha256: dataset.sha256.clone(),
            split: split.to_string(),
            n: rows.len(),
            refused,
            auc: f.auc,
            accuracy: f.accuracy,
            balanced_accuracy: f.balanced_accuracy,
            ece: f.ece,
            brier: f.brier,
            sensitivity,
            specificity,
            per_class: f.per_class,
            concerns,
        })
        .ok_or_else(missing)
}

/// One image's probabilities in the card's order of classes, where it was accepted.
struct Seen {
    row: Option<Vec<f32>>,
    label: usize,
    concerns: Vec<Concern>,
}

fn see(engine: &Engine, bytes: &[u8], label: usize) -> Result<Seen, crate::engine::Error> {
    let examination = match engine.examine(bytes, |_| ()) {
        Ok(examined) => examined.examination,
        // A file that cannot be read is refused like any other image that is none.
        Err(crate::engine::Error::Imaging(_)) => return Ok(Seen { row: None, label, concerns: Vec::new() }),
        Err(error) => return Err(error),
    };
    let row = examination.answer.map(|answer| {
        let of = |label: &str| {
            answer.findings.iter().find(|f| f.label == label).map_or(0.0, |f| f.probability.get())
        };
        engine.card().classes.iter().map(|class| of(&class.label)).collect()
    });
    Ok(Seen { row, label, concerns: examination.concerns })
}

/// The figures that a card names, for rows that were computed already.
pub(super) fn summary(
    rows: &[Vec<f32>],
    labels: &[usize],
    names: &[&str],
) -> Option<BTreeMap<String, Estimate>> {
    let f = figures(rows, labels, names)?;
    let named = [
        ("auc", f.auc),
        ("accuracy", f.accuracy),
        ("balanced_accuracy", f.balanced_accuracy),
        ("ece", f.ece),
        ("brier", f.brier),
    ];
    Some(named.map(|(name, estimate)| (name.to_string(), estimate)).into())
}

struct Figures {
    auc: Estimate,
    accuracy: Estimate,
    balanced_accuracy: Estimate,
    ece: Estimate,
    brier: Estimate,
    per_class: BTreeMap<String, ClassFigures>,
}

fn figures(rows: &[Vec<f32>], labels: &[usize], names: &[&str]) -> Option<Figures> {
    let whole = |figure: fn(&[Vec<f32>], &[usize]) -> Option<f64>| {
        let (low, high) = metrics::bootstrap(rows.len(), ROUNDS, SEED, |indices| {
            let (rows, labels) = pick(rows, labels, indices);
            figure(&rows, &labels)
        })?;
        Some(Estimate { value: figure(rows, labels)?, low, high })
    };
    let mut per_class = BTreeMap::new();
    for (class, name) in names.iter().enumerate() {
        let scores: Vec<f32> = rows.iter().filter_map(|row| row.get(class).copied()).collect();
        let positive: Vec<bool> = labels.iter().map(|label| *label == class).collect();
        let chosen: Vec<f32> =
            rows.iter().map(|row| f32::from(u8::from(metrics::most_probable(row) == class))).collect();
        let (sensitivity, specificity) = metrics::sensitivity_specificity(&chosen, &positive, 0.5)?;
        let (low, high) = metrics::bootstrap(rows.len(), ROUNDS, SEED, |indices| {
            let (scores, positive) = pick(&scores, &positive, indices);
            metrics::auc(&scores, &positive)
        })?;
        let auc = Estimate { value: metrics::auc(&scores, &positive)?, low, high };
        let n = positive.iter().filter(|p| **p).count();
        per_class.insert((*name).to_string(), ClassFigures { n, auc, sensitivity, specificity });
    }
    Some(Figures {
        auc: whole(metrics::macro_auc)?,
        accuracy: whole(metrics::accuracy)?,
        balanced_accuracy: whole(metrics::balanced_accuracy)?,
        ece: whole(metrics::ece)?,
        brier: whole(metrics::brier)?,
        per_class,
    })
}

fn pick<A: Clone, B: Clone>(a: &[A], b: &[B], indices: &[usize]) -> (Vec<A>, Vec<B>) {
    indices.iter().filter_map(|i| Some((a.get(*i)?.clone(), b.get(*i)?.clone()))).unzip()
}
