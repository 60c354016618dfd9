//! The image that is looked at, and what the model has drawn over it: from the desk to the viewer.

use crate::protocol::worker::{JobId, Method};
use crate::ui::bridge;
use crate::ui::desk::Desk;
use crate::ui::job::{Heat, Job, JobState, Shown};
use crate::ui::looking::{self, Sight};
use crate::ui::masking::PatientShown;
use crate::ui::viewer::{self, Overlay, OverlayKind, OverlayTools, Seen, Source};
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
    let shown = move || desk.shown();
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
    let method = move || shown().map_or(Method::Activation, |shown| shown.method);
    // The answer that the picture is about, in the words of the model that gave it.
    let about = move || {
        let Some(shown) = shown() else { return String::new() };
        let class = |class: usize| desk.summary(&shown.examination.model.id)?.labels.get(class).cloned();
        let finding = || shown.examination.answer.as_ref().map(|answer| answer.operating_point.label.clone());
        shown.class.and_then(class).or_else(finding).unwrap_or_default()
    };
    let has_heat = move || shown().is_some_and(|shown| !matches!(shown.heat, Heat::Nothing));
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
            <p class="waiting" role="status">{waiting}</p>
            {move || match image.get() {
                Sight::Unseen(problem) => Some(view! {
                    <p class="waiting" data-testid="unseen">{format!("It cannot be shown: {}.", problem.message)}</p>
                }),
                _ => None,
            }}
            <Show when=has_heat>
                <OverlayTools kind=Signal::derive(move || kind(method())) opacity>
                    <Explanations/>
                </OverlayTools>
                <p class="caption small" data-testid="caption">{move || words::caption(method(), &about())}</p>
            </Show>
        </section>
    }
}

fn kind(method: Method) -> OverlayKind {
    if method == Method::Outline { OverlayKind::Outline } else { OverlayKind::Heat }
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
    Effect::new(move || {
        let over = |shown: &Shown| {
            Some(Overlay { picture: shown.heat.picture()?.clone(), kind: kind(shown.method) })
        };
        let shown = job_seen()
            .and_then(|job| job.shown())
            .filter(|shown| at().is_some_and(|(_, at)| at == shown.frame));
        overlay.set(shown.and_then(|shown| over(&shown)).map(Rc::new));
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

/// How the picture over the image is made, and about which answer; only the model that answered can be asked.
#[component]
fn Explanations() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let shown = move || desk.shown();
    let ask = move |change: &dyn Fn(&mut Method, &mut Option<usize>)| {
        if let (Some(shown), Some(id)) = (untrack(shown), desk.selected.get_untracked()) {
            let (mut method, mut class) = (shown.method, shown.class);
            change(&mut method, &mut class);
            bridge::explain(desk, id, method, class);
        }
    };
    let cannot_ask = move || {
        desk.explaining.get().is_some()
            || !shown().is_some_and(|shown| desk.is_loaded(&shown.examination.model.id))
    };
    let methods = move || {
        let draws = shown().is_some_and(|shown| shown.draws());
        let current = shown().map(|shown| shown.method);
        let offered = Method::ALL.into_iter().filter(|one| *one != Method::Outline || draws);
        let option = |one: Method| {
            view! { <option value=one.name() selected=current == Some(one)>{words::method(one)}</option> }
        };
        offered.map(option).collect_view()
    };
    let classes = move || {
        let Some(shown) = shown() else { return ().into_any() };
        let Some(summary) = desk.summary(&shown.examination.model.id) else { return ().into_any() };
        let option = |(index, label): (usize, String)| {
            view! { <option value=index.to_string() selected=shown.class == Some(index)>{label}</option> }
        };
        view! {
            <option value="" selected=shown.class.is_none()>{summary.finding.clone()}</option>
            {summary.labels.into_iter().enumerate().map(option).collect_view()}
        }
        .into_any()
    };
    let progress = move || {
        let (id, done, of) = desk.explaining.get()?;
        (desk.selected.get() == Some(id))
            .then(|| if of == 0 { "Asking the model".into() } else { format!("Step {done} of {of}") })
    };
    let is_outline = move || shown().is_some_and(|shown| shown.method == Method::Outline);
    view! {
        <label>
            "Why"
            <select data-testid="method" disabled=cannot_ask on:change=move |event| {
                let chosen = event_target_value(&event);
                if let Some(chosen) = Method::ALL.into_iter().find(|method| method.name() == chosen) {
                    ask(&|method, _| *method = chosen);
                }
            }>{methods}</select>
        </label>
        <label class:gone=is_outline>
            "Signs of"
            <select data-testid="about" disabled=cannot_ask on:change=move |event| {
                let chosen = event_target_value(&event).parse().ok();
                ask(&|_, class| *class = chosen);
            }>{classes}</select>
        </label>
        <output role="status" data-testid="explaining">{progress}</output>
    }
}
