//! What was found in a case, and what that is tied to.

use crate::case::Case;
use crate::examination::Answer;
use crate::messages::{self, Audience, page};
use crate::report;
use crate::ui::components::Concerns;
use leptos::prelude::*;

/// The answer as it was judged when the case was kept.
#[component]
pub fn WholeCase(case: Case) -> impl IntoView {
    let examination = &case.reading.examination;
    let overruled = examination.is_out_of_scope().then(|| {
        view! { <p class="concerns">{messages::reason(examination)}</p> }
    });
    let answered = match &examination.answer {
        Some(answer) => view! { <Answered answer=answer.clone()/> }.into_any(),
        None => view! {
            <h2 class="kept-answer">{page::history::REFUSED_TITLE}</h2>
            <p>{messages::reason(examination)}</p>
        }
        .into_any(),
    };
    let frame = (case.frames > 1).then(|| {
        view! { <p class="small">{page::history::frame(case.frame + 1, case.frames)}</p> }
    });
    view! {
        {overruled}
        <Concerns concerns=examination.concerns.clone()/>
        {answered}
        {frame}
        <Model case/>
    }
}

#[component]
fn Answered(answer: Answer) -> impl IntoView {
    let more = [messages::most_probable(&answer), messages::set(&answer), messages::outlined(&answer)];
    let more = more.into_iter().flatten().map(|line| view! { <p>{line}</p> }).collect_view();
    let labels = answer.labels().filter(|_| answer.is_of_many());
    let labels = labels.map(|label| view! { <p>{messages::label_line(label)}</p> }).collect_view();
    let all = answer.findings.iter().filter(|_| !answer.is_of_many()).map(|finding| {
        view! { <dt>{messages::capital(&finding.label)}</dt><dd>{finding.probability.to_string()}</dd> }
    });
    let point = answer.threshold().filter(|_| !answer.is_of_many()).map(messages::purpose);
    view! {
        <h2 class="kept-answer">{messages::heading(&answer, Audience::Clinician)}</h2>
        <p>{messages::caveat(&answer, Audience::Clinician)}</p>
        <p class="probability"><span>{format!("{} ", messages::scored(&answer))}</span><b>{answer.probability.to_string()}</b></p>
        {more}
        {point.map(|point| view! { <h2>{page::threshold::TITLE}</h2><p>{point}</p> })}
        <h2>{page::finding::ALL_ANSWERS_TITLE}</h2>
        {labels}
        <dl>{all.collect_view()}</dl>
    }
}

/// What the user drew, and what it measures.
#[component]
pub fn Measured(case: Case) -> impl IntoView {
    let rows: Vec<_> = case.measurements.iter().map(|one| (one.name(), one.words())).collect();
    let unmeasured = case.annotations.len().saturating_sub(rows.len());
    (!case.annotations.is_empty()).then(|| {
        view! {
            <h2>{page::report::MEASUREMENTS}</h2>
            <dl>
                {rows.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view()}
            </dl>
            {(unmeasured > 0).then(|| view! {
                <p class="small">{page::history::unmeasured(unmeasured)}</p>
            })}
        }
    })
}

/// Which model said this, what it cannot do, and the evidence.
#[component]
fn Model(case: Case) -> impl IntoView {
    let reading = &case.reading;
    let tried_on = (!reading.model_tried_on.is_empty()).then(|| messages::tried_on(&reading.model_tried_on));
    let limits: Vec<_> =
        reading.model_limits.iter().map(|limit| view! { <li>{limit.clone()}</li> }).collect();
    // No moment is told here: the evidence holds none.
    let mut evidence: Vec<(String, String)> = report::evidence(&case.report(""))
        .into_iter()
        .map(|(name, value)| (name.to_string(), value))
        .collect();
    evidence.extend(case.patient.map(|patient| (page::history::PATIENT.to_string(), patient.to_string())));
    view! {
        <h2>{reading.model_title.clone()}</h2>
        {tried_on.map(|line| view! { <p>{line}</p> })}
        {(!limits.is_empty()).then(|| view! {
            <details class="limits"><summary>{page::history::MODEL_CANNOT}</summary><ul>{limits}</ul></details>
        })}
        <details class="evidence">
            <summary>{page::finding::EVIDENCE_TITLE}</summary>
            <dl>{evidence.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd class="hash">{value}</dd> }).collect_view()}</dl>
        </details>
    }
}
