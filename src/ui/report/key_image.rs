//! Pictures that the user keeps for the report. They stay in this page's memory.

use crate::messages::page;
use crate::ui::viewer::Canvases;
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// One kept picture.
#[derive(Clone, PartialEq)]
pub struct KeyImage {
    /// Its pixels.
    pub picture: ImageData,
    /// What it shows, in the user's own words; may be empty.
    pub caption: String,
}

/// The picture of a viewport as it is on the screen: the image, and what lies over it as opaque as it is shown. `None` where nothing was
/// drawn.
pub fn capture(canvases: Canvases) -> Option<ImageData> {
    let image: HtmlCanvasElement = canvases.image.get_untracked()?;
    let (width, height) = (image.width(), image.height());
    let shown = std::iter::once(image).chain(canvases.overlay.get_untracked());
    let copy: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    copy.set_width(width);
    copy.set_height(height);
    let context = context(&copy)?;
    for one in shown {
        let style = window().get_computed_style(&one).ok().flatten();
        let opacity = style.and_then(|style| style.get_property_value("opacity").ok()?.parse().ok());
        context.set_global_alpha(opacity.unwrap_or(1.0));
        // A canvas without pixels cannot be drawn, and adds nothing.
        let (width, height) = (width.into(), height.into());
        context.draw_image_with_html_canvas_element_and_dw_and_dh(&one, 0.0, 0.0, width, height).ok();
    }
    context.get_image_data(0.0, 0.0, width.into(), height.into()).ok()
}

/// The picture, as large as the style sheet lets it be.
#[component]
pub fn Picture(image: KeyImage) -> impl IntoView {
    let node = NodeRef::<Canvas>::new();
    let words = if image.caption.is_empty() { page::report::KEY_IMAGE.into() } else { image.caption.clone() };
    Effect::new(move || {
        let Some(canvas) = node.get() else { return };
        canvas.set_width(image.picture.width());
        canvas.set_height(image.picture.height());
        if let Some(Err(error)) = context(&canvas).map(|c| c.put_image_data(&image.picture, 0.0, 0.0)) {
            leptos::logging::error!("the key image could not be drawn: {error:?}");
        }
    });
    view! { <canvas node_ref=node role="img" aria-label=words></canvas> }
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}
