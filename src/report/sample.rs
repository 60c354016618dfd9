//! A report to test with, and a reading of every outcome. Nobody is called so.

use super::{Measurement, MeasurementKind, NOTICE, Reading, Report, Statistics};
use crate::case::{
    Admission, Answer, Concern, Examination, Finding, ImageFacts, KnownKind, ModelStamp, OperatingPoint,
    Verdict,
};
use crate::study::{DicomFacts, FileFacts, Patient};
use crate::units::{Estimate, Probability};
use crate::viewing::Point;

fn p(value: f32) -> Probability {
    Probability::new(value).unwrap()
}

fn answer(probability: f32, set: &[&str]) -> Answer {
    let share = Estimate { value: 0.95, low: 0.92, high: 0.97 };
    let operating_point = OperatingPoint {
        label: "pneumonia".into(),
        threshold: p(0.41),
        unsure_from: p(0.3),
        unsure_to: p(0.6),
        sensitivity: share,
        specificity: share,
        measured_on: "test split, 624 images".into(),
    };
    let finding = |label: &str, probability| Finding { label: label.into(), probability: p(probability) };
    Answer {
        findings: vec![finding("pneumonia", probability), finding("no pneumonia", 1.0 - probability)],
        probability: p(probability),
        verdict: operating_point.verdict(p(probability)),
        operating_point,
        set: set.iter().map(|label| label.to_string()).collect(),
        outlined: None,
    }
}

fn reading(answer: Option<Answer>, overruled: bool) -> Reading {
    let nearest = KnownKind { model: "chest-pneumonia".into(), words: "a radiograph".into(), distance: 0.4 };
    let reason = if answer.is_some() { "Examined with it." } else { "Refused: this is a drawing." };
    Reading {
        examination: Examination {
            image: ImageFacts { format: "DICOM".into(), width: 1024, height: 768, bits: 16 },
            image_sha256: "ab".repeat(32),
            model: ModelStamp {
                id: "chest-pneumonia".into(),
                version: "0.1.2".into(),
                sha256: "cd".repeat(32),
                preprocessing_sha256: "ef".repeat(32),
            },
            reason: reason.into(),
            admission: Some(Admission { distance: 0.4, nearest, admitted: !overruled, overruled }),
            concerns: vec![Concern::Blurred { share: 0.5 }],
            answer,
        },
        model_title: "Pneumonia on children's chest radiographs".into(),
        model_limits: vec!["It has seen children of one to five years only.".into()],
        backend: "WebAssembly, 2 threads".into(),
    }
}

/// Suspected, not suspected, unsure, refused, overruled.
pub fn readings() -> Vec<Reading> {
    let verdicts = [Verdict::Suspected, Verdict::NotSuspected, Verdict::Unsure];
    let answers = [
        answer(0.93, &["pneumonia"]),
        answer(0.03, &["no pneumonia"]),
        answer(0.5, &["pneumonia", "no pneumonia"]),
    ];
    assert!(answers.iter().zip(verdicts).all(|(answer, verdict)| answer.verdict == verdict));
    let mut readings: Vec<_> = answers.into_iter().map(|answer| reading(Some(answer), false)).collect();
    readings.push(reading(None, false));
    readings.push(reading(Some(answer(0.93, &["pneumonia"])), true));
    readings
}

/// A chest radiograph of `Doe, Jane` with everything on it; the patient is not to be named.
pub fn report() -> Report {
    let at = |x, y| Point { x, y };
    let distance = Measurement {
        label: "nodule".into(),
        kind: MeasurementKind::Distance,
        value: 23.4,
        unit: "mm".into(),
        at_detector: true,
        frame: 0,
        points: vec![at(10.0, 20.0), at(30.5, 40.25)],
        statistics: None,
    };
    let angle = Measurement {
        kind: MeasurementKind::Angle,
        value: 91.5,
        unit: "deg".into(),
        at_detector: false,
        label: "Cobb".into(),
        points: vec![at(0.0, 0.0), at(10.0, 0.0), at(10.0, 10.0)],
        ..distance.clone()
    };
    let ellipse = Measurement {
        kind: MeasurementKind::Ellipse,
        value: 120.0,
        unit: "mm2".into(),
        label: String::new(),
        points: vec![at(10.0, 10.0), at(50.0, 30.0)],
        statistics: Some(Statistics { mean: 41.5, deviation: 3.2, min: 30.0, max: 55.0, unit: "HU".into() }),
        ..angle.clone()
    };
    let rectangle =
        Measurement { kind: MeasurementKind::Rectangle, unit: "{pixel}2".into(), ..ellipse.clone() };
    Report {
        made_at: "2026-01-31T09:30:05.120Z".into(),
        program: "Lantern 0.1.0".into(),
        reader: "Roe, Richard".into(),
        file_name: "a <b> & c.dcm".into(),
        file: file(),
        names_patient: false,
        readings: readings(),
        findings: "Opacity in the left lower lobe.\nÜ & <not a tag>".into(),
        impression: format!("Suspected pneumonia. {NOTICE}"),
        measurements: vec![distance, angle, ellipse, rectangle],
        key_images: 1,
    }
}

fn file() -> FileFacts {
    FileFacts {
        sha256: "ab".repeat(32),
        image: ImageFacts { format: "DICOM".into(), width: 1024, height: 768, bits: 16 },
        frames: 1,
        frame_ms: None,
        dicom: Some(DicomFacts {
            sop_class: "1.2.840.10008.5.1.4.1.1.1".into(),
            sop_instance: "1.2.3.4".into(),
            study: "1.2.3".into(),
            series: "1.2.3.1".into(),
            modality: "CR".into(),
            study_date: "2025-12-24".into(),
            study_description: "Chest".into(),
            accession: "ACC-9".into(),
            patient: Patient {
                id: "MRN-1".into(),
                name: "Doe, Jane".into(),
                birth_date: "1950-02-03".into(),
                sex: "F".into(),
                age: "075Y".into(),
                key: "0123456789abcdef".repeat(4),
            },
            ..DicomFacts::default()
        }),
    }
}
