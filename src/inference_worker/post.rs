//! The worker's way back to the page.

use crate::protocol::inference_worker::{Envelope, Reply, VERSION};
use js_sys::{Array, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

/// This worker.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Says that messages will be heard from now on.
pub(crate) fn awake() {
    send(&JsValue::from_str("awake"), &Array::new());
}

/// Posts a reply.
pub(crate) fn post(reply: &Reply) {
    post_with(reply, std::iter::empty());
}

/// Posts a reply with buffers, which are handed over.
pub(crate) fn post_with(reply: &Reply, buffers: impl Iterator<Item = Vec<u8>>) {
    send_with(VERSION, reply, buffers);
}

/// Posts what any of the page's workers says, with buffers, which are handed over.
pub(crate) fn send_with<T: Serialize>(version: u32, reply: &T, buffers: impl Iterator<Item = Vec<u8>>) {
    let envelope = Envelope { version, message: reply };
    // A reply is made of plain values only, so it always has a text.
    let Ok(text) = serde_json::to_string(&envelope) else { return };
    let (parts, transfer) = (Array::of1(&text.into()), Array::new());
    for bytes in buffers {
        let buffer = Uint8Array::from(bytes.as_slice()).buffer();
        parts.push(&buffer);
        transfer.push(&buffer);
    }
    send(&parts, &transfer);
}

fn send(message: &JsValue, transfer: &Array) {
    if let Err(error) = scope().post_message_with_transfer(message, transfer) {
        web_sys::console::error_1(&error);
    }
}

/// Network requests that this worker has made so far, by the browser's own count.
pub(crate) fn resource_count() -> u32 {
    scope().performance().map_or(0, |performance| performance.get_entries_by_type("resource").length())
}

/// Milliseconds since this worker began.
pub(crate) fn now() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}
