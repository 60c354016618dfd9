//! The user's measurements as numbers.

use crate::frame::Frame;
use crate::messages::report;
pub use crate::viewing::MeasurementKind;
use crate::viewing::measure::{self, LengthUnit, Measure, RegionStatistics, Scale};
use crate::viewing::{Annotation, Point};
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
    /// The measurement of an annotation on its frame.
    pub fn of(frame: &Frame, annotation: &Annotation) -> Self {
        let (shape, scale) = (&annotation.shape, Scale::of(&frame.facts));
        let length = if scale.unit == LengthUnit::Pixels { "{pixel}" } else { "mm" };
        let (value, unit, inside) = match measure::measure(frame, shape) {
            Measure::Distance(value) => (value, length.to_string(), None),
            Measure::Angle(degrees) => (degrees, "deg".into(), None),
            Measure::Region(area, inside) => (area, format!("{length}2"), inside),
        };
        let unit_of_values = || frame.facts.modality_lut.as_ref().map(|lut| lut.unit.clone());
        let kind = shape.kind();
        Self {
            label: annotation.label.clone(),
            kind,
            value,
            unit,
            at_detector: scale.unit == LengthUnit::MmAtDetector && kind != MeasurementKind::Angle,
            frame: annotation.frame,
            points: shape.points(),
            statistics: inside.map(|RegionStatistics { mean, deviation, min, max, .. }| Statistics {
                mean,
                deviation,
                min,
                max,
                unit: unit_of_values().unwrap_or_default(),
            }),
        }
    }

    /// The user's label, or the kind of measurement.
    pub fn name(&self) -> String {
        if self.label.is_empty() { self.kind.name().into() } else { self.label.clone() }
    }

    /// The value as text: `23.4 mm at the detector, larger than in the patient`.
    pub fn words(&self) -> String {
        let mut words = format!("{:.1} {}", self.value, unit(&self.unit));
        if self.at_detector {
            words.push(' ');
            words.push_str(report::AT_DETECTOR);
        }
        if let Some(Statistics { mean, deviation, min, max, unit }) = &self.statistics {
            let values = report::values(*mean, *deviation, (*min, *max), unit);
            words.push_str(values.trim_end());
        }
        words
    }
}

/// A UCUM code as it is usually written.
pub(super) fn unit(code: &str) -> &str {
    match code {
        "deg" => "°",
        "mm2" => "mm²",
        "cm2" => "cm²",
        "{pixel}" => report::PIXELS,
        "{pixel}2" => report::SQUARE_PIXELS,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{FrameFacts, ModalityLut, Samples, Spacing, SpacingKind};
    use crate::viewing::AnnotationShape;

    /// 4 by 3 pixels of 2 mm, enlarged at the detector: 0, 1, 2 and so on, in HU.
    fn frame() -> Frame {
        let lut =
            ModalityLut { slope: 1.0, intercept: 0.0, unit: "HU".into(), is_inverted: false, padding: None };
        let facts = FrameFacts {
            width: 4,
            height: 3,
            modality_lut: Some(lut),
            spacing: Some(Spacing { row_mm: 2.0, column_mm: 2.0, kind: SpacingKind::Detector }),
            pixel_height: None,
            windows: vec![],
            plane: Default::default(),
        };
        Frame { facts, samples: Samples::Grey((0..12).collect()), overlay: Vec::new() }
    }

    #[test]
    fn an_annotation_is_measured_in_units_of_its_frame() {
        let p = |x, y| Point { x, y };
        let of = |shape| {
            let annotation = Annotation { id: 1, frame: 7, shape, label: String::new() };
            Measurement::of(&frame(), &annotation)
        };
        let distance = of(AnnotationShape::Distance { from: p(0.0, 0.0), to: p(3.0, 0.0) });
        assert_eq!(distance.words(), "6.0 mm at the detector, larger than in the patient");
        assert_eq!((distance.frame, distance.name().as_str()), (7, "Distance"));
        let angle = of(AnnotationShape::Angle { from: p(1.0, 0.0), at: p(0.0, 0.0), to: p(0.0, 1.0) });
        assert_eq!((angle.words().as_str(), angle.points.len()), ("90.0 °", 3));
        let region = of(AnnotationShape::Rectangle { from: p(0.0, 0.0), to: p(2.0, 1.0) });
        let words = "8.0 mm² at the detector, larger than in the patient; mean 0.5, SD 0.7, 0.0 to 1.0 HU";
        assert_eq!(region.words(), words);
    }
}
