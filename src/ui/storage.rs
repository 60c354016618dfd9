//! What this browser keeps of the user's choices, by name.

use leptos::prelude::window;

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
