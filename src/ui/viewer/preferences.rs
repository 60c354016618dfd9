//! What the user has chosen for the viewer, kept on this device.

use crate::ui::storage::{get, set};
use crate::viewing::hotkeys::Keymap;
use crate::viewing::presets::{self, Preset};

const KEYS: &str = "lantern-viewer-keys";
const KEYS_OFF: &str = "lantern-viewer-keys-off";
const LABELS_OFF: &str = "lantern-viewer-labels-off";
const PRESETS: &str = "lantern-viewer-presets";

/// The keys of the last visit.
pub fn keys() -> Keymap {
    get(KEYS).map(|text| Keymap::from_text(&text)).unwrap_or_default()
}

/// Keeps the keys.
pub fn keep_keys(keys: &Keymap) {
    set(KEYS, &keys.to_text());
}

/// Whether keys do anything.
pub fn are_keys_on() -> bool {
    get(KEYS_OFF).as_deref() != Some("yes")
}

/// Keeps whether keys do anything.
pub fn keep_keys_on(are_on: bool) {
    set(KEYS_OFF, if are_on { "no" } else { "yes" });
}

/// Whether text stands around images.
pub fn are_labels_shown() -> bool {
    get(LABELS_OFF).as_deref() != Some("yes")
}

/// Keeps whether text stands around images.
pub fn keep_labels_shown(are_shown: bool) {
    set(LABELS_OFF, if are_shown { "no" } else { "yes" });
}

/// The presets of the last visit; the usual ones at first, and where what was kept cannot be read.
pub fn presets() -> Vec<Preset> {
    get(PRESETS).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(presets::standard)
}

/// Keeps the presets.
pub fn keep_presets(presets: &[Preset]) {
    if let Ok(text) = serde_json::to_string(presets) {
        set(PRESETS, &text);
    }
}
