//! Hands the vault's cases over to the companion. Each leaves the vault only after the companion has answered that it has it; what the companion has
//! otherwise waits for the user's choice.

use super::Vault;
use super::conflict::{Conflict, Conflicts};
use crate::messages::page;
use crate::protocol::companion::{ImportedCase, SavedCase};
use crate::ui::cases::CaseQuery;
use crate::ui::companion::{Companion, Standing};
use crate::ui::kept::SavedImages;
use crate::ui::task::Task;
use crate::vault::{Compared, compare};
use leptos::prelude::*;

/// So many refusals are told; the first say enough.
const FEW: usize = 5;

/// A button while the companion is there and the vault holds something, what became of it, and the conflicts. `done`: cases went over.
#[component]
pub fn HandOver(done: Callback<()>) -> impl IntoView {
    let vault = expect_context::<Vault>();
    let companion = expect_context::<Companion>();
    let images = expect_context::<SavedImages>();
    let progress = RwSignal::new(String::new());
    let conflicts = RwSignal::new(Vec::<Conflict>::new());
    let hand = Task::new(move |()| async move {
        conflicts.set(Vec::new());
        let lines = hand_all((vault, companion, images), progress, conflicts).await;
        progress.try_set(String::new());
        done.run(());
        lines
    });
    let may_save = Memo::new(move |_| {
        matches!(companion.standing(), Standing::Known(_))
            && companion.may_save()
            && !companion.is_logged_out()
    });
    let count = move || vault.cases().with(Vec::len);
    // One after another is settled.
    let waiting = move || conflicts.with(|all| (!all.is_empty()).then(|| page::vault::waiting(all.len())));
    let lines = move || {
        let lines = hand.value().filter(|_| !hand.is_pending()).unwrap_or_default();
        let line = |(at, line)| view! { <p>{line}{(at == 0).then_some(waiting)}</p> };
        lines.into_iter().enumerate().map(line).collect_view()
    };
    let button = move || {
        view! {
            <button type="button" class="primary" disabled=move || hand.is_pending() on:click=move |_| hand.start(())>
                {move || page::vault::hand_over_button(count())}
            </button>
        }
    };
    let offer = move || {
        view! { <p>{page::vault::HAND_OVER_HINT}</p>{button()} }
    };
    view! {
        <Show when=move || may_save.get()>
            <h3>{page::vault::HAND_OVER_TITLE}</h3>
            <Show when=move || count() != 0>{offer}</Show>
            <div role="status">{lines}<p class="small">{move || progress.get()}</p></div>
            <Conflicts conflicts done/>
        </Show>
    }
}

/// One case after another, the oldest first, so that the newest gets the highest number; what to say then.
async fn hand_all(
    (vault, companion, images): (Vault, Companion, SavedImages),
    progress: RwSignal<String>,
    conflicts: RwSignal<Vec<Conflict>>,
) -> Vec<String> {
    let cases = vault.cases().get_untracked();
    let (mut new, mut known, mut refused) = (0, 0, Vec::new());
    for (done, own) in cases.iter().rev().enumerate() {
        progress.try_set(page::vault::handing(done, cases.len()));
        match hand_one((vault, companion, images), own).await {
            Ok(Handed::New) => new += 1,
            Ok(Handed::Known) => known += 1,
            Ok(Handed::Differs(other)) => {
                let conflict = Conflict { own: own.clone(), other: *other };
                conflicts.try_update(|all| all.push(conflict));
            }
            Err(why) => refused.push(page::vault::not_handed(own.id, &why)),
        }
        if refused.len() == FEW || untrack(|| companion.is_absent()) {
            break;
        }
    }
    [page::vault::handed(new, known)].into_iter().chain(refused).collect()
}

/// What became of a case.
enum Handed {
    New,
    /// The companion had it already: an earlier answer was lost, perhaps.
    Known,
    /// The companion has it with something else in it.
    Differs(Box<SavedCase>),
}

async fn hand_one(
    (vault, companion, images): (Vault, Companion, SavedImages),
    own: &SavedCase,
) -> Result<Handed, String> {
    let handed = match compare(own, &of_same_image(companion, own).await?) {
        Compared::Differs(other) => return Ok(Handed::Differs(other)),
        Compared::Same(_) => Handed::Known,
        Compared::New => match import((companion, images), own).await?.is_new {
            true => Handed::New,
            false => Handed::Known,
        },
    };
    vault.delete(own.id).await?;
    Ok(handed)
}

/// Has the companion take a case in; it is on its disk then.
pub async fn import(
    (companion, images): (Companion, SavedImages),
    own: &SavedCase,
) -> Result<ImportedCase, String> {
    let imported = companion.import_case(own).await?;
    if imported.is_new {
        images.add(&SavedCase { id: imported.id, ..own.clone() });
    }
    Ok(imported)
}

/// All that the companion has of the image of a case.
async fn of_same_image(companion: Companion, own: &SavedCase) -> Result<Vec<SavedCase>, String> {
    let Some(image) = own.case.image() else { return Ok(Vec::new()) };
    let wanted = CaseQuery { image: Some(image), ..CaseQuery::default() };
    Ok(companion.all_cases(wanted, |_, _| {}).await?.0)
}
