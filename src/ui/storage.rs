//! What this browser keeps of the user's choices, by name.

use leptos::prelude::window;

/// What was kept under a name.
pub fn get(name: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(name).ok().flatten()
}

/// Keeps a text. Private windows may refuse to remember; a choice then holds until the page is closed.
pub fn set(name: &str, text: &str) {
    if let Some(storage) = window().local_storage().ok().flatten() {
        storage.set_item(name, text).ok();
    }
}
