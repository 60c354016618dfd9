//! The viewer: one image, or two beside each other. It is given frames and reports what the user does; it neither loads frames
//! nor keeps annotations.

mod actions;
mod annotations;
mod frames;
mod gesture;
mod icons;
mod key_sheet;
mod keys;
mod labels;
mod overlay;
mod paint;
mod preferences;
mod preset_sheet;
mod shapes;
mod size;
mod source;
mod state;
mod tool_groups;
mod tools;
mod viewport;

pub use overlay::OverlayTools;
pub use source::{Canvases, Overlay, OverlayKind, ShownFrame, Source};

use crate::messages::page;
use crate::viewing::hotkeys::Action;
use frames::Frames;
use key_sheet::KeySheet;
use leptos::html::Div;
use leptos::prelude::*;
use preset_sheet::PresetSheet;
use state::{Sheet, ViewerState};
use std::time::Duration;
use tools::{Button, Toolbar};
use viewport::ViewportView;

/// How long a frame is shown where the file does not say, in milliseconds.
const FRAME_MS: f64 = 100.0;

/// One or two images with their tools.
///
/// `sources`: the image, and the one beside it while `compared` names one. `others`: the images that it can be compared with, by number
/// and name. `opacity` of what lies over images, in percent. `is_patient_shown`: whether the patient is named, which the user asks for here.
#[component]
pub fn Viewer(
    sources: [Source; 2],
    #[prop(into)] others: Signal<Vec<(u32, String)>>,
    compared: RwSignal<Option<u32>>,
    #[prop(into)] opacity: Signal<u32>,
    is_patient_shown: RwSignal<bool>,
) -> impl IntoView {
    let viewer = ViewerState::new(sources, compared, is_patient_shown);
    keys::listen(viewer);
    play(viewer);
    let [first, second] = viewer.viewports;
    view! {
        <Toolbar viewer others/>
        <div class="viewports" class:two=move || viewer.is_comparing()>
            <ViewportView viewer viewport=first opacity/>
            <Show when=move || viewer.is_comparing()><ViewportView viewer viewport=second opacity/></Show>
            <SheetPlace viewer/>
        </div>
        <Chosen viewer/>
        <Frames viewer/>
        <output class="visually-hidden" role="status">{move || viewer.announcement.get()}</output>
    }
}

/// Goes on to the next frame in the file's time, and from the last to the first.
fn play(viewer: ViewerState) {
    let frame_ms = Memo::new(move |_| {
        let is_on = viewer.is_playing.get() && viewer.active().frames().1 > 1;
        is_on.then(|| {
            viewer
                .active()
                .source
                .frame_ms
                .get()
                .filter(|ms| *ms > 0.0)
                .unwrap_or(FRAME_MS)
                .clamp(10.0, 10_000.0)
        })
    });
    Effect::new(move || {
        let Some(ms) = frame_ms.get() else { return };
        let next = move || {
            let viewport = untrack(|| viewer.active());
            let (now, count) = untrack(|| viewport.frames());
            viewer.go_to(viewport, (now + 1) % count.max(1));
        };
        if let Ok(handle) = set_interval_with_handle(next, Duration::from_secs_f64(ms / 1000.0)) {
            on_cleanup(move || handle.clear());
        }
    });
}

/// The sheet that is open. It covers nothing that would be lost, and gives the focus back.
#[component]
fn SheetPlace(viewer: ViewerState) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    Effect::new(move || {
        if let (Some(place), Some(_)) = (place.get(), viewer.sheet.get()) {
            place.focus().ok();
        }
    });
    let sheet = move || {
        let (title, content) = match viewer.sheet.get()? {
            Sheet::Keys => (page::sheets::KEYS_TITLE, view! { <KeySheet viewer/> }.into_any()),
            Sheet::Presets => (page::sheets::WINDOWS_TITLE, view! { <PresetSheet viewer/> }.into_any()),
        };
        Some(view! {
            <div class="sheet" role="dialog" aria-label=title tabindex="-1" node_ref=place>
                <div class="row">
                    <h2>{title}</h2>
                    <button type="button" class="quiet" aria-label=page::viewer::CLOSE on:click=move |_| viewer.sheet.set(None)>"×"</button>
                </div>
                {content}
            </div>
        })
    };
    view! { {sheet} }
}

/// The annotation that is chosen: what it measures, its name, the way to delete it. Without one, what dragging does: the place is always
/// taken, so that nothing jumps while something is drawn.
#[component]
fn Chosen(viewer: ViewerState) -> impl IntoView {
    let annotation = Memo::new(move |_| viewer.chosen(viewer.active()));
    let measured =
        move || annotation.get().map(|annotation| viewer.measured(viewer.active(), &annotation).join(", "));
    let label = Memo::new(move |_| annotation.get().map(|annotation| annotation.label).unwrap_or_default());
    let hint = move || view! { <span>{move || Action::Take(viewer.tool.get()).title()}</span> };
    view! {
        <div class="chosen">
            <Show when=move || annotation.with(Option::is_some) fallback=hint>
                <strong>{move || annotation.get().map(|annotation| annotation.shape.name())}</strong>
                <span class="measured" data-testid="measured" title=measured>{measured}</span>
                <input type="text" maxlength="80" placeholder=page::viewer::REMARK_HINT aria-label=page::viewer::REMARK
                    prop:value=label on:change=move |event| viewer.label(untrack(|| viewer.active()), event_target_value(&event))/>
                <Button viewer action=Action::NextAnnotation/>
                <Button viewer action=Action::Delete/>
            </Show>
        </div>
    }
}
