//! Captions of the gallery's drawings.

use crate::dataset::gallery::Sample;
use crate::examination::{Examination, Verdict};

/// What is drawn, and whether the model's answer is wrong.
pub fn drawn(sample: Sample, examination: &Examination) -> String {
    let answer = examination.answer.as_ref().filter(|answer| answer.verdict != Verdict::Withheld);
    let first = answer.and_then(|answer| answer.findings.first());
    // The verdict may be wrong although the most probable class is right.
    let is_wrong = first.is_some_and(|first| !sample.right_answers().contains(&first.label.as_str()));
    let verdict =
        if is_wrong { " The answer above is another: on this drawing the model is wrong." } else { "" };
    format!("Drawn here: {}. No patient ever looked like this.{verdict}", sample.truth())
}
