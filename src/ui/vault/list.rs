//! The vault within the history: what it holds while it is open, and a way to open it while it is not.

use super::hand_over::HandOver;
use super::{State, Vault, look};
use crate::messages::page;
use crate::protocol::companion::{DamagedCase, SavedCase};
use crate::ui::companion::Companion;
use crate::ui::components::{Confirm, Failed};
use crate::ui::history::{CaseFacts, history_file};
use crate::ui::report::{download, today};
use crate::ui::routes::{CurrentRoute, Within};
use crate::ui::task::Task;
use crate::vault::fits;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// So many cases are listed at first, and more on request.
const FEW: usize = 50;

/// The section; nothing where there is no vault and a companion keeps the cases. `done`: cases went to the companion.
#[component]
pub fn VaultSection(done: Callback<()>) -> impl IntoView {
    let vault = expect_context::<Vault>();
    let companion = expect_context::<Companion>();
    look(vault);
    let is_alone = Memo::new(move |_| companion.is_absent());
    let state = Memo::new(move |_| vault.state());
    let is_shown = move || match state.get() {
        State::Unknown => false,
        State::Absent => is_alone.get(),
        State::Locked(_) | State::Open | State::Failed(_) => true,
    };
    let body = move || match state.get() {
        State::Unknown => ().into_any(),
        State::Absent => view! { <p>{page::vault::NONE}</p> }.into_any(),
        State::Locked(cases) => view! { <p>{page::vault::locked(cases)}</p><OpenButton/> }.into_any(),
        State::Failed(why) => view! { <Failed why again=move || look(vault)/> }.into_any(),
        State::Open => view! { <Opened done/> }.into_any(),
    };
    view! {
        <Show when=is_shown>
            <section class="vault" aria-label=page::vault::TITLE>
                <h2>{page::vault::TITLE}</h2>
                {body}
            </section>
        </Show>
    }
}

/// Asks for the passphrase.
#[component]
pub fn OpenButton() -> impl IntoView {
    let vault = expect_context::<Vault>();
    let open = move |_| {
        spawn_local(async move {
            vault.is_opened().await.ok();
        })
    };
    view! { <button type="button" on:click=open>{page::vault::OPEN_VAULT_BUTTON}</button> }
}

#[component]
fn Opened(done: Callback<()>) -> impl IntoView {
    let vault = expect_context::<Vault>();
    let (text, most) = (RwSignal::new(String::new()), RwSignal::new(FEW));
    let (cases, damaged) = (vault.cases(), vault.damaged());
    let found = Memo::new(move |_| {
        text.with(|text| {
            cases.with(|all| all.iter().filter(|one| fits(&one.case, text)).cloned().collect::<Vec<_>>())
        })
    });
    let is_empty = move || cases.with(Vec::is_empty) && damaged.with(Vec::is_empty);
    let shown = move || found.with(|found| found.iter().take(most.get()).cloned().collect::<Vec<_>>());
    let status = move || match (is_empty(), found.with(Vec::is_empty)) {
        (true, _) => page::vault::EMPTY.to_string(),
        (false, true) if cases.with(|cases| !cases.is_empty()) => page::vault::NOTHING_FITS.into(),
        _ => page::vault::listed(found.with(|found| found.len().min(most.get())), cases.with(Vec::len)),
    };
    view! {
        <p class="small">{page::vault::WHERE}</p>
        <Show when=move || !is_empty()>
            <label class="search">
                {page::vault::SEARCH}
                <input type="search" maxlength="100" prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event))/>
            </label>
        </Show>
        <p role="status">{status}</p>
        <ol class="cases" aria-label=page::vault::TITLE>
            <For each=move || damaged.get() key=|case| case.id children=|case| view! { <Damaged case/> }/>
            // A changed note is another item.
            <For each=shown key=|case| (case.id, case.case.note().to_string()) children=|case| view! { <li><Item case/></li> }/>
        </ol>
        <Show when=move || found.with(|found| found.len() > most.get())>
            <button type="button" on:click=move |_| most.update(|most| *most += FEW)>{page::history::OLDER_BUTTON}</button>
        </Show>
        <HandOver done/>
        <div class="row">
            <Show when=move || cases.with(|cases| !cases.is_empty())><Export/></Show>
            <button type="button" on:click=move |_| vault.lock()>{page::vault::LOCK_BUTTON}</button>
        </div>
    }
}

#[component]
fn Item(case: SavedCase) -> impl IntoView {
    let route = expect_context::<CurrentRoute>();
    let id = case.id;
    let within = Within::Vaulted(id);
    let note =
        (!case.case.note().is_empty()).then(|| view! { <p class="quote">{case.case.note().to_string()}</p> });
    view! {
        <p>
            <a href=CurrentRoute::address_within(within) on:click=move |event| route.open_within(within, &event)>
                {page::vault::case_line(id, &case.case.line())}
            </a>
        </p>
        {note}
        <p class="small"><CaseFacts case/></p>
    }
}

/// What does not open hides no other.
#[component]
fn Damaged(case: DamagedCase) -> impl IntoView {
    let DamagedCase { id, what } = case;
    view! {
        <li>
            <p><b>{page::history::unreadable(id)}</b></p>
            <p class="small">{page::vault::damaged(&what)}</p>
            <DeleteHere id done=Callback::new(|_| ())/>
        </li>
    }
}

/// Deletes a case, after a question.
#[component]
pub fn DeleteHere(id: i64, done: Callback<i64>) -> impl IntoView {
    let vault = expect_context::<Vault>();
    let delete = Task::new(move |()| async move {
        vault.delete(id).await?;
        done.run(id);
        Ok::<_, String>(())
    });
    let confirmed = Callback::new(move |()| delete.start(()));
    let failed = move || delete.value().and_then(Result::err);
    view! {
        {move || failed().map(|why| view! { <p role="alert">{page::history::not_deleted(&why)}</p> })}
        <Confirm button=page::history::delete_button(id) question=page::vault::delete_for_good(id)
            keep=page::history::KEEP_BUTTON go=page::history::DELETE_BUTTON confirmed/>
    }
}

/// All cases as a file, in the form of the companion's.
#[component]
fn Export() -> impl IntoView {
    let vault = expect_context::<Vault>();
    let status = RwSignal::new(String::new());
    let take = move |_| {
        let name = format!("lantern-browser-{}.json", today());
        let text = vault.cases().with_untracked(|cases| history_file(cases, &[]));
        let saved = text.and_then(|text| download(&name, "application/json", text.as_bytes()));
        status.set(match saved {
            Ok(()) => page::report::saved_as(&name),
            Err(why) => page::case::not_saved(&why),
        });
    };
    view! {
        <button type="button" title=page::report::JSON_HINT on:click=take>{page::vault::ALL_AS_JSON_BUTTON}</button>
        <span class="small" role="status">{move || status.get()}</span>
    }
}
