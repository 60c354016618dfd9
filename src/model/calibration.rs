//! How a network's answers become probabilities and verdicts, as the card holds it.

use super::Error;
use crate::examination::{CurvePoint, OperatingPoint, Purpose, ReliabilityBin};
use crate::messages::why::model as why;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// How logits become probabilities and verdicts. In `card.json` it is an object for [`Self::One`], and a list with an entry for each class
/// for [`Self::Many`]. `null` stands in place of what was never checked on data: such probabilities are the network's raw output.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Calibration {
    /// One class is the answer, by softmax over all of them.
    One(Option<Box<ClassCalibration>>),
    /// Each class is a label that an image has or has not, by a sigmoid each; in the order of the classes.
    Many(Vec<Option<LabelCalibration>>),
}

/// Of a network with one answer, fitted on the validation split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassCalibration {
    /// Logits are divided by it before softmax (Guo et al. 2017).
    pub temperature: f32,
    /// Indices of the classes that together are what the operating point is about, in ascending order.
    pub finding: Vec<usize>,
    /// Where its probability turns into a verdict.
    pub operating_point: OperatingPoint,
    /// The share of images whose prediction set is to hold the truth.
    pub set_coverage: f64,
    /// The probability from which on a class belongs to the prediction set.
    pub set_threshold: f32,
    /// What other thresholds come to, on the images that the operating point was measured on.
    pub curve: Vec<CurvePoint>,
    /// Whether probabilities of the finding mean what they say there.
    pub reliability: Vec<ReliabilityBin>,
}

/// Of one label among many, fitted on images that the network did not learn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelCalibration {
    /// The label's logit is divided by it and moved by `offset` before the sigmoid (Platt 1999).
    pub temperature: f32,
    /// Added to the tempered logit.
    pub offset: f32,
    /// As in [`ClassCalibration`], about this label.
    pub operating_point: OperatingPoint,
    /// As in [`ClassCalibration`].
    pub curve: Vec<CurvePoint>,
    /// As in [`ClassCalibration`].
    pub reliability: Vec<ReliabilityBin>,
}

impl Calibration {
    /// Of a network with one answer, where it was checked on data.
    pub fn one(&self) -> Option<&ClassCalibration> {
        match self {
            Self::One(calibrated) => calibrated.as_deref(),
            Self::Many(_) => None,
        }
    }

    /// By how much the logit of a class is divided; 1 where nothing was fitted.
    pub fn temperature(&self, class: usize) -> f32 {
        match self {
            Self::One(calibrated) => calibrated.as_ref().map(|one| one.temperature),
            Self::Many(labels) => labels.get(class).and_then(Option::as_ref).map(|label| label.temperature),
        }
        .unwrap_or(1.0)
    }

    /// Refuses what does not fit a network with so many classes.
    pub(super) fn check(&self, classes: usize) -> Result<(), Error> {
        let refuse = |why: String| Err(Error::Card(why));
        match self {
            Self::One(None) if classes < 2 => refuse(why::labels(classes, 2)),
            Self::One(None) => Ok(()),
            Self::One(Some(calibrated)) => {
                let finding = &calibrated.finding;
                let is_proper = !finding.is_empty() && finding.len() < classes;
                if !is_proper || !finding.is_sorted_by(|a, b| a < b) || finding.last() >= Some(&classes) {
                    return refuse(why::finding(classes, finding));
                }
                check_temperature(calibrated.temperature)
            }
            Self::Many(labels) if labels.is_empty() || labels.len() != classes => {
                refuse(why::labels(classes, labels.len()))
            }
            Self::Many(labels) => labels.iter().flatten().try_for_each(|label| {
                if !label.offset.is_finite() || label.operating_point.purpose == Purpose::Naming {
                    return refuse(why::label(&label.operating_point.label));
                }
                check_temperature(label.temperature)
            }),
        }
    }
}

fn check_temperature(temperature: f32) -> Result<(), Error> {
    if temperature > 0.0 && temperature.is_finite() {
        return Ok(());
    }
    Err(Error::Card(why::temperature(temperature)))
}

impl<'de> Deserialize<'de> for Calibration {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Shapes)
    }
}

/// Reads each shape that a calibration has in JSON. By hand, because an untagged enum would not say which field is wrong.
struct Shapes;

impl<'de> Visitor<'de> for Shapes {
    type Value = Calibration;

    fn expecting(&self, words: &mut fmt::Formatter) -> fmt::Result {
        words.write_str(why::CALIBRATION)
    }

    fn visit_unit<E>(self) -> Result<Calibration, E> {
        Ok(Calibration::One(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Calibration, A::Error> {
        Box::deserialize(MapAccessDeserializer::new(map)).map(|one| Calibration::One(Some(one)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Calibration, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Calibration::Many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn point() -> Value {
        let share = json!({ "value": 0.9, "low": 0.8, "high": 1.0 });
        json!({
            "label": "mass", "threshold": 0.5, "unsure_from": 0.25, "unsure_to": 0.75, "sensitivity": share, "specificity": share,
            "measured_on": "400 images", "prevalence": 0.2, "purpose": "balanced", "rules_out_below": 0.1
        })
    }

    fn label(temperature: f32, purpose: &str) -> Value {
        let mut point = point();
        point["purpose"] = purpose.into();
        json!({ "temperature": temperature, "offset": -0.5, "operating_point": point, "curve": [], "reliability": [] })
    }

    #[test]
    fn one_answer_many_labels_and_what_was_never_checked_are_told_apart() {
        let card: Value =
            serde_json::from_str(include_str!("../../models/chest-pneumonia/card.json")).unwrap();
        let read = |value: &Value| serde_json::from_value::<Calibration>(value.clone());
        let same = |value: &Value| {
            let text = serde_json::to_string(&read(value).unwrap()).unwrap();
            serde_json::from_str::<Calibration>(&text).unwrap() == read(value).unwrap()
        };
        let many = json!([label(2.0, "balanced"), null]);
        assert!(read(&card["calibration"]).unwrap().one().is_some());
        assert_eq!(read(&Value::Null).unwrap(), Calibration::One(None));
        assert!(same(&Value::Null) && same(&many));
        let many = read(&many).unwrap();
        assert_eq!((many.temperature(0), many.temperature(1), many.one()), (2.0, 1.0, None));
        let why = read(&json!({ "temperature": 1.0, "whatever": 2 })).unwrap_err().to_string();
        assert!(why.contains("whatever"), "{why}");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let check =
            |value: Value, classes| serde_json::from_value::<Calibration>(value).unwrap().check(classes);
        assert!(check(json!([label(2.0, "balanced"), null]), 2).is_ok() && check(Value::Null, 2).is_ok());
        for (value, classes, why) in [
            (json!([null]), 2, "2 classes"),
            (json!([]), 0, "0 classes"),
            (Value::Null, 1, "1 class"),
            (json!([label(0.0, "balanced")]), 1, "temperature of 0"),
            (json!([label(1.0, "naming")]), 1, "mass"),
        ] {
            let refused = check(value, classes).unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
