//! The images on the desk, and how far each is.

use super::{AddMore, ModelChoice, ModelLine};
use crate::messages;
use crate::protocol::worker::JobId;
use crate::ui::bridge;
use crate::ui::desk::{Desk, Model};
use crate::ui::job::{Job, JobState, Outcome};
use crate::ui::words;
use leptos::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use web_sys::KeyboardEvent;

/// So many images are seen at once.
const FEW: usize = 5;

/// In which order images are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Arrival,
    Name,
    Outcome,
    Probability,
}

impl Order {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Arrival, "As they came"),
        (Self::Outcome, "By what was found"),
        (Self::Probability, "Most probable first"),
        (Self::Name, "By name"),
    ];

    /// Images in this order; equal ones as they came.
    fn sort(self, desk: Desk, jobs: &mut [Job]) {
        match self {
            Self::Arrival => {}
            Self::Name => jobs.sort_by(|a, b| words::by_number(&a.name, &b.name)),
            Self::Outcome => jobs.sort_by_cached_key(|job| (desk.outcome(job), millionths(job))),
            Self::Probability => jobs.sort_by_cached_key(millionths),
        }
    }
}

/// The probability of the finding, in a form that can be sorted, the highest first; images without one come last.
fn millionths(job: &Job) -> Reverse<u32> {
    let answer = job.shown().and_then(|shown| shown.examination.answer.clone());
    Reverse(answer.map_or(0, |answer| 1 + (answer.probability.get() * 1e6) as u32))
}

/// A list of all images; one that fails stops no other.
#[component]
pub fn Queue() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let is_ready = move || matches!(desk.model.get(), Model::Ready { .. });
    let order = RwSignal::new(Order::Arrival);
    let only: RwSignal<Option<Outcome>> = RwSignal::new(None);
    let named = RwSignal::new(String::new());
    let listed = move || {
        let named = named.get().to_lowercase();
        let is_listed = |job: &Job| {
            only.get().is_none_or(|only| desk.outcome(job) == only)
                && job.name.to_lowercase().contains(&named)
        };
        let mut jobs: Vec<Job> =
            desk.jobs.with(|jobs| jobs.iter().filter(|job| is_listed(job)).cloned().collect());
        order.get().sort(desk, &mut jobs);
        jobs
    };
    let step = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        let ids: Vec<JobId> = untrack(listed).iter().map(|job| job.id).collect();
        let place = ids.iter().position(|id| desk.selected.get_untracked() == Some(*id)).unwrap_or(0);
        if let Some(id) = place.checked_add_signed(by).and_then(|place| ids.get(place)) {
            desk.selected.set(Some(*id));
            focus(*id);
        }
    };
    view! {
        <nav class="queue" aria-label="Images">
            <div class="queue-tools">
                <AddMore/>
                <button type="button" on:click=move |_| bridge::clear(desk)>"Clear"</button>
            </div>
            <ModelChoice/>
            <div class:unseen=is_ready><ModelLine/></div>
            <Arriving/>
            <Show when=move || desk.jobs.with(|jobs| jobs.len() > 1)><Progress/></Show>
            // A few images need no sieve, and a phone has no room for one.
            <Show when=move || { FEW < desk.jobs.with(Vec::len) }><Sieve order only named/></Show>
            <ol on:keydown=step>
                <For each=listed key=|job| job.id children=|job| view! { <QueueItem job/> }/>
            </ol>
            <p class="small" class:gone=move || !listed().is_empty() data-testid="none-listed">"No image fits this choice."</p>
        </nav>
    }
}

/// Moves the focus to an image in the list.
fn focus(id: JobId) {
    let button = document().query_selector(&format!("[data-job=\"{id}\"] .pick")).ok().flatten();
    if let Some(button) = button.and_then(|button| {
        use wasm_bindgen::JsCast;
        button.dyn_into::<web_sys::HtmlElement>().ok()
    }) {
        button.focus().ok();
    }
}

/// Files that are being looked at before they are listed.
#[component]
fn Arriving() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let line = move || {
        let (done, of) = desk.arriving.get();
        (of > 0).then(|| format!("Looking at the files: {done} of {of}"))
    };
    view! { <p class="small" role="status" data-testid="arriving">{line}</p> }
}

/// How far the batch is, and a way to halt it.
#[component]
fn Progress() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let open = Memo::new(move |_| {
        desk.jobs.with(|jobs| {
            let is_open = |job: &&Job| desk.outcome(job) == Outcome::Open;
            (jobs.len() - jobs.iter().filter(is_open).count(), jobs.len())
        })
    });
    let is_over = move || open.get().0 == open.get().1;
    let line = move || match (open.get(), desk.paused.get()) {
        ((done, of), _) if done == of => format!("All {of} are through"),
        ((done, of), true) => format!("Paused: {done} of {of} are through"),
        ((done, of), false) => format!("{done} of {of} are through"),
    };
    view! {
        <div class="batch">
            <p class="small" role="status" data-testid="batch">{line}</p>
            <button type="button" class:gone=is_over data-testid="pause"
                on:click=move |_| bridge::pause(desk, !desk.paused.get_untracked())>
                {move || if desk.paused.get() { "Go on" } else { "Pause" }}
            </button>
            <progress class:gone=is_over max=move || open.get().1.to_string() value=move || open.get().0.to_string()
                aria-label="Images that are through"></progress>
        </div>
    }
}

/// Which images are listed, and in which order.
#[component]
fn Sieve(order: RwSignal<Order>, only: RwSignal<Option<Outcome>>, named: RwSignal<String>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let counts = Memo::new(move |_| {
        let mut counts = BTreeMap::new();
        desk.jobs.with(|jobs| {
            for job in jobs {
                *counts.entry(desk.outcome(job)).or_insert(0) += 1;
            }
        });
        counts
    });
    let outcomes = move || {
        let counts = counts.get();
        let all: usize = counts.values().sum();
        let option = |outcome: Outcome| {
            let count = counts.get(&outcome).copied().unwrap_or(0);
            let name = words::outcome(outcome);
            let place = Outcome::ALL.iter().position(|one| *one == outcome).unwrap_or(0);
            let is_chosen = only.get() == Some(outcome);
            (count > 0 || is_chosen).then(
                || view! { <option value=place.to_string() selected=is_chosen>{format!("{name} ({count})")}</option> },
            )
        };
        view! {
            <option value="" selected=only.get().is_none()>{format!("All ({all})")}</option>
            {Outcome::ALL.map(option)}
        }
    };
    let orders = Order::ALL.map(|(one, name)| {
        let place = Order::ALL.iter().position(|(other, _)| *other == one).unwrap_or(0);
        view! { <option value=place.to_string()>{name}</option> }
    });
    let place = |text: String| text.parse::<usize>().ok();
    view! {
        <div class="sieve">
            <select aria-label="Which images are listed" data-testid="only"
                on:change=move |event| {
                    only.set(place(event_target_value(&event)).and_then(|place| Outcome::ALL.get(place).copied()));
                }>{outcomes}</select>
            <select aria-label="In which order images are listed" data-testid="order"
                on:change=move |event| {
                    let chosen = place(event_target_value(&event)).and_then(|place| Order::ALL.get(place));
                    order.set(chosen.map_or(Order::Arrival, |(order, _)| *order));
                }>{orders}</select>
            <input type="search" placeholder="Part of a name" aria-label="Images whose name holds" data-testid="named"
                prop:value=move || named.get() on:input=move |event| named.set(event_target_value(&event))/>
        </div>
    }
}

#[component]
fn QueueItem(job: Job) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (id, state, frames) = (job.id, job.state, job.frames);
    let is_shown = move || desk.selected.get() == Some(id);
    let asks_age = {
        let job = job.clone();
        Memo::new(move |_| job.asks_age().is_some())
    };
    let brief = move || match state.get() {
        JobState::Waiting => "Waiting".to_string(),
        JobState::Working(stage) => words::stage(stage).to_string(),
        JobState::Examined(_) if asks_age.get() => "How old is the patient?".into(),
        JobState::Examined(shown) => match &shown.examination.answer {
            Some(answer) => messages::line(&desk.judged(&shown.examination.model.id, answer)),
            None => "Refused".into(),
        },
        JobState::Failed(_) => "Could not be examined".into(),
        JobState::Cancelled => "Stopped".into(),
    };
    let several = move || (frames.get() > 1).then(|| format!(" · {} frames", frames.get()));
    let can_stop = move || matches!(state.get(), JobState::Waiting | JobState::Working(_));
    view! {
        <li class="queue-item" data-testid="queue-item" data-job=id.to_string() data-state=move || state.get().slug()>
            <button type="button" class="pick" aria-current=move || is_shown().then_some("true")
                title=job.name.clone() on:click=move |_| desk.selected.set(Some(id))>
                <span class="file">{job.name.clone()}</span>
                <span class="brief" aria-live="polite">{brief}{several}</span>
            </button>
            <Show when=can_stop>
                <button type="button" class="quiet" data-testid="cancel" on:click=move |_| bridge::cancel(desk, id)>"Cancel"</button>
            </Show>
        </li>
    }
}
