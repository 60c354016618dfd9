//! What this browser keeps of the user's choices, by name.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// What was kept under a name.
pub fn get(name: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(name).ok().flatten()
}

/// Names of all texts that were kept.
pub fn names() -> Vec<String> {
    let Some(storage) = window().local_storage().ok().flatten() else { return Vec::new() };
    (0..storage.length().unwrap_or_default()).filter_map(|at| storage.key(at).ok().flatten()).collect()
}

/// Forgets all of them.
pub fn clear() {
    if let Some(storage) = window().local_storage().ok().flatten() {
        storage.clear().ok();
    }
}

/// Keeps a text. Private windows may refuse to remember; a choice then holds until the page is closed.
pub fn set(name: &str, text: &str) {
    if let Some(storage) = window().local_storage().ok().flatten() {
        storage.set_item(name, text).ok();
    }
}

/// The method of an object of the window, if the browser has both.
fn method(object: &str, name: &str) -> Option<(JsValue, Function)> {
    let object = Reflect::get(&window(), &object.into()).ok()?;
    let method = Reflect::get(&object, &name.into()).ok()?.dyn_into().ok()?;
    Some((object, method))
}

/// Names of all databases; `None` where the browser does not tell.
pub async fn databases() -> Option<Vec<String>> {
    let (all, list) = method("indexedDB", "databases")?;
    let found = JsFuture::from(list.call0(&all).ok()?.unchecked_into::<Promise>()).await.ok()?;
    let name = |found: JsValue| Reflect::get(&found, &"name".into()).ok()?.as_string();
    Some(found.unchecked_into::<Array>().iter().filter_map(name).collect())
}

/// Asks the browser to keep this site's data when the disk gets full. It decides by itself, or asks the user; nothing waits for that.
pub fn persist() {
    let storage = Reflect::get(&window().navigator(), &"storage".into()).unwrap_or_default();
    let persist =
        Reflect::get(&storage, &"persist".into()).ok().and_then(|it| it.dyn_into::<Function>().ok());
    if let Some(persist) = persist {
        persist.call0(&storage).ok();
    }
}

/// Deletes a database, and waits until it is gone.
///
/// # Errors
/// Where another tab holds it open that may be never, so this is refused.
pub async fn delete_database(name: &str) -> Result<(), JsValue> {
    let Some((all, delete)) = method("indexedDB", "deleteDatabase") else { return Ok(()) };
    let request = delete.call1(&all, &name.into())?;
    let ended = Promise::new(&mut |resolve, reject| {
        for (event, then) in [("onsuccess", &resolve), ("onerror", &reject), ("onblocked", &reject)] {
            Reflect::set(&request, &event.into(), then).ok();
        }
    });
    JsFuture::from(ended).await.map(|_| ())
}
