//! From logits to an answer: probabilities, verdicts, and what is never said of some images.

use super::{Engine, Error};
use crate::calibration;
use crate::examination::{Answer, Concern, Doubt, Examination, Finding, Verdict};
use crate::metrics;
use crate::model::{self, Calibration, ClassCalibration, LabelCalibration};
use crate::units::Probability;
use candle_core::Tensor;

impl Engine {
    /// The answer that the logits give.
    ///
    /// # Shapes
    /// `logits`: `(classes,)`.
    pub(super) fn answer(&self, logits: &Tensor) -> Result<Answer, Error> {
        match &self.card().calibration {
            Calibration::One(calibrated) => self.of_classes(logits, calibrated.as_deref()),
            Calibration::Many(labels) => self.of_labels(logits, labels),
        }
    }

    /// What of the model's answer was never checked on data.
    pub(super) fn unchecked(&self) -> Option<Concern> {
        let card = self.card();
        let labels = match &card.calibration {
            Calibration::One(Some(_)) => return None,
            Calibration::One(None) => Vec::new(),
            Calibration::Many(labels) if labels.iter().all(Option::is_none) => Vec::new(),
            Calibration::Many(labels) => {
                let unchecked = card.classes.iter().zip(labels).filter(|(_, label)| label.is_none());
                let named: Vec<String> = unchecked.map(|(class, _)| class.label.clone()).collect();
                if named.is_empty() {
                    return None;
                }
                named
            }
        };
        Some(Concern::Unchecked { labels })
    }

    /// One class is the answer.
    fn of_classes(&self, logits: &Tensor, calibrated: Option<&ClassCalibration>) -> Result<Answer, Error> {
        let card = self.card();
        let temperature = calibrated.map_or(1.0, |calibrated| calibrated.temperature);
        let row = calibration::probabilities(logits, temperature)
            .and_then(|probabilities| probabilities.to_vec1())
            .map_err(model::Error::from)?;
        let mut findings = Vec::new();
        for (class, probability) in card.classes.iter().zip(&row) {
            findings.push(Finding { label: class.label.clone(), probability: proper(*probability)? });
        }
        let Some(calibrated) = calibrated else { return raw(findings) };
        let set = metrics::prediction_set(&row, calibrated.set_threshold);
        let set_holds_finding = set.iter().any(|class| calibrated.finding.contains(class));
        let set = set.iter().filter_map(|class| Some(findings.get(*class)?.label.clone())).collect();
        let finding = calibrated.finding.iter().filter_map(|class| findings.get(*class));
        // Rounding may take a sum of probabilities a little beyond 1.
        let sum = finding.map(|finding| finding.probability.get()).sum::<f32>().min(1.0);
        let probability = proper(sum)?;
        findings.sort_by(|a, b| b.probability.get().total_cmp(&a.probability.get()));
        let operating_point = calibrated.operating_point.clone();
        let (verdict, doubt) =
            operating_point.verdict(probability, set_holds_finding, &calibrated.reliability);
        Ok(Answer {
            findings,
            probability,
            verdict,
            doubt,
            set_holds_finding,
            operating_point: Some(operating_point),
            set,
            lesion_fraction: None,
            others: Vec::new(),
        })
    }

    /// Each class is a label of its own.
    fn of_labels(&self, logits: &Tensor, labels: &[Option<LabelCalibration>]) -> Result<Answer, Error> {
        let logits: Vec<f32> = logits.to_vec1().map_err(model::Error::from)?;
        let mut answers = Vec::new();
        for ((class, calibrated), logit) in self.card().classes.iter().zip(labels).zip(logits) {
            let (temperature, offset) =
                calibrated.as_ref().map_or((1.0, 0.0), |one| (one.temperature, one.offset));
            let probability = proper(calibration::label_probability(logit, temperature, offset))?;
            let raw = raw(vec![Finding { label: class.label.clone(), probability }])?;
            answers.push(match calibrated {
                None => raw,
                Some(calibrated) => {
                    let operating_point = calibrated.operating_point.clone();
                    // A label has no prediction set.
                    let (verdict, doubt) =
                        operating_point.verdict(probability, false, &calibrated.reliability);
                    Answer { verdict, doubt, operating_point: Some(operating_point), ..raw }
                }
            });
        }
        // A card has at least one class.
        Answer::of_labels(answers).ok_or(Error::NotAProbability)
    }
}

/// The answer as it may be told of this image: a score without a verdict where the model is not made for it, and never "not suspected" where
/// nobody confirmed that the model is made for the image.
pub(super) fn judged(answer: Answer, examination: &Examination) -> Answer {
    let is_open =
        |concern: &Concern| matches!(concern, Concern::AgeUnknown { .. } | Concern::Unconfirmed { .. });
    let is_out_of_scope = examination.is_overruled() || examination.reason.is_contradiction();
    let is_open = examination.concerns.iter().any(is_open);
    answer.changed(|one| {
        let (verdict, doubt) = match one.verdict {
            _ if is_out_of_scope => (Verdict::Withheld, None),
            Verdict::NotSuspected if is_open => (Verdict::Unsure, Some(Doubt::Unconfirmed)),
            verdict => (verdict, one.doubt),
        };
        Answer { verdict, doubt, ..one.clone() }
    })
}

/// The network's raw output: never checked on data, so without a verdict.
fn raw(mut findings: Vec<Finding>) -> Result<Answer, Error> {
    findings.sort_by(|a, b| b.probability.get().total_cmp(&a.probability.get()));
    let probability = findings.first().ok_or(Error::NotAProbability)?.probability;
    Ok(Answer {
        findings,
        probability,
        verdict: Verdict::Withheld,
        doubt: None,
        set_holds_finding: false,
        operating_point: None,
        set: Vec::new(),
        lesion_fraction: None,
        others: Vec::new(),
    })
}

fn proper(probability: f32) -> Result<Probability, Error> {
    Probability::new(probability).ok_or(Error::NotAProbability)
}
