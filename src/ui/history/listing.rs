//! All cases that fit a search, newest first.

use super::bringing::ImportCases;
use super::deleting::Delete;
use super::follow_up::{ByFollowUp, FollowUps, in_words};
use super::taking::ExportAllCases;
use crate::fingerprint::Sha256;
use crate::messages::{self, page};
use crate::protocol::companion::{DamagedCase, SavedCase};
use crate::ui::cases::CaseQuery;
use crate::ui::companion::Companion;
use crate::ui::components::Failed;
use crate::ui::routes::{CurrentRoute, Route, Within};
use crate::ui::vault::VaultSection;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// A search begins when nothing was typed for so long.
const PAUSE: Duration = Duration::from_millis(250);

/// How far the list is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Asking,
    Listed,
    Failed(String),
}

/// What is listed. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct Listing {
    companion: Companion,
    text: RwSignal<String>,
    cases: RwSignal<Vec<SavedCase>>,
    damaged: RwSignal<Vec<DamagedCase>>,
    total: RwSignal<u64>,
    next: RwSignal<Option<i64>>,
    state: RwSignal<State>,
    /// Counts the requests, so that a late reply to an older one is ignored.
    generation: StoredValue<u64>,
}

impl Listing {
    /// The newest cases, on their way.
    pub fn ask_for_all(companion: Companion) -> Self {
        let listing = Self {
            companion,
            text: RwSignal::default(),
            cases: RwSignal::default(),
            damaged: RwSignal::default(),
            total: RwSignal::default(),
            next: RwSignal::default(),
            state: RwSignal::new(State::Asking),
            generation: StoredValue::new(0),
        };
        listing.ask(None);
        listing
    }

    /// Asks anew, or for those before a number.
    pub fn ask(self, before: Option<i64>) {
        let generation = self.begin();
        self.state.set(State::Asking);
        let wanted = CaseQuery { text: self.text.get_untracked(), before, ..CaseQuery::default() };
        spawn_local(async move {
            let answer = self.companion.list_cases(&wanted).await;
            if self.generation.try_get_value() != Some(generation) {
                return;
            }
            match answer {
                Ok(list) => {
                    if before.is_none() {
                        self.cases.set(Vec::new());
                        self.damaged.set(Vec::new());
                    }
                    self.cases.update(|cases| cases.extend(list.cases));
                    self.damaged.update(|damaged| damaged.extend(list.damaged));
                    self.total.set(list.total);
                    self.next.set(list.next);
                    self.state.set(State::Listed);
                }
                Err(why) => self.state.set(State::Failed(why)),
            }
        });
    }

    /// Searches for what is being typed, once that pauses.
    fn search(self, text: String) {
        self.text.set(text);
        let generation = self.begin();
        set_timeout(
            move || {
                if self.generation.try_get_value() == Some(generation) {
                    self.ask(None)
                }
            },
            PAUSE,
        );
    }

    fn begin(self) -> u64 {
        let generation = self.generation.get_value() + 1;
        self.generation.set_value(generation);
        generation
    }

    /// A case that is listed.
    pub fn case(self, id: i64) -> Option<SavedCase> {
        self.cases.with_untracked(|cases| cases.iter().find(|case| case.id == id).cloned())
    }

    /// Takes a case off the list that was deleted.
    pub fn forget(self, id: i64) {
        self.cases.update(|cases| cases.retain(|case| case.id != id));
        self.damaged.update(|damaged| damaged.retain(|case| case.id != id));
        self.total.update(|total| *total = total.saturating_sub(1));
    }
}

/// The list with its search; while it comes, when nothing is there, and when it cannot be had.
#[component]
pub fn AllCases(listing: Listing) -> impl IntoView {
    let Listing { text, cases, damaged, total, next, state, .. } = listing;
    let is_empty = move || cases.with(Vec::is_empty) && damaged.with(Vec::is_empty);
    let has_searched = move || text.with(|text| !text.trim().is_empty());
    let status = move || match state.get() {
        State::Asking => page::history::LOOKING.to_string(),
        State::Failed(_) => String::new(),
        State::Listed if is_empty() => String::new(),
        State::Listed => {
            let shown = cases.with(Vec::len) + damaged.with(Vec::len);
            page::history::listed(shown, total.get() as usize, has_searched())
        }
    };
    let trouble = move || match state.get() {
        State::Failed(why) => Some(view! { <Failed why again=move || listing.ask(None)/> }),
        _ => None,
    };
    let is_bare = move || state.get() == State::Listed && is_empty();
    view! {
        <h1>{page::history::TITLE}</h1>
        <VaultSection done=Callback::new(move |()| listing.ask(None))/>
        <label class="search" class:hidden=move || is_bare() && !has_searched()>
            {page::history::SEARCH}
            <input type="search" maxlength="100" prop:value=move || text.get()
                on:input=move |event| listing.search(event_target_value(&event))/>
        </label>
        <p role="status">{status}</p>
        {trouble}
        <ByFollowUp/>
        <Show when=is_bare><Nothing has_searched=has_searched()/></Show>
        <ol class="cases" aria-label=page::history::CASES>
            <For each=move || damaged.get() key=|case| case.id children=move |case| view! { <Damaged case listing/> }/>
            <For each=move || cases.get() key=|case| case.id children=|case| view! { <li><CaseItem case/></li> }/>
        </ol>
        <Show when=move || next.get().is_some() && state.get() != State::Asking>
            <button type="button" on:click=move |_| listing.ask(next.get_untracked())>{page::history::OLDER_BUTTON}</button>
        </Show>
        <Show when=move || !is_empty()><ExportAllCases/></Show>
        <Show when=move || !matches!(state.get(), State::Failed(_))><ImportCases done=Callback::new(move |()| listing.ask(None))/></Show>
    }
}

#[component]
fn Nothing(has_searched: bool) -> impl IntoView {
    let words = if has_searched { page::history::NOTHING_FITS } else { page::history::NOTHING_KEPT };
    view! { <p>{words}</p> }
}

/// A case in a line or a few, with a link to it, and one to all cases of the patient unless these are shown.
#[component]
pub fn CaseItem(case: SavedCase, #[prop(optional)] is_of_one_patient: bool) -> impl IntoView {
    let route = expect_context::<CurrentRoute>();
    let follow_ups = expect_context::<FollowUps>();
    let SavedCase { id, saved_at, case } = case;
    let follow_up = move || follow_ups.of(id).map(|one| view! { <p><b>{in_words(&one)}</b></p> });
    let note = (!case.note().is_empty()).then(|| view! { <p class="quote">{case.note().to_string()}</p> });
    let patient = case.patient().filter(|_| !is_of_one_patient).map(|patient| {
        view! { {page::history::WITH_PATIENT}<PatientLink patient/> }
    });
    view! {
        <p>
            <a href=CurrentRoute::case_address(id) on:click=move |event| route.open_case(id, &event)>
                {page::history::case_line(id, &case.line())}
            </a>
        </p>
        {note}
        {follow_up}
        <p class="small"><CaseFacts case=SavedCase { id, saved_at, case }/>{patient}</p>
    }
}

/// When it was kept, by which model, of which image, and whether something was drawn on it.
#[component]
pub fn CaseFacts(case: SavedCase) -> impl IntoView {
    let SavedCase { saved_at, case, .. } = case;
    let drawn =
        (!case.annotations().is_empty()).then(|| page::history::with_annotations(case.annotations().len()));
    let taken = case.study_date().map(page::history::image_of_kept);
    let image = case.image().map(|image| {
        view! { {page::history::WITH_IMAGE} <span class="hash" title=image.to_string()>{image.brief()}</span> }
    });
    view! {
        {taken}<time datetime=saved_at.clone()>{messages::minute(&saved_at)}</time>
        {page::history::with_model(case.model())}{image}{drawn}
    }
}

/// From a part of the history to all cases.
#[component]
pub fn BackToAll() -> impl IntoView {
    let route = expect_context::<CurrentRoute>();
    let go = move |event| route.go(Route::History, &event);
    view! { <p><a href=Route::History.path() on:click=go>{page::history::ALL_CASES_LINK}</a></p> }
}

/// To the cases of a patient.
#[component]
pub fn PatientLink(patient: Sha256) -> impl IntoView {
    let route = expect_context::<CurrentRoute>();
    view! {
        <a class="hash" title=page::history::ALL_OF_PATIENT href=CurrentRoute::address_within(Within::Patient(patient))
            on:click=move |event| route.open_within(Within::Patient(patient), &event)>{patient.brief()}</a>
    }
}

/// A case that cannot be read hides no other.
#[component]
fn Damaged(case: DamagedCase, listing: Listing) -> impl IntoView {
    let DamagedCase { id, what } = case;
    view! {
        <li>
            <p><b>{page::history::unreadable(id)}</b></p>
            <p class="small">{page::history::damaged(&what)}</p>
            <Delete id done=Callback::new(move |id| listing.forget(id))/>
        </li>
    }
}
