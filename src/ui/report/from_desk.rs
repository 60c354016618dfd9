//! The report of what lies on the desk.

use super::key_image::{KeyImage, capture};
use super::measured::measurements;
use super::panel::{ReportPanel, Words, Written};
use crate::examination::{Examination, ImageFacts};
use crate::protocol::reader::Request;
use crate::protocol::worker::JobId;
use crate::report::{Outcome, Reading, Report, Row};
use crate::study::FileFacts;
use crate::ui::desk::{Desk, Model};
use crate::ui::files;
use crate::ui::job::{Job, JobState, Shown};
use leptos::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a reader wrote and kept for an image.
#[derive(Clone, Default)]
struct Kept {
    words: ArcRwSignal<Words>,
    key_images: ArcRwSignal<Vec<KeyImage>>,
}

thread_local! {
    /// For each image, as long as it lies on the desk: the panel is made anew whenever an image's state changes.
    static KEPT: RefCell<BTreeMap<JobId, Kept>> = const { RefCell::new(BTreeMap::new()) };
}

/// The report of the image that is looked at.
#[component]
pub fn ReportOfDesk(job: Job, shown: Rc<Shown>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let Kept { words, key_images } = kept(desk, job.id);
    let key_images = RwSignal::from_local(key_images);
    let measured = measurements(job.clone());
    let examinations =
        std::iter::once(&shown).chain(&job.others.get_untracked()).map(|s| s.examination.clone()).collect();
    let examinations: Vec<Examination> = examinations;
    let report =
        Memo::new(move |_| Report { measurements: measured.get(), ..report(desk, &job, &examinations) });
    let write = UnsyncCallback::new(|request: Request| -> Written {
        Box::pin(async move { files::write(request).await.map_err(|problem| problem.message) })
    });
    let keep = Callback::new(move |()| {
        if let Some(picture) = capture(&["[data-testid=preview]", "[data-testid=heat-map]"]) {
            key_images.update(|images| images.push(KeyImage { picture, caption: String::new() }));
        }
    });
    let rows = Callback::new(move |()| {
        desk.jobs.with_untracked(|jobs| jobs.iter().map(|job| row(desk, job)).collect())
    });
    view! {
        <details class="report-of-desk" data-testid="report-of-desk">
            <summary>"Report"</summary>
            <ReportPanel report words=RwSignal::from(words) key_images capture=keep rows write/>
        </details>
    }
}

/// Gives up everything that was written and kept.
pub fn forget() {
    KEPT.set(BTreeMap::new());
}

/// Gives up what belongs to images that are gone.
fn kept(desk: Desk, id: JobId) -> Kept {
    KEPT.with_borrow_mut(|kept| {
        kept.retain(|id, _| desk.job(*id).is_some());
        kept.entry(id).or_default().clone()
    })
}

fn report(desk: Desk, job: &Job, examinations: &[Examination]) -> Report {
    let mut file = FileFacts {
        sha256: String::new(),
        image: ImageFacts { format: String::new(), width: 0, height: 0, bits: 0 },
        frames: job.frames.get(),
        frame_ms: None,
        dicom: job.dicom.as_deref().cloned(),
    };
    if let Some(examination) = examinations.first() {
        file.sha256.clone_from(&examination.image_sha256);
        file.image.clone_from(&examination.image);
    }
    // Of a series, the header that counts is that of the file that was examined.
    if let Some(facts) = job.facts.get().filter(|facts| facts.sha256 == file.sha256) {
        file = (*facts).clone();
    }
    Report {
        made_at: String::new(),
        program: format!("Lantern {}", env!("CARGO_PKG_VERSION")),
        reader: String::new(),
        file_name: job.name.clone(),
        file,
        names_patient: false,
        readings: examinations.iter().map(|examination| reading(desk, examination)).collect(),
        findings: String::new(),
        impression: String::new(),
        measurements: Vec::new(),
        key_images: 0,
    }
}

fn reading(desk: Desk, examination: &Examination) -> Reading {
    let summary = desk.summary(&examination.model.id);
    let (model_title, model_limits, model_tried_on) = summary.map_or_else(
        || (examination.model.id.clone(), Vec::new(), String::new()),
        |summary| (summary.title, summary.limits, summary.tried_on),
    );
    let examination = judged(desk, examination);
    Reading { examination, model_title, model_limits, model_tried_on, backend: backend(desk) }
}

/// The examination at the threshold of the reader's choice.
fn judged(desk: Desk, examination: &Examination) -> Examination {
    let answer = examination.answer.as_ref().map(|answer| desk.judged(&examination.model.id, answer));
    Examination { answer, ..examination.clone() }
}

fn backend(desk: Desk) -> String {
    desk.model.with(|model| match model {
        Model::Ready { threads: 1, .. } => "WebAssembly, 1 thread".into(),
        Model::Ready { threads, .. } => format!("WebAssembly, {threads} threads"),
        _ => "WebAssembly".into(),
    })
}

fn row(desk: Desk, job: &Job) -> Row {
    let outcome = match job.state.get_untracked() {
        JobState::Examined(_) if untrack(|| job.asks_age().is_some()) => {
            Outcome::NotExamined("the patient's age was asked and not yet answered".into())
        }
        JobState::Examined(shown) => Outcome::Examined {
            examination: Box::new(untrack(|| judged(desk, &shown.examination))),
            backend: untrack(|| backend(desk)),
        },
        JobState::Failed(problem) => Outcome::Failed(problem.message),
        JobState::Waiting | JobState::Working(_) => Outcome::NotExamined("not examined yet".into()),
        JobState::Cancelled => Outcome::NotExamined("stopped by the reader".into()),
    };
    let file = job.facts.get_untracked().map(|facts| (*facts).clone());
    Row { file_name: job.name.clone(), file, outcome }
}
