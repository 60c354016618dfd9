//! Takes in the cases of a JSON file, as [`super::taking`] makes it.

use super::follow_up::FollowUps;
use super::taking::SCHEMA;
use crate::messages::page;
use crate::protocol::companion::{CaseFollowUp, ImportedCase, SavedCase};
use crate::ui::companion::Companion;
use crate::ui::task::Task;
use leptos::prelude::*;
use serde::Deserialize;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, File, HtmlInputElement};

/// So many refusals are told; the first say enough.
const FEW: usize = 5;

#[derive(Deserialize)]
struct Document {
    schema: String,
    cases: Vec<SavedCase>,
    // Files of 0.2 have none.
    #[serde(default)]
    follow_ups: Vec<CaseFollowUp>,
}

/// A way to choose a file, and what became of its cases. `done`: some may have come.
#[component]
pub fn ImportCases(done: Callback<()>) -> impl IntoView {
    let companion = expect_context::<Companion>();
    let follow_ups = expect_context::<FollowUps>();
    let progress = RwSignal::new(String::new());
    let bring = Task::new(move |file: File| async move {
        let told = bring_all((companion, follow_ups), file, progress).await;
        progress.try_set(String::new());
        done.run(());
        told
    });
    let chosen = move |event: Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            bring.start(file);
        }
        // The same file may be chosen again.
        input.set_value("");
    };
    let told = move || {
        match bring.value().filter(|_| !bring.is_pending()) {
        Some(Ok(lines)) => {
            view! { <div role="status">{lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view()}</div> }.into_any()
        }
        Some(Err(why)) => view! { <p role="alert">{why}</p> }.into_any(),
        None => view! { <p class="small" role="status">{progress.get()}</p> }.into_any(),
    }
    };
    view! {
        <div class:hidden=move || !companion.may_save()>
            <h2>{page::history::BRING_TITLE}</h2>
            <p class="small">{page::history::BRING_HINT}</p>
            <label class="button">
                {page::history::BRING_BUTTON}
                <input class="visually-hidden" type="file" accept=".json,application/json" disabled=move || bring.is_pending() on:change=chosen/>
            </label>
            {told}
        </div>
    }
}

/// Sends one case after another; what to say then.
async fn bring_all(
    (companion, follow_ups): (Companion, FollowUps),
    file: File,
    progress: RwSignal<String>,
) -> Result<Vec<String>, String> {
    let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
    let text = text.ok_or(page::history::UNREAD_FILE)?;
    let read = serde_json::from_str::<Document>(&text).ok().filter(|read| read.schema == SCHEMA);
    let Document { cases, follow_ups: known_then, .. } = read.ok_or(page::history::NOT_OURS)?;
    let (mut new, mut known, mut refused) = (0, 0, Vec::new());
    // The oldest first, so that the newest gets the highest number.
    for (done, case) in cases.iter().rev().enumerate() {
        progress.try_set(page::history::bringing(done, cases.len()));
        match companion.import_case(case).await {
            Ok(ImportedCase { id, is_new: true }) => {
                new += 1;
                if let Some(one) = known_then.iter().find(|one| one.id == case.id) {
                    follow_ups.keep(companion, id, Some(one.follow_up.clone())).await?;
                }
            }
            Ok(_) => known += 1,
            Err(why) => refused.push(page::history::refused(case.id, &why)),
        }
        if refused.len() == FEW || untrack(|| companion.is_logged_out()) {
            break;
        }
    }
    Ok([page::history::brought(new, known)].into_iter().chain(refused).collect())
}
