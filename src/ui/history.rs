//! The cases that were kept.

use super::net;
use crate::messages;
use crate::protocol::companion::{CaseList, SavedCase};
use leptos::prelude::*;

/// Loading, a list, nothing yet, or why not.
#[component]
pub fn History() -> impl IntoView {
    let answer: RwSignal<Option<Result<CaseList, String>>> = RwSignal::new(None);
    let ask = move || {
        answer.set(None);
        leptos::task::spawn_local(async move { answer.set(Some(net::list_cases().await)) });
    };
    ask();
    let body = move || {
        match answer.get() {
        None => view! { <p class="waiting" role="status">"Asking the companion"</p> }.into_any(),
        Some(Err(why)) => view! {
            <div role="alert" data-testid="problem">
                <p>{why}</p>
                <button type="button" on:click=move |_| ask()>"Try again"</button>
            </div>
        }
        .into_any(),
        Some(Ok(list)) if list.cases.is_empty() => view! {
            <p data-testid="no-cases">
                "No case has been kept yet. Examine an image in the clinic, then choose \"Save to history\": the finding, your note and the fingerprints of image and model are kept on this computer, never the image."
            </p>
        }
        .into_any(),
        Some(Ok(list)) => view! { <Cases list/> }.into_any(),
    }
    };
    view! { <section class="history"><h1>"History"</h1>{body}</section> }
}

#[component]
fn Cases(list: CaseList) -> impl IntoView {
    let shown = list.cases.len();
    view! {
        <p>{format!("{shown} of {} cases, newest first.", list.total)}</p>
        <ol class="cases">{list.cases.into_iter().map(|case| view! { <CaseItem case/> }).collect_view()}</ol>
    }
}

#[component]
fn CaseItem(case: SavedCase) -> impl IntoView {
    let SavedCase { id, saved_at, case } = case;
    let verdict = messages::verdict_name(case.verdict);
    let when = saved_at.get(..16).unwrap_or(&saved_at).replace('T', " ");
    let brief = |hash: &str| hash.get(..12).unwrap_or(hash).to_string();
    let note = (!case.note.is_empty()).then(|| view! { <p class="quote">{case.note.clone()}</p> });
    view! {
        <li data-testid="history-item">
            <p>
                <b>{format!("Case {id}: {} {verdict}, {}", messages::capital(&case.finding), case.probability)}</b>
                {format!(" at operating point {}", case.threshold)}
            </p>
            {(!case.annotations.is_empty()).then(|| view! { <p>{format!("With {}.", messages::count(case.annotations.len(), "annotation"))}</p> })}
            {case.overruled.then(|| view! { <p>"Marked: the gate refused the image, and was overruled."</p> })}
            {note}
            <p class="small">
                {case.study_date.as_ref().map(|date| format!("Image of {date}, kept "))}
                <time datetime=saved_at>{format!("{when} UTC")}</time>
                {format!(", model {} ", case.model)}
                <span class="hash" title=case.model_sha256.clone()>{brief(&case.model_sha256)}</span>
                ", image "
                <span class="hash" title=case.image_sha256.clone()>{brief(&case.image_sha256)}</span>
            </p>
        </li>
    }
}
