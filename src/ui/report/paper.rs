//! The report as it is printed; `style/print.css` hides it on the screen, and everything else on paper.

use super::key_image::{KeyImage, Picture};
use crate::messages::{self, page};
use crate::report::{self, Reading, Report};
use leptos::prelude::*;

/// All of it. A table, because browsers repeat only a table's head and foot on every page.
#[component]
pub fn Paper(report: Signal<Report>, key_images: RwSignal<Vec<KeyImage>, LocalStorage>) -> impl IntoView {
    let head = move || report.with(heading);
    let body = move || report.with(body);
    let pictures = move || {
        let one = |image: KeyImage| {
            let caption = image.caption.clone();
            view! { <figure><Picture image/><figcaption>{caption}</figcaption></figure> }
        };
        let images = key_images.get();
        (!images.is_empty()).then(|| view! {
            <section><h2>{page::report::KEY_IMAGES}</h2><div class="figures">{images.into_iter().map(one).collect_view()}</div></section>
        })
    };
    let tail = move || report.with(tail);
    view! {
        <table class="paper">
            <thead><tr><td>{head}</td></tr></thead>
            <tbody><tr><td>{body}{pictures}{tail}</td></tr></tbody>
            <tfoot><tr><td><p class="notice">{report::NOTICE}</p></td></tr></tfoot>
        </table>
    }
}

/// What stands on every page: which image of which patient.
fn heading(report: &Report) -> impl IntoView + use<> {
    let dicom = report.file.dicom.clone().unwrap_or_default();
    let study = [dicom.modality, dicom.study_description, dicom.study_date];
    let study = study.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let rows = [
        (page::report::PATIENT, report.patient()),
        (page::report::STUDY, study),
        (page::report::FILE, report.file_name.clone()),
        (page::report::READ_BY, report.reader.clone()),
        // To the minute; the files hold all of it.
        (
            page::report::MADE,
            report
                .made_at
                .get(..16)
                .map(|text| page::report::in_utc(&text.replace('T', " ")))
                .unwrap_or_default(),
        ),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
    view! {
        <p class="title">{page::report::PAPER_TITLE}</p>
        <dl class="study">{rows.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()}</dl>
    }
}

fn body(report: &Report) -> impl IntoView + use<> {
    let measurements: Vec<_> = report.measurements.iter().map(|one| (one.name(), one.words())).collect();
    view! {
        <section><h2>{page::report::FINDINGS}</h2><p class="words">{report.findings.clone()}</p></section>
        <section><h2>{page::report::IMPRESSION}</h2><p class="words">{report.impression.clone()}</p></section>
        <section><h2>{page::report::MODELS_ANSWERED}</h2>{report.readings.iter().map(reading).collect_view()}</section>
        {(!measurements.is_empty()).then(|| view! { <section><h2>{page::report::MEASUREMENTS}</h2><dl>{pairs(measurements)}</dl></section> })}
    }
}

fn reading(reading: &Reading) -> impl IntoView + use<> {
    let line = match &reading.examination.answer {
        Some(answer) => {
            let all = if answer.is_of_many() {
                answer.labels().map(messages::label_line).collect::<Vec<_>>().join("; ")
            } else {
                let all = answer.findings.iter().map(|one| format!("{} {}", one.label, one.probability));
                all.collect::<Vec<_>>().join(", ")
            };
            let tried_on = messages::tried_on(&reading.model_tried_on);
            page::report::reading(&messages::line(answer), &all, &tried_on)
        }
        None => messages::reason(&reading.examination),
    };
    view! { <p><b>{reading.model_title.clone()}</b>": "{line}</p> }
}

/// Evidence and limits, for whoever doubts.
fn tail(report: &Report) -> impl IntoView + use<> {
    let evidence =
        report::evidence(report).into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    let limits = report.readings.iter().flat_map(|reading| reading.model_limits.clone()).collect::<Vec<_>>();
    view! {
        <section class="fine"><h2>{page::report::EVIDENCE}</h2><dl>{pairs(evidence)}</dl></section>
        {(!limits.is_empty()).then(|| view! {
            <section class="fine"><h2>{page::report::MODELS_CANNOT}</h2><ul>{limits.into_iter().map(|limit| view! { <li>{limit}</li> }).collect_view()}</ul></section>
        })}
    }
}

fn pairs(rows: Vec<(String, String)>) -> impl IntoView {
    rows.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()
}
