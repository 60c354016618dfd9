//! The sheet of keys: what each does, and which key the user wants instead.

use super::state::ViewerState;
use super::{keys, preferences};
use crate::viewing::hotkeys::{Action, Keymap};
use leptos::prelude::*;

/// All keys, each of which can be changed.
#[component]
pub fn KeySheet(viewer: ViewerState) -> impl IntoView {
    // The action that waits for a key.
    let waiting = RwSignal::new(None::<Action>);
    let keep = move |change: &dyn Fn(&mut Keymap)| {
        viewer.keys.update(change);
        viewer.keys.with_untracked(preferences::keep_keys);
    };
    let row = move |action: Action| {
        let key = move || match (
            waiting.get() == Some(action),
            viewer.keys.with(|keys| keys.key(action).to_string()),
        ) {
            (true, _) => "Press a key".into(),
            (false, key) if key.is_empty() => "no key".into(),
            (false, key) => key,
        };
        let hear = move |event: web_sys::KeyboardEvent| {
            let key = keys::key_of(&event);
            if waiting.get_untracked() != Some(action) || key.is_empty() {
                return;
            }
            event.prevent_default();
            waiting.set(None);
            if key == "Escape" {
                return;
            }
            let before =
                viewer.keys.with_untracked(|keys| keys.action(&key)).filter(|before| *before != action);
            keep(&|keys| {
                keys.set(action, &key);
            });
            let lost =
                before.map(|before| format!(" “{}” has no key now.", before.title())).unwrap_or_default();
            viewer.say(format!("{key}: {}.{lost}", action.title()));
        };
        view! {
            <li>
                <span>{action.title()}</span>
                <button type="button" class="key"
                    aria-label=move || format!("{}: {}. Change this key", action.title(), key())
                    on:click=move |_| waiting.update(|now| *now = (*now != Some(action)).then_some(action))
                    on:blur=move |_| waiting.set(None) on:keydown=hear>{key}</button>
            </li>
        }
    };
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=move || viewer.are_keys_on.get() on:change=move |event| {
                let are_on = event_target_checked(&event);
                viewer.are_keys_on.set(are_on);
                preferences::keep_keys_on(are_on);
            }/>
            "Letters and signs act as keys"
        </label>
        <p class="small">"Choose a key to change it. Arrows, Enter, Space, Delete and Escape act on an image in focus, also while the rest is off."</p>
        <p class="small">"Mouse: drag with the tool; right button shifts; wheel goes through frames or enlarges; double click shows all. Fingers: one drags with the tool, two enlarge and shift."</p>
        <ul class="keys">{Action::all().map(row).collect_view()}</ul>
        <button type="button" on:click=move |_| keep(&|keys| *keys = Keymap::default())>"Back to the first keys"</button>
    }
}
