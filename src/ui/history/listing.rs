//! All cases that fit a search, newest first.

use super::deleting::Delete;
use super::taking::TakeAllAway;
use crate::messages::{self, page};
use crate::protocol::companion::{DamagedCase, SavedCase};
use crate::ui::net::{self, Wanted};
use crate::ui::routes::CurrentRoom;
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
    text: RwSignal<String>,
    cases: RwSignal<Vec<SavedCase>>,
    damaged: RwSignal<Vec<DamagedCase>>,
    total: RwSignal<u64>,
    next: RwSignal<Option<i64>>,
    state: RwSignal<State>,
    /// How often was asked: a late answer to an older question is left aside.
    turn: StoredValue<u64>,
}

impl Listing {
    /// The newest cases, on their way.
    pub fn ask_for_all() -> Self {
        let listing = Self {
            text: RwSignal::default(),
            cases: RwSignal::default(),
            damaged: RwSignal::default(),
            total: RwSignal::default(),
            next: RwSignal::default(),
            state: RwSignal::new(State::Asking),
            turn: StoredValue::new(0),
        };
        listing.ask(None);
        listing
    }

    /// Asks anew, or for those before a number.
    fn ask(self, before: Option<i64>) {
        let turn = self.begin();
        self.state.set(State::Asking);
        let wanted = Wanted { text: self.text.get_untracked(), before, ..Wanted::default() };
        spawn_local(async move {
            let answer = net::list_cases(&wanted).await;
            if self.turn.try_get_value() != Some(turn) {
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
        let turn = self.begin();
        set_timeout(
            move || {
                if self.turn.try_get_value() == Some(turn) {
                    self.ask(None)
                }
            },
            PAUSE,
        );
    }

    fn begin(self) -> u64 {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        turn
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
        State::Asking => "Looking in the history".to_string(),
        State::Failed(_) => String::new(),
        State::Listed if is_empty() => String::new(),
        State::Listed => {
            let shown = cases.with(Vec::len) + damaged.with(Vec::len);
            let which = if has_searched() { "that fit" } else { "kept" };
            format!("{shown} of {} {which}, newest first.", messages::count(total.get() as usize, "case"))
        }
    };
    let trouble = move || match state.get() {
        State::Failed(why) => Some(view! {
            <div role="alert">
                <p>{why}</p>
                <button type="button" on:click=move |_| listing.ask(None)>{page::fault::TRY_AGAIN_BUTTON}</button>
            </div>
        }),
        _ => None,
    };
    let is_bare = move || state.get() == State::Listed && is_empty();
    view! {
        <h1>"History"</h1>
        <label class="search" class:hidden=move || is_bare() && !has_searched()>
            "Search in notes, findings, models and fingerprints"
            <input type="search" maxlength="100" prop:value=move || text.get()
                on:input=move |event| listing.search(event_target_value(&event))/>
        </label>
        <p role="status">{status}</p>
        {trouble}
        <Show when=is_bare><Nothing has_searched=has_searched()/></Show>
        <ol class="cases" aria-label="Cases">
            <For each=move || damaged.get() key=|case| case.id children=move |case| view! { <Damaged case listing/> }/>
            <For each=move || cases.get() key=|case| case.id children=|case| view! { <CaseItem case/> }/>
        </ol>
        <Show when=move || next.get().is_some() && state.get() != State::Asking>
            <button type="button" on:click=move |_| listing.ask(next.get_untracked())>"Show older cases"</button>
        </Show>
        <Show when=move || !is_empty()><TakeAllAway/></Show>
    }
}

#[component]
fn Nothing(has_searched: bool) -> impl IntoView {
    let words = if has_searched {
        "No case holds these words. Search for fewer, or for a part of one; of a fingerprint, eight digits or more are needed."
    } else {
        "No case has been kept yet. Examine an image in the clinic, then choose \"Save to history\": the answer with its evidence, your note, what you measured and the fingerprints of image and model are kept on the computer that serves this page, never the image."
    };
    view! { <p>{words}</p> }
}

#[component]
fn CaseItem(case: SavedCase) -> impl IntoView {
    let room = expect_context::<CurrentRoom>();
    let SavedCase { id, saved_at, case } = case;
    let note = (!case.note().is_empty()).then(|| view! { <p class="quote">{case.note().to_string()}</p> });
    let drawn = (!case.annotations().is_empty())
        .then(|| format!(", {}", messages::count(case.annotations().len(), "annotation")));
    let taken = case.study_date().map(|date| format!("Image of {}, kept ", messages::day(date)));
    let image = case.image().map(|image| {
        view! { ", image " <span class="hash" title=image.to_string()>{image.brief()}</span> }
    });
    view! {
        <li>
            <p>
                <a href=CurrentRoom::case_address(id) on:click=move |event| room.open_case(id, &event)>
                    {format!("Case {id}: {}", case.line())}
                </a>
            </p>
            {note}
            <p class="small">
                {taken}<time datetime=saved_at.clone()>{messages::minute(&saved_at)}</time>
                {format!(", model {}", case.model())}{image}{drawn}
            </p>
        </li>
    }
}

/// A case that cannot be read hides no other.
#[component]
fn Damaged(case: DamagedCase, listing: Listing) -> impl IntoView {
    let DamagedCase { id, what } = case;
    view! {
        <li>
            <p><b>{format!("Case {id} cannot be read")}</b></p>
            <p class="small">{format!("It is damaged in the history's file ({what}). No other case is touched.")}</p>
            <Delete id done=Callback::new(move |id| listing.forget(id))/>
        </li>
    }
}
