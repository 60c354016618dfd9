//! What a network's answers may be believed for: fitted on images that it did not learn from, as the last step of every training.

use super::evaluate::ScoredImages;
use super::export::{serialised, stamp, to_json};
use super::images::Images;
use super::recipe::{About, Recipe};
use super::session::MARGIN;
use super::setup::split;
use super::{Error, export};
use crate::calibration;
use crate::dataset::{Dataset, Sample};
use crate::examination::{CurvePoint, ReliabilityBin};
use crate::file;
use crate::gate::{Distribution, Gate};
use crate::imaging::Image;
use crate::metrics;
use crate::model::{
    Buffers, Bundle, Card, DISTRIBUTION, Extractor, Files, GateStamp, InputImage, Measured, Network, Output,
    WEIGHTS, Weights, known_image,
};
use crate::preprocess::resize;
use rayon::prelude::*;

/// The share of images whose prediction set holds the truth.
const LEVEL: f64 = 0.9;
/// At most so many images make the distribution; their features' covariance has no use for more.
const LEARNED: usize = 4000;
/// Of the validation images, the share that is blurrier, and that is sharper, than the limits before they are moved outward.
const EXTREME: f64 = 0.01;
/// How far the lower one is moved: one set's images are more alike than those of all machines. The upper one is moved twice as
/// far, because only noise is to lie beyond.
const LENIENCE: f32 = 0.8;

/// Fits temperature, prediction sets, operating point, gate and sharpness anew, by the recipe in the card, and measures the
/// validation split. `dataset`: what the bundle was trained on. What other splits have measured is dropped from the card.
pub fn calibrate(files: Files, dataset: &Dataset, extractor: &Extractor) -> Result<Files, Error> {
    let card = Card::parse(&files.card)?;
    let recipe: Recipe = serde_json::from_value(card.provenance.recipe.clone())
        .map_err(|e| Error::Recipe(format!("the card's own recipe is none of this version: {e}")))?;
    if card.provenance.data_sha256 != dataset.sha256 {
        let why = format!("{} was trained on other data: take the same archive", card.id);
        return Err(Error::Recipe(why));
    }
    let mut card = described(card, &recipe.about);
    let (train, validation) = split(&recipe, dataset)?;
    let distribution = serialised(&gate(&mut card, &recipe, dataset, (&train, &validation), extractor)?)?;
    card.files.insert(DISTRIBUTION.into(), stamp(&distribution));
    let network = Network::new(&card.graph()?, &Weights::from_safetensors(WEIGHTS, &files.weights)?)?;

    let read = |memory: &mut Buffers, image: &Image| -> Result<(Output, f32), Error> {
        let InputImage { values, sharpness, .. } = card.input.prepare(image);
        Ok((card.input.forward(&network, &values, memory)?, sharpness))
    };
    let (read, labels): (Vec<(Output, f32)>, Vec<usize>) =
        see(dataset, &validation, read)?.into_iter().unzip();
    let mut sharpness: Vec<f32> = read.iter().map(|(_, sharpness)| *sharpness).collect();
    sharpness.sort_by(f32::total_cmp);
    let blurriest = sharpness.get((sharpness.len() as f64 * EXTREME) as usize).copied().unwrap_or_default();
    let sharpest = sharpness.iter().rev().nth((sharpness.len() as f64 * EXTREME) as usize).copied();
    card.gate.sharpness = (blurriest * LENIENCE, sharpest.unwrap_or_default() / LENIENCE.powi(2));
    let logits: Vec<Vec<f32>> = read.into_iter().map(|(reading, _)| reading.logits).collect();
    fit_answers(&mut card, &recipe, &logits, labels)?;
    let files = Files { card: to_json(&card)?, distribution, ..files };
    Bundle::open(&files)?;
    Ok(files)
}

/// Path and reason of the files to learn from and to validate on that cannot be read, which [`calibrate`] leaves out.
pub fn unreadable(dataset: &Dataset) -> Result<Vec<(String, String)>, Error> {
    let why = |sample: &Sample| -> Result<Option<(String, String)>, Error> {
        let read = file::image(&dataset.bytes(sample)?);
        Ok(read.err().map(|error| (sample.path.clone(), error.to_string())))
    };
    let samples = dataset.samples.par_iter().filter(|sample| sample.split != "test");
    Ok(samples.map(why).collect::<Result<Vec<_>, Error>>()?.into_iter().flatten().collect())
}

/// The card with the recipe's words.
fn described(card: Card, about: &About) -> Card {
    let mut card = Card {
        title: about.title.clone(),
        kind: about.kind.clone(),
        scope: about.scope.clone(),
        tried_on: about.tried_on.clone(),
        advice: about.advice.clone(),
        version: about.version.clone(),
        intended_use: about.intended_use.clone(),
        limits: about.limits.clone(),
        licence: about.licence.clone(),
        ..card
    };
    card.calibration.purpose_reason = about.purpose_reason.clone();
    card.calibration.most_missed = about.most_missed;
    card
}

/// What is made of each image that can be read, as the engine would see it, and its label. [`unreadable`] lists the others.
fn see<T: Send>(
    dataset: &Dataset,
    indices: &[usize],
    make: impl Fn(&mut Buffers, &Image) -> Result<T, Error> + Sync + Send,
) -> Result<Vec<(T, usize)>, Error> {
    let one = |memory: &mut Buffers, index: &usize| -> Result<Option<(T, usize)>, Error> {
        let Some(sample) = dataset.samples.get(*index) else { return Ok(None) };
        let Ok((image, _)) = file::image(&dataset.bytes(sample)?) else { return Ok(None) };
        Ok(Some((make(memory, &image)?, sample.label)))
    };
    let seen: Vec<Option<(T, usize)>> =
        indices.par_iter().map_init(Buffers::default, one).collect::<Result<_, Error>>()?;
    Ok(seen.into_iter().flatten().collect())
}

/// The distribution of the features of what was learned from, plain and changed as while learning, and the card's part of it.
fn gate(
    card: &mut Card,
    recipe: &Recipe,
    dataset: &Dataset,
    (train, validation): (&[usize], &[usize]),
    extractor: &Extractor,
) -> Result<Weights<'static>, Error> {
    let frame = Extractor::frame();
    let side = frame.side as usize;
    let stored = resize::InputSpec { side: (frame.side as f32 * MARGIN) as u32, ..frame.clone() };
    // Evenly through the set, because it is ordered by class.
    let step = train.len().div_ceil(LEARNED).max(1);
    let chosen: Vec<usize> = train.iter().copied().step_by(step).collect();
    let features = |memory: &mut Buffers, image: Vec<f32>| Ok(extractor.features(&image, memory)?);
    let of = |indices: &[usize]| -> Result<Vec<Vec<f32>>, Error> {
        let one = |memory: &mut Buffers, image: &Image| features(memory, Gate::thumbnail(image));
        Ok(see(dataset, indices, one)?.into_iter().map(|(features, _)| features).collect())
    };
    let mut learned = of(&chosen)?;
    let large = Images::load(dataset, &chosen, &stored, false, &|_| ())?;
    let changed = |memory: &mut Buffers, index: usize| {
        let seed = recipe.training.seed ^ (index as u64).wrapping_mul(0xd134_2543_de82_ef95);
        features(memory, large.changed(index, side, &recipe.augmentation, seed).0)
    };
    learned.extend(
        (0..large.len())
            .into_par_iter()
            .map_init(Buffers::default, changed)
            .collect::<Result<Vec<_>, Error>>()?,
    );
    let distribution = Distribution::fit(&learned, &of(validation)?)
        .ok_or_else(|| Error::Recipe("too few images to tell what else is unlike them".into()))?;
    let known = extractor.features(&known_image(side, 3), &mut Buffers::default())?;
    card.gate = GateStamp {
        extractor_sha256: extractor.sha256.clone(),
        known_distance: distribution.distance(&known),
        sharpness: (0.0, 0.0),
    };
    Ok(distribution.arrays())
}

/// The card's part of what the answers to the validation images say.
fn fit_answers(
    card: &mut Card,
    recipe: &Recipe,
    logits: &[Vec<f32>],
    labels: Vec<usize>,
) -> Result<(), Error> {
    let missing = || {
        Error::Recipe("the validation split lacks a class or images; raise validation.fraction or hold out another cluster".into())
    };
    let temperature = calibration::fit_temperature(logits, &labels);
    let rows: Vec<Vec<f32>> = logits.iter().map(|row| calibration::probabilities(row, temperature)).collect();
    let n = rows.len();
    let calibration = &mut card.calibration;
    calibration.temperature = temperature;
    calibration.level = LEVEL;
    // Of too few images nothing can be promised but that one of all classes is the truth.
    calibration.least = calibration::fit_sets(&rows, &labels, LEVEL).unwrap_or(0.0);
    let rows = ScoredImages::new(rows, labels);
    let (scores, positive) = rows.against(&calibration.finding);
    let measured_on = format!("{n} validation images, held out of the training split");
    let label = export::finding_label(&recipe.about, &calibration.finding);
    calibration.operating_point =
        calibration::operating_point(&label, recipe.about.purpose, &scores, &positive, measured_on)
            .ok_or_else(missing)?;
    behave(card, &scores, &positive);
    card.metrics =
        vec![Measured { split: "validation".into(), part: String::new(), n, figures: rows.figures(card) }];
    Ok(())
}

/// Thresholds that a reader may choose: each hundredth.
const THRESHOLDS: usize = 100;

/// Puts into the card what every threshold comes to, and whether probabilities mean what they say.
pub(super) fn behave(card: &mut Card, scores: &[f32], positive: &[bool]) {
    let point = |step: usize| {
        let threshold = step as f32 / THRESHOLDS as f32;
        let (sensitivity, specificity) = metrics::sensitivity_specificity(scores, positive, threshold)?;
        Some(CurvePoint { threshold, sensitivity, specificity })
    };
    card.calibration.curve = (1..THRESHOLDS).filter_map(point).collect();
    let bin = |(images, mean_probability, share)| ReliabilityBin { images, mean_probability, share };
    card.calibration.reliability = metrics::reliability(scores, positive).into_iter().map(bin).collect();
}
