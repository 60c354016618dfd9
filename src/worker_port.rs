//! A worker's connection to the page: hears requests and posts replies. Both workers use it.

use crate::protocol::Envelope;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Answers requests from now on, each with the buffer that came with it; `stale` is the reply to a request of another version. Posts
/// `awake` once messages are heard, because what was posted before is lost.
pub(crate) fn listen<Q: DeserializeOwned + 'static, R: Serialize + 'static>(
    stale: R,
    answer: impl Fn(Q, Vec<u8>) + 'static,
) {
    console_error_panic_hook::set_once();
    let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let parts = Array::from(&event.data());
        let Some(text) = parts.get(0).as_string() else { return };
        // From bytes, as cards are: another kind of JSON input would be more code to load.
        match serde_json::from_slice::<Envelope<Q>>(text.as_bytes()).ok().and_then(Envelope::open) {
            Some(request) => answer(request, buffer(&parts)),
            None => post(&stale),
        }
    });
    scope().set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // The worker listens until it is terminated.
    hear.forget();
    send(&JsValue::from_str("awake"), &Array::new());
}

/// The buffer that came with a request; empty where none came.
fn buffer(parts: &Array) -> Vec<u8> {
    parts
        .get(1)
        .dyn_into::<ArrayBuffer>()
        .map_or_else(|_| Vec::new(), |buffer| Uint8Array::new(&buffer).to_vec())
}

/// Posts a reply.
pub(crate) fn post<R: Serialize>(reply: &R) {
    post_with(reply, std::iter::empty());
}

/// Posts a reply with buffers, which are transferred.
pub(crate) fn post_with<R: Serialize>(reply: &R, buffers: impl Iterator<Item = Vec<u8>>) {
    // A reply is made of plain values only, so it always has a text.
    let Ok(text) = serde_json::to_string(&Envelope::new(reply)) else { return };
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

/// This worker.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Network requests that this worker has made so far, by the browser's own count.
pub(crate) fn resource_count() -> u32 {
    scope().performance().map_or(0, |performance| performance.get_entries_by_type("resource").length())
}

/// Milliseconds since this worker began.
pub(crate) fn now() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}
