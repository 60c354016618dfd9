//! All images of the workspace as one CSV table, with a row for each, including refused and failed ones.

use super::{Error, KEY_DIGITS};
use crate::examination::{Answer, Examination};
use crate::messages;
use crate::study::FileFacts;
use serde::{Deserialize, Serialize};

/// A row of the table. A file examined by several models has several rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The file's name.
    pub file_name: String,
    /// What the file says about itself, if it could be opened.
    pub file: Option<FileFacts>,
    /// The outcome.
    pub outcome: Outcome,
}

/// The outcome for a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A model answered, or refused with a reason.
    Examined {
        /// The answer at the user's operating point.
        examination: Box<Examination>,
        /// The device that computed it.
        backend: String,
    },
    /// It could not be examined, with the error.
    Failed(String),
    /// It has not been examined, with the reason in words.
    NotExamined(String),
}

/// The columns, in order. New columns are added only at the end, so that programs that parse the table keep
/// working.
const HEADER: [&str; 30] = [
    "file",
    "outcome",
    "reason",
    "finding",
    "verdict",
    "probability",
    "threshold",
    "unsure_from",
    "unsure_to",
    "sensitivity",
    "specificity",
    "measured_on",
    "answers",
    "set",
    "concerns",
    "overruled",
    "format",
    "width",
    "height",
    "frames",
    "modality",
    "study_date",
    "patient_key",
    "image_sha256",
    "model",
    "model_version",
    "model_sha256",
    "preprocessing_sha256",
    "backend",
    "answer",
];

/// The table as CSV (RFC 4180, UTF-8) with a header. `docs/report.md` describes the columns.
///
/// # Errors
/// Fails if the CSV cannot be written.
pub fn csv(rows: &[Row]) -> Result<String, Error> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    table.write_record(HEADER)?;
    for row in rows {
        table.write_record(HEADER.map(|column| harmless(cell(row, column))))?;
    }
    let bytes = table.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cell(row: &Row, column: &str) -> String {
    let (outcome, reason, examination, backend) = match &row.outcome {
        Outcome::Examined { examination, backend } => {
            let outcome = if examination.answer.is_some() { "examined" } else { "refused" };
            (outcome, messages::reason(examination), Some(examination), backend.as_str())
        }
        Outcome::Failed(reason) => ("failed", reason.clone(), None, ""),
        Outcome::NotExamined(reason) => ("not_examined", reason.clone(), None, ""),
    };
    match column {
        "file" => row.file_name.clone(),
        "outcome" => outcome.into(),
        "reason" => reason,
        "backend" => backend.into(),
        _ => {
            let of_file = row.file.as_ref().and_then(|file| of_file(file, column));
            let of_examination = || of_examination(examination?, column);
            of_file.or_else(of_examination).unwrap_or_default()
        }
    }
}

fn of_file(file: &FileFacts, column: &str) -> Option<String> {
    let dicom = file.dicom.as_ref();
    Some(match column {
        "format" => file.image.format.clone(),
        "width" => file.image.width.to_string(),
        "height" => file.image.height.to_string(),
        "frames" => file.frames.to_string(),
        "image_sha256" => file.sha256.clone(),
        "modality" => dicom?.modality.clone(),
        "study_date" => dicom?.study_date.clone(),
        "patient_key" => dicom?.patient.key.chars().take(KEY_DIGITS).collect(),
        _ => return None,
    })
}

fn of_examination(examination: &Examination, column: &str) -> Option<String> {
    let concerns =
        || examination.concerns.iter().map(|concern| concern.name()).collect::<Vec<_>>().join("; ");
    Some(match column {
        "concerns" => concerns(),
        "overruled" => examination.admission.as_ref()?.overruled.to_string(),
        "format" => examination.image.format.clone(),
        "width" => examination.image.width.to_string(),
        "height" => examination.image.height.to_string(),
        "image_sha256" => examination.image_sha256.clone(),
        "model" => examination.model.id.clone(),
        "model_version" => examination.model.version.clone(),
        "model_sha256" => examination.model.sha256.clone(),
        "preprocessing_sha256" => examination.model.preprocessing_sha256.clone(),
        _ => of_answer(examination.answer.as_ref()?, column)?,
    })
}

fn of_answer(answer: &Answer, column: &str) -> Option<String> {
    let figure = |value: f64| format!("{value:.4}");
    // The threshold is written only if the verdict depends on it.
    let point = || answer.threshold();
    Some(match column {
        "finding" => answer.headline().0.into(),
        "verdict" => answer.overall().name().into(),
        "answer" => messages::line(answer),
        "probability" => figure(answer.headline().1.get().into()),
        "threshold" => figure(point()?.threshold.get().into()),
        "unsure_from" => figure(point()?.unsure_from.get().into()),
        "unsure_to" => figure(point()?.unsure_to.get().into()),
        "sensitivity" => figure(point()?.sensitivity.value),
        "specificity" => figure(point()?.specificity.value),
        "measured_on" => point()?.measured_on.clone(),
        "answers" => answer.cells().join("; "),
        "set" => answer.set.join("; "),
        _ => return None,
    })
}

/// Prevents formula injection: a cell that a spreadsheet would take for a formula gets a prefix. Numbers stay
/// numbers.
pub(crate) fn harmless(cell: String) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && cell.parse::<f64>().is_err();
    if is_formula { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use proptest::prelude::*;

    fn failed(name: &str, reason: &str) -> Row {
        Row { file_name: name.into(), file: None, outcome: Outcome::Failed(reason.into()) }
    }

    fn read(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap(), HEADER.as_slice());
        reader.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect()
    }

    #[test]
    fn every_file_has_a_row_the_refused_and_the_failed_with_the_reason() {
        let examined = |reading: crate::report::Reading| Row {
            file_name: "a.dcm".into(),
            file: Some(sample().unwrap().file),
            outcome: Outcome::Examined {
                examination: Box::new(reading.examination),
                backend: reading.backend,
            },
        };
        let mut rows: Vec<_> = sample().unwrap().readings.into_iter().map(examined).collect();
        rows.push(failed("b.png", "the file is damaged"));
        rows.push(Row { outcome: Outcome::NotExamined("stopped".into()), ..failed("c.png", "") });
        let read = read(&csv(&rows).unwrap());
        let column = |name: &str| HEADER.iter().position(|column| *column == name).unwrap();
        let of = |row: usize, name: &str| read[row][column(name)].as_str();
        assert_eq!(
            [of(0, "outcome"), of(0, "verdict"), of(0, "probability")],
            ["examined", "suspected", "0.9300"]
        );
        assert_eq!([of(0, "modality"), of(0, "patient_key")], ["CR", "0123456789ab"]);
        assert_eq!(
            [of(3, "outcome"), of(3, "reason")],
            [
                "refused",
                "No model here knows this kind of picture. Nearest: a radiograph. Check that the right file was chosen. (Details: 1.21, limit 1.)"
            ]
        );
        assert_eq!([of(6, "outcome"), of(6, "reason")], ["failed", "the file is damaged"]);
        assert_eq!([of(7, "outcome"), of(7, "reason")], ["not_examined", "stopped"]);
        assert!(
            HEADER.iter().all(|name| (0..2).any(|row| !of(row, name).is_empty())),
            "a column that is never filled"
        );
    }

    #[test]
    fn a_row_holds_every_label_with_its_verdict() {
        let report = crate::report::labelled().unwrap();
        let row = |reading: crate::report::Reading| Row {
            outcome: Outcome::Examined { examination: Box::new(reading.examination), backend: String::new() },
            ..failed("a.dcm", "")
        };
        let rows: Vec<_> = report.readings.into_iter().map(row).collect();
        let read = read(&csv(&rows).unwrap());
        let of = |row: usize, name: &str| {
            read[row][HEADER.iter().position(|column| *column == name).unwrap()].as_str()
        };
        assert_eq!(
            of(0, "answers"),
            "effusion: 0.9300 suspected; mass: 0.7100 suspected; nodule: 0.4500 unsure; hernia: 0.0100 not_suspected; fracture: 0.6200 withheld"
        );
        assert_eq!(
            [of(0, "finding"), of(0, "verdict"), of(0, "threshold")],
            ["effusion", "suspected", "0.4100"]
        );
        assert_eq!(of(0, "concerns"), "ungated; unchecked");
        assert_eq!([of(1, "finding"), of(1, "verdict"), of(1, "threshold")], ["mass", "withheld", ""]);
        assert_eq!(of(1, "answers"), "mass: 0.8000; no mass: 0.2000");
    }

    #[test]
    fn no_cell_is_a_formula_and_numbers_stay_numbers() {
        for bad in ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(bad.into()), format!("'{bad}"));
        }
        for good in ["-1.5", "+3", "0.93", "a=b", ""] {
            assert_eq!(harmless(good.into()), good);
        }
    }

    proptest! {
        #[test]
        fn whatever_a_file_is_called_it_comes_back_and_is_no_formula(name in any::<String>(), reason in any::<String>()) {
            let read = read(&csv(&[failed(&name, &reason)]).unwrap());
            prop_assert_eq!(read.len(), 1);
            for (cell, text) in [(&read[0][0], name), (&read[0][2], reason)] {
                prop_assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), text.strip_prefix('\'').unwrap_or(&text));
                prop_assert!(!cell.starts_with(['=', '@', '\t']));
            }
        }
    }
}
