//! Canvases as files.

use leptos::prelude::window;
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

/// A canvas as a PNG file.
pub fn png_of(canvas: &HtmlCanvasElement) -> Result<Vec<u8>, JsValue> {
    // `data:image/png;base64,` and the file.
    let text = canvas.to_data_url_with_type("image/png")?;
    let (_, encoded) = text.split_once(',').ok_or(JsValue::NULL)?;
    Ok(window().atob(encoded)?.chars().map(|byte| byte as u8).collect())
}
