//! What to do and how soon, why, what was seen in the picture, and a page for the doctor.

use super::flow::Flow;
use super::questions::word;
use crate::examination::{Answer, Examination, FEWEST_IMAGES, Reason, bin_of};
use crate::messages;
use crate::messages::page::self_check as words;
use crate::triage::{self, Reply, Sign, Topic, Urgency, Weight};
use crate::ui::item::{ItemResult, ItemState};
use crate::ui::report::{Paper, bare_report, now, print};
use crate::ui::workspace::{Model, Workspace};
use leptos::portal::Portal;
use leptos::prelude::*;
use std::rc::Rc;

/// What became of the picture.
#[derive(Clone)]
enum Seen {
    /// None was to be looked at.
    NoPicture,
    /// It is not done.
    Waiting,
    /// It could not be looked at, and why.
    Failed(String),
    /// It was examined: answered or refused.
    Examined(Rc<ItemResult>),
}

impl Seen {
    fn now(workspace: Workspace, flow: Flow) -> Self {
        let id = flow.item.get().filter(|_| flow.has_picture.get());
        let item =
            id.and_then(|id| workspace.items.with(|items| items.iter().find(|item| item.id == id).cloned()));
        match item.map(|item| item.state.get()) {
            None if id.is_none() && flow.has_picture.get() && flow.picture.with(Option::is_some) => {
                Self::Waiting
            }
            None => Self::NoPicture,
            Some(ItemState::Waiting) => workspace.model.with(|model| match model {
                Model::Unavailable(problem) => Self::Failed(problem.message.clone()),
                Model::Loading(..) | Model::Ready { .. } => Self::Waiting,
            }),
            Some(ItemState::Working(_)) => Self::Waiting,
            Some(ItemState::Failed(problem)) => Self::Failed(problem.message),
            Some(ItemState::Cancelled) => Self::Failed(words::STOPPED.into()),
            Some(ItemState::Examined(shown)) => Self::Examined(shown),
        }
    }

    fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Examined(shown) if !shown.examination.is_out_of_scope() => {
                shown.examination.answer.as_ref()
            }
            _ => None,
        }
    }
}

/// The result.
#[component]
pub fn ResultView() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let flow = expect_context::<Flow>();
    let seen = move || Seen::now(workspace, flow);
    let urgency = Memo::new(move |_| {
        let seen = seen();
        let verdict = seen.answer().map(Answer::overall);
        let urgency = triage::advice(flow.topic(), &flow.replies.get(), verdict);
        // Nothing that the picture shows makes an emergency less of one, so that nobody waits for it.
        (!matches!(seen, Seen::Waiting) || urgency == Urgency::Emergency).then_some(urgency)
    });
    let body = move || match urgency.get() {
        None => view! { <Waiting/> }.into_any(),
        Some(urgency) => view! { <Reasons seen=seen() urgency/> }.into_any(),
    };
    let title = move || urgency.get().map_or(words::WAITING_TITLE, |_| words::RESULT_TITLE);
    let told = move || urgency.get().map(words::urgency);
    let card = move || flow.about.with(|about| about.as_ref().map(|about| about.advice.clone()));
    // The heading stays, so that the focus does; the advice is read aloud when it comes.
    view! {
        <h1 tabindex="-1">{title}</h1>
        <div class="advice" class:hidden=move || told().is_none() data-urgency=move || urgency.get().map(|urgency| format!("{urgency:?}"))>
            <p class="what" role="status">{move || told().map(|told| told.0)}</p>
            <p>{move || told().map(|told| told.1)}</p>
            <p>{card}</p>
        </div>
        {body}
    }
}

#[component]
fn Waiting() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let line = move || {
        workspace.model.with(|model| match model {
            Model::Loading(..) => words::MODEL_LATE,
            Model::Ready { .. } | Model::Unavailable(_) => words::WAITING,
        })
    };
    view! {
        <progress aria-label=words::WAITING_TITLE></progress>
        <p role="status">{line}</p>
    }
}

/// Why this advice, what was seen, and the page for the doctor.
#[component]
fn Reasons(seen: Seen, urgency: Urgency) -> impl IntoView {
    let flow = expect_context::<Flow>();
    let (topic, replies) = untrack(|| (flow.topic(), flow.replies.get()));
    let answer = seen.answer().cloned();
    let mut why = why(topic, &replies);
    if urgency > triage::by_signs(&replies) {
        why.insert(0, words::BY_FINDING.into());
    }
    let paper = StoredValue::new_local((words::urgency(urgency).0, why.clone(), replies, answer));
    view! {
        <h2>{words::WHY_TITLE}</h2>
        <ul>{why.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
        <WhatWasSeen seen=seen.clone()/>
        <GoAtOnce topic/>
        <ForDoctor seen paper/>
    }
}

/// Why this advice, by what was said.
fn why(topic: Topic, replies: &[(Sign, Reply)]) -> Vec<String> {
    let mut lines = Vec::new();
    if !topic.checklist().is_empty() {
        let points = triage::points(replies);
        let is_enough = points >= triage::POINTS_FOR_TWO_WEEKS;
        lines.push(if is_enough { words::by_points(points) } else { words::few_points(points) });
    }
    let alone = replies
        .iter()
        .filter(|(sign, reply)| *reply > Reply::No && matches!(sign.weight(), Weight::Alone(_)));
    lines.extend(alone.map(|(sign, _)| words::said(words::sign(*sign))));
    if lines.is_empty() {
        lines.push(words::NO_SIGN.into());
    }
    lines
}

#[component]
fn WhatWasSeen(seen: Seen) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    match (seen.answer(), &seen) {
        (Some(answer), Seen::Examined(shown)) => {
            let id = &shown.examination.model.id;
            let tried_on = workspace.summary(id).map(|summary| summary.about.tried_on).unwrap_or_default();
            let concerns: Vec<String> = shown.examination.concerns.iter().map(messages::concern).collect();
            view! {
                <h2>{words::SEEN_TITLE}</h2>
                <p>{format!("{}.", words::seen(answer))}</p>
                <h3>{words::SURE_TITLE}</h3>
                <p>{words::how_sure(answer, share(workspace, id, answer))}</p>
                {concerns.into_iter().map(|line| view! { <p>{line}</p> }).collect_view()}
                <p class="small">{words::tried_on(&tried_on)}</p>
                <h3>{words::NOT_MEAN_TITLE}</h3>
                <p>{words::not_meant(answer.overall())}</p>
            }
            .into_any()
        }
        (None, Seen::Examined(shown)) => {
            view! { <Refused examination=shown.examination.clone()/> }.into_any()
        }
        (_, Seen::Failed(why)) => view! {
            <h2>{words::REFUSED_TITLE}</h2>
            <p>{words::FAILED}" "{format!("{}.", messages::capital(why.trim_end_matches('.')))}</p>
        }
        .into_any(),
        _ => view! { <p>{words::NO_PICTURE_USED}</p> }.into_any(),
    }
}

/// Of test pictures with about the same number, the share that had the finding, 0 to 1; `None` where too few were counted.
fn share(workspace: Workspace, model: &str, answer: &Answer) -> Option<f32> {
    let finding = workspace.finding(model, answer.label())?;
    answer.threshold()?;
    let bin = bin_of(&finding.reliability, answer.probability)?;
    (bin.images >= FEWEST_IMAGES).then_some(bin.share)
}

/// Why there is no answer about the picture, and what it looks like instead.
#[component]
fn Refused(examination: Examination) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let flow = expect_context::<Flow>();
    let elsewhere = examination.known_elsewhere().and_then(|kind| {
        workspace.models.with_untracked(|all| all.iter().find(|about| about.id == kind.model).cloned())
    });
    let reason = match &examination.reason {
        Reason::Unknown { .. } | Reason::Elsewhere { .. } | Reason::Known { .. } => {
            words::GATE_REFUSED.into()
        }
        _ => messages::reason(&examination),
    };
    let other = elsewhere.map(|about| {
        let kind = about.kind.clone();
        view! {
            <p>{words::LOOKED_LIKE}" "{kind}"."</p>
            <button type="button" on:click=move |_| flow.choose(about.clone())>{words::TRY_AS_BUTTON}</button>
        }
    });
    view! {
        <h2>{words::REFUSED_TITLE}</h2>
        <p>{reason}</p>
        {other}
    }
}

/// Signs of danger, whatever the result.
#[component]
fn GoAtOnce(topic: Topic) -> impl IntoView {
    let is_grave =
        |sign: &&Sign| matches!(sign.weight(), Weight::Alone(urgency) if urgency >= Urgency::Today);
    let mut signs: Vec<&str> =
        topic.warning_signs().iter().filter(is_grave).map(|sign| words::sign(*sign)).collect();
    if topic == Topic::Skin {
        signs.push(words::sign(Sign::HeavyBleeding));
    }
    view! {
        <h2>{words::GO_AT_ONCE_TITLE}</h2>
        <ul>{signs.into_iter().map(|sign| view! { <li>{sign}</li> }).collect_view()}</ul>
    }
}

/// What goes on paper beside the report: the advice, why, what was answered, what was seen.
type OnPaper = (&'static str, Vec<String>, Vec<(Sign, Reply)>, Option<Answer>);

#[component]
fn ForDoctor(seen: Seen, paper: StoredValue<OnPaper, LocalStorage>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let examinations: Vec<Examination> = match &seen {
        Seen::Examined(shown) => vec![shown.examination.clone()],
        _ => Vec::new(),
    };
    let made_at = now();
    let report = Signal::derive(move || {
        let mut report = bare_report(workspace, &examinations);
        report.made_at.clone_from(&made_at);
        (report.findings, report.impression) = paper.with_value(on_paper);
        report
    });
    let key_images = RwSignal::new_local(Vec::new());
    view! {
        <h2>{words::FOR_DOCTOR_TITLE}</h2>
        <p>{words::PRINT_HINT}</p>
        <div class="stack"><button type="button" class="large" on:click=move |_| print()>{words::PRINT_BUTTON}</button></div>
        <Portal><Paper report key_images/></Portal>
    }
}

/// Findings and impression of the page for the doctor.
fn on_paper((what, why, replies, answer): &OnPaper) -> (String, String) {
    // Short enough for one page: what was denied is told together.
    let counted = replies.iter().filter(|(_, reply)| *reply > Reply::No);
    let counted = counted.map(|(sign, reply)| words::answered(words::sign(*sign), word(*reply)));
    let denied = replies.iter().filter(|(_, reply)| *reply == Reply::No).count();
    let denied = (denied > 0).then(|| words::denied(denied));
    let seen = answer.iter().map(|answer| format!("{}.", words::seen(answer)));
    let findings =
        std::iter::once(format!("{}:", words::YOUR_ANSWERS)).chain(counted).chain(denied).chain(seen);
    let impression = std::iter::once((*what).to_string()).chain(why.iter().cloned());
    (findings.collect::<Vec<_>>().join("\n"), impression.collect::<Vec<_>>().join("\n"))
}
