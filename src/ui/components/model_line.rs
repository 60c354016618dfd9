//! The state of the model, and the choice of another.

use super::MissingFeatures;
use crate::about::About;
use crate::messages::page;
use crate::ui::model_choice::{self, AUTOMATIC};
use crate::ui::workspace::{Model, Workspace};
use leptos::prelude::*;

/// One line: loading, ready, or why not.
#[component]
pub fn ModelLine() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let line = move || match workspace.model.get() {
        Model::Loading(_, 0) => view! { <span class="waiting">{page::model::STARTING}</span> }.into_any(),
        Model::Loading(done, of) => {
            let text = page::model::loading(done, of);
            view! {
                <span>{text}</span>
                <progress max=of.to_string() value=done.to_string() aria-label=page::model::LOADING></progress>
            }
            .into_any()
        }
        Model::Ready { summary, cached, threads } => {
            let origin = if cached { page::model::KEPT_HERE } else { page::model::DOWNLOADED };
            view! {
                <span data-testid="model-ready" data-threads=threads.to_string()>
                    {move || match (workspace.choice.is_automatic(), workspace.models.with(Vec::len)) {
                        (true, count) if count > 1 => page::model::ready_for(count, origin),
                        _ => page::model::ready(&summary.about.title, &summary.about.version, origin),
                    }}
                </span>
            }
            .into_any()
        }
        Model::Unavailable(problem) => view! {
            <span class="problem" role="alert">
                {page::model::unusable(&problem.message)}
            </span>
            <button type="button" on:click=move |_| model_choice::try_another(workspace)>
                {page::fault::TRY_AGAIN_BUTTON}
            </button>
        }
        .into_any(),
    };
    view! {
        <p class="model-line" aria-live="polite">{line}</p>
        <MissingFeatures/>
    }
}

/// Which model examines; nothing where there is only one.
#[component]
pub fn ModelChoice() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let chosen = workspace.choice.chosen;
    let options = move || {
        let option = move |About { id, title, .. }| {
            let is_chosen = {
                let id = id.clone();
                move || chosen.with(|chosen| *chosen == id)
            };
            view! { <option value=id prop:selected=is_chosen>{title}</option> }
        };
        workspace.models.get().into_iter().map(option).collect_view()
    };
    view! {
        <label class="choice" class:hidden=move || workspace.models.with(|models| models.len() < 2)>
            <span>{page::model::CHOICE}</span>
            <select on:change=move |event| model_choice::choose(workspace, &event_target_value(&event))>
                {options}
                <option value=AUTOMATIC prop:selected=move || workspace.choice.is_automatic()>{page::model::AUTOMATIC}</option>
            </select>
        </label>
    }
}
