//! The sheet of keys: what each does, and which key the user wants instead.

use super::state::ViewerState;
use super::{keys, preferences};
use crate::messages::page;
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
            (true, _) => page::sheets::PRESS_KEY.into(),
            (false, key) if key.is_empty() => page::sheets::NO_KEY.into(),
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
            viewer.announce(page::sheets::key_changed(&key, action.title(), before.map(Action::title)));
        };
        view! {
            <li>
                <span>{action.title()}</span>
                <button type="button" class="key"
                    aria-label=move || page::sheets::change_key(action.title(), &key())
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
            {page::sheets::LETTERS_ACT}
        </label>
        <p class="small">{page::sheets::KEYS_HINT}</p>
        <p class="small">{page::sheets::POINTER_HINT}</p>
        <ul class="keys">{Action::all().map(row).collect_view()}</ul>
        <button type="button" on:click=move |_| keep(&|keys| *keys = Keymap::default())>{page::sheets::FIRST_KEYS_BUTTON}</button>
    }
}
