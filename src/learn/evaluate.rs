//! How good a bundle is, measured through the same door that every diagnosis goes through.

use super::Error;
use super::corruption::Corruption;
use super::figures::{self, Better, Figures};
use super::labels;
use super::scored_images::{ClassFigures, EvaluatedImage, OutlineScore, SEED, ScoredImages};
use crate::dataset::{Dataset, Sample};
use crate::engine::{Engine, OnReject, Source};
use crate::examination::Examination;
use crate::file;
use crate::imaging;
use crate::messages::fault::learn as fault;
use crate::messages::why::learn as why;
use crate::messages::{card as words, command};
use crate::metrics;
use crate::model::{Calibration, Card, MISSED, Measured};
use crate::scope::Stated;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Parts of a split with fewer images say nothing.
const FEWEST: usize = 20;

/// Figures on one split of one data set, each with its 95 % interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Of the finding, or of each label among many: its probability for each image, and whether the image has it.
    #[serde(skip)]
    pub scores: Vec<(Vec<f32>, Vec<bool>)>,
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
            found.push(command::evaluate::no_claim(&self.split));
        }
        for claim in card.metrics.iter().filter(|claim| claim.split == self.split) {
            let own = measured.iter().find(|measured| measured.part == claim.part);
            for (key, claimed) in &claim.figures {
                let sign = match figures::better(key) {
                    Better::Higher => 1.0,
                    Better::Lower => -1.0,
                    Better::Neither => continue,
                };
                let part = if claim.part.is_empty() { String::new() } else { format!(" ({})", claim.part) };
                match own.and_then(|own| own.figures.get(key)) {
                    Some(own) if (claimed.value - own.value) * sign <= tolerance => {}
                    Some(own) => found.push(command::evaluate::claim(key, &part, claimed.value, own.value)),
                    None => found.push(command::evaluate::unmeasured_claim(key, &part)),
                }
            }
        }
        if let Some(missed) = self.figures.get(MISSED)
            && missed.value > card.about.max_missed_share
        {
            found.push(command::evaluate::missed(MISSED, missed.value, card.about.max_missed_share));
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
    if let Calibration::Many(labels) = &card.calibration {
        return labels::evaluate_labels(engine, labels, dataset, split, progress);
    }
    let calibration = card.calibration.one().ok_or_else(|| super::unmeasurable(card))?;
    let names: Vec<&str> = card.classes.iter().map(|class| class.name.as_str()).collect();
    if dataset.classes.iter().map(String::as_str).ne(names.iter().copied()) {
        let why = fault::other_classes(&card.about.id, &names, &dataset.classes);
        return Err(Error::Recipe(why));
    }
    let samples: Vec<&Sample> = dataset.samples.iter().filter(|s| s.split == split).collect();
    if samples.is_empty() {
        return Err(Error::Recipe(fault::no_split(&dataset.name, split)));
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
    let whole = ScoredImages::of(seen.iter());
    let missing = || Error::Recipe(fault::split_lacks(split));
    let measured = whole.figures(calibration, &card.classes);
    if !measured.contains_key(figures::AUC) {
        return Err(missing());
    }
    let per_class = whole.per_class(&card.classes).ok_or_else(missing)?;
    let mut parts: Vec<(String, ScoredImages)> = Vec::new();
    for column in subgroups(card) {
        let group = |index: usize| samples.get(index).and_then(|sample| subgroup(sample, &column));
        let mut groups: Vec<String> = (0..seen.len()).filter_map(group).collect();
        groups.sort_unstable();
        groups.dedup();
        for name in groups {
            let own = seen.iter().enumerate().filter(|(index, _)| group(*index).as_ref() == Some(&name));
            parts.push((format!("{column}: {name}"), ScoredImages::of(own.map(|(_, seen)| seen))));
        }
    }
    for change in Corruption::ALL.into_iter().filter(|_| shifts) {
        parts.push((change.name().into(), ScoredImages::of(see_all(Some(change))?.iter())));
    }
    let part = |(name, images): (String, ScoredImages)| {
        let all = images.figures(calibration, &card.classes).into_iter();
        let figures = all.filter(|(key, _)| figures::is_for_parts(key)).collect();
        Measured { split: split.into(), part: name, n: images.labels.len(), figures }
    };
    parts.retain(|(_, images)| images.labels.len() >= FEWEST);
    let scores = vec![whole.against(&calibration.finding)];
    Ok(Report {
        model: card.about.id.clone(),
        data: dataset.name.clone(),
        data_sha256: dataset.sha256.clone(),
        split: split.to_string(),
        n: whole.labels.len(),
        refused: samples.len() - whole.labels.len(),
        unreadable,
        figures: measured,
        per_class,
        parts: parts.into_par_iter().map(part).collect(),
        concerns,
        scores,
    })
}

/// The columns by which the recipe wants parts.
fn subgroups(card: &Card) -> Vec<String> {
    let columns = card.provenance.recipe.pointer("/task/subgroups").cloned();
    columns.and_then(|columns| serde_json::from_value(columns).ok()).unwrap_or_default()
}

/// Which group of a column an image belongs to; ages in bands.
fn subgroup(sample: &Sample, column: &str) -> Option<String> {
    let value = sample.attributes.get(column).filter(|value| !value.is_empty())?;
    if column != "age" {
        return Some(value.clone());
    }
    Some(match value.parse::<f32>().ok()? {
        years if years < 40.0 => words::BELOW_40.into(),
        years if years < 60.0 => words::FROM_40.into(),
        _ => words::FROM_60.into(),
    })
}

/// One image through the engine.
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
        unreadable: Some(error.to_string()),
        ..EvaluatedImage::default()
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
        Ok(source) => source.with_age(Some(Stated::Fits(true))),
        Err(error) => return Ok(refused(error)),
    };
    let examined = engine
        .examine(source, OnReject::Overrule, |_| ())
        .map_err(|source| Error::Examination { path: sample.path.clone(), source })?;
    let mask = dataset.mask(sample)?.map(|mask| {
        super::images::mask(&mask, examined.size())
            .map_err(|e| Error::Recipe(why::of_mask(&sample.path, &e.to_string())))
    });
    let mask = mask.transpose()?;
    let outline_score = examined.outline().map(|outline| {
        let nothing = || vec![false; outline.len()];
        let truth = mask.clone().unwrap_or_else(nothing);
        let is_there = truth.iter().any(|inside| *inside);
        OutlineScore { is_there, dice: metrics::dice(&outline, &truth) }
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
    Ok(EvaluatedImage { label, row, outline_score, heat, admitted, verdict, concerns, unreadable: None })
}
