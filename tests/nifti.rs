//! NIfTI volumes against what nibabel makes of the same files (`tests/files/nifti/make.py`).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in tests a failed expectation is the report"
)]

use lantern::file::{self, Look, Opened, Prepared};
use lantern::frame::{Frame, Samples};
use serde_json::Value;
use std::path::Path;

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/nifti").join(name)).unwrap()
}

/// Real values of a slice, `None` where the file has no number; or its colours.
fn values(frame: &Frame) -> Value {
    match &frame.samples {
        Samples::Grey(samples) => {
            let lut = frame.facts.modality_lut.as_ref().unwrap();
            let real =
                |v: &u16| (!lut.is_padding(*v)).then(|| (lut.slope * f64::from(*v) + lut.intercept) as f32);
            samples.iter().map(real).collect()
        }
        Samples::Rgb(samples) => samples.chunks(3).map(<[u8]>::to_vec).collect(),
    }
}

fn is_near(found: &Value, expected: &Value) -> bool {
    match (found.as_array(), expected.as_array()) {
        (Some(found), Some(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| is_near(a, b))
        }
        _ => match (found.as_f64(), expected.as_f64()) {
            // Floats of a slice are spread over 65,534 steps.
            (Some(a), Some(b)) => (a - b).abs() <= 1e-6_f64.max(b.abs() * 1e-6),
            (a, b) => a.is_none() && b.is_none(),
        },
    }
}

#[test]
fn slices_are_those_of_nibabel() {
    let expected: Value = serde_json::from_slice(&bytes("expected.json")).unwrap();
    for (name, expected) in expected.as_object().unwrap() {
        let file = bytes(name);
        assert_eq!(file::look(&file[..file.len().min(400)]).unwrap(), Look::Volume, "{name}");
        let mut volume = Opened::open(file).unwrap();
        let slices = expected["slices"].as_array().unwrap();
        let positions = expected["positions"].as_array().unwrap();
        assert_eq!(volume.facts().frames as usize, slices.len(), "{name}");
        for (at, slice) in slices.iter().enumerate() {
            let frame = volume.frame(at as u32).unwrap();
            assert!(is_near(&values(&frame), slice), "{name} {at}: {} for {slice}", values(&frame));
            let facts = &frame.facts;
            assert_eq!(serde_json::json!([facts.width, facts.height]), expected["size"], "{name}");
            let spacing = facts.spacing.unwrap();
            let place = facts.plane.position.unwrap();
            for (found, wanted) in [
                (spacing.row_mm, &expected["row_mm"]),
                (spacing.column_mm, &expected["column_mm"]),
                (place, &positions[at % positions.len()]),
            ] {
                assert!((found - wanted.as_f64().unwrap()).abs() < 1e-4, "{name} {at}: {found} for {wanted}");
            }
        }
        assert!(volume.frame(slices.len() as u32).is_err(), "{name}");
    }
}

#[test]
fn a_slice_for_a_model_says_which_it_is() {
    let (image, concerns) = file::image(&bytes("oblique.nii.gz")).unwrap();
    assert_eq!((image.width(), image.height(), &*image.facts().format), (5, 4, "NIfTI"));
    assert_eq!(serde_json::to_value(concerns).unwrap()[0]["frame"], 2);
    let prepared = Opened::open(bytes("oblique.nii.gz")).unwrap().prepare(1).unwrap();
    let Prepared::Frame { bytes, header, .. } = prepared else { panic!("a frame was expected") };
    assert_eq!((bytes, header), (image.raw().1.to_vec(), None));
}
