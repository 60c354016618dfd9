//! A model with many labels on one image, and one whose probabilities were never checked on data: engine, maps, command line.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/labels.rs"]
mod bundle;

use bundle::{BUNDLE, LABELS, partly_checked};
use dicom_core::VR;
use dicom_dictionary_std::tags;
use lantern::dataset::phantom::{self, dicom::Phantom};
use lantern::engine::{Engine, Examined, OnReject, Source};
use lantern::examination::{Concern, Examination, Method, Reason, Verdict};
use lantern::model::Bundle;
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Output};

fn engine(calibration: &Value) -> Engine {
    Engine::new(Bundle::open(bundle::bundle(calibration)).unwrap())
}

fn examined(engine: &Engine) -> Examined {
    let source = Source::picture(&phantom::chest(3, 200)).unwrap();
    engine.examine(source, OnReject::Refuse, |_| ()).unwrap()
}

/// Examines a DICOM file of this modality.
fn of_modality(engine: &Engine, modality: &str) -> Examination {
    let file = Phantom::chest(3, 200).text(tags::MODALITY, VR::CS, modality).file();
    let source = Source::file(&file).unwrap();
    engine.examine(source, OnReject::Refuse, |_| ()).unwrap().examination
}

fn verdicts(examination: &Examination) -> Vec<(&str, Verdict)> {
    examination.answer.as_ref().unwrap().labels().map(|one| (one.label(), one.verdict)).collect()
}

#[test]
fn each_label_has_its_own_probability_and_verdict() {
    let examination = examined(&engine(&partly_checked())).examination;
    let expected =
        [("effusion", Verdict::Suspected), ("nodule", Verdict::Withheld), ("mass", Verdict::NotSuspected)];
    assert_eq!(verdicts(&examination), expected);
    let answer = examination.answer.unwrap();
    let probabilities: Vec<f32> = answer.labels().map(|one| one.probability.get()).collect();
    let sigmoid = |z: f32| 1.0 / (1.0 + (-z).exp());
    // The tempered and moved logits, and between them the raw one of what was never checked.
    for (got, logit) in probabilities.iter().zip([3.0 / 2.0 + 0.5, 0.5, -4.0 / 2.0 + 0.5]) {
        assert!((got - sigmoid(logit)).abs() < 1e-3, "{got} for {logit}");
    }
    assert_eq!(examination.reason, Reason::Ungated { title: "Signs on a chest radiograph".into() });
    let unchecked = Concern::Unchecked { labels: vec!["nodule".into()] };
    assert!(examination.concerns.contains(&Concern::Ungated) && examination.concerns.contains(&unchecked));
}

#[test]
fn without_a_gate_what_the_header_contradicts_gets_a_score_but_no_verdict() {
    let engine = engine(&partly_checked());
    let own = of_modality(&engine, "DX");
    assert_eq!((own.is_out_of_scope(), own.answer.as_ref().unwrap().overall()), (false, Verdict::Suspected));
    let other = of_modality(&engine, "MR");
    assert!(
        matches!(other.reason, Reason::Header { .. }) && other.is_out_of_scope() && !other.is_overruled()
    );
    assert!(other.answer.as_ref().unwrap().labels().all(|one| one.verdict == Verdict::Withheld));
}

#[test]
fn what_was_never_checked_has_no_verdict() {
    for (calibration, labels) in [(Value::Null, 1), (json!([null, null, null]), 3)] {
        let examination = examined(&engine(&calibration)).examination;
        let answer = examination.answer.as_ref().unwrap();
        assert_eq!(answer.labels().count(), labels);
        assert!(answer.labels().all(|one| one.verdict == Verdict::Withheld && one.operating_point.is_none()));
        assert!(examination.concerns.contains(&Concern::Unchecked { labels: vec![] }));
        let sum: f32 = answer.findings.iter().map(|one| one.probability.get()).sum();
        assert!(labels == 3 || (sum - 1.0).abs() < 1e-5, "{sum}");
    }
}

#[test]
fn a_map_is_about_one_label_alone() {
    let engine = Engine::new(Bundle::open(bundle::with_head(&partly_checked(), 5.0)).unwrap());
    let examined = examined(&engine);
    for method in [Method::Activation, Method::Occlusion, Method::Gradients] {
        let map = |class| engine.explain(&examined, method, class, |_, _| ()).unwrap();
        let pictures: Vec<_> = (0..LABELS.len()).map(|class| map(Some(class)).unwrap().picture).collect();
        assert!(pictures[0] != pictures[1] || pictures[1] != pictures[2], "{method:?}");
        assert!(map(None).is_none() && map(Some(LABELS.len())).is_none());
    }
}

#[test]
fn a_bundle_that_lacks_its_distribution_or_has_one_too_many_is_refused() {
    let mut files = bundle::bundle(&Value::Null);
    files.distribution = Some(vec![1]);
    assert!(Bundle::open(files.clone()).unwrap_err().to_string().contains("does not list it"));
    let mut card: Value = serde_json::from_slice(&files.card).unwrap();
    card["gate"] = json!({ "extractor_sha256": "", "known_distance": 1.0, "sharpness": [0.0, 1.0] });
    files.card = serde_json::to_vec(&card).unwrap();
    files.distribution = None;
    assert!(Bundle::open(files).unwrap_err().to_string().contains("is missing"));
}

fn lantern(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lantern")).args(arguments).output().unwrap()
}

#[test]
fn the_command_line_tells_every_label_and_what_was_never_checked() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    bundle::write(&models, &partly_checked());
    let own = models.join(BUNDLE).to_string_lossy().into_owned();
    for command in ["describe", "verify"] {
        let output = lantern(&["bundle", command, &own]);
        assert!(output.status.success(), "{output:?}");
    }
    let readme = fs::read_to_string(models.join(BUNDLE).join("README.md")).unwrap();
    assert!(readme.contains("Each of these by itself, present or not: effusion, mass, nodule."), "{readme}");
    assert!(readme.contains("The probability of nodule has not been checked on data"), "{readme}");
    let picture = folder.path().join("chest.png").to_string_lossy().into_owned();
    fs::write(&picture, phantom::chest(3, 200)).unwrap();
    let examine = |more: &[&str]| {
        let output = lantern(&[&["examine", "--model", &own, &picture], more].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let said = examine(&[]);
    for line in [
        "  Suspected: effusion 0.88",
        "  Mass: 0.18, not suspected, which is not the same as absent (suspected from 0.50 on)",
        "  Nodule: 0.62, no verdict: the network's raw output, not checked on data",
        "This model's probabilities have not been checked on data for nodule",
        "nothing refuses images that it was not made for",
    ] {
        assert!(said.contains(line), "{line} in {said}");
    }
    let line: Value = serde_json::from_str(&examine(&["--json"])).unwrap();
    let verdicts: Vec<_> = (0..3).map(|i| line["labels"][i]["verdict"].as_str().unwrap()).collect();
    assert_eq!(
        (verdicts, line["verdict"].as_str()),
        (vec!["suspected", "withheld", "not_suspected"], Some("suspected"))
    );
}

#[test]
fn each_label_is_measured_by_its_column_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let (models, data) = (folder.path().join("models"), folder.path().join("films"));
    bundle::write(&models, &partly_checked());
    let own = models.join(BUNDLE).to_string_lossy().into_owned();
    assert!(lantern(&["bundle", "describe", &own]).status.success());
    // Effusion and nodule are told of each film, the mass never for sure.
    let mut table = String::from("path,effusion,mass,nodule\n");
    for film in 0..6 {
        let path = format!("test/{}/{film}.png", if film % 2 == 0 { "some" } else { "none" });
        fs::create_dir_all(data.join(&path).parent().unwrap()).unwrap();
        fs::write(data.join(&path), phantom::chest(film, 100)).unwrap();
        table += &format!("{path},{},-1,{}\n", film % 2, u8::from(film < 2));
    }
    fs::write(data.join("manifest.csv"), &table).unwrap();
    let data = data.to_string_lossy().into_owned();
    let recorded = lantern(&["bundle", "record", &own, "--data", &data]);
    assert!(recorded.status.success(), "{recorded:?}");
    let report: Value = serde_json::from_slice(&recorded.stdout).unwrap();
    assert_eq!((&report["n"], &report["refused"]), (&6.into(), &0.into()));
    // The films hardly differ for this network: all are suspected of an effusion. The nodule has no operating point.
    let effusion = &report["per_class"]["effusion"];
    assert_eq!((&effusion["n"], &effusion["sensitivity"]["value"]), (&3.into(), &1.0.into()));
    assert_eq!(effusion["specificity"]["value"], 0.0);
    assert_eq!(report["per_class"].as_object().unwrap().len(), 1);
    let figures: Vec<_> = report["figures"].as_object().unwrap().keys().cloned().collect();
    // No effusion is missed; a nodule, never checked, can be neither found nor missed.
    assert_eq!(figures, ["class_auc.effusion", "class_auc.nodule", "missed_share", "missed_share.effusion"]);
    assert_eq!(report["figures"]["missed_share"]["value"], 0.0);
    let card: Value =
        serde_json::from_slice(&fs::read(models.join(BUNDLE).join("card.json")).unwrap()).unwrap();
    let point = |label: usize| card["calibration"][label]["operating_point"].clone();
    assert_eq!(
        (&point(0)["measured_on"], &point(0)["prevalence"]),
        (&"the 6 images of the test split".into(), &0.5.into())
    );
    assert_eq!(point(1)["measured_on"], "400 validation images");
    assert_eq!(card["metrics"][0]["figures"].as_object().unwrap().len(), 4);
    assert!(lantern(&["bundle", "verify", &own]).status.success());
    // A table that says nothing of any label measures nothing.
    fs::write(folder.path().join("films/manifest.csv"), "path,patient\n").unwrap();
    let refused = lantern(&["evaluate", &own, "--data", &data]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("has no column for any of them"), "{said}");
}
