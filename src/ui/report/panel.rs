//! The editor of a report.

use super::documents::DocumentButtons;
use super::download::{now, save};
use super::key_image::{KeyImage, Picture};
use super::paper::Paper;
use crate::messages::page;
use crate::protocol::file_worker::Request;
use crate::report::{self, Report, Row};
use crate::ui::file_client::FileClient;
use leptos::portal::Portal;
use leptos::prelude::*;

/// What the user writes into a report. Whoever shows the panel keeps it, so that it outlives the panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportText {
    /// In place of the draft's findings, once the user has changed them.
    pub findings: Option<String>,
    /// In place of the draft's impression, once the user has changed it.
    pub impression: Option<String>,
    /// Who reads.
    pub reader: String,
    /// Whether the patient is named.
    pub names_patient: bool,
}

impl ReportText {
    /// The report in the user's words, or in the draft's where there are none.
    fn applied(self, report: Report) -> Report {
        let draft = report::draft(&report.readings, &report.measurements);
        Report {
            findings: self.findings.unwrap_or(draft.findings),
            impression: self.impression.unwrap_or(draft.impression),
            reader: self.reader,
            names_patient: self.names_patient,
            ..report
        }
    }
}

/// The editor: text, key images, measurements, evidence, and the export buttons.
///
/// `report`: what is known; its words, time and number of key images are put in here. `capture`: keeps the picture on the screen as a key image.
/// `rows`: all images of the workspace, for the table. `files`: writes the documents, which the page itself cannot.
#[component]
pub fn ReportPanel(
    #[prop(into)] report: Signal<Report>,
    words: RwSignal<ReportText>,
    key_images: RwSignal<Vec<KeyImage>, LocalStorage>,
    capture: Callback<()>,
    rows: Callback<(), Vec<Row>>,
    files: FileClient,
) -> impl IntoView {
    let made_at = RwSignal::new(now());
    let full = Signal::derive(move || Report {
        made_at: made_at.get(),
        key_images: u32::try_from(key_images.with(Vec::len)).unwrap_or(u32::MAX),
        ..words.get().applied(report.get())
    });
    let status = RwSignal::new(String::new());
    view! {
        <section class="report">
            <Editing full words/>
            <KeyImages key_images capture/>
            <Facts full/>
            <ExportButtons full made_at status rows files/>
            <p class="small" role="status">{move || status.get()}</p>
        </section>
        <Portal><Paper report=full key_images/></Portal>
    }
}

#[component]
fn Editing(full: Signal<Report>, words: RwSignal<ReportText>) -> impl IntoView {
    let findings = move || full.with(|report| report.findings.clone());
    let impression = move || full.with(|report| report.impression.clone());
    let has_patient = move || report_names(&full.get());
    view! {
        <label>
            {page::report::FINDINGS}
            <textarea rows="6" prop:value=findings
                on:input=move |event| words.update(|words| words.findings = Some(event_target_value(&event)))></textarea>
        </label>
        <label>
            {page::report::IMPRESSION}
            <textarea rows="4" prop:value=impression
                on:input=move |event| words.update(|words| words.impression = Some(event_target_value(&event)))></textarea>
        </label>
        <button type="button" class="quiet" on:click=move |_| words.update(|words| {
            (words.findings, words.impression) = (None, None);
        }) disabled=move || words.with(|words| words.findings.is_none() && words.impression.is_none())>{page::report::PROPOSED_WORDS_BUTTON}</button>
        <label>
            {page::report::READ_BY}
            <input type="text" autocomplete="name" prop:value=move || words.with(|words| words.reader.clone())
                on:input=move |event| words.update(|words| words.reader = event_target_value(&event))/>
        </label>
        <label class="tick" class:hidden=move || !has_patient()>
            <input type="checkbox" prop:checked=move || words.with(|words| words.names_patient)
                on:change=move |event| words.update(|words| words.names_patient = event_target_checked(&event))/>
            {page::report::NAME_PATIENT}
        </label>
    }
}

/// Whether the file says who was examined.
fn report_names(report: &Report) -> bool {
    let patient = report.file.dicom.as_ref().map(|dicom| &dicom.patient);
    patient.is_some_and(|patient| !patient.name.is_empty() || !patient.id.is_empty())
}

#[component]
fn KeyImages(key_images: RwSignal<Vec<KeyImage>, LocalStorage>, capture: Callback<()>) -> impl IntoView {
    let thumbnails = move || {
        let one = |(index, image): (usize, KeyImage)| {
            let caption = image.caption.clone();
            let number = index + 1;
            let write = move |event| {
                key_images.update(|images| {
                    if let Some(image) = images.get_mut(index) {
                        image.caption = event_target_value(&event);
                    }
                });
            };
            let remove = move |_| {
                key_images.update(|images| drop((index < images.len()).then(|| images.remove(index))))
            };
            view! {
                <li>
                    <Picture image/>
                    <input type="text" placeholder=page::report::CAPTION_HINT aria-label=page::report::caption(number)
                        prop:value=caption on:change=write/>
                    <button type="button" class="quiet" aria-label=page::report::remove(number) on:click=remove>{page::report::REMOVE_BUTTON}</button>
                </li>
            }
        };
        key_images.get().into_iter().enumerate().map(one).collect_view()
    };
    view! {
        <h3>{page::report::KEY_IMAGES}</h3>
        <ul class="key-images">{thumbnails}</ul>
        <button type="button" on:click=move |_| capture.run(())>{page::report::KEEP_PICTURE_BUTTON}</button>
    }
}

/// What was measured, and what the report is tied to.
#[component]
fn Facts(full: Signal<Report>) -> impl IntoView {
    let measured = move || {
        full.with(|report| {
            report.measurements.iter().map(|one| (one.name(), one.words())).collect::<Vec<_>>()
        })
    };
    let list = |rows: Vec<(String, String)>| {
        rows.into_iter()
            .map(|(name, value)| view! { <dt>{name}</dt><dd class="hash">{value}</dd> })
            .collect_view()
    };
    let evidence = move || {
        full.with(|report| {
            report::evidence(report).into_iter().map(|(name, value)| (name.to_string(), value)).collect()
        })
    };
    view! {
        <Show when=move || !measured().is_empty()>
            <h3>{page::report::MEASUREMENTS}</h3>
            <dl>{move || list(measured())}</dl>
        </Show>
        <details class="evidence">
            <summary>{page::report::TIED_TO}</summary>
            <dl>{move || list(evidence())}</dl>
        </details>
    }
}

#[component]
fn ExportButtons(
    full: Signal<Report>,
    made_at: RwSignal<String>,
    status: RwSignal<String>,
    rows: Callback<(), Vec<Row>>,
    files: FileClient,
) -> impl IntoView {
    let dated = Callback::new(move |()| {
        made_at.set(now());
        full.get_untracked()
    });
    let table = move |_| {
        let request = Request::Tabulate { rows: rows.run(()) };
        save(files, request, "lantern-images.csv".into(), "text/csv;charset=utf-8", status);
    };
    view! {
        <h3>{page::report::SAVE_AS_FILES}</h3>
        <p class="small">
            {page::report::FILES_HINT}
        </p>
        <div class="ways">
            <DocumentButtons files dated status/>
            <button type="button" title=page::report::TABLE_HINT on:click=table>{page::report::TABLE_BUTTON}</button>
        </div>
    }
}
