//! Buttons that print a report or save it as a document.

use super::download::{print, save};
use crate::messages::page;
use crate::protocol::file_worker::{Format, Request};
use crate::report::Report;
use crate::ui::file_client::FileClient;
use leptos::prelude::*;

/// `dated`: the report with the present time. `status` is told what became of a document.
#[component]
pub fn DocumentButtons(
    files: FileClient,
    dated: Callback<(), Report>,
    status: RwSignal<String>,
) -> impl IntoView {
    // Files are named after the fingerprint: a name given to the image may be the patient's.
    let write = move |format: Format, ending: &str, kind: &'static str| {
        let report = Box::new(dated.run(()));
        let digits: String = report.file.sha256.chars().take(12).collect();
        let name = format!("lantern-report-{digits}.{ending}");
        save(files, Request::Write { format, report }, name, kind, status);
    };
    let on_paper = move |_| {
        dated.run(());
        print();
    };
    view! {
        <button type="button" class="primary" on:click=on_paper>{page::report::PRINT_BUTTON}</button>
        <button type="button" title=page::report::STRUCTURED_HINT
            on:click=move |_| write(Format::Structured, "dcm", "application/dicom")>{page::report::STRUCTURED_BUTTON}</button>
        <button type="button" title=page::report::FHIR_HINT
            on:click=move |_| write(Format::Fhir, "fhir.json", "application/fhir+json")>{page::report::FHIR_BUTTON}</button>
        <button type="button" title=page::report::JSON_HINT
            on:click=move |_| write(Format::Json, "json", "application/json")>{page::report::JSON_BUTTON}</button>
    }
}
