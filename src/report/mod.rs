//! What a reader takes away: the findings of one file in words, figures and evidence, for people and for other programs.
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
use crate::study::{FileFacts, Patient};
pub use draft::{Draft, draft};
pub use evidence::evidence;
pub use fhir::fhir;
pub use measurement::{Measurement, MeasurementKind, Statistics};
use serde::{Deserialize, Serialize};
pub use structured::structured;
pub use table::{Outcome, Row, csv};

/// The version of [`json`]'s layout: another number where a field changed its meaning or went away.
pub const SCHEMA: &str = "lantern-report/2";

/// Stands on every report.
pub const NOTICE: &str =
    "Not a diagnosis. A computer's reading can be wrong; decisions belong to a clinician.";

/// How much of a patient's key is shown: enough to tell the patients of a clinic apart.
const KEY_DIGITS: usize = 12;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The moment that it was made at is no time in RFC 3339.
    #[error("the report's time is \"{0}\"; it must look like 2026-01-31T09:30:00Z")]
    Moment(String),
    /// The table.
    #[error("the table could not be written: {0}")]
    Table(#[from] csv::Error),
    /// The JSON text.
    #[error("the report could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The DICOM object.
    #[error("the DICOM report could not be written: {0}")]
    Dicom(String),
}

/// Everything that is known of one file when a reader has finished with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// When, in RFC 3339.
    pub made_at: String,
    /// The program's version.
    pub program: String,
    /// Who read the image, in his own words; empty where nobody said so.
    pub reader: String,
    /// The file's name.
    pub file_name: String,
    /// What the file says of itself.
    pub file: FileFacts,
    /// Whether the report says who was examined. Otherwise no format holds more of the patient than twelve digits of his key.
    pub names_patient: bool,
    /// What each model answered.
    pub readings: Vec<Reading>,
    /// What the reader saw, in his own words; [`draft`] proposes some.
    pub findings: String,
    /// What the reader makes of it, in his own words.
    pub impression: String,
    /// What the reader measured.
    pub measurements: Vec<Measurement>,
    /// How many key images were printed with it.
    pub key_images: u32,
}

/// One model's answer, and what is known of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The answer, as judged at the reader's operating point.
    pub examination: Examination,
    /// The model's title for people.
    pub model_title: String,
    /// What a reader must know before trusting it, one sentence each.
    pub model_limits: Vec<String>,
    /// On whose images it was tried, in one line.
    pub model_tried_on: String,
    /// On what it was computed, for instance `WebAssembly, 2 threads`.
    pub backend: String,
}

impl Report {
    /// The report as it may leave the program: without the patient, where the reader did not ask to name him. Every format
    /// writes this.
    fn released(&self) -> Self {
        let mut report = self.clone();
        if let Some(dicom) = report.file.dicom.as_mut().filter(|_| !self.names_patient) {
            let key = dicom.patient.key.chars().take(KEY_DIGITS).collect();
            dicom.patient = Patient { key, ..Patient::default() };
            dicom.accession.clear();
        }
        report
    }

    /// How the patient is called: by name, or by digits that tell nothing of him. Empty where the file says nothing.
    pub fn patient(&self) -> String {
        let Some(dicom) = self.released().file.dicom else { return String::new() };
        let Patient { name, id, birth_date, sex, key, .. } = dicom.patient;
        if !self.names_patient {
            return if key.is_empty() { key } else { format!("Not named; pseudonym {key}") };
        }
        let said = [name, id, birth_date, sex];
        said.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// The whole report, for other programs, with the layout's version in `schema`.
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

/// A report to test with: a chest radiograph of `Doe, Jane`, who is not to be named, with a reading of every outcome: suspected, not
/// suspected, unsure, refused, overruled, named. The file also shows that what was written once can be read.
#[cfg(test)]
fn sample() -> serde_json::Result<Report> {
    serde_json::from_str(include_str!("../../tests/files/report.json"))
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
            for word in ["Doe", "MRN-1", "1950", "ACC-9"] {
                assert!(!text.contains(word), "{word} in {text}");
            }
            assert!(text.contains("0123456789ab") && !text.contains("0123456789abc"), "{text}");
        }
        report.names_patient = true;
        assert!(all(&report).iter().all(|text| text.contains("Doe") && text.contains("MRN-1")));
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
