//! What the user drew, as the report's figures.

use crate::report::Measurement;
use crate::ui::file_client::FileClient;
use crate::ui::frame_loader;
use crate::ui::item::Item;
use crate::viewing::Annotation;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The measurements of an image, made anew whenever an annotation changes.
pub fn measurements(files: FileClient, item: Item) -> ReadSignal<Vec<Measurement>> {
    let (made, set) = signal(Vec::new());
    Effect::new(move || {
        let (item, annotations) = (item.clone(), item.annotations.get());
        spawn_local(async move {
            let all = measure_all(files, &item, &annotations).await;
            // They may have changed meanwhile, and then another turn is under way.
            if item.annotations.with_untracked(|now| *now == annotations) {
                set.try_set(all);
            }
        });
    });
    made
}

/// What annotations on an image measure.
pub async fn measure_all(files: FileClient, item: &Item, annotations: &[Annotation]) -> Vec<Measurement> {
    let mut all = Vec::new();
    for annotation in annotations {
        // A frame that was evicted is fetched again: nothing that was measured is left out.
        if let Ok(frame) = frame_loader::load_frame(files, item, annotation.frame).await {
            all.push(Measurement::of(&frame, annotation));
        }
    }
    all
}
