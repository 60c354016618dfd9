//! The sheets over the viewer: keys and windows.

texts! {
    KEYS_TITLE = "Keys";
    WINDOWS_TITLE = "Windows";
    PRESS_KEY = "Press a key";
    NO_KEY = "no key";
}

/// What is announced after a key was changed. `before`: the action that lost it.
pub fn key_changed(key: &str, action: &str, before: Option<&str>) -> String {
    let lost = before.map(|before| format!(" “{before}” has no key now.")).unwrap_or_default();
    format!("{key}: {action}.{lost}")
}

texts! {
    change_key(action: &str, key: &str) = "{action}: {key}. Change this key";
    LETTERS_ACT = "Letters and signs act as keys";
    KEYS_HINT = "Choose a key to change it. Arrows, Enter, Space, Delete and Escape act on an image in focus, also while the rest is off.";
    POINTER_HINT = "Mouse: drag with the tool; right button shifts; wheel goes through frames or enlarges; double click shows all. Fingers: one drags with the tool, two enlarge and shift.";
    FIRST_KEYS_BUTTON = "Back to the first keys";
    /// The name that a window of the user's own gets at first.
    own_window(number: usize) = "Own {number}";
    level_of(window: &str) = "Level of {window}";
    width_of(window: &str) = "Width of {window}";
    take_away(window: &str) = "Take {window} away";
    NO_UNIT = "no unit";
    TAKE_AWAY_HINT = "Take away";
    WINDOWS_HINT = "A window tells which values are shown from black to white: its level (L), which is their middle, and its width (W). Each is offered for images whose values have its unit. HU are Hounsfield units, the values of computed tomography.";
    NAME = "Name";
    LEVEL = "Level";
    WIDTH = "Width";
    UNIT = "Unit";
    KEEP_WINDOW_BUTTON = "Keep the present window";
    USUAL_WINDOWS_BUTTON = "Back to the usual ones";
}
