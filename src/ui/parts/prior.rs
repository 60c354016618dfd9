//! Earlier images of the same patient: on the desk, and in the history.

use crate::examination::{Answer, Verdict};
use crate::fingerprint::sha256;
use crate::messages;
use crate::protocol::companion::SavedCase;
use crate::protocol::worker::JobId;
use crate::ui::desk::Desk;
use crate::ui::job::{Job, JobState, Shown};
use crate::ui::net;
use crate::ui::words;
use crate::units::Probability;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// An earlier answer about the same patient.
#[derive(Clone, Debug, PartialEq)]
struct Earlier {
    /// The day of the study, or when the case was kept.
    date: String,
    /// The day of the study, where it is known.
    taken: Option<String>,
    model: String,
    finding: String,
    probability: Probability,
    verdict: Verdict,
    /// The image on the desk, where it lies there too.
    job: Option<JobId>,
    /// Number of the case in the history.
    case: Option<i64>,
    note: String,
}

/// The change of the finding since earlier images of the same patient.
#[component]
pub fn Prior(job: Job, shown: Rc<Shown>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let kept: RwSignal<Option<Result<Vec<SavedCase>, String>>> = RwSignal::new(None);
    let patient = job.patient;
    let named = job.dicom.as_ref().is_some_and(|facts| !facts.patient.key.is_empty());
    let (this, own) = (job.id, shown.examination.image_sha256.clone());
    let ask = move |_| {
        let Some(key) = patient.get_untracked() else { return };
        spawn_local(async move {
            kept.set(Some(net::list_cases_of(&key).await.map(|list| list.cases)));
        });
    };
    let this_day = taken(&job);
    let answer = shown.examination.answer.clone();
    let model = shown.examination.model.id.clone();
    let rows = move || {
        let Some(key) = patient.get() else { return ().into_any() };
        let mut earlier = on_desk(desk, &key, this);
        let cases = kept.get().and_then(Result::ok).unwrap_or_default();
        earlier.extend(
            cases
                .into_iter()
                .filter(|case| case.case.image_sha256 != own)
                .map(|case| from_history(desk, case)),
        );
        // What is known to be of a later day is no earlier image.
        earlier.retain(|one| one.taken.is_none() || this_day.is_none() || one.taken <= this_day);
        earlier.sort_by(|a, b| b.date.cmp(&a.date).then(b.case.cmp(&a.case)));
        let now = answer.clone().map(|answer| (model.clone(), desk.judged(&model, &answer)));
        let rows = earlier.into_iter().map(|one| row(desk, one, now.as_ref())).collect_view();
        view! { <ol class="prior">{rows}</ol> }.into_any()
    };
    let said = move || match kept.get() {
        None => String::new(),
        Some(Err(why)) => why,
        Some(Ok(cases)) if cases.is_empty() => "The history holds no case of this patient.".into(),
        Some(Ok(cases)) => {
            format!("The history holds {} of this patient.", messages::count(cases.len(), "case"))
        }
    };
    view! {
        <details class="priors" data-testid="priors">
            <summary>"Earlier images of this patient"</summary>
            <Show when=move || !named>
                <label class="note">
                    "Patient (a number or code of your own; only its fingerprint is kept)"
                    <input type="text" data-testid="patient-code" autocomplete="off" on:change=move |event| {
                        let code = event_target_value(&event);
                        let code = code.trim();
                        patient.set((!code.is_empty()).then(|| patient_key(code)));
                        kept.set(None);
                    }/>
                </label>
            </Show>
            <button type="button" data-testid="look-in-history" disabled=move || patient.get().is_none() on:click=ask>
                "Look in the history"
            </button>
            <p class="small" role="status" data-testid="prior-said">{said}</p>
            {rows}
        </details>
    }
}

/// The day of the study, as the header says.
fn taken(job: &Job) -> Option<String> {
    job.dicom.as_ref().map(|facts| facts.study_date.clone()).filter(|date| !date.is_empty())
}

/// The fingerprint of a code typed by a reader: like that of a DICOM file's patient number without an issuer.
fn patient_key(code: &str) -> String {
    sha256([&[0], code.as_bytes()].concat().as_slice())
}

fn on_desk(desk: Desk, key: &str, this: JobId) -> Vec<Earlier> {
    let mut found = Vec::new();
    for job in desk.jobs.get() {
        if job.id == this || job.patient.get().as_deref() != Some(key) {
            continue;
        }
        let JobState::Examined(shown) = job.state.get() else { continue };
        let Some(answer) = shown.examination.answer.as_ref() else { continue };
        let judged = desk.judged(&shown.examination.model.id, answer);
        found.push(Earlier {
            date: taken(&job).unwrap_or_default(),
            taken: taken(&job),
            model: shown.examination.model.id.clone(),
            finding: judged.operating_point.label.clone(),
            probability: judged.probability,
            verdict: judged.verdict,
            job: Some(job.id),
            case: None,
            note: String::new(),
        });
    }
    found
}

fn from_history(desk: Desk, SavedCase { id, saved_at, case }: SavedCase) -> Earlier {
    let is_same = |job: &&Job| match job.state.get() {
        JobState::Examined(shown) => shown.examination.image_sha256 == case.image_sha256,
        _ => false,
    };
    let job = desk.jobs.with(|jobs| jobs.iter().find(is_same).map(|job| job.id));
    let day = || saved_at.get(..10).unwrap_or_default().to_string();
    Earlier {
        date: case.study_date.clone().unwrap_or_else(day),
        taken: case.study_date,
        model: case.model,
        finding: case.finding,
        probability: case.probability,
        verdict: case.verdict,
        job,
        case: Some(id),
        note: case.note,
    }
}

fn row(desk: Desk, earlier: Earlier, now: Option<&(String, Answer)>) -> impl IntoView + use<> {
    let date = if earlier.date.is_empty() { "No date".to_string() } else { earlier.date.clone() };
    let place = match (earlier.case, earlier.job) {
        (Some(case), Some(_)) => format!("case {case}, and on the desk"),
        (Some(case), None) => format!("case {case}"),
        (None, _) => "on the desk".into(),
    };
    let was = format!(
        "{} {}, {}",
        messages::capital(&earlier.finding),
        messages::verdict_name(earlier.verdict),
        earlier.probability
    );
    let change = now.map(|(model, answer)| {
        let is_alike = *model == earlier.model && answer.operating_point.label == earlier.finding;
        if is_alike {
            words::change(earlier.probability, answer.probability)
        } else {
            "Another model or finding: the numbers cannot be compared.".into()
        }
    });
    let beside = earlier.job.map(|id| {
        view! { <button type="button" data-testid="beside" on:click=move |_| desk.beside.set(Some(id))>"Show it beside this one"</button> }
    });
    view! {
        <li data-testid="earlier">
            <p><b>{date}</b>{format!(" ({place}): {was}")}</p>
            <p data-testid="change">{change}</p>
            {(!earlier.note.is_empty()).then(|| view! { <p class="quote">{earlier.note.clone()}</p> })}
            {beside}
            {earlier.job.is_none().then(|| view! {
                <p class="small">"The history keeps no image. Open the earlier file too, and it can be shown beside this one."</p>
            })}
        </li>
    }
}
