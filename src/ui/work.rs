//! What the user adds to an image, and how much of that is kept; the page asks before it is lost.

use super::item::Item;
use super::routes::Within;
use super::workspace::Workspace;
use crate::examination::Examination;
use crate::viewing::Annotation;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// What of the user's work on an image lies in the history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saved {
    /// The case that was kept last from this page, in the history or in the vault, and the answer in it.
    pub case: Option<(Within, Examination)>,
    /// Its note.
    pub note: String,
    /// Its annotations, or those that were drawn again because the file was recognised.
    pub annotations: Vec<Annotation>,
    /// Whether it was looked up if the file was kept before: annotations that the user then deletes do not come back.
    pub is_looked_up: bool,
}

impl Item {
    /// Whether the user wrote or drew something that is not kept.
    pub fn has_unsaved_work(&self) -> bool {
        self.saved.with(|saved| {
            self.note.with(|note| note.trim() != saved.note.trim())
                || self.annotations.with(|annotations| *annotations != saved.annotations)
        })
    }

    /// The case that was kept last from this page, where it holds this answer.
    pub fn case_of(&self, examination: &Examination) -> Option<Within> {
        self.saved.with(|saved| {
            let (place, kept) = saved.case.as_ref()?;
            (kept == examination).then_some(*place)
        })
    }
}

/// Lets the browser ask before the page is left with work that is not kept. Without any, nothing listens: a browser keeps such a page
/// at hand for the way back.
pub fn ask_before_leaving(workspace: Workspace) {
    let ask = Closure::<dyn Fn(web_sys::Event)>::new(|event: web_sys::Event| {
        event.prevent_default();
        // Older browsers ask only where a value is returned; the words are the browser's own.
        js_sys::Reflect::set(&event, &"returnValue".into(), &JsValue::TRUE).ok();
    });
    let ask: js_sys::Function = ask.into_js_value().unchecked_into();
    Effect::new(move || {
        let is_unsaved = workspace.items.with(|items| items.iter().any(Item::has_unsaved_work));
        window().set_onbeforeunload(is_unsaved.then_some(&ask));
    });
}
