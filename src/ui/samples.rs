//! Drawings to try with: the file worker draws one, and it is put on the workspace like any picture, its truth beside it.

use super::dispatcher;
use super::item::UserAnswer;
use super::workspace::{Arrival, Workspace};
use crate::dataset::gallery::{GalleryImage, Outcome};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Those that a model answers rightly.
pub fn of_model(model: &str) -> Vec<GalleryImage> {
    let is_offered = |sample: &GalleryImage| {
        sample.bundle() == Some(model) && matches!(sample.outcome(), Outcome::Right | Outcome::Undecided)
    };
    GalleryImage::ALL.into_iter().filter(is_offered).collect()
}

/// Those that come out so with the models that are there.
pub fn coming_out(workspace: Workspace, outcome: Outcome) -> Vec<GalleryImage> {
    let is_there = |sample: &GalleryImage| {
        let knows = |bundle| workspace.models.with(|models| models.iter().any(|model| model.id == bundle));
        sample.outcome() == outcome && sample.bundle().is_none_or(knows)
    };
    GalleryImage::ALL.into_iter().filter(is_there).collect()
}

/// Draws one of them, another each time until all were tried, and examines it.
pub fn try_one(workspace: Workspace, samples: &[GalleryImage]) {
    let times = |sample: &GalleryImage| {
        workspace.tried.with_untracked(|tried| tried.iter().filter(|one| *one == sample).count())
    };
    let Some(sample) = samples.iter().copied().min_by_key(times) else { return };
    workspace.tried.update(|tried| tried.push(sample));
    workspace.arriving.update(|(_, of)| *of += 1);
    let clears = workspace.clears.get_value();
    spawn_local(async move {
        let arrival = match workspace.files.draw(sample).await {
            Ok(file) => Arrival::picture(file, false),
            Err(problem) => Arrival::failed(sample.file_name(), problem),
        };
        if workspace.clears.get_value() != clears {
            return;
        }
        let first = workspace.arrive(vec![arrival]);
        if let Some(item) = first.and_then(|id| workspace.item(id)) {
            item.drawn.set(Some(sample));
            item.asked.set(sample.bundle().map(str::to_string));
            // What is drawn is of the age that its model is for.
            item.age.set(if sample.bundle().is_some() {
                UserAnswer::Fits(true)
            } else {
                UserAnswer::NotAsked
            });
        }
        workspace.selected.set(first);
        workspace.arrived(1);
        workspace.settle_arrivals();
        dispatcher::dispatch_next(workspace);
    });
}
