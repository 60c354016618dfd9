//! Reports: the result for one file as text, numbers and provenance, for humans and for other programs.
//! `docs/report.md` describes every format.

mod draft;
mod evidence;
mod fhir;
mod measurement;
mod moment;
mod structured;
mod table;
mod uid;

use crate::examination::Examination;
use crate::messages;
use crate::messages::fault::report as fault;
use crate::study::{FileFacts, Patient};
pub use draft::{Draft, draft};
pub use evidence::{evidence, evidence_of};
pub use fhir::fhir;
pub use measurement::{Measurement, MeasurementKind, Statistics};
use serde::{Deserialize, Serialize};
pub use structured::structured;
pub(crate) use table::harmless;
pub use table::{Outcome, Row, csv};

/// Version of [`json`]'s layout. It changes if a field is removed or changes its meaning.
pub const SCHEMA: &str = "lantern-report/2";

/// The program that makes the document, with its version.
pub const PROGRAM: &str = concat!("Lantern ", env!("CARGO_PKG_VERSION"));

/// The notice on every report.
pub const NOTICE: &str = messages::report::NOTICE;

/// Digits of a patient's pseudonym that are shown: enough to distinguish the patients of one clinic.
const KEY_DIGITS: usize = 12;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The report's time is not RFC 3339.
    #[error("{}", fault::moment(.0))]
    Moment(String),
    /// The CSV table could not be written.
    #[error("{}", fault::table(&.0.to_string()))]
    Table(#[from] csv::Error),
    /// The JSON could not be written.
    #[error("{}", fault::json(&.0.to_string()))]
    Json(#[from] serde_json::Error),
    /// The DICOM object could not be written.
    #[error("{}", fault::dicom(.0))]
    Dicom(String),
}

/// All data of a report on one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Time of the report, RFC 3339.
    pub made_at: String,
    /// The program's version.
    pub program: String,
    /// Name of the reporting radiologist, as entered by the user; may be empty.
    pub reader: String,
    /// The file's name.
    pub file_name: String,
    /// What the file says about itself.
    pub file: FileFacts,
    /// Whether the report names the patient. If not, all formats contain at most twelve digits of the
    /// pseudonym.
    pub names_patient: bool,
    /// The answer of each model.
    pub readings: Vec<Reading>,
    /// The findings, in the user's words; [`draft()`] proposes text.
    pub findings: String,
    /// The impression, in the user's words.
    pub impression: String,
    /// The user's measurements.
    pub measurements: Vec<Measurement>,
    /// Number of key images printed with the report.
    pub key_images: u32,
}

/// A model's answer, with the model's metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The answer at the user's operating point.
    pub examination: Examination,
    /// The model's title.
    pub model_title: String,
    /// The model's limits, one sentence each.
    pub model_limits: Vec<String>,
    /// The test data, in one line.
    pub model_tried_on: String,
    /// The device that computed it, for instance `WebAssembly, 2 threads`.
    pub backend: String,
}

impl Report {
    /// The report as it may leave the program: without the patient, unless the user asked to name them. All
    /// formats write this.
    fn released(&self) -> Self {
        let mut report = self.clone();
        if let Some(dicom) = report.file.dicom.as_mut().filter(|_| !self.names_patient) {
            let key = dicom.patient.key.chars().take(KEY_DIGITS).collect();
            dicom.patient = Patient { key, ..Patient::default() };
            dicom.accession.clear();
            dicom.study_id.clear();
            dicom.study_time.clear();
        }
        report
    }

    /// The patient's name, or digits of the pseudonym. Empty if the file has no patient data.
    pub fn patient(&self) -> String {
        let Some(dicom) = self.released().file.dicom else { return String::new() };
        let Patient { name, id, birth_date, sex, key, .. } = dicom.patient;
        if !self.names_patient {
            return if key.is_empty() { key } else { messages::report::pseudonym(&key) };
        }
        let said = [name, id, birth_date, sex];
        said.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// The whole report as JSON, with the layout's version in `schema`.
pub fn json(report: &Report) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Document {
        schema: &'static str,
        notice: &'static str,
        #[serde(flatten)]
        report: Report,
    }
    moment::Moment::read(&report.made_at)?;
    let document = Document { schema: SCHEMA, notice: NOTICE, report: report.released() };
    Ok(serde_json::to_string_pretty(&document)?)
}

/// A test report: a chest radiograph of `Doe, Jane`, who is not to be named, with an answer of every outcome:
/// suspected, not suspected, unsure, refused, overruled, named. The file also checks that older reports stay
/// readable.
#[cfg(test)]
fn sample() -> serde_json::Result<Report> {
    serde_json::from_str(include_str!("../../tests/files/report.json"))
}

/// The same film with the answers of a model with many labels, and of one that was never checked on data.
#[cfg(test)]
fn labelled() -> serde_json::Result<Report> {
    let readings = serde_json::from_str(include_str!("../../tests/files/labels.json"))?;
    Ok(Report { readings, ..sample()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_format_names_a_patient_that_is_not_to_be_named() {
        let mut report = sample().unwrap();
        let all = |report: &Report| {
            let sr = String::from_utf8_lossy(&structured(report).unwrap()).into_owned();
            [json(report).unwrap(), fhir(report).unwrap(), sr, report.patient()]
        };
        for text in all(&report) {
            for word in
                ["Doe", "Quincy", "MRN-1", "1950", "ACC-9", "ISSUER-3", "Meredith", "STUDY-8", "231559"]
            {
                assert!(!text.contains(word), "{word} in {text}");
            }
            assert!(text.contains("0123456789ab") && !text.contains("0123456789abc"), "{text}");
        }
        report.names_patient = true;
        assert!(all(&report).iter().all(|text| text.contains("Doe") && text.contains("MRN-1")));
        let [_, fhir, sr, _] = all(&report);
        assert!(sr.contains("Doe^Jane^Quincy^Dr^PhD") && sr.contains("STUDY-8") && sr.contains("231559"));
        let value: serde_json::Value = serde_json::from_str(&fhir).unwrap();
        let patients = value["contained"].as_array().unwrap().iter();
        let patient = patients.clone().find(|one| one["resourceType"] == "Patient").unwrap();
        let name = &patient["name"][0];
        assert_eq!(name["given"], serde_json::json!(["Jane", "Quincy"]));
        assert_eq!((&name["prefix"][0], &name["suffix"][0]), (&"Dr".into(), &"PhD".into()));
    }

    #[test]
    fn json_says_what_it_is_and_can_be_read_back() {
        let report = sample().unwrap();
        let text = json(&report).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["schema"], &value["notice"]), (&SCHEMA.into(), &NOTICE.into()));
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report.released());
    }

    #[test]
    fn a_time_that_is_none_is_refused_by_every_format() {
        let report = Report { made_at: "yesterday".into(), ..sample().unwrap() };
        for error in [json(&report).err(), fhir(&report).err(), structured(&report).err()] {
            assert!(error.unwrap().to_string().contains("\"yesterday\""));
        }
    }
}
