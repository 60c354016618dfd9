//! The report of what lies on the workspace.

use super::key_image::{KeyImage, capture};
use super::measured::measurements;
use super::panel::{ReportPanel, ReportText};
use crate::examination::{Examination, ImageFacts};
use crate::messages::page;
use crate::report::{Outcome, PROGRAM, Reading, Report, Row};
use crate::study::FileFacts;
use crate::ui::elements::Elements;
use crate::ui::item::{Item, ItemResult, ItemState};
use crate::ui::workspace::{Model, Workspace};
use leptos::prelude::*;
use std::rc::Rc;

/// What the user wrote and kept for an image's report. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct ReportWork {
    words: RwSignal<ReportText>,
    key_images: RwSignal<Vec<KeyImage>, LocalStorage>,
    /// Whether the report is open: it stays so from frame to frame.
    is_open: RwSignal<bool>,
}

impl ReportWork {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            words: RwSignal::new(ReportText::default()),
            key_images: RwSignal::new_local(Vec::new()),
            is_open: RwSignal::new(false),
        }
    }

    /// Gives up everything that was written and kept.
    pub fn forget(self) {
        self.words.set(ReportText::default());
        self.key_images.set(Vec::new());
    }
}

/// The report of the current image.
#[component]
pub fn ItemReport(item: Item, shown: Rc<ItemResult>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let ReportWork { words, key_images, is_open } = item.report;
    let [viewport, _] = expect_context::<Elements>().viewports;
    let measured = measurements(workspace.files, item.clone());
    let examinations =
        std::iter::once(&shown).chain(&item.others.get_untracked()).map(|s| s.examination.clone()).collect();
    let examinations: Vec<Examination> = examinations;
    let report = Memo::new(move |_| Report {
        measurements: measured.get(),
        ..report(workspace, &item, &examinations)
    });
    let keep = Callback::new(move |()| {
        if let Some(picture) = capture(viewport) {
            key_images.update(|images| images.push(KeyImage { picture, caption: String::new() }));
        }
    });
    let rows = Callback::new(move |()| {
        workspace.items.with_untracked(|items| items.iter().map(|item| row(workspace, item)).collect())
    });
    view! {
        <details class="report-of-desk" prop:open=move || is_open.get()
            on:toggle=move |event| is_open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
            <summary>{page::report::TITLE}</summary>
            <ReportPanel report words key_images capture=keep rows files=workspace.files/>
        </details>
    }
}

/// What the examined file says of itself: of a series, the header that counts is that of the file that was examined.
fn file_of(item: &Item, examination: Option<&Examination>) -> FileFacts {
    let mut file = FileFacts {
        sha256: String::new(),
        image: no_image(),
        frames: item.frames.get(),
        frame_ms: None,
        dicom: item.dicom.as_deref().cloned(),
    };
    if let Some(examination) = examination {
        file.sha256.clone_from(&examination.image_sha256);
        file.image.clone_from(&examination.image);
    }
    match item.facts.get().filter(|facts| facts.sha256 == file.sha256) {
        Some(facts) => (*facts).clone(),
        None => file,
    }
}

fn report(workspace: Workspace, item: &Item, examinations: &[Examination]) -> Report {
    let file = file_of(item, examinations.first());
    Report { file_name: item.name.clone(), file, ..bare_report(workspace, examinations) }
}

/// A report that says nothing of the file but what was examined: neither its name nor its header.
pub fn bare_report(workspace: Workspace, examinations: &[Examination]) -> Report {
    Report {
        made_at: String::new(),
        program: PROGRAM.into(),
        reader: String::new(),
        file_name: String::new(),
        file: FileFacts {
            sha256: examinations.first().map(|first| first.image_sha256.clone()).unwrap_or_default(),
            image: examinations.first().map_or_else(no_image, |first| first.image.clone()),
            frames: 1,
            frame_ms: None,
            dicom: None,
        },
        names_patient: false,
        readings: examinations.iter().map(|examination| reading(workspace, examination)).collect(),
        findings: String::new(),
        impression: String::new(),
        measurements: Vec::new(),
        key_images: 0,
    }
}

/// Nothing is known of it.
fn no_image() -> ImageFacts {
    ImageFacts { format: String::new(), width: 0, height: 0, bits: 0 }
}

/// A model's answer at the threshold of the user's choice, with what is known of the model.
pub fn reading(workspace: Workspace, examination: &Examination) -> Reading {
    let summary = workspace.summary(&examination.model.id);
    let (model_title, model_limits, model_tried_on) = summary.map_or_else(
        || (examination.model.id.clone(), Vec::new(), String::new()),
        |summary| (summary.about.title, summary.about.limits, summary.about.tried_on),
    );
    let examination = judged(workspace, examination);
    Reading { examination, model_title, model_limits, model_tried_on, backend: backend(workspace) }
}

/// The examination at the threshold of the user's choice.
fn judged(workspace: Workspace, examination: &Examination) -> Examination {
    let answer = examination.answer.as_ref().map(|answer| workspace.judged(&examination.model.id, answer));
    Examination { answer, ..examination.clone() }
}

fn backend(workspace: Workspace) -> String {
    workspace.model.with(|model| match model {
        Model::Ready { threads, .. } => page::report::backend(Some(*threads)),
        _ => page::report::backend(None),
    })
}

fn row(workspace: Workspace, item: &Item) -> Row {
    let outcome = match item.state.get_untracked() {
        ItemState::Examined(_) if untrack(|| item.asks().is_some()) => {
            Outcome::NotExamined(page::report::NOT_ANSWERED.into())
        }
        // Of a series the frame that stands for it, which the examination names.
        ItemState::Examined(first) => untrack(|| Outcome::Examined {
            examination: Box::new(judged(workspace, &workspace.highest(item).unwrap_or(first).examination)),
            backend: backend(workspace),
        }),
        ItemState::Failed(problem) => Outcome::Failed(problem.message),
        ItemState::Waiting | ItemState::Working(_) => Outcome::NotExamined(page::report::NOT_EXAMINED.into()),
        ItemState::Cancelled => Outcome::NotExamined(page::report::STOPPED.into()),
    };
    let file = match &outcome {
        Outcome::Examined { examination, .. } => Some(untrack(|| file_of(item, Some(examination)))),
        _ => item.facts.get_untracked().map(|facts| (*facts).clone()),
    };
    Row { file_name: item.name.clone(), file, outcome }
}
