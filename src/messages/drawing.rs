//! What a drawing of the gallery is of.

use crate::dataset::gallery::Sample;
use crate::examination::{Examination, Verdict};

/// What is drawn, and whether the model takes it for something else.
pub fn drawn(sample: Sample, examination: &Examination) -> String {
    let answer = examination.answer.as_ref().filter(|answer| answer.verdict != Verdict::Withheld);
    let first = answer.and_then(|answer| answer.findings.first());
    // A verdict may speak against the drawing although the most probable answer does not.
    let is_wrong = first.is_some_and(|first| !sample.right_answers().contains(&first.label.as_str()));
    let verdict =
        if is_wrong { " The answer above is another: on this drawing the model is wrong." } else { "" };
    format!("Drawn here: {}. No patient ever looked like this.{verdict}", sample.truth())
}
