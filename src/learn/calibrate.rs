//! How far a network's answers may be believed: fitted on images that it did not learn from, as the last step of every training.

use super::Error;
use super::images::Images;
use super::labels::calibrate_labels;
use super::scored_images::ScoredImages;
use super::session::MARGIN;
use super::setup::split;
use super::trained::{Trained, serialised};
use super::validation::softmax;
use crate::calibration;
use crate::dataset::{Dataset, Sample};
use crate::examination::{CurvePoint, ReliabilityBin};
use crate::file;
use crate::gate::{Distribution, Gate};
use crate::imaging::Image;
use crate::messages::card;
use crate::messages::fault::learn as fault;
use crate::metrics;
use crate::model::{Calibration, ClassCalibration, Extractor, GateStamp, InputImage, Measured, known_image};
use crate::preprocess::resize;
use rayon::prelude::*;

/// The share of images whose prediction set holds the truth.
const SET_COVERAGE: f64 = 0.9;
/// At most so many images make the distribution; their features' covariance has no use for more.
const MAX_DISTRIBUTION_IMAGES: usize = 4000;
/// Of the validation images, the share that is blurrier, and that is sharper, than the limits before they are moved outward.
const EXTREME: f64 = 0.01;
/// Factor by which the lower sharpness limit is lowered, because images vary more between devices than within one data set. The upper limit
/// is raised by its inverse square, because only noise should lie beyond it.
const LENIENCE: f32 = 0.8;

/// What the validation images say of a trained network.
pub(super) struct Calibrated {
    pub calibration: Calibration,
    /// Which images it answers for, and the file [`crate::model::DISTRIBUTION`].
    pub gate: Option<(GateStamp, Vec<u8>)>,
    /// Of the validation split.
    pub metrics: Vec<Measured>,
}

/// What one validation image gives.
struct ValidationImage {
    features: Vec<f32>,
    logits: Vec<f32>,
    sharpness: f32,
}

/// Fits temperature, prediction sets, operating point, gate and sharpness, and measures the validation split. `dataset`: what was
/// trained on.
pub(super) fn calibrate(
    trained: &Trained,
    dataset: &Dataset,
    extractor: &Extractor,
) -> Result<Calibrated, Error> {
    let Observed { gate, logits, samples } = observe(trained, dataset, extractor)?;
    let label = |index: &usize| dataset.samples.get(*index).map_or(0, |sample| sample.label);
    let (calibration, measured) = fit_answers(trained, &logits, samples.iter().map(label).collect())?;
    let calibration = Calibration::One(Some(Box::new(calibration)));
    Ok(Calibrated { calibration, gate: Some(gate), metrics: vec![measured] })
}

/// As [`calibrate`], for a network that judges each label by itself. Whether an image has a label, the data set's
/// table tells ([`Sample::has`]).
pub(super) fn calibrate_many(
    trained: &Trained,
    dataset: &Dataset,
    extractor: &Extractor,
) -> Result<Calibrated, Error> {
    let Observed { gate, logits, samples } = observe(trained, dataset, extractor)?;
    let row = |index: &usize| -> Option<Vec<Option<bool>>> {
        let sample = dataset.samples.get(*index)?;
        Some(trained.classes.iter().map(|class| sample.has(&class.name)).collect())
    };
    let known: Vec<_> = samples.iter().filter_map(row).collect();
    if known.iter().flatten().all(Option::is_none) {
        return Err(Error::Recipe(fault::many_labels(&trained.recipe.about.id)));
    }
    let purpose = trained.recipe.task.purpose;
    let (labels, measured) = calibrate_labels(&trained.classes, purpose, &logits, &known);
    Ok(Calibrated { calibration: Calibration::Many(labels), gate: Some(gate), metrics: vec![measured] })
}

/// What the validation images give, whatever the network answers.
struct Observed {
    /// The stamp, and the file of the distribution.
    gate: (GateStamp, Vec<u8>),
    logits: Vec<Vec<f32>>,
    /// In the same places, the images' indices in the data set.
    samples: Vec<usize>,
}

fn observe(trained: &Trained, dataset: &Dataset, extractor: &Extractor) -> Result<Observed, Error> {
    let (train, validation) = split(&trained.recipe, dataset)?;
    let (network, input) = (trained.network()?, &trained.input);
    let read = |image: &Image| -> Result<ValidationImage, Error> {
        let features = extractor.features(&Gate::thumbnail(image))?;
        let InputImage { values, sharpness, .. } = input.prepare(image);
        let logits = input.forward(&network, &network.image(values)?)?.logits.to_vec1()?;
        Ok(ValidationImage { features, logits, sharpness })
    };
    let (mut known, mut logits, mut sharpness, mut samples) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (image, sample) in each(dataset, &validation, read)? {
        known.push(image.features);
        logits.push(image.logits);
        sharpness.push(image.sharpness);
        samples.push(sample);
    }
    let learned = learned_features(trained, dataset, &train, extractor)?;
    let distribution =
        Distribution::fit(&learned, &known).ok_or_else(|| Error::Recipe(fault::FEW_IMAGES.into()))?;
    let side = Extractor::frame().side as usize;
    let drawn = extractor.features(&known_image(side, 3))?;
    let gate = GateStamp {
        extractor_sha256: extractor.sha256.clone(),
        known_distance: distribution.distance(&drawn),
        sharpness: sharpness_limits(sharpness),
    };
    Ok(Observed { gate: (gate, serialised(&distribution.arrays())?), logits, samples })
}

/// Path and reason of the files to learn from and to validate on that cannot be read, which calibration leaves out.
pub fn unreadable(dataset: &Dataset) -> Result<Vec<(String, String)>, Error> {
    let why = |sample: &Sample| -> Result<Option<(String, String)>, Error> {
        let read = file::image(&dataset.bytes(sample)?);
        Ok(read.err().map(|error| (sample.path.clone(), error.to_string())))
    };
    let samples = dataset.samples.par_iter().filter(|sample| sample.split != "test");
    Ok(samples.map(why).collect::<Result<Vec<_>, Error>>()?.into_iter().flatten().collect())
}

/// What is made of each image that can be read, as the engine would see it, and its index in the data set. [`unreadable`] lists the others.
fn each<T: Send>(
    dataset: &Dataset,
    indices: &[usize],
    make: impl Fn(&Image) -> Result<T, Error> + Sync + Send,
) -> Result<Vec<(T, usize)>, Error> {
    let one = |index: &usize| -> Result<Option<(T, usize)>, Error> {
        let Some(sample) = dataset.samples.get(*index) else { return Ok(None) };
        let Ok((image, _)) = file::image(&dataset.bytes(sample)?) else { return Ok(None) };
        Ok(Some((make(&image)?, *index)))
    };
    let all: Vec<Option<(T, usize)>> = indices.par_iter().map(one).collect::<Result<_, Error>>()?;
    Ok(all.into_iter().flatten().collect())
}

/// The features of what was learned from, plain and changed as while learning.
fn learned_features(
    trained: &Trained,
    dataset: &Dataset,
    train: &[usize],
    extractor: &Extractor,
) -> Result<Vec<Vec<f32>>, Error> {
    let spec = Extractor::frame();
    let stored = resize::InputSpec { side: (spec.side as f32 * MARGIN) as u32, ..spec.clone() };
    // Evenly through the set, because it is ordered by class.
    let step = train.len().div_ceil(MAX_DISTRIBUTION_IMAGES).max(1);
    let chosen: Vec<usize> = train.iter().copied().step_by(step).collect();
    let plain = |image: &Image| Ok(extractor.features(&Gate::thumbnail(image))?);
    let mut features: Vec<Vec<f32>> =
        each(dataset, &chosen, plain)?.into_iter().map(|(features, _)| features).collect();
    let [large] = Images::load(dataset, &chosen, [&stored], false, &|_| ())?;
    let recipe = &trained.recipe;
    let changed = |index: usize| -> Result<Vec<f32>, Error> {
        let seed = recipe.training.seed ^ (index as u64).wrapping_mul(0xd134_2543_de82_ef95);
        let (image, _) = large.changed(index, spec.side as usize, &recipe.augmentation, seed);
        Ok(extractor.features(&image)?)
    };
    let changed = (0..large.len()).into_par_iter().map(changed);
    features.extend(changed.collect::<Result<Vec<_>, Error>>()?);
    Ok(features)
}

/// The sharpness below which an image is blurred, and above which it is noise.
fn sharpness_limits(mut sharpness: Vec<f32>) -> (f32, f32) {
    sharpness.sort_by(f32::total_cmp);
    let extreme = (sharpness.len() as f64 * EXTREME) as usize;
    let blurriest = sharpness.get(extreme).copied().unwrap_or_default();
    let sharpest = sharpness.iter().rev().nth(extreme).copied().unwrap_or_default();
    (blurriest * LENIENCE, sharpest / LENIENCE.powi(2))
}

/// What the answers to the validation images say, and how good they are.
fn fit_answers(
    trained: &Trained,
    logits: &[Vec<f32>],
    labels: Vec<usize>,
) -> Result<(ClassCalibration, Measured), Error> {
    let missing = || Error::Recipe(fault::VALIDATION_LACKS.into());
    let Trained { recipe, classes, .. } = trained;
    let temperature = calibration::fit_temperature(logits, &labels);
    let rows = softmax(logits, temperature)?;
    let n = rows.len();
    // Of too few images nothing can be promised but that one of all classes is the truth.
    let set_threshold = calibration::fit_sets(&rows, &labels, SET_COVERAGE).unwrap_or(0.0);
    let images = ScoredImages::new(rows, labels);
    let finding = recipe.task.finding_of(classes);
    let (scores, positive) = images.against(&finding);
    let (label, purpose) = (recipe.task.finding_words(&finding), recipe.task.purpose);
    let measured_on = card::validation_images(n);
    let operating_point =
        calibration::operating_point(&label, purpose, &scores, &positive, measured_on).ok_or_else(missing)?;
    let (curve, reliability) = curve_and_reliability(&scores, &positive);
    let calibration = ClassCalibration {
        temperature,
        finding,
        operating_point,
        set_coverage: SET_COVERAGE,
        set_threshold,
        curve,
        reliability,
    };
    let figures = images.figures(&calibration, classes);
    Ok((calibration, Measured { split: "validation".into(), part: String::new(), n, figures }))
}

/// Thresholds that a user may choose: each hundredth.
const THRESHOLDS: usize = 100;

/// What every threshold comes to, and whether probabilities mean what they say.
pub(super) fn curve_and_reliability(
    scores: &[f32],
    positive: &[bool],
) -> (Vec<CurvePoint>, Vec<ReliabilityBin>) {
    let point = |step: usize| {
        let threshold = step as f32 / THRESHOLDS as f32;
        let (sensitivity, specificity) = metrics::sensitivity_specificity(scores, positive, threshold)?;
        Some(CurvePoint { threshold, sensitivity, specificity })
    };
    let bin = |(images, mean_probability, share)| ReliabilityBin { images, mean_probability, share };
    let bins = metrics::reliability(scores, positive).into_iter().map(bin);
    ((1..THRESHOLDS).filter_map(point).collect(), bins.collect())
}
