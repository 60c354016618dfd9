//! Limits of a case. The page checks the same limits, so that the user sees a problem before anything is
//! sent.

use super::Case;
use crate::fingerprint::Sha256;
use crate::messages::fault::case as fault;
use serde_json::Value;

/// Maximum length of the note, in characters as a browser counts them (UTF-16 code units).
pub const NOTE_LIMIT: usize = 4000;
/// Maximum number of annotations.
pub const ANNOTATION_LIMIT: usize = 30;
/// Maximum length of an annotation's label, in UTF-16 code units.
pub const LABEL_LIMIT: usize = 100;
/// Maximum length of any other text, in UTF-16 code units.
pub const TEXT_LIMIT: usize = 1000;
/// Maximum length of any other list.
pub const LIST_LIMIT: usize = 100;

impl Case {
    /// Checks the limits.
    ///
    /// # Errors
    /// Returns what is wrong and what to do about it, as a sentence for the user.
    pub fn check(&self) -> Result<(), String> {
        let model = &self.reading.examination.model;
        for (name, text) in [("image", &self.reading.examination.image_sha256), ("model", &model.sha256)] {
            text.parse::<Sha256>().map_err(|error| fault::fingerprint(name, &error.to_string()))?;
        }
        if self.frame >= self.frames {
            return Err(fault::frame(self.frame, self.frames));
        }
        if !self.study_date.as_deref().is_none_or(is_date) {
            return Err(fault::STUDY_DATE.into());
        }
        self.check_note()?;
        self.check_annotations()?;
        let rest = Self { note: String::new(), ..self.clone() };
        let rest = serde_json::to_value(rest).map_err(|error| error.to_string())?;
        check_texts("case", &rest)
    }

    fn check_note(&self) -> Result<(), String> {
        let length = length(&self.note);
        if length > NOTE_LIMIT {
            return Err(fault::note_length(length, NOTE_LIMIT));
        }
        if self.note.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(fault::NOTE_CONTROL.into());
        }
        Ok(())
    }

    fn check_annotations(&self) -> Result<(), String> {
        let count = self.annotations.len().max(self.measurements.len());
        if count > ANNOTATION_LIMIT {
            return Err(fault::annotations(count, ANNOTATION_LIMIT));
        }
        let of_annotations = self.annotations.iter().map(|one| &one.label);
        let of_measurements = self.measurements.iter().map(|one| &one.label);
        if of_annotations.chain(of_measurements).any(|label| length(label) > LABEL_LIMIT) {
            return Err(fault::label_length(LABEL_LIMIT));
        }
        Ok(())
    }
}

/// Length in UTF-16 code units, as a browser counts.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether a text is a valid calendar date `YYYY-MM-DD`.
pub fn is_date(text: &str) -> bool {
    let is_shaped = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    let part = |range: std::ops::Range<usize>| {
        text.get(range).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0)
    };
    let (year, month, day) = (part(0..4), part(5..7), part(8..10));
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    is_shaped && (1..=12).contains(&month) && (1..=days).contains(&day)
}

/// Checks the length of every text and list, and that no text has control characters. `name`: the field that
/// holds `value`.
fn check_texts(name: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) if length(text) > TEXT_LIMIT => {
            Err(fault::text_length(name, length(text), TEXT_LIMIT))
        }
        Value::String(text) if text.chars().any(char::is_control) => Err(fault::text_control(name)),
        Value::Array(list) if list.len() > LIST_LIMIT => {
            Err(fault::list_length(name, list.len(), LIST_LIMIT))
        }
        Value::Array(list) => list.iter().try_for_each(|value| check_texts(name, value)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| check_texts(name, value)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::tests::sample;

    #[test]
    fn what_cannot_be_kept_is_told_with_the_way_out() {
        assert_eq!(sample().check(), Ok(()));
        type Spoil = fn(&mut Case);
        let cases: [(Spoil, &str); 11] = [
            (|case| case.note = "ä".repeat(NOTE_LIMIT + 1), "Shorten"),
            (|case| case.note = "a\u{0}b".into(), "control"),
            (
                |case| case.annotations = vec![case.annotations[0].clone(); ANNOTATION_LIMIT + 1],
                "Delete some",
            ),
            (|case| case.annotations[0].label = "x".repeat(LABEL_LIMIT + 1), "label"),
            (|case| case.measurements[0].label = "a\nb".into(), "control"),
            (|case| case.study_date = Some("2026-02-29".into()), "a day"),
            (|case| case.frame = 7, "Frame 7"),
            (|case| case.reading.examination.image_sha256 = "AB".repeat(32), "image's fingerprint"),
            (|case| case.reading.examination.model.sha256 = "none".into(), "model's fingerprint"),
            (|case| case.reading.model_title = "x".repeat(TEXT_LIMIT + 1), "model_title"),
            (|case| case.reading.model_limits = vec![String::new(); LIST_LIMIT + 1], "model_limits"),
        ];
        for (spoil, word) in cases {
            let mut case = sample();
            spoil(&mut case);
            let said = case.check().unwrap_err();
            assert!(said.contains(word), "{said} lacks {word}");
        }
    }

    #[test]
    fn days_are_days_of_the_calendar() {
        for day in ["2024-02-29", "2000-02-29", "2026-12-31", "2026-04-30"] {
            assert!(is_date(day), "{day}");
        }
        for day in [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-1-31",
            "20260131",
            "2026-01-3ü",
        ] {
            assert!(!is_date(day), "{day}");
        }
    }
}
