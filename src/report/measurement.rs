//! The user's measurements as numbers.

use crate::viewing::Point;
use serde::{Deserialize, Serialize};

/// A measurement on one frame. Units are UCUM codes: `mm`, `mm2`, `deg`, `{pixel}`, `{pixel}2` and so on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The user's label; may be empty.
    pub label: String,
    /// The kind of measurement.
    pub kind: MeasurementKind,
    /// A distance, an angle or an area, in `unit`.
    pub value: f64,
    /// UCUM code of the value's unit.
    pub unit: String,
    /// Whether the value applies at the detector, where the image is magnified, and not in the patient.
    pub at_detector: bool,
    /// The frame, from 0.
    pub frame: u32,
    /// Points in pixels: both ends of a distance; leg, vertex and leg of an angle; two opposite corners of a
    /// region.
    pub points: Vec<Point>,
    /// Statistics of the values inside a region.
    pub statistics: Option<Statistics>,
}

/// The kind of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasurementKind {
    /// The distance between two points.
    Distance,
    /// The angle between two legs.
    Angle,
    /// The area of an ellipse, with statistics.
    Ellipse,
    /// The area of a rectangle, with statistics.
    Rectangle,
}

/// Statistics of the values inside a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
    /// Minimum.
    pub min: f64,
    /// Maximum.
    pub max: f64,
    /// Unit of the values, for instance `HU`; empty if unknown.
    pub unit: String,
}

impl Measurement {
    /// The user's label, or the kind of measurement.
    pub fn name(&self) -> String {
        if self.label.is_empty() { self.kind.words().into() } else { self.label.clone() }
    }

    /// The value as text: `23.4 mm at the detector, where it is magnified`.
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
    /// The name of the kind.
    pub fn words(self) -> &'static str {
        match self {
            Self::Distance => "Distance",
            Self::Angle => "Angle",
            Self::Ellipse => "Ellipse",
            Self::Rectangle => "Rectangle",
        }
    }
}

/// A UCUM code as it is usually written.
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
