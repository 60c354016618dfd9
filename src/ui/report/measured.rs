//! What a reader drew, as the report's figures.

use crate::frame::Frame;
use crate::report::{Measurement, MeasurementKind, Statistics};
use crate::ui::file_client::FileClient;
use crate::ui::frame_loader;
use crate::ui::item::Item;
use crate::viewing::measure::{self, LengthUnit, Scale};
use crate::viewing::{Annotation, AnnotationShape};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The measurements of an image, made anew whenever an annotation changes.
pub fn measurements(files: FileClient, item: Item) -> ReadSignal<Vec<Measurement>> {
    let (made, set) = signal(Vec::new());
    Effect::new(move || {
        let (item, annotations) = (item.clone(), item.annotations.get());
        spawn_local(async move {
            let all = measure_all(files, &item, &annotations).await;
            // Marks may have changed meanwhile, and then another turn is under way.
            if item.annotations.with_untracked(|now| *now == annotations) {
                set.try_set(all);
            }
        });
    });
    made
}

/// What annotations on an image measure.
pub async fn measure_all(files: FileClient, item: &Item, annotations: &[Annotation]) -> Vec<Measurement> {
    let mut all = Vec::new();
    for annotation in annotations {
        // A frame that was put away is opened again: nothing that was measured is left out.
        if let Ok(frame) = frame_loader::look(files, item, annotation.frame).await {
            all.push(measurement(&frame, annotation));
        }
    }
    all
}

fn measurement(frame: &Frame, annotation: &Annotation) -> Measurement {
    let scale = Scale::of(&frame.facts);
    let (kind, points) = match annotation.shape {
        AnnotationShape::Distance { from, to } => (MeasurementKind::Distance, vec![from, to]),
        AnnotationShape::Angle { from, at, to } => (MeasurementKind::Angle, vec![from, at, to]),
        AnnotationShape::Ellipse { from, to } => (MeasurementKind::Ellipse, vec![from, to]),
        AnnotationShape::Rectangle { from, to } => (MeasurementKind::Rectangle, vec![from, to]),
    };
    let length = if scale.unit == LengthUnit::Pixels { "{pixel}" } else { "mm" };
    let (value, unit, inside) = match measure::measure(frame, &annotation.shape) {
        measure::Measure::Distance(length_found) => (length_found, length.to_string(), None),
        measure::Measure::Angle(degrees) => (degrees, "deg".into(), None),
        measure::Measure::Region(area, inside) => (area, format!("{length}2"), inside),
    };
    let unit_of_values = frame.facts.modality_lut.as_ref().map(|grey| grey.unit.clone()).unwrap_or_default();
    Measurement {
        label: annotation.label.clone(),
        kind,
        value,
        unit,
        at_detector: scale.unit == LengthUnit::MmAtDetector && kind != MeasurementKind::Angle,
        frame: annotation.frame,
        points,
        statistics: inside.map(|measure::RegionStatistics { mean, deviation, min, max, .. }| Statistics {
            mean,
            deviation,
            min,
            max,
            unit: unit_of_values,
        }),
    }
}
