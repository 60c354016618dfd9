//! What a reader adds to an image, and how much of that is kept; nobody loses it by a click.

use super::desk::Desk;
use super::job::Job;
use crate::viewing::Annotation;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// What of a reader's work on an image lies in the history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saved {
    /// The case that was kept last from this page.
    pub case: Option<i64>,
    /// Its note.
    pub note: String,
    /// Its annotations, or those that were drawn again because the file was recognised.
    pub annotations: Vec<Annotation>,
    /// Whether it was looked up if the file was kept before: annotations that a reader then deletes do not come back.
    pub is_looked_up: bool,
}

impl Job {
    /// Whether the reader wrote or drew something that is not kept.
    pub fn has_unsaved_work(&self) -> bool {
        let (note, annotations) = (self.note.get(), self.annotations.get());
        self.saved.with(|saved| note.trim() != saved.note.trim() || annotations != saved.annotations)
    }
}

/// Lets the browser ask before the page is left with work that is not kept.
pub fn ask_before_leaving(desk: Desk) {
    let ask = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
        if untrack(|| desk.jobs.with(|jobs| jobs.iter().any(Job::has_unsaved_work))) {
            event.prevent_default();
            // Older browsers ask only where a value is returned; the words are the browser's own.
            js_sys::Reflect::set(&event, &"returnValue".into(), &JsValue::TRUE).ok();
        }
    });
    window().add_event_listener_with_callback("beforeunload", ask.as_ref().unchecked_ref()).ok();
    // It listens as long as the page lives.
    ask.forget();
}
