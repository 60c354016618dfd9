//! The images on the desk, and how far each is.

use super::{AddMore, ModelChoice, ModelLine};
use crate::ui::bridge;
use crate::ui::desk::{Desk, Job, JobState, Model};
use crate::ui::words;
use leptos::prelude::*;

/// A list of all images; one that fails stops no other.
#[component]
pub fn Queue() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let is_ready = move || matches!(desk.model.get(), Model::Ready { .. });
    view! {
        <nav class="queue" aria-label="Images">
            <div class="queue-tools">
                <AddMore/>
                <button type="button" on:click=move |_| bridge::clear(desk)>"Clear"</button>
            </div>
            <ModelChoice/>
            <div class:unseen=is_ready><ModelLine/></div>
            <ol>
                <For each=move || desk.jobs.get() key=|job| job.id children=|job| view! { <QueueItem job/> }/>
            </ol>
        </nav>
    }
}

#[component]
fn QueueItem(job: Job) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (id, state) = (job.id, job.state);
    let is_shown = move || desk.selected.get() == Some(id);
    let brief = move || match state.get() {
        JobState::Waiting => "Waiting".to_string(),
        JobState::Working(stage) => words::stage(stage).to_string(),
        JobState::Examined(shown) => match &shown.examination.answer {
            Some(answer) => format!(
                "{} {}",
                answer.probability,
                words::verdict(&desk.judged(&shown.examination.model.id, answer))
            ),
            None => "Refused".into(),
        },
        JobState::Failed(_) => "Could not be examined".into(),
        JobState::Cancelled => "Stopped".into(),
    };
    let can_stop = move || matches!(state.get(), JobState::Waiting | JobState::Working(_));
    view! {
        <li class="queue-item" data-testid="queue-item" data-state=move || state.get().slug()>
            <button type="button" class="pick" aria-current=move || is_shown().then_some("true")
                on:click=move |_| desk.selected.set(Some(id))>
                <span class="file">{job.name.clone()}</span>
                <span class="brief" aria-live="polite">{brief}</span>
            </button>
            <Show when=can_stop>
                <button type="button" class="quiet" data-testid="cancel" on:click=move |_| bridge::cancel(desk, id)>"Cancel"</button>
            </Show>
        </li>
    }
}
