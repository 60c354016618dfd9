//! One model's answer: what was found, how sure that is, what it does not mean, and what to do next.

use super::OperatingPointView;
use crate::examination::{Answer, Verdict};
use crate::messages::{self, Audience, page};
use crate::ui::routes::CurrentRoute;
use crate::ui::words;
use crate::ui::workspace::Workspace;
use leptos::prelude::*;
use web_sys::HtmlInputElement;

/// `model`: which one answered; `is_for_these`: whether its figures are about patients like this one, as far as is known.
#[component]
pub fn AnswerView(answer: Answer, model: String, is_for_these: bool) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let route = expect_context::<CurrentRoute>();
    let audience = move || words::audience(route.get());
    let (given, by) = (answer.clone(), model.clone());
    let judged = Memo::new(move |_| workspace.judged(&by, &given));
    let summary = StoredValue::new(workspace.summary(&model));
    let advice = summary.with_value(|s| s.as_ref().map(|s| s.about.advice.clone())).unwrap_or_default();
    let tried_on = summary.with_value(|s| s.as_ref().map(|s| s.about.tried_on.clone())).unwrap_or_default();
    let has_threshold = !matches!(answer.verdict, Verdict::Named | Verdict::Withheld);
    let is_clinic = move || audience() == Audience::Clinician;
    let findings = answer.findings.clone();
    view! {
        <h2 tabindex="-1">
            {move || messages::heading(&judged.get(), audience())}
        </h2>
        <p>{move || messages::caveat(&judged.get(), audience())}</p>
        {messages::most_probable(&answer).map(|line| view! { <p>{line}</p> })}
        {messages::set(&answer).map(|line| view! { <p>{line}</p> })}
        {messages::outlined(&answer).map(|line| view! { <p>{line}</p> })}
        {(answer.verdict != Verdict::Named).then(|| view! { <Score answer=answer.clone() judged has_threshold/> })}
        <p class="small tried-on">{messages::tried_on(&tried_on)}</p>
        {(has_threshold && is_for_these).then(|| view! { <Meaning answer=answer.clone() model=model.clone() judged/> })}
        <h3>{page::finding::NEXT_STEP_TITLE}</h3>
        <p class="next-step">{move || messages::next_step(&judged.get(), audience(), &advice)}</p>
        <Show when=is_clinic>
            {has_threshold.then(|| view! { <OperatingPointView model=model.clone() answer=answer.clone()/> })}
            <h3>{page::finding::ALL_ANSWERS_TITLE}</h3>
            <dl>
                {findings.iter().map(|finding| view! {
                    <dt>{messages::capital(&finding.label)}</dt><dd>{finding.probability.to_string()}</dd>
                }).collect_view()}
            </dl>
        </Show>
    }
}

/// The number, and where it lies against the threshold.
#[component]
fn Score(answer: Answer, judged: Memo<Answer>, has_threshold: bool) -> impl IntoView {
    let probability = answer.probability;
    let p = probability.get();
    let per_cent = |value: f32| format!("{:.1}%", value * 100.0);
    let point = move || judged.get().operating_point;
    let label = move || page::finding::meter(probability, has_threshold.then(|| point().threshold));
    view! {
        <p class="probability">
            <span>{format!("{} ", messages::scored(&answer))}</span>
            <b data-testid="probability" data-value=p.to_string()>{probability.to_string()}</b>
        </p>
        <div class="meter" role="img" aria-label=label>
            <span class="filled" style:width=per_cent(p)></span>
            {has_threshold.then(|| view! { <span class="mark" style:left=move || per_cent(point().threshold.get())></span> })}
        </div>
        {has_threshold.then(|| view! { <p class="small">{move || messages::purpose(&point())}</p> })}
    }
}

/// What the number means: among images like it, and where the finding is as common as the user says.
#[component]
fn Meaning(answer: Answer, model: String, judged: Memo<Answer>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let reliability = workspace.summary(&model).map(|summary| summary.reliability).unwrap_or_default();
    let own = answer.operating_point.prevalence;
    let model = StoredValue::new(model);
    let is_wrong = RwSignal::new(false);
    let prevalence = move || {
        model.with_value(|model| workspace.prevalence.with(|all| all.get(model).copied())).unwrap_or(own)
    };
    view! {
        {move || messages::meaning(&judged.get(), &reliability).map(|line| view! { <p>{line}</p> })}
        <p>{move || messages::at_prevalence(&judged.get(), prevalence())}</p>
        <label class="dial">
            <span>{page::finding::prevalence(&answer.operating_point.label)}</span>
            <input type="number" min="0.1" max="99.9" step="0.1"
                placeholder=format!("{:.0}", own * 100.0)
                aria-invalid=move || is_wrong.get().to_string()
                on:input=move |event| {
                    let input = event_target::<HtmlInputElement>(&event);
                    // No number, while it is typed, is NaN, and in no range.
                    let value = input.value_as_number();
                    let is_share = value > 0.0 && value < 100.0;
                    is_wrong.set(!is_share && !input.value().is_empty());
                    let model = model.get_value();
                    workspace.prevalence.update(|all| {
                        if is_share { all.insert(model, value / 100.0) } else { all.remove(&model) };
                    });
                }/>
        </label>
        <p class="small" role="status" class:hidden=move || !is_wrong.get()>
            {page::finding::PREVALENCE_WRONG}
        </p>
    }
}
