//! The image, and the heat map or outline over it.

use crate::protocol::worker::Method;
use crate::ui::bridge;
use crate::ui::desk::Desk;
use crate::ui::job::JobState;
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
    let shown = move || desk.shown();
    Effect::new(move || {
        let shown = shown();
        draw(image.get(), None);
        draw(heat.get(), shown.as_ref().and_then(|shown| shown.heat.picture()));
    });
    let has_heat = move || shown().is_some_and(|shown| shown.heat.picture().is_some());
    let method = move || shown().map_or(Method::Activation, |shown| shown.method);
    // The answer that the picture is about, in the words of the model that gave it.
    let about = move || {
        let Some(shown) = shown() else { return String::new() };
        let class = |class: usize| desk.summary(&shown.examination.model.id)?.labels.get(class).cloned();
        let finding = || shown.examination.answer.as_ref().map(|answer| answer.operating_point.label.clone());
        shown.class.and_then(class).or_else(finding).unwrap_or_default()
    };
    let is_outline_shown = move || method() == Method::Outline;
    let name = move || if is_outline_shown() { "Outline" } else { "Heat map" };
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
                    aria-label=move || if is_outline_shown() { "Outline: what the model takes for the lesion" } else { "Heat map: where the model saw signs of the finding" }
                    style:opacity=move || format!("{}%", opacity.get())></canvas>
            </div>
            <p class="waiting" role="status">{waiting}</p>
            <Show when=has_heat>
                <div class="heat-tools">
                    <Explanations/>
                    <label>
                        {name}
                        <input type="range" min="0" max="100" prop:value=move || opacity.get().to_string() data-testid="opacity"
                            aria-label=move || format!("Opacity of the {} in percent", name().to_lowercase())
                            on:input=move |event| opacity.set(event_target_value(&event).parse().unwrap_or(OPACITY))/>
                        <output>{move || format!("{} %", opacity.get())}</output>
                    </label>
                    <div class="legend" class:gone=is_outline_shown aria-label="Legend: from weak to strong signs">
                        <span>"weak"</span><span class="scale"></span><span>"strong signs"</span>
                    </div>
                    <p data-testid="caption">{move || words::caption(method(), &about())}</p>
                </div>
            </Show>
        </section>
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
