//! All saved cases as one CSV table.

use super::{Case, FollowUp, VersionedCase};
use crate::report::harmless;
use std::fmt::Display;

/// A case with its number, the time when it was saved, and its follow-up.
pub type Numbered<'a> = (i64, &'a str, &'a VersionedCase, Option<&'a FollowUp>);

/// The columns, in order. New columns are added only at the end, so that programs that parse the table keep
/// working.
const HEADER: [&str; 22] = [
    "case",
    "kept_at",
    "answer",
    "finding",
    "verdict",
    "probability",
    "threshold",
    "answers",
    "overruled",
    "concerns",
    "note",
    "measurements",
    "annotations",
    "study_date",
    "patient",
    "image_sha256",
    "model",
    "model_version",
    "model_sha256",
    "program",
    "follow_up",
    "follow_up_by",
];

/// CSV with a header and one row for each case (RFC 4180, UTF-8, all cells quoted). Written without a
/// library, because the page would have to load a writer for all dialects.
pub fn csv(cases: &[Numbered<'_>]) -> String {
    let line = |cells: Vec<String>| {
        let cells = cells.into_iter().map(|cell| format!("\"{}\"", harmless(cell).replace('"', "\"\"")));
        cells.collect::<Vec<_>>().join(",") + "\r\n"
    };
    let rows =
        cases.iter().map(|case| line(HEADER.map(|column| cell(case, column).unwrap_or_default()).into()));
    std::iter::once(line(HEADER.map(String::from).into())).chain(rows).collect()
}

fn cell(&(id, saved_at, kept, follow_up): &Numbered<'_>, column: &str) -> Option<String> {
    Some(match column {
        "case" => id.to_string(),
        "kept_at" => saved_at.into(),
        "answer" => kept.line(),
        "overruled" => kept.is_overruled().to_string(),
        "note" => kept.note().into(),
        "annotations" => kept.annotations().len().to_string(),
        "study_date" => kept.study_date()?.into(),
        "patient" => kept.patient()?.to_string(),
        "image_sha256" => kept.image()?.to_string(),
        "model" => kept.model().into(),
        "follow_up" => follow_up?.status.name().into(),
        "follow_up_by" => follow_up?.due.clone()?,
        _ => match kept {
            VersionedCase::Whole(case) => of_whole(case, column)?,
            VersionedCase::Earlier(case) => match column {
                "finding" => case.finding.clone(),
                "verdict" => case.verdict.name().into(),
                "probability" => figure(case.probability.get()),
                "threshold" => figure(case.threshold.get()),
                "model_sha256" => case.model_sha256.to_string(),
                _ => return None,
            },
        },
    })
}

fn of_whole(case: &Case, column: &str) -> Option<String> {
    let examination = &case.reading.examination;
    Some(match column {
        "concerns" => listed(examination.concerns.iter().map(|concern| concern.name())),
        "measurements" => {
            listed(case.measurements.iter().map(|one| format!("{}: {}", one.name(), one.words())))
        }
        "model_version" => examination.model.version.clone(),
        "model_sha256" => examination.model.sha256.clone(),
        "program" => case.program.clone(),
        _ => {
            let answer = examination.answer.as_ref()?;
            match column {
                "finding" => answer.label().into(),
                "verdict" => answer.overall().name().into(),
                "probability" => figure(answer.probability.get()),
                "threshold" => figure(answer.operating_point.as_ref()?.threshold.get()),
                "answers" => listed(answer.cells().into_iter()),
                _ => return None,
            }
        }
    })
}

fn figure(value: f32) -> String {
    format!("{value:.4}")
}

fn listed(words: impl Iterator<Item = impl Display>) -> String {
    words.map(|word| word.to_string()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{EarlierCase, tests::sample};
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap(), HEADER.as_slice());
        reader.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect()
    }

    const WHEN: &str = "2026-01-31T09:30:00Z";

    fn earlier() -> EarlierCase {
        let hash = "ab".repeat(32);
        serde_json::from_value(serde_json::json!({
            "finding": "pneumonia", "probability": 0.25, "verdict": "unsure", "threshold": 0.5, "model": "m", "model_sha256": hash,
            "image_sha256": hash, "overruled": true, "note": "", "patient": null, "study_date": null, "annotations": []
        }))
        .unwrap()
    }

    #[test]
    fn whole_cases_and_earlier_ones_stand_in_one_table() {
        let (whole, old) =
            (VersionedCase::Whole(Box::new(sample())), VersionedCase::Earlier(Box::new(earlier())));
        let open = FollowUp { status: crate::case::Status::ToFollowUp, due: Some("2027-03-01".into()) };
        let rows = read(&csv(&[(2, WHEN, &whole, Some(&open)), (1, WHEN, &old, None)]));
        let of = |row: usize, name: &str| {
            let column = HEADER.iter().position(|column| *column == name).unwrap();
            rows[row][column].as_str()
        };
        assert_eq!([of(0, "case"), of(0, "verdict"), of(0, "probability")], ["2", "suspected", "0.9300"]);
        assert_eq!([of(0, "note"), of(0, "annotations")], ["left lower zone\nsecond line", "2"]);
        assert!(of(0, "measurements").contains("nodule: 23.4 mm"));
        assert!(of(0, "answers").contains("no pneumonia: 0.0700"));
        assert_eq!(
            [of(0, "follow_up"), of(0, "follow_up_by"), of(1, "follow_up")],
            ["to-follow-up", "2027-03-01", ""]
        );
        assert_eq!([of(1, "verdict"), of(1, "overruled"), of(1, "patient")], ["unsure", "true", ""]);
    }

    proptest! {
        #[test]
        fn any_note_comes_back_and_no_cell_is_a_formula(note in "\\PC{0,40}", start in "[=+@-]?") {
            let note = format!("{start}{note}");
            let case = VersionedCase::Earlier(Box::new(EarlierCase { note: note.clone(), ..earlier() }));
            let rows = read(&csv(&[(1, WHEN, &case, None)]));
            let column = HEADER.iter().position(|column| *column == "note").unwrap();
            prop_assert_eq!(&rows[0][column], &harmless(note));
        }
    }
}
