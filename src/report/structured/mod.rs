//! The report as a DICOM Comprehensive SR after template 1500, Measurement Report (PS3.16), unverified. It
//! needs the DICOM library, so only the file worker and the companion call it, not the page.

mod codes;
mod content;
mod measured;

use super::moment::{Moment, is_date};
use super::uid::uid;
use super::{Error, NOTICE, Reading, Report, json};
use crate::examination::{Answer, Examination};
use crate::messages::report as report_words;
use crate::messages::{self, capital};
use crate::study::DicomFacts;
use codes::Code;
use content::{Image, Item, Value, put, sequence};
use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

/// Writes a DICOM file. It belongs to the image's study if the image is DICOM, otherwise to a new study. Its
/// UIDs are derived from the report, so that the same report gives the same object.
///
/// # Errors
/// Fails if the report's time is not RFC 3339, or if the object cannot be written.
pub fn structured(report: &Report) -> Result<Vec<u8>, Error> {
    let moment = Moment::read(&report.made_at)?;
    let identity = json(report)?;
    let report = &report.released();
    let mut object = content(report, &identity).object();
    patient_and_study(&mut object, report);
    document(&mut object, &moment, &identity);
    sequence(&mut object, tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE, evidence(report));
    // An empty sequence is left out.
    if source(report).is_none() {
        object.remove_element(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE);
    }
    let dicom = |error: &dyn std::error::Error| Error::Dicom(error.to_string());
    let meta = FileMetaTableBuilder::new().transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let file = object.with_meta(meta).map_err(|e| dicom(&e))?;
    let mut bytes = Vec::new();
    file.write_all(&mut bytes).map_err(|e| dicom(&e))?;
    Ok(bytes)
}

/// The image's header, if other objects can refer to the image.
fn source(report: &Report) -> Option<&DicomFacts> {
    let facts = report.file.dicom.as_ref()?;
    let needed = [&facts.sop_class, &facts.sop_instance, &facts.series, &facts.study];
    needed.iter().all(|uid| !uid.is_empty()).then_some(facts)
}

/// The image, or one of its frames, from 0.
fn image(report: &Report, frame: Option<u32>) -> Option<Image<'_>> {
    let facts = source(report)?;
    let frame = frame.filter(|_| report.file.frames > 1).map(|frame| frame + 1);
    Some(Image { sop_class: &facts.sop_class, sop_instance: &facts.sop_instance, frame })
}

fn patient_and_study(object: &mut InMemDicomObject, report: &Report) {
    let none = DicomFacts::default();
    let facts = report.file.dicom.as_ref().unwrap_or(&none);
    let patient = &facts.patient;
    let id = if report.names_patient { &patient.id } else { &patient.key };
    let date = |text: &str| if is_date(text) { text.replace('-', "") } else { String::new() };
    let own_study = uid("study", &report.file.sha256);
    let study = if facts.study.is_empty() { &own_study } else { &facts.study };
    for (tag, vr, text) in [
        (tags::PATIENT_NAME, VR::PN, patient.person_name.as_str()),
        (tags::PATIENT_ID, VR::LO, id),
        (tags::ISSUER_OF_PATIENT_ID, VR::LO, &patient.issuer),
        (tags::PATIENT_BIRTH_DATE, VR::DA, &date(&patient.birth_date)),
        (
            tags::PATIENT_SEX,
            VR::CS,
            if matches!(patient.sex.as_str(), "F" | "M" | "O") { &patient.sex } else { "" },
        ),
        (tags::STUDY_INSTANCE_UID, VR::UI, study),
        (tags::STUDY_DATE, VR::DA, &date(&facts.study_date)),
        (tags::STUDY_TIME, VR::TM, &facts.study_time),
        (tags::REFERRING_PHYSICIAN_NAME, VR::PN, &patient.referring),
        (tags::STUDY_ID, VR::SH, &facts.study_id),
        (tags::ACCESSION_NUMBER, VR::SH, &facts.accession),
    ] {
        put(object, tag, vr, text);
    }
    if !facts.study_description.is_empty() {
        put(object, tags::STUDY_DESCRIPTION, VR::LO, &facts.study_description);
    }
}

/// The object's own attributes.
fn document(object: &mut InMemDicomObject, moment: &Moment, identity: &str) {
    for (tag, vr, text) in [
        (tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192"),
        (tags::SOP_CLASS_UID, VR::UI, uids::COMPREHENSIVE_SR_STORAGE),
        (tags::SOP_INSTANCE_UID, VR::UI, uid("report", identity).as_str()),
        (tags::INSTANCE_CREATION_DATE, VR::DA, &moment.date),
        (tags::INSTANCE_CREATION_TIME, VR::TM, &moment.time),
        (tags::TIMEZONE_OFFSET_FROM_UTC, VR::SH, &moment.offset),
        (tags::MODALITY, VR::CS, "SR"),
        (tags::SERIES_INSTANCE_UID, VR::UI, &uid("series", identity)),
        (tags::SERIES_NUMBER, VR::IS, "1"),
        (tags::SERIES_DESCRIPTION, VR::LO, report_words::SERIES),
        (tags::MANUFACTURER, VR::LO, "Lantern"),
        (tags::MANUFACTURER_MODEL_NAME, VR::LO, "Lantern"),
        (tags::SOFTWARE_VERSIONS, VR::LO, env!("CARGO_PKG_VERSION")),
        (tags::INSTANCE_NUMBER, VR::IS, "1"),
        (tags::CONTENT_DATE, VR::DA, &moment.date),
        (tags::CONTENT_TIME, VR::TM, &moment.time),
        (tags::COMPLETION_FLAG, VR::CS, "PARTIAL"),
        (
            tags::COMPLETION_FLAG_DESCRIPTION,
            VR::LO,
            NOTICE.split_once('.').map_or(NOTICE, |(first, _)| first),
        ),
        (tags::VERIFICATION_FLAG, VR::CS, "UNVERIFIED"),
    ] {
        put(object, tag, vr, text);
    }
    let mut scheme = InMemDicomObject::new_empty();
    put(&mut scheme, tags::CODING_SCHEME_DESIGNATOR, VR::SH, codes::OWN);
    put(&mut scheme, tags::CODING_SCHEME_NAME, VR::ST, report_words::SCHEME);
    sequence(object, tags::CODING_SCHEME_IDENTIFICATION_SEQUENCE, vec![scheme]);
    sequence(object, tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE, Vec::new());
    sequence(object, tags::PERFORMED_PROCEDURE_CODE_SEQUENCE, Vec::new());
}

/// The referenced objects (PS3.3 C.17.2): study, series, instance.
fn evidence(report: &Report) -> Vec<InMemDicomObject> {
    let (Some(facts), Some(image)) = (source(report), image(report, None)) else { return Vec::new() };
    let mut series = InMemDicomObject::new_empty();
    put(&mut series, tags::SERIES_INSTANCE_UID, VR::UI, &facts.series);
    sequence(&mut series, tags::REFERENCED_SOP_SEQUENCE, vec![image.reference()]);
    let mut study = InMemDicomObject::new_empty();
    put(&mut study, tags::STUDY_INSTANCE_UID, VR::UI, &facts.study);
    sequence(&mut study, tags::REFERENCED_SERIES_SEQUENCE, vec![series]);
    vec![study]
}

/// Template 1500.
fn content<'a>(report: &'a Report, identity: &str) -> Item<'a> {
    let mut content = vec![Item::contains(codes::LANGUAGE, Value::Code(codes::ENGLISH)).modifier()];
    content.extend(observers(report).into_iter().map(Item::context));
    content.push(Item::contains(codes::PROCEDURE, Value::Code(codes::IMAGING)).modifier());
    if let Some(image) = image(report, None) {
        let group = Item::heading(codes::IMAGE_LIBRARY_GROUP, None, vec![Item::image(image)]);
        content.push(Item::heading(codes::IMAGE_LIBRARY, Some("1600"), vec![group]));
    }
    let readings = report.readings.iter().enumerate();
    let readings = readings.flat_map(|(index, reading)| {
        let name = format!("reading {index}");
        // A group has one finding, so each label of a model with many has its own.
        let Some(answer) = reading.examination.answer.as_ref() else {
            return vec![group_of_reading(reading, None, uid(&name, identity))];
        };
        let tracked = |label: usize| if label == 0 { name.clone() } else { format!("{name} label {label}") };
        let labels = answer.labels().enumerate();
        labels
            .map(|(at, label)| group_of_reading(reading, Some(label), uid(&tracked(at), identity)))
            .collect()
    });
    let measured = report.measurements.iter().enumerate();
    let measured =
        measured.map(|(index, one)| measured::group(one, index, image(report, Some(one.frame)), identity));
    let groups: Vec<_> = readings.chain(measured).collect();
    if !groups.is_empty() {
        content.push(Item::heading(codes::MEASUREMENTS, None, groups));
    }
    let said = [
        (codes::FINDING, report.findings.as_str()),
        (codes::IMPRESSION, &report.impression),
        (codes::FILE_HASH, &report.file.sha256),
        (codes::COMMENT, NOTICE),
    ];
    content.push(Item::heading(codes::EVALUATIONS, None, texts(said)));
    Item::heading(codes::MEASUREMENT_REPORT, Some("1500"), content)
}

/// Named texts; empty ones are left out.
fn texts<'a, const N: usize>(said: [(Code<'static>, &str); N]) -> Vec<Item<'a>> {
    let said = said.into_iter().filter(|(_, text)| !text.trim().is_empty());
    said.map(|(concept, text)| Item::text(concept, text)).collect()
}

/// Observation context (templates 1001 to 1004): the radiologist, if named, and the program.
fn observers(report: &Report) -> Vec<Item<'_>> {
    let mut observers = Vec::new();
    if !report.reader.is_empty() {
        observers.push(Item::contains(codes::OBSERVER_TYPE, Value::Code(codes::PERSON)));
        let name = Value::Person(report.reader.replace(", ", "^"));
        observers.push(Item::contains(codes::PERSON_NAME, name));
    }
    observers.push(Item::contains(codes::OBSERVER_TYPE, Value::Code(codes::DEVICE)));
    observers.push(Item::contains(codes::DEVICE_UID, Value::Uid(uid("program", &report.program))));
    let said = [
        (codes::DEVICE_NAME, report.program.as_str()),
        (codes::DEVICE_MANUFACTURER, "Lantern"),
        (codes::DEVICE_MODEL, "Lantern"),
    ];
    observers.extend(texts(said));
    observers
}

/// Template 1501 for a model's answer, or for one label of it.
fn group_of_reading<'a>(reading: &'a Reading, answer: Option<&'a Answer>, tracked: String) -> Item<'a> {
    let examination = &reading.examination;
    let Examination { model, concerns, .. } = examination;
    let limits = [messages::tried_on(&reading.model_tried_on), reading.model_limits.join(" ")].join(" ");
    let name = format!("{} {}", model.id, model.version);
    let mut content = measured::tracking(name, tracked);
    let algorithm = [(codes::ALGORITHM_NAME, model.id.as_str()), (codes::ALGORITHM_VERSION, &model.version)];
    content.extend(texts(algorithm).into_iter().map(Item::modifier));
    if let Some(answer) = answer {
        let (finding, probability) = answer.headline();
        let per_cent = f64::from((probability.get() * 1e4).round() / 100.0);
        let said = capital(messages::verdict_of(answer));
        let point = messages::threshold(answer).unwrap_or_default();
        content.push(Item::contains(codes::CERTAINTY, Value::Number(per_cent, codes::unit("%"))));
        content.extend(texts([
            (codes::FINDING, finding),
            (codes::VERDICT, said.as_str()),
            (codes::OPERATING_POINT, &point),
        ]));
    } else {
        content.push(Item::text(codes::VERDICT, report_words::no_answer(&messages::reason(examination))));
    }
    if examination.is_out_of_scope() {
        content.push(Item::text(codes::CONCERN, messages::reason(examination)));
    }
    content.extend(concerns.iter().map(|concern| Item::text(codes::CONCERN, messages::concern(concern))));
    content.extend(texts([
        (codes::CARD_HASH, model.sha256.as_str()),
        (codes::INPUT_HASH, &model.preprocessing_sha256),
        (codes::BACKEND, &reading.backend),
        (codes::COMMENT, &limits),
    ]));
    Item::heading(codes::GROUP, Some("1501"), content)
}
