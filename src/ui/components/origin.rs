//! What this browser does not give the page here, and why.

use crate::messages::page;
use crate::ui::workspace::Workspace;
use leptos::prelude::*;

/// One line, and over http the reasons on demand; nothing where nothing is missing.
#[component]
pub fn MissingFeatures() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let is_plain = !window().is_secure_context();
    let line = move || {
        if is_plain {
            Some(page::model::PLAIN_HTTP)
        } else {
            workspace.one_thread.get().then_some(page::model::ONE_THREAD)
        }
    };
    let why = is_plain.then(|| {
        let reasons = page::model::PLAIN_HTTP_WHY.map(|reason| view! { <li>{reason}</li> });
        view! { <details class="small"><summary>{page::model::WHY_MISSING}</summary><ul>{reasons}</ul></details> }
    });
    view! {
        {move || line().map(|line| view! { <p class="small" role="note" aria-label=page::model::MISSING_HERE>{line}</p> })}
        {why}
    }
}
