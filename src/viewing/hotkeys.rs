//! Actions of the viewer, and their keys.

use crate::messages::viewing as text;
use std::collections::BTreeMap;

/// What dragging on an image does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "titles say what each does")]
pub enum Tool {
    Window,
    Pan,
    Zoom,
    Distance,
    Angle,
    Ellipse,
    Rectangle,
}

/// An action of the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "titles say what each does")]
pub enum Action {
    Take(Tool),
    Fit,
    OneToOne,
    ZoomIn,
    ZoomOut,
    RotateRight,
    RotateLeft,
    Flip,
    FlipVertical,
    Invert,
    Smooth,
    Overlay,
    Planes,
    Labels,
    Patient,
    Reset,
    Preset(u8),
    Brighter,
    Darker,
    MoreContrast,
    LessContrast,
    NextFrame,
    PreviousFrame,
    FirstFrame,
    LastFrame,
    Play,
    Place,
    NextAnnotation,
    NextHandle,
    Delete,
    Release,
    Undo,
    Redo,
    OtherViewport,
    Link,
    Help,
}

/// All actions: name in storage, title, default key.
const TABLE: [(Action, &str, &str, &str); 50] = [
    (Action::Take(Tool::Window), "window", text::WINDOW, "w"),
    (Action::Take(Tool::Pan), "pan", text::PAN, "p"),
    (Action::Take(Tool::Zoom), "zoom", text::ZOOM, "z"),
    (Action::Take(Tool::Distance), "distance", text::MEASURE_DISTANCE, "d"),
    (Action::Take(Tool::Angle), "angle", text::MEASURE_ANGLE, "a"),
    (Action::Take(Tool::Ellipse), "ellipse", text::MEASURE_ELLIPSE, "e"),
    (Action::Take(Tool::Rectangle), "rectangle", text::MEASURE_RECTANGLE, "r"),
    (Action::Fit, "fit", text::FIT, "f"),
    (Action::OneToOne, "one-to-one", text::ONE_TO_ONE, "o"),
    (Action::ZoomIn, "zoom-in", text::ZOOM_IN, "+"),
    (Action::ZoomOut, "zoom-out", text::ZOOM_OUT, "-"),
    (Action::RotateRight, "rotate-right", text::ROTATE_RIGHT, "]"),
    (Action::RotateLeft, "rotate-left", text::ROTATE_LEFT, "["),
    (Action::Flip, "flip", text::FLIP, "x"),
    (Action::FlipVertical, "upend", text::UPEND, "y"),
    (Action::Invert, "invert", text::INVERT, "i"),
    (Action::Smooth, "smooth", text::SMOOTH, "s"),
    (Action::Overlay, "overlay", text::OVERLAY, "t"),
    (Action::Planes, "planes", text::PLANES, "v"),
    (Action::Labels, "labels", text::LABELS, "k"),
    (Action::Patient, "patient", text::PATIENT, "m"),
    (Action::Reset, "reset", text::RESET, "0"),
    (Action::Preset(1), "preset-1", text::PRESETS[0], "1"),
    (Action::Preset(2), "preset-2", text::PRESETS[1], "2"),
    (Action::Preset(3), "preset-3", text::PRESETS[2], "3"),
    (Action::Preset(4), "preset-4", text::PRESETS[3], "4"),
    (Action::Preset(5), "preset-5", text::PRESETS[4], "5"),
    (Action::Preset(6), "preset-6", text::PRESETS[5], "6"),
    (Action::Preset(7), "preset-7", text::PRESETS[6], "7"),
    (Action::Preset(8), "preset-8", text::PRESETS[7], "8"),
    (Action::Preset(9), "preset-9", text::PRESETS[8], "9"),
    (Action::Brighter, "brighter", text::BRIGHTER, "b"),
    (Action::Darker, "darker", text::DARKER, "Shift+b"),
    (Action::MoreContrast, "more-contrast", text::MORE_CONTRAST, "c"),
    (Action::LessContrast, "less-contrast", text::LESS_CONTRAST, "Shift+c"),
    (Action::NextFrame, "next-frame", text::NEXT_FRAME, "PageDown"),
    (Action::PreviousFrame, "previous-frame", text::PREVIOUS_FRAME, "PageUp"),
    (Action::FirstFrame, "first-frame", text::FIRST_FRAME, "Home"),
    (Action::LastFrame, "last-frame", text::LAST_FRAME, "End"),
    (Action::Play, "play", text::PLAY, "Space"),
    (Action::Place, "place", text::PLACE, "Enter"),
    (Action::NextAnnotation, "next-mark", text::NEXT_MARK, "n"),
    (Action::NextHandle, "next-handle", text::NEXT_HANDLE, "h"),
    (Action::Delete, "delete", text::DELETE, "Delete"),
    (Action::Release, "release", text::RELEASE, "Escape"),
    (Action::Undo, "undo", text::UNDO, "Ctrl+z"),
    (Action::Redo, "redo", text::REDO, "Ctrl+Shift+z"),
    (Action::OtherViewport, "other-pane", text::OTHER_PANE, "g"),
    (Action::Link, "link", text::LINK, "l"),
    (Action::Help, "help", text::HELP, "?"),
];

fn row(action: Action) -> (&'static str, &'static str, &'static str) {
    let found = TABLE.iter().find(|row| row.0 == action);
    found.map_or(("", "", ""), |(_, name, title, key)| (name, title, key))
}

impl Action {
    /// All actions.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// The action's name in storage, style sheets and tests.
    pub fn name(self) -> &'static str {
        row(self).0
    }

    /// What the action does, in words.
    pub fn title(self) -> &'static str {
        row(self).1
    }
}

/// The user's changes to the default keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keymap(BTreeMap<Action, String>);

impl Keymap {
    /// The key of an action; empty if it has none.
    pub fn key(&self, action: Action) -> &str {
        self.0.get(&action).map_or(row(action).2, String::as_str)
    }

    /// The action of a key.
    pub fn action(&self, key: &str) -> Option<Action> {
        Action::all().find(|action| !key.is_empty() && self.key(*action) == key)
    }

    /// Assigns a key to an action. Returns the action that had the key before and now has none.
    pub fn set(&mut self, action: Action, key: &str) -> Option<Action> {
        let before = self.action(key).filter(|before| *before != action);
        if let Some(before) = before {
            self.0.insert(before, String::new());
        }
        self.0.insert(action, key.into());
        before
    }

    /// The changes as text, one per line.
    pub fn to_text(&self) -> String {
        self.0.iter().map(|(action, key)| format!("{} {key}\n", action.name())).collect()
    }

    /// Parses the text of [`Self::to_text`]; unknown lines are ignored.
    pub fn from_text(text: &str) -> Self {
        let line = |line: &str| {
            let (name, key) = line.split_once(' ')?;
            let action = Action::all().find(|action| action.name() == name)?;
            Some((action, key.trim().to_string()))
        };
        Self(text.lines().filter_map(line).collect())
    }
}

/// A key with its modifiers, as stored and compared: `Ctrl+Shift+z`, `PageUp`, `?`. Empty for a modifier
/// alone. Shift is included for letters and named keys only; for other characters it is part of typing them.
pub fn chord(key: &str, ctrl: bool, alt: bool, shift: bool) -> String {
    if ["", "Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Tab"].contains(&key) {
        return String::new();
    }
    let name = if key == " " { "Space".into() } else { key.to_string() };
    let is_sign = name.chars().count() == 1;
    let is_letter = is_sign && name.chars().all(char::is_alphabetic);
    let name = if is_letter { name.to_lowercase() } else { name };
    let held = [(ctrl, "Ctrl+"), (alt, "Alt+"), (shift && (is_letter || !is_sign), "Shift+")];
    held.iter().filter(|(is_held, _)| *is_held).map(|(_, name)| *name).collect::<String>() + &name
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_action_has_a_name_a_title_and_a_key_of_its_own() {
        let all: Vec<Action> = Action::all().collect();
        assert_eq!(all.len(), TABLE.len());
        let keys = Keymap::default();
        let different =
            |of: &dyn Fn(Action) -> String| all.iter().map(|a| of(*a)).collect::<BTreeSet<_>>().len();
        assert_eq!(different(&|a| a.name().into()), all.len());
        assert_eq!(different(&|a| a.title().into()), all.len());
        assert_eq!(different(&|a| keys.key(a).into()), all.len());
        assert!(all.iter().all(|a| keys.action(keys.key(*a)) == Some(*a) && !a.name().contains(' ')));
    }

    #[test]
    fn a_key_does_one_thing() {
        let mut keys = Keymap::default();
        assert_eq!(keys.set(Action::Invert, "w"), Some(Action::Take(Tool::Window)));
        assert_eq!(keys.action("w"), Some(Action::Invert));
        assert_eq!((keys.action("i"), keys.key(Action::Take(Tool::Window))), (None, ""));
        assert_eq!(keys.action(""), None);
        assert_eq!(keys.set(Action::Invert, "w"), None);
        assert_eq!(Keymap::from_text(&keys.to_text()), keys);
        assert_eq!(Keymap::from_text("nonsense\nunheard-of q\n"), Keymap::default());
    }

    #[test]
    fn chords_match_what_is_typed() {
        assert_eq!(chord("Z", true, false, true), "Ctrl+Shift+z");
        assert_eq!(chord("?", false, false, true), "?");
        assert_eq!(chord(" ", false, false, false), "Space");
        assert_eq!(chord("PageUp", false, false, true), "Shift+PageUp");
        assert_eq!(chord("Shift", false, false, true), "");
        assert_eq!(chord("W", false, false, false), "w");
    }
}
