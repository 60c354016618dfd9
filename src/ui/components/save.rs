//! Keeps a case with the companion, or in the vault of this browser where none answers: words and fingerprints, never the image.

use crate::case::{Case, NOTE_LIMIT, is_date};
use crate::messages::page;
use crate::report::PROGRAM;
use crate::ui::companion::{Companion, Standing};
use crate::ui::item::{Item, ItemResult};
use crate::ui::kept::SavedImages;
use crate::ui::report;
use crate::ui::routes::{CurrentRoute, Within};
use crate::ui::task::Task;
use crate::ui::vault::Vault;
use crate::ui::workspace::Workspace;
use leptos::prelude::*;
use std::rc::Rc;

/// A note and a button; where nothing can be kept, why.
#[component]
pub fn SaveCase(item: Item, shown: Rc<ItemResult>) -> impl IntoView {
    let companion = expect_context::<Companion>();
    // What does not change is not drawn anew: a log-in must not take the note's focus.
    let closed = Memo::new(move |_| match companion.standing() {
        Standing::Closed(why) => Some(why),
        _ if !companion.may_save() => Some(page::account::MAY_NOT_SAVE.into()),
        _ => None,
    });
    let of = StoredValue::new_local((item, shown));
    let body = move || match closed.get() {
        Some(why) => {
            view! { <p class="small" role="note" aria-label=page::case::KEEP_TITLE>{why}</p> }.into_any()
        }
        None => {
            let (item, shown) = of.get_value();
            view! { <NoteAndButton item shown/> }.into_any()
        }
    };
    view! { <h3>{page::case::KEEP_TITLE}</h3>{body} }
}

#[component]
fn NoteAndButton(item: Item, shown: Rc<ItemResult>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let companion = expect_context::<Companion>();
    let (before, vault) = (expect_context::<SavedImages>(), expect_context::<Vault>());
    let note = item.note;
    let is_alone = Memo::new(move |_| companion.is_absent());
    let is_changed = {
        let item = item.clone();
        Memo::new(move |_| item.has_unsaved_work())
    };
    // Another frame, model or threshold is another answer, and can be kept too.
    let case = {
        let (item, examination) = (item.clone(), shown.examination.clone());
        Memo::new(move |_| item.case_of(&report::reading(workspace, &examination).examination))
    };
    let save = Task::new(move |()| {
        let (item, shown) = (item.clone(), shown.clone());
        async move { keep((workspace, companion, vault), &item, &shown, before).await }
    });
    let is_done = move || case.get().is_some() && !is_changed.get();
    let is_closed = move || save.is_pending() || is_done();
    let status = move || match (save.is_pending(), save.value(), case.get()) {
        (true, ..) => page::case::SAVING.into_any(),
        (false, Some(Err(why)), _) if is_alone.get() => {
            view! { {page::case::not_saved(&why)}" "{page::vault::WHAT_IS_KEPT} }.into_any()
        }
        (false, Some(Err(why)), _) => page::case::not_saved(&why).into_any(),
        (false, _, Some(place)) => view! { <Done place is_changed/> }.into_any(),
        (false, _, None) if is_alone.get() => page::vault::WHAT_IS_KEPT.into_any(),
        (false, _, None) => page::case::WHAT_IS_KEPT.into_any(),
    };
    view! {
        <label class="note">
            {page::case::NOTE}
            <textarea rows="2" maxlength=NOTE_LIMIT.to_string() prop:value=move || note.get()
                on:input=move |event| note.set(event_target_value(&event))></textarea>
        </label>
        <button type="button" disabled=is_closed on:click=move |_| save.start(())>
            {move || if is_alone.get() { page::vault::SAVE_BUTTON } else { page::case::SAVE_BUTTON }}
        </button>
        <p class="small" role="status">{status}</p>
    }
}

/// Where the case is, and whether something was changed since.
#[component]
fn Done(place: Within, is_changed: Memo<bool>) -> impl IntoView {
    let route = expect_context::<CurrentRoute>();
    let name = match place {
        Within::Vaulted(id) => page::vault::case(id),
        Within::Case(id) => page::case::case(id),
        Within::All | Within::Patient(_) => String::new(),
    };
    let changed = move || is_changed.get().then_some(page::case::CHANGED);
    view! {
        {page::case::SAVED_AS}<a href=CurrentRoute::address_within(place) on:click=move |event| route.open_within(place, &event)>{name}</a>"."
        {changed}
    }
}

/// Keeps the case as it is judged on the screen, and notes what of the user's work is kept by that.
async fn keep(
    (workspace, companion, vault): (Workspace, Companion, Vault),
    item: &Item,
    shown: &ItemResult,
    before: SavedImages,
) -> Result<(), String> {
    let case = case(workspace, item, shown).await;
    let judged = case.reading.examination.clone();
    let case = case.redacted();
    case.check()?;
    let place = if untrack(|| companion.is_absent()) {
        if !vault.is_opened().await? {
            return Err(page::vault::NOT_OPENED.into());
        }
        Within::Vaulted(vault.keep(case.clone()).await?.id)
    } else {
        let saved = companion.save_case(&case).await?;
        before.add(&saved);
        Within::Case(saved.id)
    };
    item.saved.update(|work| {
        work.case = Some((place, judged));
        work.note = case.note;
        work.annotations = case.annotations;
        work.is_looked_up = true;
    });
    Ok(())
}

async fn case(workspace: Workspace, item: &Item, shown: &ItemResult) -> Case {
    let annotations = item.annotations.get_untracked();
    let measurements = report::measure_all(workspace.files, item, &annotations).await;
    let study_date = item.dicom.as_ref().map(|facts| facts.study_date.clone());
    Case {
        reading: untrack(|| report::reading(workspace, &shown.examination)),
        program: PROGRAM.into(),
        frame: shown.frame,
        frames: item.frames.get_untracked().max(shown.frame + 1),
        annotations,
        measurements,
        note: item.note.get_untracked(),
        patient: item.patient.get_untracked().and_then(|key| key.parse().ok()),
        study_date: study_date.filter(|date| is_date(date)),
    }
}
