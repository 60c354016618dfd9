//! Shows how many network requests were made since the image was opened, by the browser's own count.

use super::workspace::Workspace;
use crate::messages::page;
use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{
    PerformanceObserver, PerformanceObserverEntryList, PerformanceObserverInit, PerformanceResourceTiming,
};

/// The browser notes so many requests for [`made`], instead of 250, of which thumbnails would take most.
const MOST_NOTED: u32 = 100_000;

/// Notes each request that the page makes once an image is open.
pub fn watch(requests: RwSignal<Vec<String>>, opened: RwSignal<bool>) {
    let note = Closure::<dyn Fn(_)>::new(move |list: PerformanceObserverEntryList| {
        if opened.get_untracked() {
            let made: Vec<String> = list.get_entries().iter().filter_map(network_request).collect();
            requests.update(|all| all.extend(made));
        }
    });
    if let Some(timeline) = window().performance() {
        timeline.set_resource_timing_buffer_size(MOST_NOTED);
    }
    if let Ok(observer) = PerformanceObserver::new(note.as_ref().unchecked_ref()) {
        let init = PerformanceObserverInit::new(&Array::of1(&"resource".into()));
        observer.observe(&init);
    }
    // It watches as long as the page lives.
    note.forget();
}

/// The addresses that the page asked since it was opened, in order. Its workers note their own requests.
pub fn made() -> Vec<String> {
    let entries = window().performance().map(|timeline| timeline.get_entries_by_type("resource"));
    entries.unwrap_or_default().iter().filter_map(network_request).collect()
}

/// The address that an entry of the timeline asked, if it asked the network.
fn network_request(entry: JsValue) -> Option<String> {
    let entry = entry.dyn_into::<PerformanceResourceTiming>().ok()?;
    // What a cache of this browser answered made no request; where the browser does not say so, a body without a
    // transfer tells it.
    let delivery =
        js_sys::Reflect::get(&entry, &"deliveryType".into()).ok().and_then(|kind| kind.as_string());
    let answered_here = delivery.is_some_and(|kind| kind.starts_with("cache"))
        || (entry.transfer_size() == 0.0 && entry.decoded_body_size() > 0.0);
    // blob: addresses are this page's own memory.
    (entry.name().starts_with("http") && !answered_here).then(|| entry.name())
}

/// The count, with the names on demand.
#[component]
pub fn RequestStrip() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let of_worker = move || workspace.shown().map_or(0, |shown| shown.requests as usize);
    let count = move || workspace.requests.with(Vec::len) + of_worker();
    let names = move || {
        let counted = page::shell::COUNTED_BY;
        workspace.requests.with(|names| {
            if names.is_empty() { counted.into() } else { format!("{counted} {}", names.join(" ")) }
        })
    };
    // What the page may ask for at all is models and the history; an image has nowhere to go.
    let of_history =
        move || workspace.requests.with(|names| names.iter().filter(|name| name.contains("/api/")).count());
    let status = move || page::shell::requests(count(), of_history());
    view! {
        <Show when=move || workspace.opened.get() fallback=|| view! { <span>{page::shell::IMAGES_STAY}</span> }>
            <details class="strip">
                <summary><b>{count}</b>{status}</summary>
                <p class="small">{names}</p>
            </details>
        </Show>
    }
}
