//! The report as a FHIR R4 (4.0.1) DiagnosticReport with contained resources. Codes are used only if they
//! match exactly; everything else is text.

use super::moment::{Moment, is_date};
use super::uid::uid;
use super::{Error, Measurement, NOTICE, Reading, Report, Statistics, evidence, json};
use crate::examination::Answer;
use crate::messages::report as words;
use crate::messages::{self, Audience};
use crate::study::{DicomFacts, Patient, first_script};
use crate::units::Probability;
use serde_json::{Map, Value, json};

const UCUM: &str = "http://unitsofmeasure.org";

/// A DiagnosticReport as JSON text. Its status is preliminary, because nobody has signed it.
///
/// # Errors
/// Fails if the report's time is not RFC 3339.
pub fn fhir(report: &Report) -> Result<String, Error> {
    Moment::read(&report.made_at)?;
    let identity = uid("fhir", &json(report)?);
    let report = &report.released();
    let readings = report.readings.iter().enumerate();
    let devices = readings.clone().map(|(index, reading)| device(reading, index, &report.program));
    let found = readings.map(|(index, reading)| finding(report, reading, index));
    let measured = report.measurements.iter().enumerate().map(|(index, one)| measurement(report, one, index));
    let observations: Vec<Value> = found.chain(measured).collect();
    let results: Vec<Value> =
        observations.iter().filter_map(|one| Some(local(one.get("id")?.as_str()?))).collect();
    let study = report.file.dicom.as_ref().filter(|dicom| !dicom.study.is_empty());
    let mut contained = vec![patient(report)];
    contained.extend(study.map(|facts| imaging_study(facts, report.file.frames)));
    contained.extend(devices);
    contained.extend(observations);
    let conclusion = [report.impression.trim(), NOTICE].join("\n");
    let document = json!({
        "resourceType": "DiagnosticReport",
        "text": { "status": "additional", "div": narrative(report) },
        "contained": contained,
        "identifier": [{ "system": "urn:ietf:rfc:3986", "value": format!("urn:oid:{identity}") }],
        "status": "preliminary",
        "category": [{ "text": words::IMAGING }],
        "code": {
            "coding": [{ "system": "http://loinc.org", "code": "18748-4", "display": "Diagnostic imaging study" }],
            "text": words::READING,
        },
        "subject": local("patient"),
        "effectiveDateTime": study.map(|facts| facts.study_date.as_str()).filter(|date| is_date(date)),
        "issued": report.made_at,
        "resultsInterpreter": [{ "display": report.reader }],
        "result": results,
        "imagingStudy": study.map(|_| [local("study")]),
        "conclusion": conclusion,
    });
    Ok(serde_json::to_string_pretty(&pruned(document))?)
}

/// Removes empty texts, lists and objects, which FHIR does not allow.
fn pruned(value: Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    match value {
        Value::Array(list) => list.into_iter().map(pruned).filter(|value| !is_empty(value)).collect(),
        Value::Object(map) => {
            let pruned = map.into_iter().map(|(key, value)| (key, pruned(value)));
            Value::Object(pruned.filter(|(_, value)| !is_empty(value)).collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// A reference to a contained resource.
fn local(id: &str) -> Value {
    json!({ "reference": format!("#{id}") })
}

fn patient(report: &Report) -> Value {
    let facts = report.file.dicom.as_ref().map(|dicom| dicom.patient.clone()).unwrap_or_default();
    let Patient { id, name, person_name, issuer, birth_date, sex, key, .. } = facts;
    if !report.names_patient {
        let pseudonym = json!({ "type": { "text": words::PSEUDONYM }, "value": key });
        let identifier = (!key.is_empty()).then_some([pseudonym]);
        return json!({ "resourceType": "Patient", "id": "patient", "identifier": identifier });
    }
    // Family, given, middle, prefix, suffix (PS3.5, 6.2).
    let mut parts = first_script(&person_name).split('^').map(str::trim);
    let mut next = || parts.next().filter(|part| !part.is_empty());
    let (family, first, middle, prefix, suffix) = (next(), next(), next(), next(), next());
    let given: Vec<&str> = [first, middle].into_iter().flatten().collect();
    let one = |part: Option<&str>| part.map(|part| [part.to_string()]);
    let assigner = (!issuer.is_empty()).then(|| json!({ "display": issuer }));
    let gender = match sex.as_str() {
        "F" => "female",
        "M" => "male",
        "O" => "other",
        _ => "",
    };
    json!({
        "resourceType": "Patient",
        "id": "patient",
        "identifier": [{ "value": id, "assigner": assigner }],
        "name": [{ "text": name, "family": family, "given": given, "prefix": one(prefix), "suffix": one(suffix) }],
        "gender": gender,
        "birthDate": Some(&birth_date).filter(|date| is_date(date)),
    })
}

fn imaging_study(facts: &DicomFacts, frames: u32) -> Value {
    let uid = |uid: &str| format!("urn:oid:{uid}");
    let modality = if facts.modality.is_empty() { "OT" } else { &facts.modality };
    let instance = json!({
        "uid": facts.sop_instance,
        "sopClass": { "system": "urn:ietf:rfc:3986", "code": uid(&facts.sop_class) },
        "number": facts.instance_number.filter(|number| *number >= 0),
    });
    let has_instance = !facts.sop_instance.is_empty() && !facts.sop_class.is_empty();
    let series = json!({
        "uid": facts.series,
        "modality": { "system": "http://dicom.nema.org/resources/ontology/DCM", "code": modality },
        "description": facts.series_description,
        "bodySite": Some(&facts.body_part).filter(|part| !part.is_empty()).map(|part| json!({ "display": part })),
        "instance": has_instance.then_some([instance]),
    });
    json!({
        "resourceType": "ImagingStudy",
        "id": "study",
        "identifier": [
            { "system": "urn:dicom:uid", "value": uid(&facts.study) },
            Some(&facts.accession).filter(|number| !number.is_empty())
                .map(|number| json!({ "type": { "text": words::ACCESSION }, "value": number })),
        ],
        "status": "available",
        "subject": local("patient"),
        "started": Some(&facts.study_date).filter(|date| is_date(date)),
        "description": facts.study_description,
        "series": (!facts.series.is_empty()).then_some([series]),
        "note": (frames > 1).then(|| [json!({ "text": words::frames(frames) })]),
    })
}

/// The model as a Device, identified by the hashes of its files.
fn device(reading: &Reading, index: usize, program: &str) -> Value {
    let model = &reading.examination.model;
    let word = |text: &str| json!({ "text": text });
    let hash = |name: &str, hash: &str| {
        (!hash.is_empty()).then(|| json!({ "type": word(name), "valueCode": [word(hash)] }))
    };
    json!({
        "resourceType": "Device",
        "id": format!("model-{}", index + 1),
        "identifier": [{ "type": word(words::MODEL), "value": model.id }],
        "manufacturer": "Lantern",
        "deviceName": [{ "name": reading.model_title, "type": "model-name" }],
        "type": word(words::SOFTWARE),
        "version": [
            { "type": word(words::MODEL), "value": model.version },
            { "type": word(words::PROGRAM), "value": program },
            { "type": word(words::BACKEND), "value": reading.backend },
        ],
        "property": [
            hash(words::CARD_HASH, &model.sha256),
            hash(words::PREPROCESSING_HASH, &model.preprocessing_sha256),
        ],
        "note": reading.model_limits.iter().map(|limit| word(limit)).collect::<Vec<_>>(),
    })
}

/// Elements common to all Observations.
fn observation(report: &Report, id: String, own: Value) -> Value {
    let study = report.file.dicom.as_ref().filter(|dicom| !dicom.study.is_empty());
    let mut observation = json!({
        "resourceType": "Observation",
        "id": id,
        "status": "preliminary",
        "category": [{ "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "imaging", "display": "Imaging",
        }] }],
        "subject": local("patient"),
        "issued": report.made_at,
        "derivedFrom": study.map(|_| [local("study")]),
    });
    if let (Value::Object(all), Value::Object(own)) = (&mut observation, own) {
        all.extend(own);
    }
    observation
}

fn finding(report: &Report, reading: &Reading, index: usize) -> Value {
    let examination = &reading.examination;
    let why = messages::reason(examination);
    let mut notes = vec![NOTICE.to_string(), why.clone()];
    if let Some(answer) = &examination.answer {
        notes.push(messages::caveat(answer, Audience::Clinician));
        notes.push(messages::tried_on(&reading.model_tried_on));
    }
    notes.extend(examination.concerns.iter().map(messages::concern));
    notes.push(words::input_hash(&examination.image_sha256));
    let notes: Vec<Value> = notes.into_iter().map(|text| json!({ "text": text })).collect();
    let mut own = json!({ "device": local(&format!("model-{}", index + 1)), "note": notes });
    let answered = match &examination.answer {
        Some(answer) if answer.is_of_many() => labelled(answer, &reading.model_title),
        Some(answer) => answered(answer),
        None => json!({
            "code": { "text": words::answer_of(&reading.model_title) },
            "dataAbsentReason": {
                "coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
                    "code": "not-performed", "display": "Not Performed",
                }],
                "text": why,
            },
        }),
    };
    if let (Value::Object(own), Value::Object(answered)) = (&mut own, answered) {
        own.extend(answered);
    }
    observation(report, format!("finding-{}", index + 1), own)
}

fn answered(answer: &Answer) -> Value {
    let classes: Vec<Value> = answer
        .findings
        .iter()
        .map(|one| json!({ "code": { "text": one.label }, "valueQuantity": probability(one.probability) }))
        .collect();
    json!({
        "code": { "text": messages::scored(answer) },
        "valueQuantity": probability(answer.headline().1),
        "interpretation": [{ "text": messages::line(answer) }],
        "referenceRange": [{ "text": messages::threshold(answer) }],
        "component": classes,
    })
}

/// Each label as a component with its own verdict; together they have no value.
fn labelled(answer: &Answer, model_title: &str) -> Value {
    let label = |one: &Answer| {
        json!({
            "code": { "text": messages::scored(one) },
            "valueQuantity": probability(one.probability),
            "interpretation": [{ "text": messages::capital(messages::verdict_of(one)) }],
            "referenceRange": [{ "text": messages::threshold(one) }],
        })
    };
    json!({
        "code": { "text": words::answer_of(model_title) },
        "interpretation": [{ "text": messages::line(answer) }],
        "component": answer.labels().map(label).collect::<Vec<_>>(),
    })
}

fn probability(p: Probability) -> Value {
    quantity((f64::from(p.get()) * 1e4).round() / 1e4, "1")
}

/// A Quantity with its UCUM unit. `HU` is `[hnsf'U]` in UCUM.
fn quantity(value: f64, unit: &str) -> Value {
    let code = match unit {
        "HU" => "[hnsf'U]",
        "" => "1",
        other => other,
    };
    json!({ "value": value, "unit": if unit == "1" { "" } else { super::measurement::unit(unit) }, "system": UCUM, "code": code })
}

fn measurement(report: &Report, of: &Measurement, index: usize) -> Value {
    let components = of.statistics.iter().flat_map(|Statistics { mean, deviation, min, max, unit }| {
        [(words::MEAN, mean), (words::DEVIATION, deviation), (words::MINIMUM, min), (words::MAXIMUM, max)]
            .map(|(name, value)| json!({ "code": { "text": name }, "valueQuantity": quantity(*value, unit) }))
    });
    let place = of.points.iter().map(|p| format!("{:.1}, {:.1}", p.x, p.y)).collect::<Vec<_>>().join("; ");
    let note = words::place(of.frame + 1, &place);
    let detector = of.at_detector.then(|| json!({ "text": words::AT_DETECTOR_NOTE }));
    let own = json!({
        "code": { "text": format!("{}: {}", of.kind.name(), of.name()) },
        "valueQuantity": quantity(of.value, &of.unit),
        "component": components.collect::<Vec<_>>(),
        "note": [{ "text": note }, detector],
    });
    observation(report, format!("measurement-{}", index + 1), own)
}

/// The narrative in XHTML.
fn narrative(report: &Report) -> String {
    let mut body = String::new();
    for (title, text) in [(words::FINDINGS, &report.findings), (words::IMPRESSION, &report.impression)] {
        let paragraphs = text.lines().filter(|line| !line.trim().is_empty());
        let paragraphs: String = paragraphs.map(|line| format!("<p>{}</p>", escaped(line))).collect();
        body.push_str(&format!("<p><b>{title}</b></p>{paragraphs}"));
    }
    let rows = evidence(report).into_iter();
    let rows: String = rows.map(|(name, value)| format!("<li>{name}: {}</li>", escaped(&value))).collect();
    format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{NOTICE}</p>{body}<ul>{rows}</ul></div>")
}

/// Escapes text for XML; characters that XML does not allow are removed.
fn escaped(text: &str) -> String {
    let allowed: String = text.chars().filter(|c| !c.is_control() || *c == '\t').collect();
    allowed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn nothing_in_it_is_empty_and_all_that_it_contains_is_referred_to() {
        for names_patient in [false, true] {
            let text = fhir(&Report { names_patient, ..sample().unwrap() }).unwrap();
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value, pruned(value.clone()));
            for one in value["contained"].as_array().unwrap() {
                let reference = format!("\"#{}\"", one["id"].as_str().unwrap());
                assert!(text.contains(&reference), "{reference}");
            }
            assert!(text.contains("Ü &amp; &lt;not a tag&gt;"));
        }
    }
}
