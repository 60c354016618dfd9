//! Answers of other models about the same image.

use crate::messages::{self, page};
use crate::ui::actions;
use crate::ui::item::{Item, ItemResult, ItemState};
use crate::ui::workspace::{Model, Workspace};
use leptos::prelude::*;
use std::rc::Rc;

/// The answers of other models, and a way to ask one more.
#[component]
pub fn OtherModels(item: Item, current: String) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let (id, others, state) = (item.id, item.others, item.state);
    let chosen = RwSignal::new(String::new());
    let asked = StoredValue::new(current);
    let options = move || {
        let known = move |model: &str| {
            asked.with_value(|current| current == model)
                || others.with(|others| others.iter().any(|other| other.examination.model.id == model))
        };
        let models = workspace.models.get().into_iter().filter(|model| !known(&model.id));
        models.map(|model| view! { <option value=model.id>{model.title}</option> }).collect_view()
    };
    let rows = move || {
        others.get().into_iter().map(|shown| view! { <Other item=item.clone() shown/> }).collect_view()
    };
    let is_busy = move || {
        !matches!(workspace.model.get(), Model::Ready { .. })
            || !matches!(state.get(), ItemState::Examined(_))
    };
    view! {
        <details class="others" prop:open=move || others.with(|others| !others.is_empty())>
            <summary>{page::model::ASK_ANOTHER}</summary>
            <ul class="plain">{rows}</ul>
            <div class="row">
                <select aria-label=page::model::ANOTHER
                    on:change=move |event| chosen.set(event_target_value(&event))>
                    <option value="">{page::model::CHOOSE}</option>
                    {options}
                </select>
                <button type="button" disabled=move || is_busy() || chosen.with(String::is_empty)
                    on:click=move |_| actions::ask_also(workspace, id, &chosen.get_untracked())>{page::model::ASK_BUTTON}</button>
            </div>
            <p class="small">{page::model::OTHERS_HINT}</p>
        </details>
    }
}

#[component]
fn Other(item: Item, shown: Rc<ItemResult>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let model = shown.examination.model.id.clone();
    let title = workspace.summary(&model).map_or(model.clone(), |summary| summary.about.title);
    let line = {
        let (answer, model) = (shown.examination.answer.clone(), model.clone());
        move || match &answer {
            Some(answer) => messages::line(&workspace.judged(&model, answer)),
            None => page::model::REFUSED_IT.into(),
        }
    };
    let show = move |_| actions::show_other(&item, &model);
    view! {
        <li>
            <b>{title}</b>": "{line}" "
            <button type="button" class="quiet" on:click=show>{page::model::SHOW_BUTTON}</button>
        </li>
    }
}
