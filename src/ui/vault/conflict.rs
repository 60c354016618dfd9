//! A case that vault and companion have with different content: both side by side, and a choice. Nothing is deleted before the other place has what is
//! to stay.

use super::Vault;
use super::hand_over::import;
use crate::messages::page;
use crate::protocol::companion::SavedCase;
use crate::ui::companion::Companion;
use crate::ui::history::{FollowUps, drawn};
use crate::ui::kept::SavedImages;
use crate::ui::task::Task;
use crate::vault::{Difference, differences};
use leptos::prelude::*;

/// A case of the vault, and the companion's.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The vault's.
    pub own: SavedCase,
    /// The companion's.
    pub other: SavedCase,
}

/// What stays.
#[derive(Clone, Copy)]
enum Choice {
    Both,
    There,
    Here,
}

/// All of them. `done`: something went over.
#[component]
pub fn Conflicts(conflicts: RwSignal<Vec<Conflict>>, done: Callback<()>) -> impl IntoView {
    let one = move |conflict: Conflict| {
        let id = conflict.own.id;
        let settled = Callback::new(move |()| {
            conflicts.update(|all| all.retain(|one| one.own.id != id));
            done.run(());
        });
        view! { <OneConflict conflict settled/> }
    };
    view! { <For each=move || conflicts.get() key=|one| one.own.id children=one/> }
}

#[component]
fn OneConflict(conflict: Conflict, settled: Callback<()>) -> impl IntoView {
    let with = (expect_context::<Vault>(), expect_context::<Companion>(), expect_context::<SavedImages>());
    let follow_ups = expect_context::<FollowUps>();
    let Conflict { own, other } = conflict.clone();
    let title = page::vault::conflict_title(own.id, other.id);
    let found = differences(&own.case, &other.case);
    let conflict = StoredValue::new(conflict);
    let choose = Task::new(move |choice: Choice| async move {
        settle(with, follow_ups, &conflict.get_value(), choice).await?;
        settled.run(());
        Ok::<_, String>(())
    });
    let failed = move || choose.value().and_then(Result::err).filter(|_| !choose.is_pending());
    let button = move |choice: Choice, words: &'static str| {
        view! { <button type="button" disabled=move || choose.is_pending() on:click=move |_| choose.start(choice)>{words}</button> }
    };
    view! {
        <div class="question" role="group" aria-label=title.clone()>
            <p><b>{title.clone()}</b></p>
            <p>{page::vault::CONFLICT_HINT}</p>
            <div class="sides">
                <Side title=page::vault::HERE case=own found=found.clone()/>
                <Side title=page::vault::THERE case=other found/>
            </div>
            <p class="small">{page::vault::CHOICES}</p>
            {move || failed().map(|why| view! { <p role="alert">{why}</p> })}
            {button(Choice::Both, page::vault::KEEP_BOTH_BUTTON)}
            {button(Choice::There, page::vault::KEEP_THERE_BUTTON)}
            {button(Choice::Here, page::vault::KEEP_HERE_BUTTON)}
        </div>
    }
}

#[component]
fn Side(title: &'static str, case: SavedCase, found: Vec<Difference>) -> impl IntoView {
    let mark = |difference: Difference| found.contains(&difference).then_some(page::vault::DIFFERS);
    let note = match case.case.note() {
        "" => page::vault::NO_NOTE.to_string(),
        note => note.into(),
    };
    let shapes = drawn(case.case.annotations()).unwrap_or_else(|| page::vault::NOTHING_DRAWN.into());
    view! {
        <div role="group" aria-label=title>
            <h4>{title}</h4>
            <dl>
                <dt>{page::case::NOTE}{mark(Difference::Note)}</dt>
                <dd>{note}</dd>
                <dt>{page::vault::DRAWN}{mark(Difference::Annotations)}</dt>
                <dd>{shapes}</dd>
                <dt>{page::vault::ANSWER}{mark(Difference::Other)}</dt>
                <dd>{case.case.line()}</dd>
            </dl>
            <p class="small">{page::vault::saved_on(&case.saved_at)}</p>
        </div>
    }
}

async fn settle(
    (vault, companion, images): (Vault, Companion, SavedImages),
    follow_ups: FollowUps,
    Conflict { own, other }: &Conflict,
    choice: Choice,
) -> Result<(), String> {
    if !matches!(choice, Choice::There) {
        let id = import((companion, images), own).await?.id;
        if matches!(choice, Choice::Here) {
            if let Some(follow_up) = untrack(|| follow_ups.of(other.id)) {
                follow_ups.keep(companion, id, Some(follow_up)).await?;
            }
            companion.delete_case(other.id).await?;
            images.forget(other.id);
        }
    }
    vault.delete(own.id).await
}
