//! What this browser does not give the page here, and why.

use crate::ui::workspace::Workspace;
use leptos::prelude::*;

/// Over http a browser keeps back what it gives over https.
const PLAIN_HTTP: &str = "This page came over http. Therefore the browser computes on one thread, and keeps neither the page nor the model for a visit without a network. All else works; whoever runs this site can add https.";

const ONE_THREAD: &str = "Several threads did not start in this browser, so one computes, which takes longer. Reload the page to try again.";

/// One line; nothing where nothing is missing.
#[component]
pub fn Origin() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let line = move || {
        if !window().is_secure_context() {
            Some(PLAIN_HTTP)
        } else {
            workspace.one_thread.get().then_some(ONE_THREAD)
        }
    };
    view! { {move || line().map(|line| view! { <p class="small" role="note" aria-label="What is missing here">{line}</p> })} }
}
