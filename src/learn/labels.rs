//! Calibration and measurement of a model with many labels on one image.

use super::calibrate::curve_and_reliability;
use super::scored_images::{ClassFigures, area, missed, refused};
use super::{Error, Report, figures, unmeasurable};
use crate::calibration::{self, fit_label, label_probability};
use crate::dataset::{Dataset, Sample};
use crate::engine::{Engine, OnReject, Source};
use crate::examination::{Answer, Concern, Examination, FEWEST_IMAGES, Purpose, Verdict};
use crate::messages::card as words;
use crate::messages::fault::learn as fault;
use crate::metrics;
use crate::model::{Class, LabelCalibration, MISSED, Measured};
use crate::scope::Stated;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Calibrates each label by itself, and measures the images that it was calibrated on. `None` stands for a label with fewer than
/// [`FEWEST_IMAGES`] images that have it, or that have it not: nothing can be promised of it.
///
/// `logits`: one row for each image, with a logit for each of `classes`; `present`: in the same places, whether the image has the label,
/// `None` where that is not known.
pub fn calibrate_labels(
    classes: &[Class],
    purpose: Purpose,
    logits: &[Vec<f32>],
    present: &[Vec<Option<bool>>],
) -> (Vec<Option<LabelCalibration>>, Measured) {
    let mut measured = BTreeMap::new();
    let mut labels = Vec::new();
    for (index, class) in classes.iter().enumerate() {
        let known = logits
            .iter()
            .zip(present)
            .filter_map(|(logits, present)| Some((logits.get(index).copied()?, (*present.get(index)?)?)));
        let (logits, present): (Vec<f32>, Vec<bool>) = known.unzip();
        let (label, scores) = calibrate_label(class, purpose, &logits, &present).unzip();
        let auc = scores.and_then(|scores| area(&scores, &present));
        measured.extend(auc.map(|auc| (figures::class_auc(&class.name), auc)));
        labels.push(label);
    }
    let n = logits.len();
    (labels, Measured { split: "validation".into(), part: String::new(), n, figures: measured })
}

/// Of one label, with its probability for each image.
fn calibrate_label(
    class: &Class,
    purpose: Purpose,
    logits: &[f32],
    present: &[bool],
) -> Option<(LabelCalibration, Vec<f32>)> {
    let hits = present.iter().filter(|present| **present).count();
    if hits.min(present.len() - hits) < FEWEST_IMAGES {
        return None;
    }
    let (temperature, offset) = fit_label(logits, present);
    let scores: Vec<f32> =
        logits.iter().map(|logit| label_probability(*logit, temperature, offset)).collect();
    let measured_on = words::validation_images(present.len());
    let operating_point = calibration::operating_point(&class.label, purpose, &scores, present, measured_on)?;
    let (curve, reliability) = curve_and_reliability(&scores, present);
    Some((LabelCalibration { temperature, offset, operating_point, curve, reliability }, scores))
}

/// Examines every image of `split` and measures each label by itself, on the images of which the data set's table tells whether they have it
/// ([`Sample::has`]). Labels that were never checked have no operating point, and of labels of which the table says too little nothing is
/// measured.
pub(super) fn evaluate_labels(
    engine: &Engine,
    labels: &[Option<LabelCalibration>],
    dataset: &Dataset,
    split: &str,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Report, Error> {
    let card = engine.card();
    let samples: Vec<&Sample> = dataset.samples.iter().filter(|sample| sample.split == split).collect();
    if samples.is_empty() {
        return Err(Error::Recipe(fault::no_split(&dataset.name, split)));
    }
    let done = AtomicUsize::new(0);
    let see_one = |sample: &&Sample| {
        let seen = see(engine, dataset, sample)?;
        progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        Ok(seen)
    };
    let seen = samples.par_iter().map(see_one).collect::<Result<Vec<_>, Error>>()?;
    let mut report = Report {
        model: card.about.id.clone(),
        data: dataset.name.clone(),
        data_sha256: dataset.sha256.clone(),
        split: split.to_string(),
        ..Report::default()
    };
    let (mut answers, mut admitted) = (Vec::new(), Vec::new());
    for (sample, seen) in samples.iter().zip(seen) {
        match seen {
            Seen::Answered(answer, was_admitted, concerns) => {
                answers.push((*sample, *answer));
                admitted.extend(was_admitted);
                for concern in concerns {
                    *report.concerns.entry(concern.name().to_string()).or_insert(0) += 1;
                }
            }
            Seen::Refused => {}
            Seen::Unreadable(why) => report.unreadable.push((sample.path.clone(), why)),
        }
    }
    (report.n, report.refused) = (answers.len(), samples.len() - answers.len());
    for (class, label) in card.classes.iter().zip(labels) {
        measure_label(&mut report, class, label.as_ref(), &answers);
    }
    if report.figures.is_empty() {
        return Err(unmeasurable(card));
    }
    let shares = report.figures.iter().filter(|(key, _)| figures::is_of_label_missed(key));
    let most = shares.map(|(_, share)| *share).max_by(|a, b| a.value.total_cmp(&b.value));
    report.figures.extend(most.map(|share| (MISSED.into(), share)));
    report.figures.extend(refused(&admitted).map(|share| (figures::REFUSED.into(), share)));
    Ok(report)
}

/// Adds what is measured of one label. `calibrated`: `None` if it was never checked.
fn measure_label(
    report: &mut Report,
    class: &Class,
    calibrated: Option<&LabelCalibration>,
    answers: &[(&Sample, Answer)],
) {
    let known = answers.iter().filter_map(|(sample, answer)| {
        let own = answer.about(&class.label)?;
        Some(((own.verdict, own.probability.get()), sample.has(&class.name)?))
    });
    let (own, positive): (Vec<(Verdict, f32)>, Vec<bool>) = known.unzip();
    let (verdicts, scores): (Vec<Verdict>, Vec<f32>) = own.into_iter().unzip();
    if let Some(auc) = area(&scores, &positive) {
        report.figures.insert(figures::class_auc(&class.name), auc);
        report.per_class.extend(calibrated.and_then(|label| {
            let threshold = label.operating_point.threshold.get();
            let (sensitivity, specificity) = metrics::sensitivity_specificity(&scores, &positive, threshold)?;
            let n = positive.iter().filter(|positive| **positive).count();
            Some((class.name.clone(), ClassFigures { n, auc, sensitivity, specificity }))
        }));
    }
    let share = calibrated.and_then(|_| missed(verdicts.into_iter().zip(positive.iter().copied())));
    report.figures.extend(share.map(|share| (figures::label_missed(&class.name), share)));
    report.scores.push((scores, positive));
}

/// What became of one image.
enum Seen {
    /// With whether the gate admitted it, where there is one.
    Answered(Box<Answer>, Option<bool>, Vec<Concern>),
    Refused,
    /// Why the file could not be read.
    Unreadable(String),
}

fn see(engine: &Engine, dataset: &Dataset, sample: &Sample) -> Result<Seen, Error> {
    let source = match Source::file(&dataset.bytes(sample)?) {
        Ok(source) => source.with_age(Some(Stated::Fits(true))),
        Err(error) => return Ok(Seen::Unreadable(error.to_string())),
    };
    let examined = engine
        .examine(source, OnReject::Overrule, |_| ())
        .map_err(|source| Error::Examination { path: sample.path.clone(), source })?;
    let Examination { answer, concerns, admission, .. } = examined.examination;
    let admitted = admission.map(|admission| admission.admitted);
    Ok(answer.map_or(Seen::Refused, |answer| Seen::Answered(Box::new(answer), admitted, concerns)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    #[test]
    fn each_label_is_calibrated_by_what_is_known_of_it() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let (mut logits, mut present) = (Vec::new(), Vec::new());
        for image in 0..4000 {
            let z: f32 = random.random_range(-4.0..3.0);
            let has = random.random_range(0.0..1.0f32) < label_probability(z, 1.0, 0.0);
            logits.push(vec![2.0 * z, -z, z]);
            // Of the second label nearly nothing is known, and of the third only every other image.
            present.push(vec![Some(has), (image < 30).then_some(has), (image % 2 == 0).then_some(has)]);
        }
        let class = |name: &str| Class { name: name.into(), label: name.to_lowercase() };
        let classes = ["Mass", "Rare", "Effusion"].map(class);
        let (labels, measured) = calibrate_labels(&classes, Purpose::Screening, &logits, &present);
        let [Some(mass), None, Some(effusion)] = labels.as_slice() else { panic!("{labels:?}") };
        assert!((mass.temperature - 2.0).abs() < 0.2 && (effusion.temperature - 1.0).abs() < 0.15);
        assert_eq!(
            (mass.operating_point.label.as_str(), mass.operating_point.purpose),
            ("mass", Purpose::Screening)
        );
        assert!(
            effusion.operating_point.measured_on.contains("2000"),
            "{}",
            effusion.operating_point.measured_on
        );
        assert_eq!(measured.figures.keys().collect::<Vec<_>>(), ["class_auc.Effusion", "class_auc.Mass"]);
        assert!(mass.reliability.len() > 5 && mass.curve.len() > 50);
    }
}
