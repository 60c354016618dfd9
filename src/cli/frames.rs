//! Examines all frames of one file with the model chosen for one of them.

use crate::engine::{Engine, Frames, OnReject};
use crate::examination::{Answer, Examination, Verdict};
use crate::scope::Stated;
use crate::units::Probability;
use anyhow::Result;
use serde::Serialize;

/// The result for one frame.
#[derive(Clone, Debug, Serialize)]
pub struct FrameLine {
    /// The frame, from 1.
    pub frame: u32,
    /// What `probability` is of: the finding, the named class, or the first of many labels.
    pub label: Option<String>,
    /// The probability of `label`; absent if there is no answer.
    pub probability: Option<Probability>,
    pub verdict: Option<Verdict>,
    pub accepted: bool,
    /// Why the frame could not be read; absent if it could.
    pub error: Option<String>,
}

impl FrameLine {
    fn new(frame: u32, examination: &Examination) -> Self {
        let answer = examination.answer.as_ref();
        Self {
            frame: frame + 1,
            label: answer.map(|answer| answer.scored_label().into()),
            probability: answer.map(Answer::score),
            verdict: answer.map(Answer::overall),
            accepted: answer.is_some(),
            error: None,
        }
    }
}

/// Examines the other frames, given the examination of frame `first`. Returns the results of all frames, and
/// the frame (from 0) that stands for all ([`Answer::standing`]) with its examination; of equal ones the first examined.
pub fn examine(
    engine: &Engine,
    frames: &Frames,
    (on_reject, age): (OnReject, Option<Stated>),
    (first, examination): (u32, Examination),
) -> Result<(Vec<FrameLine>, u32, Examination)> {
    let standing = |examination: &Examination| examination.answer.as_ref().map(Answer::standing);
    let is_refused_whole = examination.answer.is_none() && examination.reason.is_of_whole_file();
    let own = FrameLine::new(first, &examination);
    let mut lines = Vec::new();
    let mut highest = (first, examination);
    for frame in 0..frames.count() {
        if frame == first || is_refused_whole {
            lines.push(FrameLine { frame: frame + 1, ..own.clone() });
            continue;
        }
        let source = match frames.source(frame) {
            Ok(source) => source.with_age(age),
            Err(error) => {
                let error = Some(error.to_string());
                lines.push(FrameLine {
                    frame: frame + 1,
                    label: None,
                    probability: None,
                    verdict: None,
                    accepted: false,
                    error,
                });
                continue;
            }
        };
        let other = engine.examine(source, on_reject, |_| ())?.examination;
        lines.push(FrameLine::new(frame, &other));
        if standing(&other) > standing(&highest.1) {
            highest = (frame, other);
        }
    }
    Ok((lines, highest.0, highest.1))
}
