//! The frames of a series: what was found on each, and which answer is shown. A picture is a series of one frame.

use super::item::{Item, ItemResult, ItemState};
use crate::examination::{Examination, Standing};
use crate::protocol::Problem;
use crate::schedule;
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What was found on each frame that was examined, by its number from 0.
pub type FrameScores = BTreeMap<u32, FrameScore>;

/// What was found on a frame.
#[derive(Clone)]
pub enum FrameScore {
    /// It was answered or refused.
    Examined(Rc<ItemResult>),
    /// It could not be examined.
    Failed(Problem),
}

impl FrameScore {
    /// The number that its answer is headed by, 0 to 1, or of many labels that of one; none where there is no answer.
    pub fn score(&self, label: &str) -> Option<f32> {
        let answer = self.shown()?.examination.answer.as_ref()?;
        let scored = if answer.is_of_many() { answer.about(label)? } else { answer };
        Some(scored.score().get())
    }

    /// Its examination.
    pub fn shown(&self) -> Option<&Rc<ItemResult>> {
        match self {
            Self::Examined(shown) => Some(shown),
            Self::Failed(_) => None,
        }
    }
}

impl Item {
    /// The examination that stands in front: of the current frame where it was examined, else of the first that was.
    pub fn shown(&self) -> Option<Rc<ItemResult>> {
        self.shown_of(self.frame.get())
    }

    /// The examination of a frame; of the first that was examined where this one was not.
    pub fn shown_of(&self, frame: u32) -> Option<Rc<ItemResult>> {
        let first = self.first()?;
        let own = self.scores(|scores| scores.get(&frame).and_then(FrameScore::shown).cloned());
        Some(own.flatten().unwrap_or(first))
    }

    /// The examination of the frame that stands for all, by which a series is listed: of the greatest `standing`; the first where no frame
    /// has an answer.
    pub fn highest(&self, standing: impl Fn(&Examination) -> Option<Standing>) -> Option<Rc<ItemResult>> {
        let first = self.first()?;
        let highest = self.scores(|scores| {
            let shown = scores.values().filter_map(FrameScore::shown);
            let scored = shown.filter_map(|shown| Some((standing(&shown.examination)?, shown)));
            scored
                .reduce(|best, next| if next.0 > best.0 { next } else { best })
                .map(|(_, shown)| shown.clone())
        });
        Some(highest.flatten().unwrap_or(first))
    }

    /// How many frames were examined by the model in front, and how many could not be.
    pub fn examined_frames(&self) -> (usize, usize) {
        let count = |scores: &FrameScores| {
            let failed = scores.values().filter(|score| score.shown().is_none()).count();
            (scores.len() - failed, failed)
        };
        self.scores(count).unwrap_or_default()
    }

    /// What the model in front found on each frame.
    pub fn scores<T>(&self, tell: impl FnOnce(&FrameScores) -> T) -> Option<T> {
        let first = self.first()?;
        self.frame_scores.with(|all| all.get(&first.examination.model.id).map(tell))
    }

    /// Whether each of its frames is worth an examination: there are several, and the header does not refuse all of them alike.
    pub fn is_series(&self) -> bool {
        let has_one_header = self.slices.len() == 1 || self.has_one_header;
        let is_refused_whole = |shown: Rc<ItemResult>| {
            has_one_header
                && shown.examination.answer.is_none()
                && shown.examination.reason.is_of_whole_file()
        };
        self.frames.get() > 1 && !self.first().is_some_and(is_refused_whole)
    }

    /// The frame that is to be examined next in the background; none while the user was asked something or has halted it.
    pub fn pending_frame(&self) -> Option<u32> {
        let waits = self.is_halted.get() || !self.is_series() || self.asks().is_some();
        let next = |scores: &FrameScores| {
            schedule::next_frame(self.frames.get(), self.frame.get(), |frame| !scores.contains_key(&frame))
        };
        if waits { None } else { self.scores(next).flatten() }
    }

    /// Records what was found on one more frame. A frame of an answer that no longer stands in front is left out.
    pub fn add_frame(&self, model: &str, frame: u32, score: FrameScore) {
        let is_in_front = untrack(|| self.first()).is_some_and(|first| first.examination.model.id == model);
        if is_in_front {
            self.frame_scores.update(|all| {
                all.entry(model.into()).or_default().insert(frame, score);
            });
        }
    }

    /// Records a first examination: what its model found on other frames before, in other circumstances, no longer holds.
    pub fn begin_frames(&self, shown: &Rc<ItemResult>) {
        let scores = BTreeMap::from([(shown.frame, FrameScore::Examined(shown.clone()))]);
        self.frame_scores.update(|all| {
            all.insert(shown.examination.model.id.clone(), scores);
        });
    }

    /// The examination that was made first.
    fn first(&self) -> Option<Rc<ItemResult>> {
        match self.state.get() {
            ItemState::Examined(first) => Some(first),
            _ => None,
        }
    }
}
