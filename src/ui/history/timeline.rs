//! All cases of one patient by the day of the study, and what changed from one to the next.

use super::erasing::Erase;
use super::listing::{BackToAll, CaseItem, Listing};
use crate::fingerprint::Sha256;
use crate::messages::{self, page};
use crate::protocol::companion::SavedCase;
use crate::ui::cases::CaseQuery;
use crate::ui::companion::Companion;
use crate::ui::components::Failed;
use crate::ui::kept::SavedImages;
use crate::ui::task::Task;
use leptos::prelude::*;

/// The cases, newest study first, while they come, or why they cannot be had. `listing`: from where they go once erased.
#[component]
pub fn Timeline(patient: Sha256, listing: Listing) -> impl IntoView {
    let companion = expect_context::<Companion>();
    let images = expect_context::<SavedImages>();
    let ask = Task::new(move |()| of_patient(companion, patient));
    ask.start(());
    let erased = RwSignal::new(None::<String>);
    let done = Callback::new(move |told: String| {
        for case in untrack(|| ask.value()).and_then(Result::ok).unwrap_or_default() {
            images.forget(case.id);
        }
        erased.set(Some(told));
        listing.ask(None);
    });
    let body = move || match ask.value().filter(|_| !ask.is_pending()) {
        _ if erased.with(Option::is_some) => view! { <p role="status">{erased.get()}</p> }.into_any(),
        None => view! { <p class="waiting" role="status">{page::history::LOOKING}</p> }.into_any(),
        Some(Err(why)) => view! { <Failed why again=move || ask.start(())/> }.into_any(),
        Some(Ok(cases)) if cases.is_empty() => {
            view! { <p>{page::history::NO_CASE_OF_PATIENT}</p> }.into_any()
        }
        Some(Ok(cases)) => {
            let count = cases.len() as u64;
            view! { <Studies cases/><Erase patient count done/> }.into_any()
        }
    };
    view! {
        <BackToAll/>
        <h1>{page::history::patient_title(&patient.brief())}</h1>
        {body}
    }
}

#[component]
fn Studies(cases: Vec<SavedCase>) -> impl IntoView {
    let changes: Vec<Option<String>> =
        (0..cases.len()).map(|at| cases.get(at..).and_then(change_since_earlier)).collect();
    let item = |(case, change): (SavedCase, Option<String>)| {
        let day = messages::day(day_of(&case));
        view! { <li><h2>{day}</h2><CaseItem case is_of_one_patient=true/>{change.map(|words| view! { <p>{words}</p> })}</li> }
    };
    let items = cases.into_iter().zip(changes).map(item).collect_view();
    view! { <ol class="cases" aria-label=page::history::CASES>{items}</ol> }
}

/// All cases of a patient, newest study first.
async fn of_patient(companion: Companion, patient: Sha256) -> Result<Vec<SavedCase>, String> {
    let wanted = CaseQuery { patient: Some(patient), ..CaseQuery::default() };
    let (mut cases, _) = companion.all_cases(wanted, |_, _| {}).await?;
    cases.sort_by(|a, b| day_of(b).cmp(day_of(a)).then(b.id.cmp(&a.id)));
    Ok(cases)
}

/// The day of the study, or the day on which the case was kept.
fn day_of(case: &SavedCase) -> &str {
    case.case.study_date().unwrap_or_else(|| case.saved_at.get(..10).unwrap_or_default())
}

/// How the first case's findings differ from those of the next one by the same model. Numbers of different models cannot be compared.
fn change_since_earlier(cases: &[SavedCase]) -> Option<String> {
    let (now, earlier) = cases.split_first()?;
    let before = earlier.iter().find(|one| one.case.model() == now.case.model())?.case.answers(None);
    let told = now.case.answers(None).into_iter().filter_map(|(finding, is, _)| {
        let (_, was, _) = before.iter().find(|(name, ..)| *name == finding)?;
        Some(format!("{}: {}", messages::capital(&finding), page::case::change(*was, is)))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(" "))
}
