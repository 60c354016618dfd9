//! What a reader measured, in plain figures.

use crate::viewing::Point;
use serde::{Deserialize, Serialize};

/// One measurement on one frame. Units are UCUM codes: `mm`, `mm2`, `deg`, `{pixel}`, `{pixel}2` and so on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The reader's own words; may be empty.
    pub label: String,
    /// What was measured.
    pub kind: MeasurementKind,
    /// A distance, an angle or an area.
    pub value: f64,
    /// Of the value.
    pub unit: String,
    /// Whether the value holds at the detector only, which magnifies, and not in the patient.
    pub at_detector: bool,
    /// The frame, from 0.
    pub frame: u32,
    /// Where, in pixels: both ends; leg, apex, leg; or two opposite corners.
    pub points: Vec<Point>,
    /// The values inside an area.
    pub statistics: Option<Statistics>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasurementKind {
    /// Between two places.
    Distance,
    /// At the middle one of three places.
    Angle,
    /// The area of an ellipse, and the values inside.
    Ellipse,
    /// The area of a rectangle, and the values inside.
    Rectangle,
}

/// The values inside an area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// Their unit, for instance `HU`; empty where unknown.
    pub unit: String,
}

impl Measurement {
    /// Its name: the reader's words, or what was measured.
    pub fn name(&self) -> String {
        if self.label.is_empty() { self.kind.words().into() } else { self.label.clone() }
    }

    /// What was found, in words: `23.4 mm at the detector, where it is magnified`.
    pub fn words(&self) -> String {
        let mut words = format!("{:.1} {}", self.value, unit(&self.unit));
        if self.at_detector {
            words.push_str(" at the detector, larger than in the patient");
        }
        if let Some(Statistics { mean, deviation, min, max, unit }) = &self.statistics {
            let values = format!("; mean {mean:.1}, SD {deviation:.1}, {min:.1} to {max:.1} {unit}");
            words.push_str(values.trim_end());
        }
        words
    }
}

impl MeasurementKind {
    /// Its name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Distance => "Distance",
            Self::Angle => "Angle",
            Self::Ellipse => "Ellipse",
            Self::Rectangle => "Rectangle",
        }
    }
}

/// A UCUM code as people write it.
pub(super) fn unit(code: &str) -> &str {
    match code {
        "deg" => "°",
        "mm2" => "mm²",
        "cm2" => "cm²",
        "{pixel}" => "pixels",
        "{pixel}2" => "square pixels",
        other => other,
    }
}
