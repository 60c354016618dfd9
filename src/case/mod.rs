//! A case: what is saved of one examination, from the page to the case history and back into a report. Text,
//! numbers and hashes only: no pixels, no file name, and nothing that identifies the patient.

mod earlier;
mod follow_up;
mod limits;
mod redacted;
mod table;

use crate::examination::Answer;
use crate::fingerprint::Sha256;
use crate::messages::{self, Told};
use crate::report::{Measurement, Reading, Report, draft};
use crate::study::{DicomFacts, FileFacts, Patient};
use crate::viewing::Annotation;
use serde::{Deserialize, Serialize};

pub use earlier::EarlierCase;
pub use follow_up::{FollowUp, Status};
pub use limits::{ANNOTATION_LIMIT, LABEL_LIMIT, LIST_LIMIT, NOTE_LIMIT, TEXT_LIMIT, is_date};
pub use table::csv;

/// A case: the result for one image, and what the user added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The answer at the user's operating point, and the model's metadata.
    pub reading: Reading,
    /// The program and its version.
    pub program: String,
    /// The examined frame, from 0.
    pub frame: u32,
    /// Number of frames of the image; at least 1.
    pub frames: u32,
    /// The user's annotations; at most [`ANNOTATION_LIMIT`].
    pub annotations: Vec<Annotation>,
    /// Their measurements, in millimetres and in the image's values, which cannot be computed without the
    /// file.
    pub measurements: Vec<Measurement>,
    /// The user's note; at most [`NOTE_LIMIT`] characters.
    pub note: String,
    /// The patient's fingerprint: a SHA-256 of the patient ID.
    pub patient: Option<Sha256>,
    /// The study date, `YYYY-MM-DD`.
    pub study_date: Option<String>,
}

/// A saved case: complete, or the fewer fields of an earlier version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionedCase {
    /// Complete.
    Whole(Box<Case>),
    /// Saved by a version before 0.2.
    Earlier(Box<EarlierCase>),
}

impl Case {
    /// The case as a report made at `made_at` (RFC 3339). The note is part of the findings.
    pub fn report(&self, made_at: &str) -> Report {
        let Self { reading, measurements, note, .. } = self;
        let draft = draft(std::slice::from_ref(reading), measurements);
        let note = (!note.trim().is_empty()).then(|| messages::report::note(note.trim()));
        let findings: Vec<String> = [draft.findings].into_iter().chain(note).collect();
        Report {
            made_at: made_at.into(),
            program: self.program.clone(),
            reader: String::new(),
            file_name: String::new(),
            file: self.file(),
            names_patient: false,
            readings: vec![reading.clone()],
            findings: findings.join("\n"),
            impression: draft.impression,
            measurements: measurements.clone(),
            key_images: 0,
        }
    }

    /// The file's properties, as far as the case holds them.
    fn file(&self) -> FileFacts {
        let examination = &self.reading.examination;
        let dicom = examination.header.clone().map(|header| DicomFacts {
            modality: header.modality,
            body_part: header.body_part,
            view: header.view,
            image_type: header.image_type,
            frames: self.frames,
            study_date: self.study_date.clone().unwrap_or_default(),
            patient: Patient {
                key: self.patient.map(String::from).unwrap_or_default(),
                ..Patient::default()
            },
            ..DicomFacts::default()
        });
        FileFacts {
            sha256: examination.image_sha256.clone(),
            image: examination.image.clone(),
            frames: self.frames,
            frame_ms: None,
            dicom,
        }
    }

    /// The annotations for an image with `frames` frames of which `frame` was examined. If the number of
    /// frames is the same as in the case, they stay on their frames. Otherwise a single file of a series was
    /// opened, or the file together with others; then only the annotations on the examined frame are known to
    /// belong to it.
    pub fn annotations_on(&self, frame: u32, frames: u32) -> Vec<Annotation> {
        if frames == self.frames {
            return self.annotations.clone();
        }
        let on_it = self.annotations.iter().filter(|one| one.frame == self.frame);
        on_it.map(|one| Annotation { frame, ..one.clone() }).collect()
    }
}

impl VersionedCase {
    /// The answer in one line, or that the image was refused.
    pub fn line(&self) -> String {
        match self {
            Self::Whole(case) => match &case.reading.examination.answer {
                Some(answer) => messages::line(answer),
                None => messages::refused(&case.reading.examination),
            },
            Self::Earlier(case) => case.line(),
        }
    }

    /// Finding, probability and verdict; of a model with many labels those of each that is set against the answer `now`
    /// ([`Answer::followed`]). Empty if the image was refused.
    pub fn answers(&self, now: Option<&Answer>) -> Vec<Told> {
        match self {
            Self::Whole(case) => {
                let answer = case.reading.examination.answer.iter();
                answer.flat_map(|answer| answer.followed(now)).map(messages::told).collect()
            }
            Self::Earlier(case) => {
                vec![(case.finding.clone(), case.probability, messages::verdict_name(case.verdict))]
            }
        }
    }

    /// The fingerprint of the image file; `None` if the saved text is not a valid hash.
    pub fn image(&self) -> Option<Sha256> {
        match self {
            Self::Whole(case) => case.reading.examination.image_sha256.parse().ok(),
            Self::Earlier(case) => Some(case.image_sha256),
        }
    }

    /// The bundle that answered, by its folder name.
    pub fn model(&self) -> &str {
        match self {
            Self::Whole(case) => &case.reading.examination.model.id,
            Self::Earlier(case) => &case.model,
        }
    }

    /// Whether the user overruled a refusal.
    pub fn is_overruled(&self) -> bool {
        match self {
            Self::Whole(case) => case.reading.examination.is_overruled(),
            Self::Earlier(case) => case.overruled,
        }
    }

    /// The user's note.
    pub fn note(&self) -> &str {
        match self {
            Self::Whole(case) => &case.note,
            Self::Earlier(case) => &case.note,
        }
    }

    /// The user's annotations.
    pub fn annotations(&self) -> &[Annotation] {
        match self {
            Self::Whole(case) => &case.annotations,
            Self::Earlier(case) => &case.annotations,
        }
    }

    /// As [`Case::annotations_on`]. Earlier versions did not save the number of frames; for them all
    /// annotations are returned.
    pub fn annotations_on(&self, frame: u32, frames: u32) -> Vec<Annotation> {
        match self {
            Self::Whole(case) => case.annotations_on(frame, frames),
            Self::Earlier(case) => case.annotations.clone(),
        }
    }

    /// The patient's fingerprint.
    pub fn patient(&self) -> Option<Sha256> {
        match self {
            Self::Whole(case) => case.patient,
            Self::Earlier(case) => case.patient,
        }
    }

    /// The study date, `YYYY-MM-DD`.
    pub fn study_date(&self) -> Option<&str> {
        match self {
            Self::Whole(case) => case.study_date.as_deref(),
            Self::Earlier(case) => case.study_date.as_deref(),
        }
    }

    /// The text for searching, in lower case: note, answer, classes, model and study date.
    pub fn words(&self) -> String {
        let mut words = vec![self.note(), self.model(), self.study_date().unwrap_or_default()];
        let line = self.line();
        words.push(&line);
        match self {
            Self::Whole(case) => {
                words.push(&case.reading.model_title);
                let answer = case.reading.examination.answer.iter();
                let labels = answer.flat_map(Answer::labels);
                words.extend(labels.clone().map(Answer::label));
                words.extend(labels.flat_map(|label| &label.findings).map(|one| one.label.as_str()));
                words.extend(case.annotations.iter().map(|one| one.label.as_str()));
            }
            Self::Earlier(case) => words.extend(case.annotations.iter().map(|one| one.label.as_str())),
        }
        words.join("\n").to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::evidence;

    /// A test case in version 1 of the layout. It must stay readable by all later versions.
    pub(super) fn sample() -> Case {
        match serde_json::from_str(include_str!("../../tests/files/case.json")) {
            Ok(VersionedCase::Whole(case)) => *case,
            other => panic!("tests/files/case.json is no whole case: {other:?}"),
        }
    }

    #[test]
    fn a_case_becomes_a_report_that_names_nobody() {
        let case = sample();
        let report = case.report("2026-01-31T09:30:00Z");
        assert!(report.findings.contains("Pneumonia is suspected, 0.93"), "{}", report.findings);
        assert!(report.findings.ends_with("Note: left lower zone\nsecond line"), "{}", report.findings);
        assert!(report.findings.contains("nodule: 23.4 mm"), "{}", report.findings);
        assert_eq!(report.patient(), "Not named; pseudonym 0123456789ab");
        let dicom = report.file.dicom.as_ref().unwrap();
        assert_eq!((dicom.modality.as_str(), dicom.study_date.as_str()), ("CR", "2025-12-24"));
        let evidence = evidence(&report);
        assert!(
            evidence.iter().any(|(_, value)| *value == case.reading.examination.image_sha256),
            "{evidence:?}"
        );
    }

    #[test]
    fn a_case_of_many_labels_is_kept_and_told_whole() {
        let readings: Vec<Reading> =
            serde_json::from_str(include_str!("../../tests/files/labels.json")).unwrap();
        let [of_labels, raw] = readings.as_slice() else { panic!("two readings") };
        let kept = |reading: &Reading| {
            let case = VersionedCase::Whole(Box::new(Case { reading: reading.clone(), ..sample() }));
            let text = serde_json::to_string(&case).unwrap();
            let read = serde_json::from_str::<VersionedCase>(&text).unwrap();
            assert_eq!(read, case);
            read
        };
        let case = kept(of_labels);
        assert_eq!(case.line(), "Suspected: effusion 0.93, mass 0.71");
        let followed: Vec<String> = case.answers(None).into_iter().map(|(label, ..)| label).collect();
        assert_eq!(followed, ["effusion", "mass", "nodule"]);
        assert!(
            case.words().contains("fracture")
                && csv(&[(1, "", &case, None)]).contains("hernia: 0.0100 not_suspected")
        );
        let [(_, _, verdict)] = kept(raw).answers(None)[..] else { panic!("one answer") };
        assert!(verdict.ends_with("not checked on data"), "{verdict}");
        assert!(csv(&[(1, "", &kept(raw), None)]).contains("withheld"));
    }

    #[test]
    fn annotations_lie_on_the_frame_that_they_were_drawn_on() {
        let mut case = sample();
        let on = |frame: u32| Annotation { frame, ..sample().annotations[0].clone() };
        case.annotations = vec![on(2), on(5)];
        (case.frame, case.frames) = (5, 9);
        let frames = |all: Vec<Annotation>| all.iter().map(|one| one.frame).collect::<Vec<_>>();
        // First the same series again, then only the file that was examined.
        assert_eq!(frames(case.annotations_on(4, 9)), [2, 5]);
        assert_eq!(frames(case.annotations_on(0, 1)), [0]);
        assert_eq!(frames(VersionedCase::Whole(Box::new(case)).annotations_on(0, 1)), [0]);
    }

    #[test]
    fn a_search_finds_note_answer_classes_and_model() {
        let words = VersionedCase::Whole(Box::new(sample())).words();
        for word in
            ["left lower zone", "no pneumonia", "chest-pneumonia", "children's chest", "2025-12-24", "nodule"]
        {
            assert!(words.contains(word), "{word} in {words}");
        }
        assert_eq!(words, words.to_lowercase());
    }
}
