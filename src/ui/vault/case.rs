//! One case of the vault, opened: all that was kept of it, with a note that can be changed.

use super::list::{DeleteHere, OpenButton};
use super::{State, Vault, look};
use crate::case::{NOTE_LIMIT, VersionedCase};
use crate::messages::page;
use crate::protocol::companion::SavedCase;
use crate::ui::components::Failed;
use crate::ui::history::{CasePage, OpenedCase};
use crate::ui::task::Task;
use leptos::prelude::*;

/// The case, or why it cannot be seen.
#[component]
pub fn VaultCase(id: i64) -> impl IntoView {
    let vault = expect_context::<Vault>();
    look(vault);
    let deleted = RwSignal::new(false);
    let state = Memo::new(move |_| vault.state());
    let case = Memo::new(move |_| vault.cases().with(|all| all.iter().find(|one| one.id == id).cloned()));
    let done = Callback::new(move |_| deleted.set(true));
    let body = move || match state.get() {
        _ if deleted.get() => view! { <p role="status">{page::vault::deleted(id)}</p> }.into_any(),
        State::Unknown => view! { <p class="waiting" role="status">{page::history::LOOKING}</p> }.into_any(),
        State::Failed(why) => view! { <Failed why again=move || look(vault)/> }.into_any(),
        State::Locked(_) => view! { <p>{page::vault::LOCKED_CASE}</p><OpenButton/> }.into_any(),
        State::Absent => view! { <p>{page::vault::no_case(id)}</p> }.into_any(),
        // Drawn once: a note that is saved must not take the place of what is being read.
        State::Open => match untrack(|| case.get()) {
            Some(saved) => view! {
                <OpenedCase saved=saved.clone() is_in_vault=true/>
                <Note saved/>
                <DeleteHere id done/>
            }
            .into_any(),
            None => view! { <p>{page::vault::no_case(id)}</p> }.into_any(),
        },
    };
    view! { <CasePage title=page::vault::case_title(id)>{body}</CasePage> }
}

/// The note, and a button that keeps another one.
#[component]
fn Note(saved: SavedCase) -> impl IntoView {
    let vault = expect_context::<Vault>();
    let kept = RwSignal::new(saved.case.note().to_string());
    let note = RwSignal::new(kept.get_untracked());
    let saved = StoredValue::new(saved);
    let save = Task::new(move |()| async move {
        let mut changed = saved.get_value();
        if let VersionedCase::Whole(case) = &mut changed.case {
            case.note = note.get_untracked();
            case.check()?;
        }
        let changed = vault.change(changed).await?;
        kept.set(changed.case.note().into());
        Ok::<_, String>(())
    });
    let told = move || match save.value().filter(|_| !save.is_pending()) {
        Some(Ok(())) => page::vault::NOTE_KEPT.to_string(),
        Some(Err(why)) => page::case::not_saved(&why),
        None => String::new(),
    };
    let is_same = move || save.is_pending() || note.with(|note| kept.with(|kept| note == kept));
    view! {
        <label class="note">
            {page::case::NOTE}
            <textarea rows="3" maxlength=NOTE_LIMIT.to_string() prop:value=move || note.get()
                on:input=move |event| note.set(event_target_value(&event))></textarea>
        </label>
        <button type="button" disabled=is_same on:click=move |_| save.start(())>{page::vault::CHANGE_NOTE_BUTTON}</button>
        <p class="small" role="status">{told}</p>
    }
}
