//! Keyboard shortcuts. Character keys work wherever the focus is, except in text fields; named keys, which pages need themselves, only in a
//! focused viewport.

use super::state::{ViewerState, Viewport};
use crate::viewing::hotkeys::{Action, chord};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// An arrow shifts the image by so many CSS pixels.
const PAN: f64 = 40.0;

/// Listens as long as the viewer is on the page.
pub fn listen(viewer: ViewerState) {
    let listening = window_event_listener(ev::keydown, move |event| hear(viewer, &event));
    on_cleanup(move || listening.remove());
}

/// The key of an event, as the keymap has it.
pub fn key_of(event: &KeyboardEvent) -> String {
    chord(&event.key(), event.ctrl_key() || event.meta_key(), event.alt_key(), event.shift_key())
}

fn hear(viewer: ViewerState, event: &KeyboardEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_in = |selector: &str| {
        target.as_ref().is_some_and(|target| target.closest(selector).is_ok_and(|found| found.is_some()))
    };
    if event.default_prevented() || is_in("input:not([type=range]):not([type=checkbox]), textarea, select") {
        return;
    }
    let (key, is_in_viewport) = (key_of(event), is_in(".viewport"));
    let viewport = untrack(|| viewer.active());
    if is_in_viewport && arrow(viewer, viewport, event) {
        return event.prevent_default();
    }
    let Some(action) = viewer.keys.with_untracked(|keys| keys.action(&key)) else { return };
    let is_named = key.trim_start_matches("Shift+").chars().count() > 1 && !key.contains("Ctrl+");
    let is_free = is_in_viewport || action == Action::Release && viewer.sheet.get_untracked().is_some();
    let acts = if is_named { is_free } else { viewer.are_keys_on.get_untracked() };
    if acts {
        event.prevent_default();
        viewer.act(action);
    }
}

/// Arrows move the chosen annotation or handle by a pixel of the image, ten with Shift; without one they shift the image.
fn arrow(viewer: ViewerState, viewport: Viewport, event: &KeyboardEvent) -> bool {
    let (x, y) = match event.key().as_str() {
        "ArrowLeft" => (-1.0, 0.0),
        "ArrowRight" => (1.0, 0.0),
        "ArrowUp" => (0.0, -1.0),
        "ArrowDown" => (0.0, 1.0),
        _ => return false,
    };
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return false;
    }
    let step = if event.shift_key() { 10.0 } else { 1.0 };
    // Right on the screen, however the image is turned.
    let turned = untrack(|| viewport.transform(viewer)).map(|transform| {
        let direction = |a: f64, b: f64| if a.abs() > 1e-9 { a.signum() } else { b };
        if transform.xx.abs() > transform.xy.abs() {
            (x * direction(transform.xx, 1.0), y * direction(transform.yy, 1.0))
        } else {
            (y * direction(transform.yx, 1.0), x * direction(transform.xy, 1.0))
        }
    });
    let (along, down) = turned.unwrap_or((x, y));
    if !viewer.nudge(viewport, along * step, down * step) {
        viewer.pan(viewport, -x * PAN, -y * PAN);
    }
    true
}
