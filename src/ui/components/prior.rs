//! Prior images of the same patient: on the workspace, and in the history.

use crate::examination::Answer;
use crate::fingerprint::{NotASha256, Sha256, sha256};
use crate::messages::{self, Told, page};
use crate::protocol::companion::{LIST_LIMIT, SavedCase};
use crate::protocol::inference_worker::ItemId;
use crate::ui::cases::CaseQuery;
use crate::ui::companion::Companion;
use crate::ui::item::{Item, ItemResult, ItemState};
use crate::ui::task::Task;
use crate::ui::workspace::Workspace;
use leptos::prelude::*;
use std::rc::Rc;

/// An earlier answer about the same patient.
#[derive(Clone, Debug, PartialEq)]
struct PriorAnswer {
    /// The day of the study, or when the case was kept.
    date: String,
    /// The day of the study, where it is known.
    taken: Option<String>,
    model: String,
    /// Its finding; of many labels those that were, or are now, suspected or unsure.
    told: Vec<Told>,
    /// The image on the workspace, where it lies there too.
    item: Option<ItemId>,
    /// Number of the case in the history.
    case: Option<i64>,
    note: String,
}

/// The change of the finding since earlier images of the same patient.
#[component]
pub fn Prior(item: Item, shown: Rc<ItemResult>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let patient = item.patient;
    let companion = expect_context::<Companion>();
    let look = Task::new(move |key| cases_of(companion, key));
    let named = item.dicom.as_ref().is_some_and(|facts| !facts.patient.key.is_empty());
    let (this, own) = (item.id, shown.examination.image_sha256.parse::<Sha256>().ok());
    let ask = move |_| {
        if let Some(key) = patient.get_untracked() {
            look.start(key);
        }
    };
    let this_day = taken(&item);
    let answer = shown.examination.answer.clone();
    let model = shown.examination.model.id.clone();
    let rows = move || {
        let Some(key) = patient.get() else { return ().into_any() };
        let now = answer.clone().map(|answer| (model.clone(), workspace.judged(&model, &answer)));
        let answer = now.as_ref().map(|(_, answer)| answer);
        let mut earlier = on_workspace(workspace, &key, this, answer);
        let cases =
            look.value().and_then(Result::ok).filter(|_| !companion.is_logged_out()).unwrap_or_default();
        earlier.extend(
            cases
                .into_iter()
                .filter(|case| case.case.image() != own)
                .filter_map(|case| from_history(workspace, case, answer)),
        );
        // What is known to be of a later day is no earlier image.
        earlier.retain(|one| one.taken.is_none() || this_day.is_none() || one.taken <= this_day);
        earlier.sort_by(|a, b| b.date.cmp(&a.date).then(b.case.cmp(&a.case)));
        let rows = earlier.into_iter().map(|one| row(workspace, one, now.as_ref())).collect_view();
        view! { <ol class="prior">{rows}</ol> }.into_any()
    };
    let status = move || match look.value() {
        None => String::new(),
        Some(Err(why)) => why,
        Some(Ok(cases)) => page::case::found_in_history(cases.len()),
    };
    view! {
        <details class="priors">
            <summary>{page::case::EARLIER_TITLE}</summary>
            <Show when=move || !named>
                <label class="note">
                    {page::case::PATIENT}
                    <input type="text" autocomplete="off" on:change=move |event| {
                        let code = event_target_value(&event);
                        let code = code.trim();
                        patient.set((!code.is_empty()).then(|| patient_key(code)));
                        look.clear();
                    }/>
                </label>
            </Show>
            <button type="button" disabled=move || patient.get().is_none() on:click=ask>
                {page::case::LOOK_BUTTON}
            </button>
            <p class="small" role="status">{status}</p>
            {rows}
        </details>
    }
}

/// The cases of a patient that were kept.
async fn cases_of(companion: Companion, key: String) -> Result<Vec<SavedCase>, String> {
    let patient = key.parse().map_err(|error: NotASha256| page::case::no_lookup(&error.to_string()))?;
    let wanted = CaseQuery { patient: Some(patient), limit: Some(LIST_LIMIT), ..CaseQuery::default() };
    Ok(companion.list_cases(&wanted).await?.cases)
}

/// The day of the study, as the header says.
fn taken(item: &Item) -> Option<String> {
    item.dicom.as_ref().map(|facts| facts.study_date.clone()).filter(|date| !date.is_empty())
}

/// The fingerprint of a code typed by the user: like that of a DICOM file's patient number without an issuer.
fn patient_key(code: &str) -> String {
    sha256([&[0], code.as_bytes()].concat().as_slice())
}

fn on_workspace(workspace: Workspace, key: &str, this: ItemId, now: Option<&Answer>) -> Vec<PriorAnswer> {
    let mut found = Vec::new();
    for item in workspace.items.get() {
        if item.id == this || item.patient.get().as_deref() != Some(key) {
            continue;
        }
        let ItemState::Examined(shown) = item.state.get() else { continue };
        let Some(answer) = shown.examination.answer.as_ref() else { continue };
        let judged = workspace.judged(&shown.examination.model.id, answer);
        found.push(PriorAnswer {
            date: taken(&item).unwrap_or_default(),
            taken: taken(&item),
            model: shown.examination.model.id.clone(),
            told: judged.followed(now).into_iter().map(|one| messages::told(one)).collect(),
            item: Some(item.id),
            case: None,
            note: String::new(),
        });
    }
    found
}

fn from_history(
    workspace: Workspace,
    SavedCase { id, saved_at, case }: SavedCase,
    now: Option<&Answer>,
) -> Option<PriorAnswer> {
    let told = case.answers(now);
    let image = case.image().map(|image| image.to_string());
    let is_same = |item: &&Item| match item.state.get() {
        ItemState::Examined(shown) => Some(&shown.examination.image_sha256) == image.as_ref(),
        _ => false,
    };
    let item = workspace.items.with(|items| items.iter().find(is_same).map(|item| item.id));
    let day = || saved_at.get(..10).unwrap_or_default();
    (!told.is_empty()).then(|| PriorAnswer {
        date: case.study_date().unwrap_or_else(day).into(),
        taken: case.study_date().map(String::from),
        model: case.model().into(),
        told,
        item,
        case: Some(id),
        note: case.note().into(),
    })
}

fn row(workspace: Workspace, earlier: PriorAnswer, now: Option<&(String, Answer)>) -> impl IntoView + use<> {
    let date = if earlier.date.is_empty() { page::case::NO_DATE.to_string() } else { earlier.date.clone() };
    let place = match (earlier.case, earlier.item) {
        (Some(case), Some(_)) => page::case::case_on_desk(case),
        (Some(case), None) => page::case::case(case),
        (None, _) => page::case::ON_DESK.into(),
    };
    let rows = earlier.told.iter().map(|(finding, probability, verdict)| {
        let was = page::case::earlier(&place, &messages::capital(finding), verdict, *probability);
        let change =
            now.map(|(model, answer)| match answer.about(finding).filter(|_| *model == earlier.model) {
                Some(answer) => page::case::change(*probability, answer.probability),
                None => page::case::NOT_COMPARABLE.into(),
            });
        view! { <p><b>{date.clone()}</b>{was}</p><p>{change}</p> }
    });
    let rows = rows.collect_view();
    let beside = earlier.item.map(|id| {
        view! { <button type="button" on:click=move |_| workspace.beside.set(Some(id))>{page::case::SHOW_BESIDE_BUTTON}</button> }
    });
    view! {
        <li>
            {rows}
            {(!earlier.note.is_empty()).then(|| view! { <p class="quote">{earlier.note.clone()}</p> })}
            {beside}
            {earlier.item.is_none().then(|| view! {
                <p class="small">{page::case::NO_IMAGE_KEPT}</p>
            })}
        </li>
    }
}
