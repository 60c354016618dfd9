//! What was found, and how sure that is.

use super::{Evidence, Header, OperatingPointView, OtherModels, Prior, Refusal, SaveCase};
use crate::examination::{Answer, Concern};
use crate::ui::bridge;
use crate::ui::desk::{Desk, Model};
use crate::ui::job::{Job, JobState, Shown};
use crate::ui::report::ReportOfDesk;
use crate::ui::rooms::{CurrentRoom, Room};
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
                <p>{words::capital(&problem.message)}"."</p>
                <p>{words::advice(problem.kind)}</p>
            </div>
            <Again label="Try again"/>
        }
        .into_any(),
        Some(JobState::Examined(shown)) => match desk.current() {
            Some(job) => view! { <Result job shown/> }.into_any(),
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
    let concerns = view! { <Concerns concerns=shown.examination.concerns.clone()/> };
    let is_marked = shown.examination.admission.as_ref().is_some_and(|admission| admission.overruled);
    let header = job.is_dicom().then(|| view! { <Header job=job.clone()/> });
    match shown.examination.answer.clone() {
        Some(answer) => view! {
            <ExaminedFrame job=job.clone() frame=shown.frame/>
            {is_marked.then(|| view! { <Overruled/> })}
            {concerns}
            <AnswerView answer model=shown.examination.model.id.clone() is_marked/>
            <p class="small" data-testid="reason">{shown.examination.reason.clone()}</p>
            <OtherModels job=job.clone() current=shown.examination.model.id.clone()/>
            <Prior job=job.clone() shown=shown.clone()/>
            <SaveCase job=job.clone() examination=shown.examination.clone()/>
            <Limits of=shown.examination.model.id.clone()/>
            <ReportOfDesk job=job.clone() shown=shown.clone()/>
            {header}
            <Evidence shown/>
        }
        .into_any(),
        None => view! {
            <Refusal examination=shown.examination.clone()/>
            {concerns}
            <OtherModels job=job.clone() current=shown.examination.model.id.clone()/>
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
            "Marked: the gate refused this image, and was overruled. How good the model is on such an image, nobody has measured."
        </p>
    }
}

/// Named before the score, so that the score is read with them in mind.
#[component]
fn Concerns(concerns: Vec<Concern>) -> impl IntoView {
    (!concerns.is_empty()).then(|| {
        view! {
            <ul class="concerns" data-testid="concerns" aria-label="Before you read the score">
                {concerns.iter().map(|concern| view! { <li>{concern.sentence()}</li> }).collect_view()}
            </ul>
        }
    })
}

/// `model`: which one answered; `is_marked`: whether nothing is known of how good it is on such an image.
#[component]
fn AnswerView(answer: Answer, model: String, is_marked: bool) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let room = expect_context::<CurrentRoom>();
    let probability = answer.probability;
    let p = probability.get();
    let per_cent = |value: f32| format!("{:.1}%", value * 100.0);
    let (given, by) = (answer.clone(), model.clone());
    let judged = Memo::new(move |_| desk.judged(&by, &given));
    let meaning = (!is_marked).then(|| words::meaning(&answer, &desk.summary(&model)?.reliability)).flatten();
    let point = move || judged.get().operating_point;
    let verdict = move || judged.get().verdict;
    view! {
        <h2 data-testid="finding">
            <span data-testid="verdict" data-verdict=move || format!("{:?}", verdict())>{move || words::verdict(&judged.get())}</span>
        </h2>
        <p>{move || words::caveat(verdict())}</p>
        {words::most_probable(&answer).map(|line| view! { <p data-testid="most-probable">{line}</p> })}
        {words::set(&answer).map(|line| view! { <p data-testid="set">{line}</p> })}
        {words::outlined(&answer).map(|line| view! { <p data-testid="outlined">{line}</p> })}
        <p class="probability">
            <span>{format!("Probability of {} ", answer.operating_point.label)}</span>
            <b data-testid="probability" data-value=p.to_string()>{probability.to_string()}</b>
            {(!is_marked).then(|| view! { <span>{format!(", {}", words::certainty(p))}</span> })}
        </p>
        <div class="meter" role="img" aria-label=move || format!("{probability} on a scale from 0 to 1; suspected from {} on", point().threshold)>
            <span class="filled" style:width=per_cent(p)></span>
            <span class="mark" style:left=move || per_cent(point().threshold.get())></span>
        </div>
        <p class="small">{move || {
            let point = point();
            format!("Suspected from {} on; not sure between {} and {}.", point.threshold, point.unsure_from, point.unsure_to)
        }}</p>
        {meaning.map(|meaning| view! { <p data-testid="meaning">{meaning}</p> })}
        <h3>"What to do next"</h3>
        <p data-testid="next-step">{move || words::next_step(room.get(), verdict())}</p>
        <Show when=move || room.get() != Room::SelfCheck>
            <OperatingPointView model=model.clone() answer=answer.clone()/>
            <h3>"All answers"</h3>
            <dl>
                {answer.findings.iter().map(|finding| view! {
                    <dt>{words::capital(&finding.label)}</dt><dd>{finding.probability.to_string()}</dd>
                }).collect_view()}
            </dl>
        </Show>
    }
}

/// What the card of the model that answered says against trusting it.
#[component]
fn Limits(of: String) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let body = move || match desk.model.get() {
        Model::Ready { summary: model, .. } if model.id != of && bridge::chosen() == bridge::AUTOMATIC => {
            view! { <p class="small">{format!("The model {of} said this.")}</p> }.into_any()
        }
        Model::Ready { summary: model, .. } if model.id != of => view! {
            <p class="small">{format!("The model {of} said this; another one is chosen now.")}</p>
            <Again label="Examine it with the model chosen now"/>
        }
        .into_any(),
        Model::Ready { summary: model, .. } => view! {
            <details class="limits">
                <summary>"What this model cannot do"</summary>
                <p>{model.intended_use.clone()}</p>
                <ul>{model.limits.iter().map(|limit| view! { <li>{limit.clone()}</li> }).collect_view()}</ul>
            </details>
        }
        .into_any(),
        _ => ().into_any(),
    };
    view! { {body} }
}
