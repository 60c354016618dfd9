//! The best weights become a bundle: folded, halved, measured, with known answers and a card.

use super::session::{Outcome, Session};
use super::{Error, Report};
use crate::fingerprint::sha256;
use crate::model::{
    Bundle, Calibration, Card, Class, FORMAT, FileStamp, Files, GOLDEN, Measured, Network, Provenance,
    WEIGHTS, fold,
};
use crate::prediction;
use crate::units::Estimate;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use std::collections::{BTreeMap, HashMap};

/// Images among the known answers.
const GOLDEN_IMAGES: usize = 2;

/// A bundle's files, checked, and its card's text for people.
#[derive(Debug)]
pub struct Exported {
    /// The files a program reads.
    pub files: Files,
    /// The same, opened.
    pub bundle: Bundle,
}

/// Makes a bundle of the session's best epoch. `classes`: the data set's folder names.
pub fn export(session: &Session, classes: &[String]) -> Result<Exported, Error> {
    let outcome = session.outcome()?;
    let weights: HashMap<String, Tensor> = fold(outcome.weights)?
        .into_iter()
        .map(|(name, tensor)| Ok((name, tensor.to_dtype(DType::F16)?)))
        .collect::<Result<_, Error>>()?;
    let golden = golden(&outcome, &weights, classes.len())?;
    let weights = serialise(&weights)?;
    let golden = serialise(&golden)?;
    let files =
        BTreeMap::from([(WEIGHTS.to_string(), stamp(&weights)), (GOLDEN.to_string(), stamp(&golden))]);
    let card = card(&outcome, classes, files)?;
    let files = Files { card: to_json(&card)?, weights, golden };
    let bundle = Bundle::open(&files)?;
    Ok(Exported { files, bundle })
}

impl Exported {
    /// Writes figures of another split into the card. What a reader is told of the operating point is then what it does
    /// there: the validation split shares the training's machines and flatters.
    pub fn record(&mut self, report: &Report) -> Result<(), Error> {
        let mut card = self.bundle.card.clone();
        let figures = report.figures().map(|(name, estimate)| (name.to_string(), estimate)).into();
        card.metrics.retain(|measured| measured.split != report.split);
        card.metrics.push(Measured { split: report.split.clone(), n: report.n, figures });
        let point = &mut card.calibration.operating_point;
        (point.sensitivity, point.specificity) = (report.sensitivity, report.specificity);
        point.measured_on = format!("the {} images of the {} split", report.n, report.split);
        self.files.card = to_json(&card)?;
        self.bundle = Bundle::open(&self.files)?;
        Ok(())
    }
}

/// Known answers: real inputs would carry patients' pixels into the repository, so they are smooth waves.
fn golden(
    outcome: &Outcome,
    weights: &HashMap<String, Tensor>,
    classes: usize,
) -> Result<HashMap<String, Tensor>, Error> {
    let recipe = &outcome.recipe.network;
    let (channels, side) = (recipe.channels as usize, recipe.side as usize);
    let count = GOLDEN_IMAGES * channels * side * side;
    let waves: Vec<f32> = (0..count).map(|i| 0.5 + 0.5 * (i as f32 * 0.0137).sin()).collect();
    let input = outcome.input.normalise(waves)?;
    let full = weights.iter().map(|(name, t)| Ok((name.clone(), t.to_dtype(DType::F32)?)));
    let full = full.collect::<Result<HashMap<_, _>, Error>>()?;
    let vb = VarBuilder::from_tensors(full, DType::F32, &Device::Cpu);
    let network = Network::new(&recipe.architecture, channels, classes, vb)?;
    let logits = network.head(&network.features(&input)?)?;
    Ok(HashMap::from([("input".to_string(), input), ("logits".to_string(), logits)]))
}

fn card(outcome: &Outcome, classes: &[String], files: BTreeMap<String, FileStamp>) -> Result<Card, Error> {
    let about = &outcome.recipe.about;
    let temperature = prediction::fit_temperature(&outcome.logits, outcome.labels);
    let logits = Tensor::new(outcome.logits.clone(), &Device::Cpu)?;
    let rows = prediction::probabilities(&logits, temperature)?;
    let finding = classes.iter().position(|class| *class == about.finding).unwrap_or_default();
    let scores: Vec<f32> = rows.iter().filter_map(|row| row.get(finding).copied()).collect();
    let positive: Vec<bool> = outcome.labels.iter().map(|label| *label == finding).collect();
    let label = about.labels.get(finding).cloned().unwrap_or_default();
    let measured_on = format!("{} validation images, held out of the training split", rows.len());
    let operating_point =
        prediction::operating_point(&label, &scores, &positive, measured_on).ok_or_else(|| {
            Error::Recipe("the validation split lacks a class; raise validation.fraction".into())
        })?;
    let names: Vec<&str> = classes.iter().map(String::as_str).collect();
    let figures = super::evaluate::summary(&rows, outcome.labels, &names).ok_or_else(|| {
        Error::Recipe("the validation split lacks a class; raise validation.fraction".into())
    })?;
    Ok(Card {
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
        metrics: vec![Measured { split: "validation".into(), n: rows.len(), figures }],
        provenance: Provenance {
            recipe: serde_json::to_value(outcome.recipe).map_err(|e| Error::Recipe(e.to_string()))?,
            data_sha256: outcome.data_sha256.to_string(),
            epoch: outcome.epoch,
            lantern: env!("CARGO_PKG_VERSION").into(),
        },
        files,
    })
}

fn stamp(bytes: &[u8]) -> FileStamp {
    FileStamp { bytes: bytes.len() as u64, sha256: sha256(bytes) }
}

fn serialise(tensors: &HashMap<String, Tensor>) -> Result<Vec<u8>, Error> {
    // Sorted, so that the same weights make the same file.
    let sorted: BTreeMap<&String, &Tensor> = tensors.iter().collect();
    safetensors::serialize(sorted, None).map_err(|e| Error::Checkpoint(e.to_string()))
}

fn to_json(card: &Card) -> Result<Vec<u8>, Error> {
    let mut json = serde_json::to_vec_pretty(card).map_err(|e| Error::Recipe(e.to_string()))?;
    json.push(b'\n');
    Ok(json)
}

/// The card for people, as Markdown.
pub fn model_card(card: &Card) -> String {
    let mut text = format!("# {}\n\nVersion {}. Not a diagnosis.\n\n", card.title, card.version);
    let mut section = |title: &str, body: String| text.push_str(&format!("## {title}\n\n{body}\n\n"));
    section("Intended use", card.intended_use.clone());
    section("Limits", card.limits.iter().map(|limit| format!("- {limit}\n")).collect());
    let labels: Vec<&str> = card.classes.iter().map(|class| class.label.as_str()).collect();
    section("Answers", format!("{}. The finding is {}.", labels.join(", "), card.finding()));
    section("Figures", figures_table(card));
    let point = &card.calibration.operating_point;
    section(
        "Operating point",
        format!(
            "{} is suspected from a probability of {} on; from {} to {} the answer is \"not sure\". At {} the sensitivity is {} and the specificity {}, measured on {}.",
            point.label,
            point.threshold,
            point.unsure_from,
            point.unsure_to,
            point.threshold,
            shown(&point.sensitivity),
            shown(&point.specificity),
            point.measured_on
        ),
    );
    section("Data and licence", card.licence.clone());
    let provenance = &card.provenance;
    section(
        "Made by",
        format!(
            "`lantern train recipes/{}.toml` (Lantern {}), epoch {}, from the archive with SHA-256 `{}`. The recipe stands whole in card.json.",
            card.id, provenance.lantern, provenance.epoch, provenance.data_sha256
        ),
    );
    text.trim_end().to_string() + "\n"
}

fn figures_table(card: &Card) -> String {
    let mut table = String::from(
        "With 95 % bootstrap intervals.\n\n| split | images | figure | value |\n|---|---|---|---|\n",
    );
    for measured in &card.metrics {
        for (name, estimate) in &measured.figures {
            table.push_str(&format!(
                "| {} | {} | {name} | {} |\n",
                measured.split,
                measured.n,
                shown(estimate)
            ));
        }
    }
    table
}

fn shown(estimate: &Estimate) -> String {
    format!("{:.3} ({:.3} to {:.3})", estimate.value, estimate.low, estimate.high)
}
