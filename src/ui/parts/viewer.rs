//! The image, and the heat map or outline over it.

use crate::ui::desk::{Desk, JobState};
use crate::ui::words;
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Opacity of the heat map at first, in percent.
const OPACITY: u32 = 45;

/// The image that is looked at.
#[component]
pub fn Viewer() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (image, heat) = (NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let opacity = RwSignal::new(OPACITY);
    let shown = move || match desk.current_state() {
        Some(JobState::Examined(shown)) => Some(shown),
        _ => None,
    };
    Effect::new(move || {
        let shown = shown();
        draw(image.get(), shown.as_ref().map(|shown| &shown.picture));
        draw(heat.get(), shown.as_ref().and_then(|shown| shown.heat.as_ref()));
    });
    let has_heat = move || shown().is_some_and(|shown| shown.heat.is_some());
    let is_outline = move || {
        shown().is_some_and(|shown| shown.examination.answer.as_ref().is_some_and(|a| a.outlined.is_some()))
    };
    let name = move || if is_outline() { "Outline" } else { "Heat map" };
    let waiting = move || match desk.current_state() {
        Some(JobState::Waiting) => Some("Waiting for its turn"),
        Some(JobState::Working(stage)) => Some(words::stage(stage)),
        _ => None,
    };
    view! {
        <section class="viewer" aria-label="Image">
            <div class="stack" class:empty=move || shown().is_none()>
                <canvas node_ref=image data-testid="preview" role="img" aria-label="The image as it was read"></canvas>
                <canvas node_ref=heat data-testid="heat-map" class:gone=move || !has_heat() role="img"
                    aria-label=move || if is_outline() { "Outline: what the model takes for the lesion" } else { "Heat map: where the model saw signs of the finding" }
                    style:opacity=move || format!("{}%", opacity.get())></canvas>
            </div>
            <p class="waiting" role="status">{waiting}</p>
            <Show when=has_heat>
                <div class="heat-tools">
                    <label>
                        {name}
                        <input type="range" min="0" max="100" prop:value=move || opacity.get().to_string() data-testid="opacity"
                            aria-label=move || format!("Opacity of the {} in percent", name().to_lowercase())
                            on:input=move |event| opacity.set(event_target_value(&event).parse().unwrap_or(OPACITY))/>
                        <output>{move || format!("{} %", opacity.get())}</output>
                    </label>
                    <div class="legend" class:gone=is_outline aria-label="Legend: from weak to strong signs">
                        <span>"weak"</span><span class="scale"></span><span>"strong signs"</span>
                    </div>
                    <p>{move || if is_outline() {
                        "Shows what the model takes for the lesion. Its edge is an estimate, not a measurement."
                    } else {
                        "Shows where the model looked, not where disease is or ends."
                    }}</p>
                </div>
            </Show>
        </section>
    }
}

/// Draws a picture in its own size; the style sheet fits it to the room.
fn draw(canvas: Option<HtmlCanvasElement>, picture: Option<&ImageData>) {
    let (Some(canvas), Some(picture)) = (canvas, picture) else { return };
    canvas.set_width(picture.width());
    canvas.set_height(picture.height());
    let context =
        canvas.get_context("2d").ok().flatten().and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok());
    if let Some(Err(error)) = context.map(|context| context.put_image_data(picture, 0.0, 0.0)) {
        leptos::logging::error!("the picture could not be drawn: {error:?}");
    }
}
