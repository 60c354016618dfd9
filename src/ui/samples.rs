//! Drawings to try with: the reader of files draws one, and it is put on the desk like any picture, its truth beside it.

use super::desk::{Arrival, Desk};
use super::job::ReaderAnswer;
use super::{files, turns};
use crate::dataset::gallery::{Outcome, Sample};
use leptos::prelude::*;
use std::cell::RefCell;
use wasm_bindgen_futures::spawn_local;

thread_local! {
    /// What was tried on this page.
    static TRIED: RefCell<Vec<Sample>> = const { RefCell::new(Vec::new()) };
}

/// Those that a model answers rightly.
pub fn of_model(model: &str) -> Vec<Sample> {
    let is_offered = |sample: &Sample| {
        sample.bundle() == Some(model) && matches!(sample.outcome(), Outcome::Right | Outcome::Undecided)
    };
    Sample::ALL.into_iter().filter(is_offered).collect()
}

/// Those that come out so with the models that are there.
pub fn coming_out(desk: Desk, outcome: Outcome) -> Vec<Sample> {
    let is_there = |sample: &Sample| {
        let knows = |bundle| desk.models.with(|models| models.iter().any(|model| model.id == bundle));
        sample.outcome() == outcome && sample.bundle().is_none_or(knows)
    };
    Sample::ALL.into_iter().filter(is_there).collect()
}

/// Draws one of them, another each time until all were tried, and examines it.
pub fn try_one(desk: Desk, samples: &[Sample]) {
    let times = |sample: &Sample| TRIED.with_borrow(|tried| tried.iter().filter(|t| *t == sample).count());
    let Some(sample) = samples.iter().copied().min_by_key(times) else { return };
    TRIED.with_borrow_mut(|tried| tried.push(sample));
    desk.arriving.update(|(_, of)| *of += 1);
    spawn_local(async move {
        let arrival = match files::draw(sample).await {
            Ok(file) => Arrival::picture(file),
            Err(problem) => Arrival::failed(sample.file_name(), problem),
        };
        let first = desk.arrive(vec![arrival]);
        if let Some(job) = first.and_then(|id| desk.job(id)) {
            job.drawn.set(Some(sample));
            job.asked.set(sample.bundle().map(str::to_string));
            // What is drawn is of the age that its model is for.
            job.age.set(if sample.bundle().is_some() {
                ReaderAnswer::Fits(true)
            } else {
                ReaderAnswer::NotAsked
            });
        }
        desk.selected.set(first);
        desk.arriving.update(|(done, of)| {
            *done += 1;
            if done >= of {
                (*done, *of) = (0, 0);
            }
        });
        turns::go_on(desk);
    });
}
