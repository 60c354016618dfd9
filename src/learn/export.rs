//! Trained, then calibrated, then described: a bundle's files. Its card is made once everything in it is known.

use super::calibrate::{Calibrated, calibrate, curve_and_reliability};
use super::session::Session;
use super::trained::Trained;
use super::{Error, Report};
use crate::dataset::Dataset;
use crate::examination::{CurvePoint, OperatingPoint, ReliabilityBin};
use crate::messages::card as card_words;
use crate::messages::fault::learn as fault;
use crate::metrics;
use crate::model::{Bundle, Calibration, Card, DISTRIBUTION, Extractor, FileStamp, Files, GOLDEN, WEIGHTS};

/// Makes a bundle of the session's best epoch, calibrated and measured on the validation split. `dataset`: what was learned from.
pub fn export(session: &Session, dataset: &Dataset, extractor: &Extractor) -> Result<Files, Error> {
    let trained = Trained::of(session, &dataset.classes)?;
    let calibrated = calibrate(&trained, dataset, extractor)?;
    bundle(trained, calibrated)
}

/// Calibrates a bundle anew by the recipe in its card, as the end of a training does. `dataset`: what the bundle was trained on. What other
/// splits have measured is dropped from the card.
pub fn recalibrate(files: Files, dataset: &Dataset, extractor: &Extractor) -> Result<Files, Error> {
    let trained = Trained::of_bundle(files)?;
    if trained.provenance.data_sha256 != dataset.sha256 {
        let why = fault::other_data(&trained.recipe.about.id);
        return Err(Error::Recipe(why));
    }
    let calibrated = calibrate(&trained, dataset, extractor)?;
    bundle(trained, calibrated)
}

/// The same bundle with the figures of another split in its card. What a user is told of the operating point is then what it
/// does there: the validation split shares the training's machines and flatters.
pub fn record(files: Files, report: &Report) -> Result<Files, Error> {
    let mut card = Card::parse(&files.card)?;
    let refusal = super::unmeasurable(&card);
    let mut scores = report.scores.iter();
    match &mut card.calibration {
        Calibration::One(None) => return Err(refusal),
        Calibration::One(Some(one)) => {
            let known = (&mut one.operating_point, &mut one.curve, &mut one.reliability);
            if let Some(scores) = scores.next() {
                remeasure(known, scores, &report.split);
            }
        }
        Calibration::Many(labels) => {
            for (label, scores) in labels.iter_mut().zip(scores) {
                let Some(label) = label else { continue };
                let known = (&mut label.operating_point, &mut label.curve, &mut label.reliability);
                remeasure(known, scores, &report.split);
            }
        }
    }
    card.metrics.retain(|measured| measured.split != report.split);
    card.metrics.extend(report.measured());
    Ok(Files { card: card.to_json()?, ..files })
}

/// What is known of an operating point, as measured on another split; it stays as it was where that has no image with the finding, or none
/// without.
fn remeasure(
    (point, curve, reliability): (&mut OperatingPoint, &mut Vec<CurvePoint>, &mut Vec<ReliabilityBin>),
    (scores, positive): &(Vec<f32>, Vec<bool>),
    split: &str,
) {
    let shares = metrics::sensitivity_specificity(scores, positive, point.threshold.get());
    let Some((sensitivity, specificity)) = shares else { return };
    (point.sensitivity, point.specificity) = (sensitivity, specificity);
    point.prevalence = positive.iter().filter(|p| **p).count() as f64 / positive.len().max(1) as f64;
    point.measured_on = card_words::split_images(positive.len(), split);
    (*curve, *reliability) = curve_and_reliability(scores, positive);
}

/// The files, the card among them, checked as whoever opens them checks them.
pub(super) fn bundle(trained: Trained, calibrated: Calibrated) -> Result<Files, Error> {
    let Trained { recipe, classes, input, provenance, weights, golden } = trained;
    let Calibrated { calibration, gate, metrics } = calibrated;
    let (gate, distribution) = gate.unzip();
    let distribution_file = distribution.iter().map(|bytes| (DISTRIBUTION, bytes));
    let stamps = [(WEIGHTS, &weights), (GOLDEN, &golden)].into_iter().chain(distribution_file);
    let card = Card {
        format: Card::format_for(&recipe.network.architecture, &calibration, gate.as_ref()),
        about: recipe.about,
        classes,
        input,
        architecture: recipe.network.architecture,
        calibration,
        gate,
        metrics,
        provenance,
        files: stamps.map(|(name, bytes)| (name.to_string(), FileStamp::of(bytes))).collect(),
    };
    let files = Files { card: card.to_json()?, weights, golden, distribution };
    Bundle::open(files.clone())?;
    Ok(files)
}
