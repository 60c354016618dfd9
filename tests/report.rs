//! What the program writes for other programs, read back by programs of other hands: pydicom, dcmtk's dsrdump and fhir.resources.
//! `scripts/setup.sh` installs them; where one is missing, the test says so and skips its part.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]

mod support;

use lantern::report::{self, Report};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A report with everything on it; `masked`, `named`, of a plain picture, `picture`, or of a model with many labels, `labels`.
fn sample(of: &str) -> Report {
    let mut report: Report = serde_json::from_str(include_str!("files/report.json")).unwrap();
    report.names_patient = of == "named";
    if of == "labels" {
        report.readings = serde_json::from_str(include_str!("files/labels.json")).unwrap();
    }
    if of == "picture" {
        report.file.dicom = None;
    }
    report
}

/// The Python that has the readers, where it was set up.
fn python() -> Option<PathBuf> {
    support::tool("python/bin/python", "Python's readers")
}

/// What a Python program prints when it is given a file, as JSON.
fn told(python: &Path, program: &str, file: &Path) -> Value {
    let output = Command::new(python).args(["-c", program]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Writes a file that lives as long as the folder.
fn write(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Tells of a structured report what stands in its header, and every item as path, type and value.
const READ_SR: &str = r#"
import json, sys, pydicom
ds = pydicom.dcmread(sys.argv[1])
items = []
def value(item):
    kind = item.ValueType
    if kind == "TEXT": return item.TextValue
    if kind == "NUM":
        measured = item.MeasuredValueSequence[0]
        return [float(measured.NumericValue), measured.MeasurementUnitsCodeSequence[0].CodeValue]
    if kind == "CODE": return item.ConceptCodeSequence[0].CodeMeaning
    if kind == "PNAME": return str(item.PersonName)
    if kind == "IMAGE": return item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    if kind == "SCOORD": return [item.GraphicType] + list(item.GraphicData)
    if kind == "UIDREF": return item.UID
def walk(item, path):
    name = item.ConceptNameCodeSequence[0].CodeMeaning if "ConceptNameCodeSequence" in item else item.ValueType
    path = path + [name]
    items.append(["/".join(path), value(item)])
    for below in item.get("ContentSequence", []): walk(below, path)
walk(ds, [])
evidence = ds.get("CurrentRequestedProcedureEvidenceSequence")
print(json.dumps({
    "class": ds.SOPClassUID.name, "same": ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID,
    "study": ds.StudyInstanceUID, "series": ds.SeriesInstanceUID, "patient": [str(ds.PatientName), ds.PatientID, ds.PatientBirthDate],
    "flags": [ds.CompletionFlag, ds.VerificationFlag], "template": ds.ContentTemplateSequence[0].TemplateIdentifier,
    "when": ds.ContentDate + ds.ContentTime + ds.TimezoneOffsetFromUTC,
    "evidence": evidence and evidence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID,
    "items": items,
}))
"#;

#[test]
fn pydicom_reads_the_structured_report() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let read = |of: &str| {
        let bytes = report::structured(&sample(of)).unwrap();
        told(&python, READ_SR, &write(&folder, of, &bytes))
    };
    let masked = read("masked");
    assert_eq!((&masked["class"], &masked["template"]), (&"Comprehensive SR Storage".into(), &"1500".into()));
    assert_eq!(masked["flags"], serde_json::json!(["PARTIAL", "UNVERIFIED"]));
    assert_eq!((&masked["study"], &masked["evidence"]), (&"1.2.3".into(), &"1.2.3.4".into()));
    assert!(masked["series"].as_str().unwrap().starts_with("2.25.") && masked["same"] == true);
    assert_eq!(masked["when"], "20260131093005+0000");
    assert_eq!(masked["patient"], serde_json::json!(["", "0123456789ab", ""]));
    let holds = |read: &Value, path: &str, value: Value| {
        let items = read["items"].as_array().unwrap();
        let found = items
            .iter()
            .any(|item| item[0] == format!("Imaging Measurement Report/{path}") && item[1] == value);
        assert!(found, "{path} {value} in {items:#?}");
    };
    let group = "Imaging Measurements/Measurement Group";
    holds(&masked, &format!("{group}/Certainty of Finding"), serde_json::json!([93.0, "%"]));
    holds(&masked, &format!("{group}/SHA-256 of the preprocessing"), "ef".repeat(32).into());
    holds(&masked, &format!("{group}/Length"), serde_json::json!([23.4, "mm"]));
    holds(
        &masked,
        &format!("{group}/Length/SCOORD"),
        serde_json::json!(["POLYLINE", 10.0, 20.0, 30.5, 40.25]),
    );
    holds(&masked, &format!("{group}/Length/SCOORD/IMAGE"), "1.2.3.4".into());
    holds(&masked, &format!("{group}/Attenuation Coefficient/Derivation"), "Mean".into());
    holds(&masked, "Person Observer Name", "Roe^Richard".into());
    holds(
        &masked,
        "Qualitative Evaluations/Finding",
        "Opacity in the left lower lobe.\r\nÜ & <not a tag>".into(),
    );
    holds(&masked, "Qualitative Evaluations/SHA-256 of the file", "ab".repeat(32).into());
    assert_eq!(read("named")["patient"], serde_json::json!(["Doe^Jane^Quincy^Dr^PhD", "MRN-1", "19500203"]));
    let labels = read("labels");
    for (label, percent, verdict) in [("effusion", 93.0, "Suspected"), ("hernia", 1.0, "Not suspected")] {
        holds(&labels, &format!("{group}/Finding"), label.into());
        holds(&labels, &format!("{group}/Certainty of Finding"), serde_json::json!([percent, "%"]));
        let items = labels["items"].as_array().unwrap().iter();
        let mut verdicts = items.filter(|item| item[0].as_str().unwrap().contains("/Verdict at"));
        assert!(verdicts.any(|item| item[1].as_str().unwrap().starts_with(verdict)), "{verdict}");
    }
    let uids = labels["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item[0].as_str().unwrap().ends_with("Tracking Unique Identifier"));
    let mut uids: Vec<&str> = uids.map(|item| item[1].as_str().unwrap()).collect();
    // Five labels, one that was never checked, and the measurements: each has its own.
    let count = uids.len();
    uids.sort_unstable();
    uids.dedup();
    assert!(count > 6 && uids.len() == count, "{uids:?}");
    holds(
        &labels,
        &format!("{group}/Verdict at the operating point"),
        "No verdict: the network's raw output, not checked on data".into(),
    );
    let picture = read("picture");
    assert!(picture["evidence"].is_null() && picture["study"].as_str().unwrap().starts_with("2.25."));
    assert!(!picture["items"].to_string().contains("IMAGE"), "there is no image to refer to");
    holds(&picture, &format!("{group}/Length"), serde_json::json!([23.4, "mm"]));
    holds(&picture, "Qualitative Evaluations/SHA-256 of the file", "ab".repeat(32).into());
}

#[test]
fn dcmtk_reads_the_structured_report() {
    if !support::has_program(Path::new("dsrdump"), "dcmtk's dsrdump") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for of in ["masked", "named", "picture"] {
        let file = write(&folder, of, &report::structured(&sample(of)).unwrap());
        // All codes, long values in full, templates; without options it refuses trees that its rules for this class forbid.
        let output = Command::new("dsrdump").args(["+Pc", "+Pl", "+Pt"]).arg(&file).output().unwrap();
        let (said, complaints) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && !complaints.contains("E:"), "{complaints}");
        for expected in [
            "Comprehensive SR Document",
            "CONTAINER:(126000,DCM,\"Imaging Measurement Report\")=SEPARATE>  # TID 1500 (DCMR)",
            "contains CONTAINER:(125007,DCM,\"Measurement Group\")=SEPARATE>  # TID 1501 (DCMR)",
            "contains NUM:(111012,DCM,\"Certainty of Finding\")=\"93\" (%,UCUM,\"Percent\")",
            "contains NUM:(1483009,SCT,\"Angle\")=\"91.5\" (deg,UCUM,\"degree\")",
            "Completion Flag     : PARTIAL",
            "Not a diagnosis",
        ] {
            assert!(said.contains(expected), "{expected} in {said}");
        }
    }
}

/// How all begins that dciodvfy remarks on; it finds no error. What a study's list needs is missing where the patient is not named or the file
/// is a picture, and the codes are our own where no dictionary has one.
const REMARKS: [&str; 2] = [
    "Warning - Missing attribute or value that would be needed to build DICOMDIR - ",
    "Warning - Unrecognized defined term <99LANTERN> for value 1 of attribute <Coding Scheme Designator>",
];

#[test]
fn dciodvfy_finds_no_error() {
    if !support::has_program(Path::new("dciodvfy"), "dicom3tools' dciodvfy") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for of in ["masked", "named", "picture"] {
        let file = write(&folder, of, &report::structured(&sample(of)).unwrap());
        let output = Command::new("dciodvfy").arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.lines().any(|line| line == "ComprehensiveSR"), "{of}: it was not recognised: {said}");
        let is_known = |line: &str| REMARKS.iter().any(|remark| line.starts_with(remark));
        let others = said.lines().filter(|line| *line != "ComprehensiveSR" && !is_known(line));
        assert!(others.clone().count() == 0, "{of}: {:?}", others.collect::<Vec<_>>());
    }
}

/// Tells of a FHIR text, once all of it has been found valid, the resources and the values.
const READ_FHIR: &str = r#"
import json, sys
from fhir.resources.R4B import get_fhir_model_class
with open(sys.argv[1]) as file: text = json.load(file)
report = get_fhir_model_class("DiagnosticReport").model_validate(text)
# What is contained is checked each as what it is.
contained = [get_fhir_model_class(one["resourceType"]).model_validate(one) for one in text["contained"]]
of = lambda kind: [one for one in contained if one.get_resource_type() == kind]
print(json.dumps({
    "status": report.status, "conclusion": report.conclusion, "issued": report.issued.isoformat(),
    "code": report.code.coding[0].code, "results": len(report.result),
    "patient": text["contained"][0],
    "study": [one.identifier[0].value for one in of("ImagingStudy")],
    "devices": [one.property[1].valueCode[0].text for one in of("Device")],
    "values": [[one.code.text, one.valueQuantity and float(one.valueQuantity.value), one.status] for one in of("Observation")],
}))
"#;

#[test]
fn fhir_resources_finds_the_fhir_report_valid() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let read = |of: &str| {
        told(&python, READ_FHIR, &write(&folder, of, report::fhir(&sample(of)).unwrap().as_bytes()))
    };
    let masked = read("masked");
    assert_eq!(
        (&masked["status"], &masked["code"], &masked["results"]),
        (&"preliminary".into(), &"18748-4".into(), &10.into())
    );
    assert!(masked["conclusion"].as_str().unwrap().ends_with(report::NOTICE));
    assert!(masked["issued"].as_str().unwrap().starts_with("2026-01-31T09:30:05"));
    assert_eq!(masked["study"], serde_json::json!(["urn:oid:1.2.3"]));
    assert_eq!(
        (&masked["devices"][0], masked["devices"].as_array().unwrap().len()),
        (&"ef".repeat(32).into(), 6)
    );
    let values = masked["values"].as_array().unwrap();
    assert_eq!(values[0], serde_json::json!(["Probability of pneumonia", 0.93, "preliminary"]));
    assert_eq!(values[3][1], Value::Null, "the refused one has no value");
    assert_eq!(values[5], serde_json::json!(["Probability of monocyte", 0.93, "preliminary"]));
    assert_eq!(values[6], serde_json::json!(["Distance: nodule", 23.4, "preliminary"]));
    assert_eq!(masked["patient"]["identifier"][0]["value"], "0123456789ab");
    let named = read("named");
    assert_eq!(named["patient"]["name"][0]["family"], "Doe");
    assert_eq!(
        (&named["patient"]["gender"], &named["patient"]["birthDate"]),
        (&"female".into(), &"1950-02-03".into())
    );
    assert_eq!(read("picture")["study"], serde_json::json!([]));
    // Many labels are the parts of one observation that has no value itself.
    let labels = read("labels");
    let values = labels["values"].as_array().unwrap();
    assert_eq!(
        values[0],
        serde_json::json!(["Answer of the model \"Signs on a chest radiograph\"", null, "preliminary"])
    );
    assert_eq!(values[1], serde_json::json!(["Score for mass", 0.8, "preliminary"]));
    let text: Value = serde_json::from_str(&report::fhir(&sample("labels")).unwrap()).unwrap();
    let of = text["contained"].as_array().unwrap().iter().find(|one| one["id"] == "finding-1").unwrap();
    assert_eq!(of["component"].as_array().unwrap().len(), 5);
    assert_eq!(of["component"][1]["code"]["text"], "Probability of mass");
    assert_eq!(of["component"][1]["interpretation"][0]["text"], "Suspected");
}

/// The checks above can fail: what breaks FHIR's rules is refused.
#[test]
fn the_fhir_check_refuses_what_is_not_fhir() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in
        [("\"preliminary\"", "\"\""), ("\"valueQuantity\"", "\"valueNumber\""), ("\"model-name\"", "[]")]
    {
        let text = report::fhir(&sample("masked")).unwrap();
        assert!(text.contains(from));
        let file = write(&folder, "bad", text.replace(from, to).as_bytes());
        let output = Command::new(&python).args(["-c", READ_FHIR]).arg(&file).output().unwrap();
        assert!(!output.status.success(), "{to} was accepted");
    }
}
