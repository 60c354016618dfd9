//! What was found, and how sure that is.

use super::{AgeQuestion, AnswerView, Evidence, Header, OtherModels, Prior, Refusal, SaveCase};
use crate::examination::Concern;
use crate::messages;
use crate::ui::bridge;
use crate::ui::desk::Desk;
use crate::ui::job::{Job, JobState, Shown};
use crate::ui::report::ReportOfDesk;
use crate::ui::words;
use leptos::prelude::*;
use std::rc::Rc;

/// The side panel; a sheet below the image on phones.
#[component]
pub fn Findings() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let panel = move || match desk.current_state() {
        None if desk.selected.get().is_none() && desk.arriving.get().1 > 0 => {
            view! { <p>"Looking at the files."</p> }.into_any()
        }
        None => view! { <p>"Choose an image from the list."</p> }.into_any(),
        Some(JobState::Waiting | JobState::Working(_)) => {
            view! { <p>"The finding will stand here."</p> }.into_any()
        }
        Some(JobState::Cancelled) => view! {
            <h2>"Stopped"</h2>
            <p>"You stopped this examination. Nothing was kept."</p>
            <Again label="Examine it after all"/>
        }
        .into_any(),
        Some(JobState::Failed(problem)) => view! {
            <div data-testid="problem" role="alert">
                <h2>"This file could not be examined"</h2>
                <p>{messages::capital(&problem.message)}"."</p>
                <p>{words::advice(problem.kind)}</p>
            </div>
            <Again label="Try again"/>
        }
        .into_any(),
        Some(JobState::Examined(shown)) => match desk.current().map(|job| (job.asks_age(), job)) {
            Some((Some(ages), job)) => view! { <AgeQuestion job ages/> }.into_any(),
            Some((None, job)) => view! { <Result job shown/> }.into_any(),
            None => ().into_any(),
        },
    };
    view! { <aside class="findings" aria-label="Finding" aria-live="polite">{panel}</aside> }
}

#[component]
fn Again(label: &'static str) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let again = move |_| {
        if let Some(id) = desk.selected.get_untracked() {
            bridge::again(desk, id);
        }
    };
    view! { <button type="button" on:click=again>{label}</button> }
}

#[component]
fn Result(job: Job, shown: Rc<Shown>) -> impl IntoView {
    let examination = &shown.examination;
    let model = examination.model.id.clone();
    let concerns = view! { <Concerns concerns=examination.concerns.clone()/> };
    let header = job.is_dicom().then(|| view! { <Header job=job.clone()/> });
    match examination.answer.clone() {
        Some(answer) => view! {
            <ExaminedFrame job=job.clone() frame=shown.frame/>
            {examination.is_overruled().then(|| view! { <Overruled/> })}
            {concerns}
            <AnswerView answer model=model.clone()/>
            <p class="small" data-testid="reason">{messages::reason(examination)}</p>
            <Limits of=model.clone()/>
            <OtherModels job=job.clone() current=model/>
            <Prior job=job.clone() shown=shown.clone()/>
            <SaveCase job=job.clone() examination=examination.clone()/>
            <ReportOfDesk job=job.clone() shown=shown.clone()/>
            {header}
            <Evidence shown/>
        }
        .into_any(),
        None => view! {
            <Refusal examination=examination.clone()/>
            {concerns}
            <OtherModels job=job.clone() current=model/>
            <ReportOfDesk job=job.clone() shown=shown.clone()/>
            {header}
            <Evidence shown/>
        }
        .into_any(),
    }
}

/// Of several frames one was examined; another one can be.
#[component]
fn ExaminedFrame(job: Job, frame: u32) -> impl IntoView {
    let Job { frames, frame: at, .. } = job;
    view! {
        <p class="small" class:gone=move || frames.get() < 2 data-testid="examined-frame">
            {move || format!("Examined was frame {} of {}. ", frame + 1, frames.get())}
            <span class:gone=move || at.get() == frame><Again label="Examine the frame in sight"/></span>
        </p>
    }
}

/// A result that the gate did not want to give says so first.
#[component]
fn Overruled() -> impl IntoView {
    view! {
        <p class="concerns" data-testid="overruled">
            "Marked: this image was refused, and the refusal was overruled. How good the model is on such an image, nobody has measured."
        </p>
    }
}

/// Named before the score, so that the score is read with them in mind.
#[component]
fn Concerns(concerns: Vec<Concern>) -> impl IntoView {
    (!concerns.is_empty()).then(|| {
        view! {
            <ul class="concerns" data-testid="concerns" aria-label="Before you read the score">
                {concerns.iter().map(|concern| view! { <li>{messages::concern(concern)}</li> }).collect_view()}
            </ul>
        }
    })
}

/// What the card of the model that answered says against trusting it.
#[component]
fn Limits(of: String) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let body = move || {
        desk.summary(&of).map(|model| {
            let missed = model.missed.map(|missed| messages::missed(&model.finding, missed.value));
            view! {
                <details class="limits" data-testid="limits">
                    <summary>{format!("What \"{}\" cannot do", model.title)}</summary>
                    <p>{model.intended_use.clone()}</p>
                    <ul>
                        {missed.map(|line| view! { <li>{line}</li> })}
                        {model.limits.iter().map(|limit| view! { <li>{limit.clone()}</li> }).collect_view()}
                    </ul>
                </details>
            }
        })
    };
    view! { {body} }
}
