//! How good a bundle is, measured through the same door that every diagnosis goes through.

use super::Error;
use super::corruption::Corruption;
use crate::dataset::{Dataset, Sample};
use crate::engine::{Engine, OnReject, Source};
use crate::examination::{Concern, Examination, Verdict};
use crate::file;
use crate::imaging;
use crate::metrics;
use crate::model::{Card, MISSED, Measured};
use crate::scope::Stated;
use crate::units::Estimate;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Resamples of the bootstrap; 2,000 hold the interval's ends to about a tenth of its width.
const ROUNDS: usize = 2000;
/// The bootstrap's seed: the same images give the same interval.
const SEED: u64 = 1;
/// Parts of a split with fewer images say nothing.
const FEWEST: usize = 20;

/// The figure that tells how often the gate is wrong about what it should admit.
const REFUSED: &str = "refused by the gate";

/// A figure each, by name. `docs/figures.md` defines them.
pub type Figures = BTreeMap<String, Estimate>;

/// Figures on one split of one data set, each with its 95 % interval.
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
    /// Images that were refused or could not be read; they count in no figure.
    pub refused: usize,
    /// Path and reason of files that could not be read.
    #[serde(default)]
    pub unreadable: Vec<(String, String)>,
    /// On the split as it is.
    pub figures: Figures,
    /// By class name.
    pub per_class: BTreeMap<String, ClassFigures>,
    /// On parts of it, and on changed copies of it.
    pub parts: Vec<Measured>,
    /// Images by concern that was raised.
    pub concerns: BTreeMap<String, usize>,
    /// The finding's probability of each image.
    #[serde(skip)]
    pub scores: Vec<f32>,
    /// Whether each has the finding.
    #[serde(skip)]
    pub positive: Vec<bool>,
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

impl Report {
    /// What a card says of it: the split as it is, then its parts.
    pub fn measured(&self) -> Vec<Measured> {
        let whole = Measured {
            split: self.split.clone(),
            part: String::new(),
            n: self.n,
            figures: self.figures.clone(),
        };
        std::iter::once(whole).chain(self.parts.iter().cloned()).collect()
    }

    /// Claims of a card for this split that are better than what was measured by more than `tolerance`.
    pub fn overclaims(&self, card: &Card, tolerance: f64) -> Vec<String> {
        let measured = self.measured();
        let mut found = Vec::new();
        if !card.metrics.iter().any(|claim| claim.split == self.split) {
            found.push(format!("the card has no figures of the {} split: lantern bundle record", self.split));
        }
        for claim in card.metrics.iter().filter(|claim| claim.split == self.split) {
            let own = measured.iter().find(|measured| measured.part == claim.part);
            for (name, claimed) in &claim.figures {
                // Of the data, not of the model.
                if name == "area of the lesion" {
                    continue;
                }
                // Errors are better when they are smaller.
                let smaller = ["ece", "brier", "set size", REFUSED, MISSED];
                let sign = if smaller.contains(&name.as_str()) { -1.0 } else { 1.0 };
                let part = if claim.part.is_empty() { String::new() } else { format!(" ({})", claim.part) };
                match own.and_then(|own| own.figures.get(name)) {
                    Some(own) if (claimed.value - own.value) * sign <= tolerance => {}
                    Some(own) => found.push(format!(
                        "{name}{part}: the card claims {:.4}, measured {:.4}",
                        claimed.value, own.value
                    )),
                    None => found.push(format!("{name}{part}: claimed, but not measured")),
                }
            }
        }
        if let Some(missed) = self.figures.get(MISSED)
            && missed.value > card.calibration.most_missed
        {
            found.push(format!(
                "{MISSED}: {:.4} of the images with the finding are headed \"not suspected\"; the card allows {:.4}",
                missed.value, card.calibration.most_missed
            ));
        }
        found
    }
}

/// Examines every image of `split`, as it is and, where `shifts` asks for it, changed in every way of [`Corruption`].
/// `progress` is told how many are done.
pub fn evaluate(
    engine: &Engine,
    dataset: &Dataset,
    split: &str,
    shifts: bool,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Report, Error> {
    let card = engine.card();
    let names: Vec<&str> = card.classes.iter().map(|class| class.name.as_str()).collect();
    if dataset.classes.iter().map(String::as_str).ne(names.iter().copied()) {
        let why = format!("{} knows the classes {names:?}, the data has {:?}", card.id, dataset.classes);
        return Err(Error::Recipe(why));
    }
    let samples: Vec<&Sample> = dataset.samples.iter().filter(|s| s.split == split).collect();
    if samples.is_empty() {
        return Err(Error::Recipe(format!("{} has no split named {split}", dataset.name)));
    }
    let done = AtomicUsize::new(0);
    let see_all = |change: Option<Corruption>| -> Result<Vec<EvaluatedImage>, Error> {
        let see_one = |sample: &&Sample| {
            let seen = evaluate_image(engine, dataset, sample, change)?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            Ok(seen)
        };
        samples.par_iter().map(see_one).collect()
    };
    let seen = see_all(None)?;
    let mut concerns = BTreeMap::new();
    for concern in seen.iter().flat_map(|seen| &seen.concerns) {
        *concerns.entry(concern.name().to_string()).or_insert(0) += 1;
    }
    let unreadable = samples
        .iter()
        .zip(&seen)
        .filter_map(|(sample, seen)| Some((sample.path.clone(), seen.unreadable.clone()?)))
        .collect();
    let whole = ScoredImages::of(&seen, |_| true);
    let missing =
        || Error::Recipe(format!("the split {split} lacks a class, so nothing can be measured on it"));
    let figures = whole.figures(card);
    if !figures.contains_key("auc") {
        return Err(missing());
    }
    let per_class = whole.per_class(&names).ok_or_else(missing)?;
    let mut parts: Vec<(String, ScoredImages)> = Vec::new();
    for column in subgroups(card) {
        let group = |index: usize| samples.get(index).and_then(|sample| subgroup(sample, &column));
        let mut groups: Vec<String> = (0..seen.len()).filter_map(group).collect();
        groups.sort_unstable();
        groups.dedup();
        for name in groups {
            let rows = ScoredImages::of(&seen, |index| group(index).as_ref() == Some(&name));
            parts.push((format!("{column}: {name}"), rows));
        }
    }
    for change in Corruption::ALL.into_iter().filter(|_| shifts) {
        parts.push((change.name().into(), ScoredImages::of(&see_all(Some(change))?, |_| true)));
    }
    let part = |(name, rows): (String, ScoredImages)| Measured {
        split: split.into(),
        part: name,
        n: rows.labels.len(),
        figures: rows.figures(card).into_iter().filter(|(name, _)| is_for_parts(name)).collect(),
    };
    parts.retain(|(_, rows)| rows.labels.len() >= FEWEST);
    let (scores, positive) = whole.against(&card.calibration.finding);
    Ok(Report {
        model: card.id.clone(),
        data: dataset.name.clone(),
        data_sha256: dataset.sha256.clone(),
        split: split.to_string(),
        n: whole.labels.len(),
        refused: samples.len() - whole.labels.len(),
        unreadable,
        figures,
        per_class,
        parts: parts.into_par_iter().map(part).collect(),
        concerns,
        scores,
        positive,
    })
}

/// Whether a figure is worth giving for a part of a split too.
fn is_for_parts(figure: &str) -> bool {
    ["accuracy", "balanced_accuracy", "auc", "auc of the finding", "dice", REFUSED, MISSED].contains(&figure)
}

/// The columns by which the recipe wants parts.
fn subgroups(card: &Card) -> Vec<String> {
    let columns = card.provenance.recipe.pointer("/about/subgroups").cloned();
    columns.and_then(|columns| serde_json::from_value(columns).ok()).unwrap_or_default()
}

/// Which group of a column an image belongs to; ages in bands.
fn subgroup(sample: &Sample, column: &str) -> Option<String> {
    let value = sample.attributes.get(column).filter(|value| !value.is_empty())?;
    if column != "age" {
        return Some(value.clone());
    }
    Some(match value.parse::<f32>().ok()? {
        years if years < 40.0 => "below 40".into(),
        years if years < 60.0 => "from 40 to 59".into(),
        _ => "from 60 on".into(),
    })
}

/// What became of one image.
struct EvaluatedImage {
    label: usize,
    /// Probabilities in the card's order of classes, where it was accepted.
    row: Option<Vec<f32>>,
    drawn: Option<Drawn>,
    /// The share of the heat for the true class inside the mask, and of the image.
    heat: Option<(f64, f64)>,
    /// Whether the gate admitted it, where there is one.
    admitted: Option<bool>,
    /// The verdict, where there is an answer.
    verdict: Option<Verdict>,
    concerns: Vec<Concern>,
    /// Why the file could not be read.
    unreadable: Option<String>,
}

/// An outline against the mask of the data set.
#[derive(Clone, Copy)]
struct Drawn {
    /// Whether there is anything to outline.
    is_there: bool,
    /// Twice the common area by the sum of both; 1 where both are empty.
    dice: f64,
}

fn evaluate_image(
    engine: &Engine,
    dataset: &Dataset,
    sample: &Sample,
    change: Option<Corruption>,
) -> Result<EvaluatedImage, Error> {
    let label = sample.label;
    let mut bytes = dataset.bytes(sample)?;
    // A file that cannot be read counts as refused.
    let refused = |error: imaging::Error| EvaluatedImage {
        label,
        row: None,
        drawn: None,
        heat: None,
        admitted: None,
        verdict: None,
        concerns: Vec::new(),
        unreadable: Some(error.to_string()),
    };
    if let Some(change) = change {
        bytes = match file::image(&bytes) {
            Ok((image, _)) => change.apply(&image, SEED)?,
            Err(error) => return Ok(refused(error)),
        };
    }
    // What the gate refuses is measured too: the figures are the network's, and how often it refuses is a figure of its own.
    // The images of a bundle's own data are of its ages and its kind.
    let source = match Source::file(&bytes) {
        Ok(source) => source.aged(Some(Stated::Fits(true))),
        Err(error) => return Ok(refused(error)),
    };
    let examined = engine
        .examine(source, OnReject::Overrule, |_| ())
        .map_err(|source| Error::Examination { path: sample.path.clone(), source })?;
    let mask = dataset.mask(sample)?.map(|mask| {
        super::images::mask(&mask, examined.size())
            .map_err(|e| Error::Recipe(format!("the mask of {} cannot be read: {e}", sample.path)))
    });
    let mask = mask.transpose()?;
    let drawn = examined.outline().map(|outline| {
        let nothing = || vec![false; outline.len()];
        let truth = mask.clone().unwrap_or_else(nothing);
        let is_there = truth.iter().any(|inside| *inside);
        Drawn { is_there, dice: metrics::dice(&outline, &truth) }
    });
    // Changed copies are another shape, where the mask means nothing.
    let mask = mask.filter(|mask| change.is_none() && mask.contains(&true));
    let failed = |source| Error::Examination { path: sample.path.clone(), source };
    let heat =
        mask.map(|mask| engine.heat_inside(&examined, label, &mask).map_err(failed)).transpose()?.flatten();
    let verdict = examined.examination.answer.as_ref().map(|answer| answer.verdict);
    let row = examined.examination.answer.map(|answer| {
        let of = |label: &str| {
            answer.findings.iter().find(|f| f.label == label).map_or(0.0, |f| f.probability.get())
        };
        engine.card().classes.iter().map(|class| of(&class.label)).collect()
    });
    let Examination { concerns, admission, .. } = examined.examination;
    let admitted = admission.map(|admission| admission.admitted);
    Ok(EvaluatedImage { label, row, drawn, heat, admitted, verdict, concerns, unreadable: None })
}

/// Answers beside truths, an image each.
#[derive(Default)]
pub(super) struct ScoredImages {
    pub rows: Vec<Vec<f32>>,
    pub labels: Vec<usize>,
    drawn: Vec<Drawn>,
    heat: Vec<(f64, f64)>,
    admitted: Vec<bool>,
    verdicts: Vec<Verdict>,
}

impl ScoredImages {
    /// Of images that were computed already and draw nothing.
    pub fn new(rows: Vec<Vec<f32>>, labels: Vec<usize>) -> Self {
        Self { rows, labels, ..Self::default() }
    }

    fn of(seen: &[EvaluatedImage], is_in: impl Fn(usize) -> bool) -> Self {
        let mut all = Self::default();
        for (_, seen) in seen.iter().enumerate().filter(|(index, _)| is_in(*index)) {
            if let Some(row) = &seen.row {
                all.rows.push(row.clone());
                all.labels.push(seen.label);
                all.drawn.extend(seen.drawn);
                all.heat.extend(seen.heat);
                all.admitted.extend(seen.admitted);
                all.verdicts.extend(seen.verdict);
            }
        }
        all
    }

    /// Every figure that can be measured here.
    pub fn figures(&self, card: &Card) -> Figures {
        let mut figures = Figures::new();
        let mut put = |name: String, estimate: Option<Estimate>| {
            figures.extend(estimate.map(|estimate| (name, estimate)));
        };
        type Figure = fn(&[Vec<f32>], &[usize]) -> Option<f64>;
        let all: [(&str, Figure); 5] = [
            ("auc", metrics::macro_auc),
            ("accuracy", metrics::accuracy),
            ("balanced_accuracy", metrics::balanced_accuracy),
            ("ece", metrics::ece),
            ("brier", metrics::brier),
        ];
        for (name, figure) in all {
            let on = |indices: &[usize]| {
                let (rows, labels) = pick(&self.rows, &self.labels, indices);
                figure(&rows, &labels)
            };
            put(name.into(), estimate(self.labels.len(), on));
        }
        let least = card.calibration.least;
        let sets = |which: fn((f64, f64)) -> f64| {
            let of = |indices: &[usize]| {
                let (rows, labels) = pick(&self.rows, &self.labels, indices);
                metrics::sets(&rows, &labels, least).map(which)
            };
            estimate(self.labels.len(), of)
        };
        put("set coverage".into(), sets(|(coverage, _)| coverage));
        put("set size".into(), sets(|(_, size)| size));
        let turned_away = self.admitted.iter().filter(|admitted| !**admitted).count();
        put(REFUSED.into(), metrics::wilson(turned_away, self.admitted.len()));
        let point = &card.calibration;
        let (scores, positive) = self.against(&point.finding);
        let shares =
            metrics::sensitivity_specificity(&scores, &positive, point.operating_point.threshold.get());
        put("auc of the finding".into(), area(&scores, &positive));
        put("sensitivity".into(), shares.map(|(sensitivity, _)| sensitivity));
        put("specificity".into(), shares.map(|(_, specificity)| specificity));
        let headed = self.verdicts.iter().zip(&positive).filter(|(_, positive)| **positive);
        let missed = headed.clone().filter(|(verdict, _)| **verdict == Verdict::NotSuspected).count();
        put(MISSED.into(), metrics::wilson(missed, headed.count()));
        if card.classes.len() > 2 {
            for (class, own) in card.classes.iter().enumerate() {
                let (scores, positive) = self.against(&[class]);
                put(format!("auc of {}", own.label), area(&scores, &positive));
            }
        }
        let dice: Vec<f64> = self.drawn.iter().filter(|d| d.is_there).map(|d| d.dice).collect();
        put("dice".into(), estimate(dice.len(), |indices| mean(indices.iter().filter_map(|i| dice.get(*i)))));
        let heat = |which: fn(&(f64, f64)) -> f64| {
            let shares: Vec<f64> = self.heat.iter().map(which).collect();
            estimate(shares.len(), |indices| mean(indices.iter().filter_map(|i| shares.get(*i))))
        };
        put("heat inside the lesion".into(), heat(|(inside, _)| *inside));
        put("area of the lesion".into(), heat(|(_, area)| *area));
        let empty: Vec<f64> = self.drawn.iter().filter(|d| !d.is_there).map(|d| d.dice).collect();
        let spared = empty.iter().filter(|dice| **dice > 0.5).count();
        put("nothing lesion_fraction where nothing is".into(), metrics::wilson(spared, empty.len()));
        figures
    }

    fn per_class(&self, names: &[&str]) -> Option<BTreeMap<String, ClassFigures>> {
        let of = |(class, name): (usize, &&str)| {
            let (scores, positive) = self.against(&[class]);
            let chosen = |row: &Vec<f32>| f32::from(u8::from(metrics::most_probable(row) == class));
            let chosen: Vec<f32> = self.rows.iter().map(chosen).collect();
            let (sensitivity, specificity) = metrics::sensitivity_specificity(&chosen, &positive, 0.5)?;
            let n = positive.iter().filter(|p| **p).count();
            let auc = area(&scores, &positive)?;
            Some(((*name).to_string(), ClassFigures { n, auc, sensitivity, specificity }))
        };
        names.iter().enumerate().map(of).collect()
    }

    /// The probability of `classes` together, and whether one of them is true.
    pub(super) fn against(&self, classes: &[usize]) -> (Vec<f32>, Vec<bool>) {
        let sum = |row: &Vec<f32>| classes.iter().filter_map(|class| row.get(*class)).sum();
        let positive = self.labels.iter().map(|label| classes.contains(label));
        (self.rows.iter().map(sum).collect(), positive.collect())
    }
}

/// The area under the curve of scores, where both kinds are there.
fn area(scores: &[f32], positive: &[bool]) -> Option<Estimate> {
    estimate(scores.len(), |indices| {
        let (scores, positive) = pick(scores, positive, indices);
        metrics::auc(&scores, &positive)
    })
}

/// A figure of `n` images with its bootstrap interval.
fn estimate(n: usize, figure: impl Fn(&[usize]) -> Option<f64>) -> Option<Estimate> {
    let (low, high) = metrics::bootstrap(n, ROUNDS, SEED, &figure)?;
    let all: Vec<usize> = (0..n).collect();
    Some(Estimate { value: figure(&all)?, low, high })
}

fn mean<'a>(values: impl Iterator<Item = &'a f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn pick<A: Clone, B: Clone>(a: &[A], b: &[B], indices: &[usize]) -> (Vec<A>, Vec<B>) {
    indices.iter().filter_map(|i| Some((a.get(*i)?.clone(), b.get(*i)?.clone()))).unzip()
}
