//! What is to be known around an image, in the four corners of its viewport, and the letters of its directions at its edges. The corners
//! lie on strips above and below the picture and never over it: a marker that is burnt into it stays in sight.

use super::actions::window_words;
use super::state::{ViewerState, Viewport};
use crate::messages::page;
use crate::viewing::edges::{Edges, edges};
use crate::viewing::labels;
use leptos::prelude::*;

/// Above: the patient, masked until the user asks, and the study.
#[component]
pub fn Above(viewer: ViewerState, viewport: Viewport) -> impl IntoView {
    let header = viewport.source.header;
    let patient = move || {
        let is_shown = viewer.is_patient_shown.get();
        header.with(|header| header.as_ref().map(|header| labels::patient(&header.patient, is_shown)))
    };
    let study = move || header.with(|header| header.as_ref().map(|header| labels::study(header)));
    let is_empty = move || [patient(), study()].into_iter().flatten().all(|text| text.is_empty());
    let is_gone = move || !viewer.are_labels_shown.get() || is_empty();
    view! {
        <div class="corners above" class:hidden=is_gone>
            <p data-testid="patient">{patient}</p>
            <p data-testid="study">{study}</p>
        </div>
    }
}

/// Below: the series, the frame and where it lies; the value under the pointer; how the image is turned, its window and its size.
#[component]
pub fn Below(viewer: ViewerState, viewport: Viewport) -> impl IntoView {
    let source = viewport.source;
    let setting = Memo::new(move |_| viewer.setting(viewport));
    // Beside another image, one without a series is told by its name.
    let series = move || {
        let series = source.header.with(|header| header.as_ref().map(|h| h.series_description.clone()));
        let is_named = viewer.is_comparing();
        series.filter(|series| !series.is_empty()).or_else(|| is_named.then(|| source.title.get()))
    };
    let frame = move || {
        let (now, count) = viewport.frames();
        (count > 1).then(|| format!("{} / {count}", now + 1))
    };
    let position = move || {
        let position = source.seen.with(|seen| seen.as_ref()?.frame.facts.plane.position)?;
        Some(page::viewer::position(position))
    };
    let pointer = move || {
        let at = viewport.pointer.get()?;
        let value = viewport.frame()?.value_at(at)?;
        Some(page::viewer::pointer(at.x.floor(), at.y.floor(), &value))
    };
    let turned = move || setting.with(|setting| setting.view.orientation.words());
    let window_now = move || setting.with(|setting| setting.window.as_ref().map(window_words));
    let zoom = move || {
        let scale = setting.get().view.scale(&viewport.layout()?) * window().device_pixel_ratio();
        Some(page::viewer::zoom(scale * 100.0))
    };
    view! {
        <div class="corners below" class:hidden=move || !viewer.are_labels_shown.get()>
            <p>
                <span class="series" data-testid="series">{series}</span>
                <span data-testid="frame-number">{frame}</span>
                <span data-testid="position">{position}</span>
            </p>
            <p data-testid="pointer">{pointer}</p>
            <p>
                <em>{turned}</em>
                <span data-testid="window-now">{window_now}</span>
                <span data-testid="zoom">{zoom}</span>
            </p>
        </div>
    }
}

/// The letters of the patient's directions at the edges of the picture, however it is turned; none where the file does not say.
#[component]
pub fn Letters(viewer: ViewerState, viewport: Viewport) -> impl IntoView {
    let edges = Memo::new(move |_| {
        let orientation = viewer.setting(viewport).view.orientation;
        let told =
            |seen: &super::ShownFrame| Some(edges(seen.frame.facts.plane.toward.as_ref()?, orientation));
        let shown = viewer.are_labels_shown.get();
        viewport.source.seen.with(|seen| seen.as_ref().and_then(told)).filter(|_| shown)
    });
    move || {
        edges.get().map(|Edges { left, right, top, bottom }| {
            let [left, right, top, bottom] =
                [left, right, top, bottom].map(|edge| edge.letters().to_string());
            let words = page::viewer::directions(&left, &right, &top, &bottom);
            view! {
                <div class="letters" role="img" aria-label=words>
                    <span class="left">{left}</span>
                    <span class="right">{right}</span>
                    <span class="top">{top}</span>
                    <span class="bottom">{bottom}</span>
                </div>
            }
        })
    }
}
