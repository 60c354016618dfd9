//! The best weights become a bundle: folded, halved, measured, with known answers and a card.

use super::calibrate::{behave, calibrate};
use super::recipe::About;
use super::session::{Session, TrainedNetwork};
use super::{Error, Report};
use crate::dataset::Dataset;
use crate::examination::OperatingPoint;
use crate::fingerprint::sha256;
use crate::kernels::{interleaved, planar};
use crate::model::{
    Buffers, Calibration, Card, Class, Extractor, FORMAT, FileStamp, Files, GOLDEN, GateStamp, Network,
    Provenance, WEIGHTS, Weights, waves,
};
use crate::units::{Estimate, Probability};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::BTreeMap;

/// Images among the known answers.
const GOLDEN_IMAGES: usize = 2;

/// Makes a bundle of the session's best epoch, fitted and measured on the validation split. `dataset`: what was learned from.
pub fn export(session: &Session, dataset: &Dataset, extractor: &Extractor) -> Result<Files, Error> {
    let trained = session.trained()?;
    let weights = halved(&trained.weights)?;
    let golden = golden(&trained, &weights)?;
    let files =
        BTreeMap::from([(WEIGHTS.to_string(), stamp(&weights)), (GOLDEN.to_string(), stamp(&golden))]);
    let card = card(&trained, &dataset.classes, files)?;
    calibrate(Files { card: to_json(&card)?, weights, golden, distribution: Vec::new() }, dataset, extractor)
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
    point.prevalence =
        report.positive.iter().filter(|p| **p).count() as f64 / report.positive.len().max(1) as f64;
    point.measured_on = format!("the {} images of the {} split", report.n, report.split);
    behave(&mut card, &report.scores, &report.positive);
    Ok(Files { card: to_json(&card)?, ..files })
}

/// The weights' file, in half precision: what it costs is measured in `docs/performance.md`.
fn halved(weights: &Weights) -> Result<Vec<u8>, Error> {
    let narrow = |values: &[f32]| values.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect();
    serialise(weights.iter().map(|(name, a)| (name, Dtype::F16, a.shape, narrow(&a.values))).collect())
}

/// Arrays as a safetensors file, in f32.
pub(super) fn serialised(arrays: &Weights) -> Result<Vec<u8>, Error> {
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    serialise(arrays.iter().map(|(name, a)| (name, Dtype::F32, a.shape, bytes(&a.values))).collect())
}

fn serialise(arrays: Vec<(&str, Dtype, Vec<usize>, Vec<u8>)>) -> Result<Vec<u8>, Error> {
    let refuse = |e: safetensors::SafeTensorError| Error::Checkpoint(e.to_string());
    let views = arrays.iter().map(|(name, dtype, shape, bytes)| {
        Ok((*name, TensorView::new(*dtype, shape.clone(), bytes).map_err(refuse)?))
    });
    let views = views.collect::<Result<BTreeMap<_, _>, Error>>()?;
    safetensors::serialize(views, None).map_err(refuse)
}

/// Known answers to known images.
fn golden(trained: &TrainedNetwork, weights: &[u8]) -> Result<Vec<u8>, Error> {
    let frame = &trained.input.frame;
    let (channels, side) = (frame.channels as usize, frame.side as usize);
    let image = channels * side * side;
    let network = Network::new(trained.graph, &Weights::from_safetensors(WEIGHTS, weights)?)?;
    let mut memory = Buffers::default();
    let (mut questions, mut logits) = (Vec::new(), Vec::new());
    for planes in waves(GOLDEN_IMAGES * image).chunks(image) {
        let mut pixels = interleaved(planes, channels);
        trained.input.normalise(&mut pixels);
        logits.extend(network.forward(&pixels, &mut memory)?.logits);
        // As other runtimes take them.
        questions.extend(planar(&pixels, channels));
    }
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let answers = vec![GOLDEN_IMAGES, trained.graph.head.classes];
    serialise(vec![
        ("input", Dtype::F32, vec![GOLDEN_IMAGES, channels, side, side], bytes(&questions)),
        ("logits", Dtype::F32, answers, bytes(&logits)),
    ])
}

/// What the finding is called.
pub(super) fn finding_label(about: &About, finding: &[usize]) -> String {
    let own = || finding.first().and_then(|class| about.labels.get(*class)).cloned();
    about.finding_label.clone().or_else(own).unwrap_or_default()
}

/// The card before anything is fitted.
fn card(
    trained: &TrainedNetwork,
    classes: &[String],
    files: BTreeMap<String, FileStamp>,
) -> Result<Card, Error> {
    let about = &trained.recipe.about;
    let is_finding = |class: &usize| classes.get(*class).is_some_and(|name| about.finding.contains(name));
    let finding: Vec<usize> = (0..classes.len()).filter(is_finding).collect();
    let unknown = Estimate { value: 0.0, low: 0.0, high: 1.0 };
    let threshold = Probability::new(0.5).ok_or_else(|| Error::Recipe("no threshold".into()))?;
    let operating_point = OperatingPoint {
        label: finding_label(about, &finding),
        threshold,
        unsure_from: threshold,
        unsure_to: threshold,
        sensitivity: unknown,
        specificity: unknown,
        measured_on: "nothing yet".into(),
        prevalence: 0.0,
        purpose: about.purpose,
        moved_from: None,
        rules_out_below: threshold,
    };
    Ok(Card {
        format: FORMAT,
        id: about.id.clone(),
        title: about.title.clone(),
        kind: about.kind.clone(),
        scope: about.scope.clone(),
        tried_on: about.tried_on.clone(),
        advice: about.advice.clone(),
        version: about.version.clone(),
        intended_use: about.intended_use.clone(),
        limits: about.limits.clone(),
        licence: about.licence.clone(),
        classes: classes
            .iter()
            .zip(&about.labels)
            .map(|(name, label)| Class { name: name.clone(), label: label.clone() })
            .collect(),
        input: trained.input.clone(),
        architecture: trained.recipe.network.architecture.clone(),
        calibration: Calibration {
            temperature: 1.0,
            finding,
            operating_point,
            purpose_reason: about.purpose_reason.clone(),
            most_missed: about.most_missed,
            level: 0.0,
            least: 0.0,
            curve: Vec::new(),
            reliability: Vec::new(),
        },
        gate: GateStamp { extractor_sha256: String::new(), known_distance: 0.0, sharpness: (0.0, 0.0) },
        metrics: Vec::new(),
        provenance: Provenance {
            recipe: serde_json::to_value(trained.recipe).map_err(|e| Error::Recipe(e.to_string()))?,
            data_sha256: trained.data_sha256.to_string(),
            epoch: trained.epoch,
            lantern: env!("CARGO_PKG_VERSION").into(),
        },
        files,
    })
}

/// The extractor of a bundle's network, in half precision: the file that all bundles share.
pub fn extractor(weights: &Weights) -> Result<Vec<u8>, Error> {
    halved(&Extractor::cut(weights)?)
}

pub(super) fn stamp(bytes: &[u8]) -> FileStamp {
    FileStamp { bytes: bytes.len() as u64, sha256: sha256(bytes) }
}

pub(super) fn to_json(card: &Card) -> Result<Vec<u8>, Error> {
    let mut json = serde_json::to_vec_pretty(card).map_err(|e| Error::Recipe(e.to_string()))?;
    json.push(b'\n');
    Ok(json)
}
