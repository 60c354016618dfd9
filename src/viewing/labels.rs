//! What is said of a file around its image, and the headings of a list of files. The patient is masked until a reader asks.

use crate::study::{DicomFacts, Patient};
use std::collections::BTreeMap;

/// Digits of a patient's fingerprint that tell patients of one list apart.
const DIGITS: usize = 4;

/// What stands between two facts on one line.
const BETWEEN: &str = " · ";

/// Those that are not empty, on one line.
pub fn line<const N: usize>(parts: [&str; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(BETWEEN)
}

/// Whether a file says anything of who was examined.
pub fn names_patient(patient: &Patient) -> bool {
    let Patient { id, name, birth_date, sex, age, key: _ } = patient;
    [id, name, birth_date, sex, age].iter().any(|said| !said.is_empty())
}

/// Who was examined, on one line: name, number, date of birth, sex, age; masked, a short name that tells nothing of the patient. Empty where
/// the file does not say.
pub fn patient(patient: &Patient, is_shown: bool) -> String {
    if !is_shown {
        let digits = patient.key.get(..DIGITS).unwrap_or_default();
        return match (names_patient(patient), digits) {
            (false, _) => String::new(),
            (true, "") => "Patient masked".into(),
            (true, digits) => format!("Patient {digits}"),
        };
    }
    let id = if patient.id.is_empty() { String::new() } else { format!("ID {}", patient.id) };
    let age = patient.age.trim_start_matches('0');
    line([&patient.name, &id, &patient.birth_date, &patient.sex, age])
}

/// The study, on one line: description and date.
pub fn study(dicom: &DicomFacts) -> String {
    line([&dicom.study_description, &dicom.study_date])
}

/// A row of a list that is grouped.
#[derive(Clone, Debug, PartialEq)]
pub enum Row<T> {
    /// A heading.
    Heading(Heading),
    /// What stands under the headings before it.
    Item(T),
}

/// A heading of a list.
#[derive(Clone, Debug, PartialEq)]
pub enum Heading {
    /// All that follows is of one patient.
    Patient(Patient),
    /// All that follows is of one study; what it is called, and the study's number.
    Study(String, String),
    /// Of one series; what it is called, and the series' number.
    Series(String, String),
    /// What follows has no header.
    NoHeader,
}

/// Groups things by patient, study and series, each in the order in which it came first; those without a header come last. Without
/// two files with a header there is nothing to group. A series has a heading where it holds several things: one alone is named by its
/// row.
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
            None if is_new(0) => rows.push(Row::Heading(Heading::NoHeader)),
            None => {}
            Some(dicom) => {
                let told = [is_new(0), is_new(1), is_new(2) && places.count(dicom) > 1];
                let headings = headings(dicom).into_iter().zip(told);
                rows.extend(
                    headings.filter(|(_, is_told)| *is_told).map(|(heading, _)| Row::Heading(heading)),
                );
            }
        }
        rows.push(Row::Item(item));
        before = Some(place);
    }
    rows
}

fn headings(dicom: &DicomFacts) -> [Heading; 3] {
    let or = |words: String, instead: &str| if words.is_empty() { instead.to_string() } else { words };
    [
        Heading::Patient(dicom.patient.clone()),
        Heading::Study(or(study(dicom), "A study without description"), dicom.study.clone()),
        Heading::Series(
            or(dicom.series_description.clone(), "A series without description"),
            dicom.series.clone(),
        ),
    ]
}

/// In which order patients, studies and series came, and how many things each series holds.
#[derive(Default)]
struct Places(BTreeMap<Vec<String>, (usize, usize)>);

impl Places {
    /// From the patient to the series.
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
        self.0.get(&Self::path(dicom).to_vec()).map_or(0, |(_, count)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(patient: &str, study: &str, series: &str) -> DicomFacts {
        DicomFacts {
            study: study.into(),
            series: series.into(),
            study_date: "2025-01-31".into(),
            patient: Patient { id: patient.into(), key: format!("{patient}00000"), ..Patient::default() },
            ..DicomFacts::default()
        }
    }

    #[test]
    fn a_patient_is_masked_until_a_reader_asks() {
        let anna = Patient {
            id: "4711".into(),
            name: "Doe, Anna".into(),
            birth_date: "1958-03-04".into(),
            sex: "F".into(),
            age: "067Y".into(),
            key: "3f9a1c77".into(),
        };
        let masked = patient(&anna, false);
        assert_eq!(masked, "Patient 3f9a");
        assert_eq!(patient(&anna, true), "Doe, Anna · ID 4711 · 1958-03-04 · F · 67Y");
        assert_eq!(patient(&Patient { key: String::new(), ..anna.clone() }, false), "Patient masked");
        // Nothing is said where the file says nothing, masked or not.
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
        let words: Vec<String> = rows
            .into_iter()
            .map(|row| match row {
                Row::Item(name) => name.into(),
                Row::Heading(Heading::Patient(patient)) => format!("patient {}", patient.id),
                Row::Heading(Heading::Study(words, study)) => format!("study {study}: {words}"),
                Row::Heading(Heading::Series(_, series)) => format!("series {series}"),
                Row::Heading(Heading::NoHeader) => "none".into(),
            })
            .collect();
        let expected = [
            "patient P",
            "study 1: 2025-01-31",
            "series 1.1",
            "a",
            "e",
            "c",
            "study 3: 2025-01-31",
            "d",
            "patient Q",
            "study 2: 2025-01-31",
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
