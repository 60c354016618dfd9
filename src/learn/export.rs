//! The best weights become a bundle: folded, halved, measured, with known answers and a card.

use super::evaluate::Rows;
use super::session::{Outcome, Session};
use super::{Error, Report};
use crate::fingerprint::sha256;
use crate::model::{
    Bundle, Calibration, Card, Class, FORMAT, FileStamp, Files, GOLDEN, Measured, Memory, Network,
    Provenance, WEIGHTS, Weights,
};
use crate::prediction;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::BTreeMap;

/// Images among the known answers.
const GOLDEN_IMAGES: usize = 2;

/// Makes a bundle of the session's best epoch. `classes`: the data set's folder names.
pub fn export(session: &Session, classes: &[String]) -> Result<Files, Error> {
    let outcome = session.outcome()?;
    let weights = halved(&outcome.weights)?;
    let golden = golden(&outcome, &weights)?;
    let files =
        BTreeMap::from([(WEIGHTS.to_string(), stamp(&weights)), (GOLDEN.to_string(), stamp(&golden))]);
    let card = card(&outcome, classes, files)?;
    let files = Files { card: to_json(&card)?, weights, golden };
    Bundle::open(&files)?;
    Ok(files)
}

/// The same bundle with the figures of another split in its card. What a reader is told of the operating point is then what it
/// does there: the validation split shares the training's machines and flatters.
pub fn record(files: Files, report: &Report) -> Result<Files, Error> {
    let mut card = Card::parse(&files.card)?;
    card.metrics.retain(|measured| measured.split != report.split);
    card.metrics.extend(report.measured());
    let point = &mut card.calibration.operating_point;
    for (name, share) in [("sensitivity", &mut point.sensitivity), ("specificity", &mut point.specificity)] {
        report.figures.get(name).into_iter().for_each(|measured| *share = *measured);
    }
    point.measured_on = format!("the {} images of the {} split", report.n, report.split);
    Ok(Files { card: to_json(&card)?, ..files })
}

/// The weights' file, in half precision: what it costs is measured in `docs/performance.md`.
fn halved(weights: &Weights) -> Result<Vec<u8>, Error> {
    let narrow = |values: &[f32]| values.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect();
    serialise(weights.iter().map(|(name, a)| (name, Dtype::F16, a.shape, narrow(&a.values))).collect())
}

fn serialise(arrays: Vec<(&str, Dtype, Vec<usize>, Vec<u8>)>) -> Result<Vec<u8>, Error> {
    let refuse = |e: safetensors::SafeTensorError| Error::Checkpoint(e.to_string());
    let views = arrays.iter().map(|(name, dtype, shape, bytes)| {
        Ok((*name, TensorView::new(*dtype, shape.clone(), bytes).map_err(refuse)?))
    });
    let views = views.collect::<Result<BTreeMap<_, _>, Error>>()?;
    safetensors::serialize(views, None).map_err(refuse)
}

/// Known answers: real inputs would carry patients' pixels into the repository, so they are smooth waves.
fn golden(outcome: &Outcome, weights: &[u8]) -> Result<Vec<u8>, Error> {
    let frame = &outcome.input.frame;
    let (channels, side) = (frame.channels as usize, frame.side as usize);
    let image = channels * side * side;
    let mut waves: Vec<f32> =
        (0..GOLDEN_IMAGES * image).map(|i| 0.5 + 0.5 * (i as f32 * 0.0137).sin()).collect();
    outcome.input.normalise(&mut waves);
    let network = Network::new(outcome.blueprint, &Weights::from_safetensors(WEIGHTS, weights)?)?;
    let mut memory = Memory::default();
    let mut logits = Vec::new();
    for wave in waves.chunks(image) {
        logits.extend(network.read(wave, &mut memory)?.logits);
    }
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let answers = vec![GOLDEN_IMAGES, outcome.blueprint.head.classes];
    serialise(vec![
        ("input", Dtype::F32, vec![GOLDEN_IMAGES, channels, side, side], bytes(&waves)),
        ("logits", Dtype::F32, answers, bytes(&logits)),
    ])
}

fn card(outcome: &Outcome, classes: &[String], files: BTreeMap<String, FileStamp>) -> Result<Card, Error> {
    let about = &outcome.recipe.about;
    let logits: Vec<Vec<f32>> = outcome.readings.iter().map(|reading| reading.logits.clone()).collect();
    let temperature = prediction::fit_temperature(&logits, outcome.labels);
    let rows: Vec<Vec<f32>> = logits.iter().map(|row| prediction::probabilities(row, temperature)).collect();
    let is_finding = |class: &usize| classes.get(*class).is_some_and(|name| about.finding.contains(name));
    let finding: Vec<usize> = (0..classes.len()).filter(is_finding).collect();
    let sum = |row: &Vec<f32>| finding.iter().filter_map(|class| row.get(*class)).sum();
    let scores: Vec<f32> = rows.iter().map(sum).collect();
    let positive: Vec<bool> = outcome.labels.iter().map(|label| finding.contains(label)).collect();
    let own = || finding.first().and_then(|class| about.labels.get(*class)).cloned();
    let label = about.finding_label.clone().or_else(own).unwrap_or_default();
    let measured_on = format!("{} validation images, held out of the training split", rows.len());
    let operating_point =
        prediction::operating_point(&label, &scores, &positive, measured_on).ok_or_else(|| {
            Error::Recipe("the validation split lacks a class; raise validation.fraction".into())
        })?;
    let n = rows.len();
    let mut card = Card {
        format: FORMAT,
        id: about.id.clone(),
        title: about.title.clone(),
        version: about.version.clone(),
        intended_use: about.intended_use.clone(),
        limits: about.limits.clone(),
        licence: about.licence.clone(),
        classes: classes
            .iter()
            .zip(&about.labels)
            .map(|(name, label)| Class { name: name.clone(), label: label.clone() })
            .collect(),
        input: outcome.input.clone(),
        architecture: outcome.recipe.network.architecture.clone(),
        calibration: Calibration { temperature, finding, operating_point },
        metrics: Vec::new(),
        provenance: Provenance {
            recipe: serde_json::to_value(outcome.recipe).map_err(|e| Error::Recipe(e.to_string()))?,
            data_sha256: outcome.data_sha256.to_string(),
            epoch: outcome.epoch,
            lantern: env!("CARGO_PKG_VERSION").into(),
        },
        files,
    };
    let figures = Rows::new(rows, outcome.labels.to_vec()).figures(&card);
    card.metrics.push(Measured { split: "validation".into(), part: String::new(), n, figures });
    Ok(card)
}

fn stamp(bytes: &[u8]) -> FileStamp {
    FileStamp { bytes: bytes.len() as u64, sha256: sha256(bytes) }
}

fn to_json(card: &Card) -> Result<Vec<u8>, Error> {
    let mut json = serde_json::to_vec_pretty(card).map_err(|e| Error::Recipe(e.to_string()))?;
    json.push(b'\n');
    Ok(json)
}
