//! One model's answer: what was found, how sure that is, what it does not mean, and what to do next.

use super::OperatingPointView;
use crate::examination::{Answer, OperatingPoint, Verdict};
use crate::messages::{self, Audience, page};
use crate::ui::workspace::{Workspace, finding_key};
use leptos::prelude::*;
use web_sys::{HtmlDetailsElement, HtmlInputElement};

/// `model`: which one answered; `is_for_these`: whether its figures are about patients like this one, as far as is known.
#[component]
pub fn AnswerView(answer: Answer, model: String, is_for_these: bool) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let judged = judged(workspace, &model, &answer);
    let summary = StoredValue::new(workspace.summary(&model));
    let tried_on = summary.with_value(|s| s.as_ref().map(|s| s.about.tried_on.clone())).unwrap_or_default();
    let labels = answer.labels().filter(|_| answer.is_of_many()).cloned();
    let labels =
        labels.map(|label| view! { <LabelView label model=model.clone() is_for_these/> }).collect_view();
    let is_of_many = answer.is_of_many();
    let point = answer.threshold().filter(|_| !is_of_many).cloned();
    let has_score = answer.verdict != Verdict::Named && !is_of_many;
    let findings = answer.findings.clone();
    view! {
        <h2 tabindex="-1">
            {move || messages::heading(&judged.get(), Audience::Clinician)}
        </h2>
        <p>{move || messages::caveat(&judged.get(), Audience::Clinician)}</p>
        {messages::most_probable(&answer).map(|line| view! { <p>{line}</p> })}
        {messages::set(&answer).map(|line| view! { <p>{line}</p> })}
        {messages::outlined(&answer).map(|line| view! { <p>{line}</p> })}
        {has_score.then(|| view! { <Score judged/> })}
        {labels}
        <p class="small tried-on">{messages::tried_on(&tried_on)}</p>
        {point.clone().filter(|_| is_for_these).map(|point| view! { <Meaning point model=model.clone() judged/> })}
        <h3>{page::finding::NEXT_STEP_TITLE}</h3>
        <p class="next-step">{move || messages::next_step(&judged.get())}</p>
        <Show when=move || !is_of_many>
            {point.clone().map(|point| view! { <OperatingPointView model=model.clone() point judged/> })}
            <h3>{page::finding::ALL_ANSWERS_TITLE}</h3>
            <dl>
                {findings.iter().map(|finding| view! {
                    <dt>{messages::capital(&finding.label)}</dt><dd>{finding.probability.to_string()}</dd>
                }).collect_view()}
            </dl>
        </Show>
    }
}

/// The answer at the user's thresholds.
fn judged(workspace: Workspace, model: &str, answer: &Answer) -> Memo<Answer> {
    let (answer, model) = (answer.clone(), model.to_string());
    Memo::new(move |_| workspace.judged(&model, &answer))
}

/// One label among many; what its number means, and its threshold, one click away.
#[component]
fn LabelView(label: Answer, model: String, is_for_these: bool) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let label = Answer { others: Vec::new(), ..label };
    let judged = judged(workspace, &model, &label);
    let point = label.threshold().cloned();
    let is_open = RwSignal::new(false);
    let more = move || {
        is_open.get().then(|| {
            let meaning = point.clone().filter(|_| is_for_these);
            let moved = point.clone();
            view! {
                <p>{move || messages::caveat(&judged.get(), Audience::Clinician)}</p>
                <Score judged/>
                {meaning.map(|point| view! { <Meaning point model=model.clone() judged/> })}
                {moved.map(|point| view! { <OperatingPointView model=model.clone() point judged/> })}
            }
        })
    };
    view! {
        <details class="label" on:toggle=move |event| {
            is_open.set(event_target::<HtmlDetailsElement>(&event).open());
        }>
            <summary>
                <b>{messages::capital(label.label())}</b>" "{label.probability.to_string()}", "
                {move || messages::verdict_of(&judged.get())}
            </summary>
            {more}
        </details>
    }
}

/// The number, and where it lies against the threshold.
#[component]
fn Score(judged: Memo<Answer>) -> impl IntoView {
    let answer = judged.get_untracked();
    let probability = answer.probability;
    let p = probability.get();
    let per_cent = |value: f32| format!("{:.1}%", value * 100.0);
    let point = move || judged.get().threshold().cloned();
    let label = move || page::finding::meter(probability, point().map(|point| point.threshold));
    view! {
        <p class="probability">
            <span>{format!("{} ", messages::scored(&answer))}</span>
            <b data-testid="probability" data-value=p.to_string()>{probability.to_string()}</b>
        </p>
        <div class="meter" role="img" aria-label=label>
            <span class="filled" style:width=per_cent(p)></span>
            {move || point().map(|point| view! { <span class="mark" style:left=per_cent(point.threshold.get())></span> })}
        </div>
        {move || point().map(|point| view! { <p class="small">{messages::purpose(&point)}</p> })}
    }
}

/// What the number means: among images like it, and where the finding is as common as the user says.
#[component]
fn Meaning(point: OperatingPoint, model: String, judged: Memo<Answer>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let OperatingPoint { label, prevalence: own, .. } = point;
    let reliability =
        workspace.finding(&model, &label).map(|finding| finding.reliability).unwrap_or_default();
    let key = StoredValue::new(finding_key(&model, &label));
    let is_wrong = RwSignal::new(false);
    let prevalence =
        move || key.with_value(|key| workspace.prevalence.with(|all| all.get(key).copied())).unwrap_or(own);
    view! {
        {move || messages::meaning(&judged.get(), &reliability).map(|line| view! { <p>{line}</p> })}
        <p>{move || messages::at_prevalence(&judged.get(), prevalence())}</p>
        <label class="dial">
            <span>{page::finding::prevalence(&label)}</span>
            <input type="number" min="0.1" max="99.9" step="0.1"
                placeholder=format!("{:.0}", own * 100.0)
                aria-invalid=move || is_wrong.get().to_string()
                on:input=move |event| {
                    let input = event_target::<HtmlInputElement>(&event);
                    // No number, while it is typed, is NaN, and in no range.
                    let value = input.value_as_number();
                    let is_share = value > 0.0 && value < 100.0;
                    is_wrong.set(!is_share && !input.value().is_empty());
                    let key = key.get_value();
                    workspace.prevalence.update(|all| {
                        if is_share { all.insert(key, value / 100.0) } else { all.remove(&key) };
                    });
                }/>
        </label>
        <p class="small" role="status" class:hidden=move || !is_wrong.get()>
            {page::finding::PREVALENCE_WRONG}
        </p>
    }
}
