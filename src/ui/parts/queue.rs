//! The images on the desk, and how far each is.

use super::{AddMore, ModelChoice, ModelLine, StopFrames, Thumbnail, frames_in_list};
use crate::messages;
use crate::protocol::worker::JobId;
use crate::ui::bridge;
use crate::ui::cleared::Cleared;
use crate::ui::desk::{Desk, Model};
use crate::ui::job::{Job, JobState, Outcome};
use crate::ui::masking::PatientShown;
use crate::ui::rooms::CurrentRoom;
use crate::ui::turns;
use crate::ui::words;
use crate::viewing::labels::{self, Heading, HeadingOf, Row, grouped};
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
    // What is not told yet must not be told by its place.
    let told = job.highest().filter(|_| job.asks().is_none());
    let answer = told.and_then(|shown| shown.examination.answer.clone());
    Reverse(answer.map_or(0, |answer| 1 + (answer.headline().1.get() * 1e6) as u32))
}

/// A list of all images; one that fails stops no other.
#[component]
pub fn Queue() -> impl IntoView {
    let (desk, cleared) = (expect_context::<Desk>(), expect_context::<Cleared>());
    let is_ready = move || matches!(desk.model.get(), Model::Ready { .. });
    let order = RwSignal::new(Order::Arrival);
    let only: RwSignal<Option<Outcome>> = RwSignal::new(None);
    let named = RwSignal::new(String::new());
    let rows = move || {
        let named = named.get().to_lowercase();
        let is_listed = |job: &Job| {
            only.get().is_none_or(|only| desk.outcome(job) == only)
                && job.name.to_lowercase().contains(&named)
        };
        let mut jobs: Vec<Job> =
            desk.jobs.with(|jobs| jobs.iter().filter(|job| is_listed(job)).cloned().collect());
        order.get().sort(desk, &mut jobs);
        // Groups would tear apart what another order puts together.
        if order.get() == Order::Arrival {
            let headers: Vec<_> = jobs.iter().map(|job| job.dicom.clone()).collect();
            grouped(jobs.into_iter().zip(headers.iter().map(Option::as_deref)).collect())
        } else {
            jobs.into_iter().map(Row::Item).collect()
        }
    };
    let listed = move || -> Vec<Job> {
        let item = |row| if let Row::Item(job) = row { Some(job) } else { None };
        rows().into_iter().filter_map(item).collect()
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
            <h2 class="unseen">"Images"</h2>
            <div class="queue-tools">
                <AddMore/>
                <button type="button" on:click=move |_| cleared.clear(desk)>"Clear"</button>
            </div>
            <ModelChoice/>
            <div class:unseen=is_ready><ModelLine/></div>
            <Arriving/>
            <Show when=move || desk.jobs.with(|jobs| jobs.len() > 1)><Progress/></Show>
            // A few images need no sieve, and a phone has no room for one.
            <Show when=move || { FEW < desk.jobs.with(Vec::len) }><Sieve order only named/></Show>
            <ol on:keydown=step>
                <For each=rows key=key children=|row| match row {
                    Row::Item(job) => view! { <QueueItem job/> }.into_any(),
                    Row::Heading(heading) => view! { <GroupHeading heading/> }.into_any(),
                }/>
            </ol>
            <p class="small" class:gone=move || !listed().is_empty() data-testid="none-listed">"No image fits this choice."</p>
        </nav>
    }
}

/// What tells a row of the list from all others.
fn key(row: &Row<Job>) -> String {
    match row {
        Row::Item(job) => job.id.to_string(),
        Row::Heading(heading) => format!("heading {}", heading.key),
    }
}

/// A heading of the list: a patient, who is masked until a reader asks, a study, or a series.
#[component]
fn GroupHeading(heading: Heading) -> impl IntoView {
    let is_shown = PatientShown::here();
    let content = match heading.of {
        HeadingOf::Patient(patient) => {
            let name = move || match labels::patient(&patient, is_shown.get()) {
                name if name.is_empty() => "A patient without name or number".into(),
                name => name,
            };
            view! { <h3>{name}</h3> }.into_any()
        }
        HeadingOf::Study(words) => view! { <h4>{words}</h4> }.into_any(),
        HeadingOf::Series(words) => view! { <h5>{words}</h5> }.into_any(),
        HeadingOf::NoHeader => view! { <h3>"Without a header"</h3> }.into_any(),
    };
    view! { <li class="queue-group" data-testid="queue-group">{content}</li> }
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
            <button type="button" class:gone=move || is_over() && !desk.paused.get() data-testid="pause"
                on:click=move |_| turns::pause(desk, !desk.paused.get_untracked())>
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
    let room = expect_context::<CurrentRoom>();
    let (id, state) = (job.id, job.state);
    let is_shown = move || desk.selected.get() == Some(id);
    let asks_age = {
        let job = job.clone();
        Memo::new(move |_| job.asks().is_some())
    };
    // Of a series the frame with the highest number, so that no other frame hides it.
    let highest = {
        let job = job.clone();
        Memo::new(move |_| {
            let Some(shown) = job.highest() else { return String::new() };
            let judged = |answer| desk.judged(&shown.examination.model.id, answer);
            match shown.examination.answer.as_ref().map(judged) {
                Some(answer) if job.frames.get() > 1 => messages::frame_line(shown.frame + 1, Some(&answer)),
                Some(answer) => messages::line_for(&answer, words::audience(room.get())),
                None => "Refused".into(),
            }
        })
    };
    let brief = move || match state.get() {
        JobState::Waiting => "Waiting".to_string(),
        JobState::Working(stage) => words::stage(stage).to_string(),
        JobState::Examined(_) if asks_age.get() => "Waiting for your answer".into(),
        JobState::Examined(_) => highest.get(),
        JobState::Failed(_) => "Could not be examined".into(),
        JobState::Cancelled => "Stopped".into(),
    };
    let several = {
        let job = job.clone();
        move || frames_in_list(&job)
    };
    let has_files = !job.slices.is_empty();
    let can_stop = move || matches!(state.get(), JobState::Waiting | JobState::Working(_));
    view! {
        <li class="queue-item" data-testid="queue-item" data-job=id.to_string() data-state=move || state.get().slug()>
            <button type="button" class="pick" aria-current=move || is_shown().then_some("true")
                title=job.name.clone() on:click=move |_| desk.selected.set(Some(id))>
                {has_files.then(|| view! { <Thumbnail job=job.clone()/> })}
                <span class="file">{job.name.clone()}</span>
                <span class="brief"><span aria-live="polite">{brief}</span>{several}</span>
            </button>
            <StopFrames job=job.clone()/>
            <Show when=can_stop>
                <button type="button" class="quiet" data-testid="cancel" on:click=move |_| bridge::cancel(desk, id)>"Cancel"</button>
            </Show>
        </li>
    }
}
