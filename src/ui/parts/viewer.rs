//! The image that is looked at, and what the model has drawn over it: from the desk to the viewer.

use crate::protocol::worker::{JobId, Method};
use crate::ui::bridge;
use crate::ui::desk::{Desk, JobState, Shown};
use crate::ui::viewer::{self, Overlay, OverlayKind, OverlayTools, Seen, Source};
use crate::ui::words;
use crate::viewing::{Annotation, Frame};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;
use web_sys::ImageData;

/// Opacity of the heat map at first, in percent.
const OPACITY: u32 = 45;

/// What readers have drawn, for each image.
type Marks = RwSignal<BTreeMap<JobId, Vec<Annotation>>>;

/// The image that is looked at.
#[component]
pub fn Viewer() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (opacity, compared) = (RwSignal::new(OPACITY), RwSignal::new(None::<JobId>));
    let marks = Marks::default();
    let shown = move || desk.shown();
    // An image is not compared with itself, nor with one that is gone.
    let beside =
        move || compared.get().filter(|id| desk.selected.get() != Some(*id) && shown_of(desk, *id).is_some());
    let sources = [source(desk, move || desk.selected.get(), marks), source(desk, beside, marks)];
    let others = move || {
        let selected = desk.selected.get();
        let is_other = |(id, _): &(JobId, String)| Some(*id) != selected && shown_of(desk, *id).is_some();
        let jobs = desk.jobs.get().into_iter().map(|job| (job.id, job.name));
        jobs.filter(is_other).collect::<Vec<_>>()
    };
    let method = move || shown().map_or(Method::Activation, |shown| shown.method);
    // The answer that the picture is about, in the words of the model that gave it.
    let about = move || {
        let Some(shown) = shown() else { return String::new() };
        let class = |class: usize| desk.summary(&shown.examination.model.id)?.labels.get(class).cloned();
        let finding = || shown.examination.answer.as_ref().map(|answer| answer.operating_point.label.clone());
        shown.class.and_then(class).or_else(finding).unwrap_or_default()
    };
    let has_heat = move || shown().is_some_and(|shown| shown.heat.is_some());
    let waiting = move || match desk.current_state() {
        Some(JobState::Waiting) => Some("Waiting for its turn"),
        Some(JobState::Working(stage)) => Some(words::stage(stage)),
        _ => None,
    };
    view! {
        <section class="viewer" aria-label="Image">
            <viewer::Viewer sources others=Signal::derive(others) compared opacity/>
            <p class="waiting" role="status">{waiting}</p>
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

/// The examination of an image, once it is done.
fn shown_of(desk: Desk, id: JobId) -> Option<Rc<Shown>> {
    let state = desk.jobs.with(|jobs| jobs.iter().find(|job| job.id == id).map(|job| job.state))?;
    match state.get() {
        JobState::Examined(shown) => Some(shown),
        _ => None,
    }
}

/// What the viewer is to know of an image: one frame, made of the picture that came with the examination.
fn source(desk: Desk, id: impl Fn() -> Option<JobId> + Copy + Send + Sync + 'static, marks: Marks) -> Source {
    let shown = move || id().and_then(|id| Some((id, shown_of(desk, id)?)));
    let (seen, overlay) = (RwSignal::new_local(None::<Seen>), RwSignal::new_local(None));
    Effect::new(move |before: Option<Option<ImageData>>| {
        let (now, picture) = shown().map(|(id, shown)| (id, shown.picture.clone())).unzip();
        if before.flatten() != picture {
            let frame =
                picture.as_ref().map(|p: &ImageData| Frame::from_rgba(p.width(), p.height(), &p.data()));
            seen.set(now.zip(frame).map(|(image, frame)| Seen {
                image,
                frame: Rc::new(frame),
                number: 0,
                count: 1,
            }));
        }
        picture
    });
    Effect::new(move || {
        let over = |shown: &Shown| Some(Overlay { picture: shown.heat.clone()?, kind: kind(shown.method) });
        overlay.set(shown().and_then(|(_, shown)| over(&shown)).map(Rc::new));
    });
    let title = move || {
        let id = id();
        desk.jobs
            .with(|jobs| jobs.iter().find(|job| Some(job.id) == id).map(|job| job.name.clone()))
            .unwrap_or_default()
    };
    let of_seen = move || seen.with(|seen| seen.as_ref().map(|seen| seen.image));
    Source {
        title: Signal::derive(title),
        seen: seen.into(),
        frame_ms: Signal::derive(|| None),
        on_frame: UnsyncCallback::new(|_| {}),
        overlay: overlay.into(),
        marks: Signal::derive(move || {
            marks.with(|marks| of_seen().and_then(|image| marks.get(&image).cloned())).unwrap_or_default()
        }),
        on_marks: UnsyncCallback::new(move |(image, new)| {
            marks.update(|marks| {
                marks.insert(image, new);
            });
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
