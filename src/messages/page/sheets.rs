//! The sheets over the viewer: keys and windows.

pub const KEYS_TITLE: &str = "Keys";
pub const WINDOWS_TITLE: &str = "Windows";
pub const PRESS_KEY: &str = "Press a key";
pub const NO_KEY: &str = "no key";

/// What is announced after a key was changed. `before`: the action that lost it.
pub fn key_changed(key: &str, action: &str, before: Option<&str>) -> String {
    let lost = before.map(|before| format!(" “{before}” has no key now.")).unwrap_or_default();
    format!("{key}: {action}.{lost}")
}

pub fn change_key(action: &str, key: &str) -> String {
    format!("{action}: {key}. Change this key")
}

pub const LETTERS_ACT: &str = "Letters and signs act as keys";
pub const KEYS_HINT: &str = "Choose a key to change it. Arrows, Enter, Space, Delete and Escape act on an image in focus, also while the rest is off.";
pub const POINTER_HINT: &str = "Mouse: drag with the tool; right button shifts; wheel goes through frames or enlarges; double click shows all. Fingers: one drags with the tool, two enlarge and shift.";
pub const FIRST_KEYS_BUTTON: &str = "Back to the first keys";

/// The name that a window of the user's own gets at first.
pub fn own_window(number: usize) -> String {
    format!("Own {number}")
}

pub fn level_of(window: &str) -> String {
    format!("Level of {window}")
}

pub fn width_of(window: &str) -> String {
    format!("Width of {window}")
}

pub fn take_away(window: &str) -> String {
    format!("Take {window} away")
}

pub const NO_UNIT: &str = "no unit";
pub const TAKE_AWAY_HINT: &str = "Take away";
pub const WINDOWS_HINT: &str = "A window tells which values are shown from black to white: its level (L), which is their middle, and its width (W). Each is offered for images whose values have its unit. HU are Hounsfield units, the values of computed tomography.";
pub const NAME: &str = "Name";
pub const LEVEL: &str = "Level";
pub const WIDTH: &str = "Width";
pub const UNIT: &str = "Unit";
pub const KEEP_WINDOW_BUTTON: &str = "Keep the present window";
pub const USUAL_WINDOWS_BUTTON: &str = "Back to the usual ones";
