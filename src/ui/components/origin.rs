//! What this browser does not give the page here, and why.

use crate::messages::page;
use crate::ui::workspace::Workspace;
use leptos::prelude::*;

/// One line; nothing where nothing is missing.
#[component]
pub fn MissingFeatures() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let line = move || {
        if !window().is_secure_context() {
            Some(page::model::PLAIN_HTTP)
        } else {
            workspace.one_thread.get().then_some(page::model::ONE_THREAD)
        }
    };
    view! { {move || line().map(|line| view! { <p class="small" role="note" aria-label=page::model::MISSING_HERE>{line}</p> })} }
}
