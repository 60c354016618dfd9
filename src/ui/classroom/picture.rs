//! Small pictures on canvases of their own size; style sheets make them larger, pixel by pixel.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// RGBA of so many columns and rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bitmap {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

impl Bitmap {
    /// Grey values between two ends.
    pub fn grey(
        width: usize,
        height: usize,
        values: impl Iterator<Item = f32>,
        (least, most): (f32, f32),
    ) -> Self {
        let byte = |value: f32| ((value - least) / (most - least).max(1e-12)).clamp(0.0, 1.0) * 255.0;
        let rgba = values.flat_map(|value| {
            let grey = byte(value) as u8;
            [grey, grey, grey, 255]
        });
        Self { width, height, rgba: rgba.collect() }
    }
}

/// A picture that is drawn anew whenever it changes. It says nothing to a screen reader: what stands beside it does.
#[component]
pub fn Picture(#[prop(into)] bitmap: Signal<Bitmap>) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move || {
        if let Some(canvas) = canvas.get() {
            bitmap.with(|bitmap| paint(&canvas, bitmap));
        }
    });
    view! { <canvas class="pixels" aria-hidden="true" node_ref=canvas></canvas> }
}

fn paint(canvas: &HtmlCanvasElement, Bitmap { width, height, rgba }: &Bitmap) {
    if rgba.is_empty() || rgba.len() != width * height * 4 {
        return;
    }
    canvas.set_width(*width as u32);
    canvas.set_height(*height as u32);
    let context = canvas.get_context("2d").ok().flatten();
    let Some(context) = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok())
    else {
        return;
    };
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), *width as u32, *height as u32);
    if let Ok(data) = data {
        context.put_image_data(&data, 0.0, 0.0).ok();
    }
}
