//! The image that is looked at, and what the model has drawn over it: from the desk to the viewer.

use super::ScoreCurve;
use super::map::{self, MapTools};
use crate::protocol::worker::JobId;
use crate::ui::desk::Desk;
use crate::ui::job::{Job, JobState};
use crate::ui::looking::{self, Sight};
use crate::ui::maps;
use crate::ui::masking::PatientShown;
use crate::ui::viewer::{self, Overlay, Seen, Source};
use crate::ui::words;
use leptos::prelude::*;
use std::rc::Rc;

/// Opacity of the heat map at first, in percent.
const OPACITY: u32 = 45;

/// The image that is looked at.
#[component]
pub fn Viewer() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let opacity = RwSignal::new(OPACITY);
    let image = looking::follow(move || desk.current());
    // An image is not compared with itself, nor with one that is gone.
    let beside =
        move || desk.beside.get().filter(|id| desk.selected.get() != Some(*id)).and_then(|id| job(desk, id));
    let other = looking::follow(beside);
    let sources = [source(desk, image), source(desk, other)];
    let others = move || {
        let selected = desk.selected.get();
        let is_other = |job: &&Job| Some(job.id) != selected && !job.slices.is_empty();
        desk.jobs.with(|jobs| {
            jobs.iter().filter(is_other).map(|job| (job.id, job.name.clone())).collect::<Vec<_>>()
        })
    };
    let waiting = move || match desk.current_state() {
        Some(JobState::Failed(_)) => None,
        _ if image.with(|sight| matches!(sight, Sight::Opening)) => Some("Opening the file"),
        Some(JobState::Waiting) => Some("Waiting for its turn"),
        Some(JobState::Working(stage)) => Some(words::stage(stage)),
        _ => None,
    };
    view! {
        <section class="viewer" aria-label="Image">
            <viewer::Viewer sources others=Signal::derive(others) compared=desk.beside opacity is_patient_shown=PatientShown::here()/>
            <ScoreCurve/>
            <p class="waiting" role="status">{waiting}</p>
            {move || match image.get() {
                Sight::Unseen(problem) => Some(view! {
                    <p class="waiting" data-testid="unseen">{format!("It cannot be shown: {}.", problem.message)}</p>
                }),
                _ => None,
            }}
            <MapTools opacity/>
        </section>
    }
}

/// An image by its number; follows the list.
fn job(desk: Desk, id: JobId) -> Option<Job> {
    desk.jobs.with(|jobs| jobs.iter().find(|job| job.id == id).cloned())
}

/// What the viewer is to know of an image: the frame that was fetched, and what lies over it where that frame was examined.
fn source(desk: Desk, sight: ReadSignal<Sight, LocalStorage>) -> Source {
    let (seen, overlay) = (RwSignal::new_local(None::<Seen>), RwSignal::new_local(None));
    let at =
        move || sight.with(|sight| if let Sight::Frame(id, at, _) = sight { Some((*id, *at)) } else { None });
    let job_seen = move || at().and_then(|(id, _)| job(desk, id));
    Effect::new(move || {
        seen.set(match sight.get() {
            Sight::Frame(image, number, frame) => {
                let count = job(desk, image).map_or(1, |job| job.frames.get().max(1));
                Some(Seen { image, frame, number, count })
            }
            _ => None,
        });
    });
    let answer = Memo::new(move |_| {
        let ((_, at), job) = at().zip(job_seen())?;
        let shown = job.shown_of(at).filter(|shown| shown.frame == at)?;
        Some(maps::key(job.id, &shown))
    });
    Effect::new(move || {
        let map = answer.get().and_then(|answer| maps::of(desk, &answer));
        let over = map.map(|map| Overlay { picture: map.picture.clone(), kind: map::kind(map.method) });
        if over.is_some() || overlay.with_untracked(Option::is_some) {
            overlay.set(over.map(Rc::new));
        }
    });
    Source {
        title: Signal::derive(move || job_seen().map(|job| job.name).unwrap_or_default()),
        header: Signal::derive(move || job_seen().and_then(|job| job.dicom)),
        seen: seen.into(),
        wanted: Signal::derive(move || job_seen().map_or(0, |job| job.frame.get())),
        frame_ms: Signal::derive(move || {
            job_seen().and_then(|job| job.facts.get()).and_then(|facts| facts.frame_ms)
        }),
        on_frame: UnsyncCallback::new(move |frame| {
            if let Some(job) = untrack(job_seen) {
                job.frame.set(frame);
            }
        }),
        overlay: overlay.into(),
        marks: Signal::derive(move || job_seen().map(|job| job.annotations.get()).unwrap_or_default()),
        on_marks: UnsyncCallback::new(move |(image, new)| {
            if let Some(job) = desk.job(image) {
                job.annotations.set(new);
            }
        }),
    }
}
