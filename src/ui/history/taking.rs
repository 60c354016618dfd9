//! Exports cases as files. They are made in the page: nothing is sent.

use super::follow_up::FollowUps;
use crate::case::{Case, csv};
use crate::messages::page;
use crate::protocol::companion::{CaseFollowUp, SavedCase};
use crate::ui::cases::CaseQuery;
use crate::ui::companion::Companion;
use crate::ui::report::{DocumentButtons, KeyImage, Paper, download, now, today};
use crate::ui::task::Task;
use crate::ui::workspace::Workspace;
use leptos::portal::Portal;
use leptos::prelude::*;
use serde::Serialize;

/// The layout of the JSON file: another number where a field changed its meaning or went away.
pub const SCHEMA: &str = "lantern-history/1";

#[derive(Clone, Copy)]
enum As {
    Json,
    Csv,
}

/// Everything that is kept, as one file.
#[component]
pub fn ExportAllCases() -> impl IntoView {
    let with = (expect_context::<Companion>(), expect_context::<FollowUps>());
    let status = RwSignal::new(String::new());
    let take = Task::new(move |format: As| async move {
        let taken = take_all(with, format, status).await;
        status.try_set(taken.unwrap_or_else(|why| page::case::not_saved(&why)));
    });
    view! {
        <h2>{page::history::TAKE_TITLE}</h2>
        <div class="row">
            <button type="button" disabled=move || take.is_pending() title=page::report::JSON_HINT
                on:click=move |_| take.start(As::Json)>{page::history::ALL_AS_JSON_BUTTON}</button>
            <button type="button" disabled=move || take.is_pending() title=page::history::CSV_HINT
                on:click=move |_| take.start(As::Csv)>{page::history::ALL_AS_CSV_BUTTON}</button>
        </div>
        <p class="small" role="status">{move || status.get()}</p>
    }
}

/// Fetches all cases and saves them; what to say then.
async fn take_all(
    (companion, follow_ups): (Companion, FollowUps),
    format: As,
    status: RwSignal<String>,
) -> Result<String, String> {
    let told = |done, total| {
        status.try_set(page::history::fetched(done, total));
    };
    let (cases, damaged) = companion.all_cases(CaseQuery::default(), told).await?;
    let follow_ups = follow_ups.all();
    let day = today();
    let (name, kind, text) = match format {
        As::Json => {
            (format!("lantern-history-{day}.json"), "application/json", history_file(&cases, &follow_ups)?)
        }
        As::Csv => {
            let of = |id: i64| follow_ups.iter().find(|one| one.id == id).map(|one| &one.follow_up);
            let row = cases.iter().map(|one| (one.id, one.saved_at.as_str(), &one.case, of(one.id)));
            let rows: Vec<_> = row.collect();
            // The mark at the start tells spreadsheets that the text is UTF-8.
            (
                format!("lantern-history-{day}.csv"),
                "text/csv;charset=utf-8",
                format!("\u{feff}{}", csv(&rows)),
            )
        }
    };
    download(&name, kind, text.as_bytes())?;
    let damaged: Vec<String> = damaged.iter().map(|case| case.id.to_string()).collect();
    let left_out = if damaged.is_empty() { String::new() } else { page::history::left_out(&damaged) };
    Ok(format!("{}{left_out}", page::report::saved_as(&name)))
}

/// The JSON file of a history.
pub fn history_file(cases: &[SavedCase], follow_ups: &[CaseFollowUp]) -> Result<String, String> {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        cases: &'a [SavedCase],
        follow_ups: &'a [CaseFollowUp],
    }
    serde_json::to_string_pretty(&Document { schema: SCHEMA, cases, follow_ups })
        .map_err(|error| error.to_string())
}

/// A case as a report: on paper, and for other programs.
#[component]
pub fn ExportCase(case: Case) -> impl IntoView {
    let files = expect_context::<Workspace>().files;
    let report = RwSignal::new(case.report(&now()));
    let status = RwSignal::new(String::new());
    let dated = Callback::new(move |()| {
        report.update(|report| report.made_at = now());
        report.get_untracked()
    });
    let no_images: RwSignal<Vec<KeyImage>, LocalStorage> = RwSignal::new_local(Vec::new());
    view! {
        <h2>{page::report::SAVE_AS_FILES}</h2>
        <div class="row">
            <DocumentButtons files dated status/>
        </div>
        <p class="small" role="status">{move || status.get()}</p>
        <Portal><Paper report=report.into() key_images=no_images/></Portal>
    }
}
