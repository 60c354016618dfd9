//! Why there is no answer, and what the user may do about it.

use crate::about::About;
use crate::examination::Examination;
use crate::messages::{self, page};
use crate::ui::workspace::Workspace;
use crate::ui::{actions, model_choice};
use leptos::prelude::*;

/// The reason, the model that knows the image where there is one, and the way past the gate.
#[component]
pub fn Refusal(examination: Examination) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let other = examination.known_elsewhere().cloned();
    let nearest = examination.admission.as_ref().map(|admission| admission.nearest.model.clone());
    let selected = move || workspace.selected.get_untracked();
    let elsewhere = other.map(|kind| {
        let title = page::finding::examine_as(&kind.words);
        let go = move |_| {
            if let Some(id) = selected() {
                model_choice::choose(workspace, &kind.model);
                actions::again(workspace, id);
            }
        };
        view! { <button type="button" class="primary" on:click=go>{title}</button> }
    });
    let nearest = StoredValue::new(nearest);
    let can_overrule = move || nearest.with_value(Option::is_some);
    view! {
        <h2 tabindex="-1">{page::finding::NO_ANSWER_TITLE}</h2>
        <p>{messages::reason(&examination)}</p>
        {elsewhere}
        <Show when=can_overrule>
            <Overrule nearest=nearest.get_value().unwrap_or_default()/>
        </Show>
    }
}

/// Which model is to look at it all the same: the nearest first.
#[component]
fn Overrule(nearest: String) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let chosen = RwSignal::new(nearest.clone());
    let options = move || {
        let mut models = workspace.models.get();
        models.sort_by_key(|model| model.id != nearest);
        let option = |About { id, title, .. }: About| {
            let is_chosen = chosen.with(|chosen| *chosen == id);
            view! { <option value=id selected=is_chosen>{title}</option> }
        };
        models.into_iter().map(option).collect_view()
    };
    let go = move |_| {
        if let Some(id) = workspace.selected.get_untracked() {
            actions::overrule(workspace, id, &chosen.get_untracked());
        }
    };
    let title = move || {
        let models = workspace.models.get();
        let name = models.into_iter().find(|model| chosen.with(|chosen| *chosen == model.id));
        page::finding::ask_all_the_same(&name.map_or_else(|| chosen.get(), |model| model.title))
    };
    view! {
        <details class="overrule">
            <summary>{page::finding::OVERRULE}</summary>
            <p class="small">{page::finding::OVERRULE_HINT}</p>
            <label class="note">
                {page::finding::MODEL}
                <select on:change=move |event| chosen.set(event_target_value(&event))>{options}</select>
            </label>
            <button type="button" on:click=go>{title}</button>
        </details>
    }
}
