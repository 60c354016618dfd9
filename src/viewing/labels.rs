//! Text around an image, and headings of the file list. The patient is masked until the user asks to see it.

use crate::messages::viewing as text;
use crate::study::{DicomFacts, Patient};
use std::collections::BTreeMap;

/// Digits of a patient's hash that are shown to distinguish the patients of one list.
const DIGITS: usize = 4;

/// Separator between two facts on one line.
const BETWEEN: &str = " · ";

/// The non-empty parts on one line.
pub fn line<const N: usize>(parts: [&str; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(BETWEEN)
}

/// Whether a file has any patient data.
pub fn names_patient(patient: &Patient) -> bool {
    let Patient { id, name, birth_date, sex, age, .. } = patient;
    [id, name, birth_date, sex, age].iter().any(|said| !said.is_empty())
}

/// The patient on one line: name, ID, birth date, sex, age. If masked, a short pseudonym. Empty if the file
/// has no patient data.
pub fn patient(patient: &Patient, is_shown: bool) -> String {
    if !is_shown {
        let digits = patient.key.get(..DIGITS).unwrap_or_default();
        return match (names_patient(patient), digits) {
            (false, _) => String::new(),
            (true, "") => text::PATIENT_MASKED.into(),
            (true, digits) => text::patient(digits),
        };
    }
    let id = if patient.id.is_empty() { String::new() } else { text::id(&patient.id) };
    let age = patient.age.trim_start_matches('0');
    line([&patient.name, &id, &patient.birth_date, &patient.sex, age])
}

/// The study on one line: description and date.
pub fn study(dicom: &DicomFacts) -> String {
    line([&dicom.study_description, &dicom.study_date])
}

/// A row of a grouped list.
#[derive(Clone, Debug, PartialEq)]
pub enum Row<T> {
    /// A heading.
    Heading(Heading),
    /// An item under the headings before it.
    Item(T),
}

/// A heading of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    /// Unique among the headings of its list.
    pub key: String,
    /// The group that follows.
    pub of: HeadingOf,
}

/// The group under a heading.
#[derive(Clone, Debug, PartialEq)]
pub enum HeadingOf {
    /// A patient.
    Patient(Box<Patient>),
    /// A study, by its description.
    Study(String),
    /// A series, by its description.
    Series(String),
    /// Files without a header.
    NoHeader,
}

/// Groups items by patient, study and series, each in order of first appearance; items without a header come
/// last. Groups only if at least two items have a header. A series gets a heading only if it has several
/// items; a single item is named in its own row.
pub fn grouped<T>(items: Vec<(T, Option<&DicomFacts>)>) -> Vec<Row<T>> {
    if items.iter().filter(|(_, dicom)| dicom.is_some()).count() < 2 {
        return items.into_iter().map(|(item, _)| Row::Item(item)).collect();
    }
    let mut places = Places::default();
    let mut placed: Vec<_> = items
        .into_iter()
        .map(|(item, dicom)| (dicom.map_or([usize::MAX; 3], |dicom| places.of(dicom)), item, dicom))
        .collect();
    placed.sort_by_key(|(place, ..)| *place);
    let mut rows = Vec::with_capacity(placed.len() + 4);
    let mut before = None;
    for (place, item, dicom) in placed {
        let is_new = |depth: usize| {
            before.is_none_or(|before: [usize; 3]| {
                before.iter().zip(&place).take(depth + 1).any(|(a, b)| a != b)
            })
        };
        match dicom {
            None if is_new(0) => {
                rows.push(Row::Heading(Heading { key: String::new(), of: HeadingOf::NoHeader }))
            }
            None => {}
            Some(dicom) => {
                let told = [is_new(0), is_new(1), is_new(2) && places.count(dicom) > 1];
                let headings = headings(dicom).into_iter().zip(told).filter(|(_, is_told)| *is_told);
                rows.extend(headings.map(|(heading, _)| Row::Heading(heading)));
            }
        }
        rows.push(Row::Item(item));
        before = Some(place);
    }
    rows
}

/// Headings of patient, study and series.
fn headings(dicom: &DicomFacts) -> [Heading; 3] {
    let path = Places::path(dicom);
    let key = |depth: usize| path.iter().take(depth).map(|part| format!("{part}\n")).collect();
    let or = |words: String, instead: &str| if words.is_empty() { instead.to_string() } else { words };
    let study = or(study(dicom), text::NO_STUDY);
    let series = or(dicom.series_description.clone(), text::NO_SERIES);
    [
        Heading { key: key(1), of: HeadingOf::Patient(Box::new(dicom.patient.clone())) },
        Heading { key: key(2), of: HeadingOf::Study(study) },
        Heading { key: key(3), of: HeadingOf::Series(series) },
    ]
}

/// Order of first appearance of patients, studies and series, and the number of items of each series.
#[derive(Default)]
struct Places(BTreeMap<Vec<String>, (usize, usize)>);

impl Places {
    /// Keys of patient, study and series.
    fn path(dicom: &DicomFacts) -> [String; 3] {
        let Patient { key, name, birth_date, .. } = &dicom.patient;
        let patient = if key.is_empty() { format!("{name} {birth_date}") } else { key.clone() };
        [patient, dicom.study.clone(), dicom.series.clone()]
    }

    fn of(&mut self, dicom: &DicomFacts) -> [usize; 3] {
        let path = Self::path(dicom);
        [1, 2, 3].map(|depth| {
            let next = self.0.len();
            let entry = self.0.entry(path.iter().take(depth).cloned().collect()).or_insert((next, 0));
            entry.1 += 1;
            entry.0
        })
    }

    fn count(&self, dicom: &DicomFacts) -> usize {
        self.0.get(Self::path(dicom).as_slice()).map_or(0, |(_, count)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(patient: &str, study: &str, series: &str) -> DicomFacts {
        DicomFacts {
            study: study.into(),
            series: series.into(),
            series_description: series.into(),
            study_description: study.into(),
            study_date: "2025-01-31".into(),
            patient: Patient { id: patient.into(), key: format!("{patient}00000"), ..Patient::default() },
            ..DicomFacts::default()
        }
    }

    #[test]
    fn a_patient_is_masked_until_the_user_asks() {
        let anna = Patient {
            id: "4711".into(),
            name: "Doe, Anna".into(),
            birth_date: "1958-03-04".into(),
            sex: "F".into(),
            age: "067Y".into(),
            key: "3f9a1c77".into(),
            ..Patient::default()
        };
        let masked = patient(&anna, false);
        assert_eq!(masked, "Patient 3f9a");
        assert_eq!(patient(&anna, true), "Doe, Anna · ID 4711 · 1958-03-04 · F · 67Y");
        assert_eq!(patient(&Patient { key: String::new(), ..anna.clone() }, false), "Patient masked");
        // Without patient data the line is empty, masked or not.
        for is_shown in [true, false] {
            assert_eq!(patient(&Patient::default(), is_shown), "");
        }
        assert_eq!(patient(&Patient { sex: "M".into(), ..Patient::default() }, true), "M");
    }

    #[test]
    fn files_are_grouped_by_patient_study_and_series_and_pictures_come_last() {
        let files = [
            ("a", Some(file("P", "1", "1.1"))),
            ("picture", None),
            ("b", Some(file("Q", "2", "2.1"))),
            ("c", Some(file("P", "1", "1.2"))),
            ("d", Some(file("P", "3", "3.1"))),
            ("e", Some(file("P", "1", "1.1"))),
        ];
        let rows = grouped(files.iter().map(|(name, dicom)| (*name, dicom.as_ref())).collect());
        let mut keys = std::collections::BTreeSet::new();
        let words: Vec<String> = rows
            .into_iter()
            .map(|row| match row {
                Row::Item(name) => name.into(),
                Row::Heading(Heading { of, key }) => {
                    assert!(keys.insert(key), "two headings with one key");
                    match of {
                        HeadingOf::Patient(patient) => format!("patient {}", patient.id),
                        HeadingOf::Study(words) => format!("study {words}"),
                        HeadingOf::Series(words) => format!("series {words}"),
                        HeadingOf::NoHeader => "none".into(),
                    }
                }
            })
            .collect();
        let expected = [
            "patient P",
            "study 1 · 2025-01-31",
            "series 1.1",
            "a",
            "e",
            "c",
            "study 3 · 2025-01-31",
            "d",
            "patient Q",
            "study 2 · 2025-01-31",
            "b",
            "none",
            "picture",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn one_file_with_a_header_among_pictures_needs_no_headings() {
        let dicom = file("P", "1", "1.1");
        let rows = grouped(vec![(1, None), (2, Some(&dicom)), (3, None)]);
        assert_eq!(rows, [Row::Item(1), Row::Item(2), Row::Item(3)]);
        assert!(grouped(Vec::<((), Option<&DicomFacts>)>::new()).is_empty());
    }
}
