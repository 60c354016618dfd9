//! Dark or light: the route's or the system's, unless it was chosen.

use super::storage;
use crate::messages::page;
use leptos::prelude::*;

const KEY: &str = "lantern-theme";

/// Switches between dark and light, and remembers it on this device.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let chosen = RwSignal::new(storage::get(KEY));
    Effect::new(move || {
        let Some(root) = document().document_element() else { return };
        match chosen.get() {
            Some(theme) => root.set_attribute("data-theme", &theme).ok(),
            None => root.remove_attribute("data-theme").ok(),
        };
    });
    let switch = move |_| {
        let next = if is_dark() { "light" } else { "dark" };
        storage::set(KEY, next);
        chosen.set(Some(next.into()));
    };
    view! {
        <button class="quiet" type="button" on:click=switch title=page::shell::THEME_BUTTON>
            <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
                <circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" stroke-width="2"/>
                <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>
            </svg>
            <span class="visually-hidden">{page::shell::THEME_BUTTON}</span>
        </button>
    }
}

/// What is shown now, by the colours that the style sheet has chosen.
fn is_dark() -> bool {
    let style =
        document().document_element().and_then(|root| window().get_computed_style(&root).ok().flatten());
    style
        .and_then(|style| style.get_property_value("color-scheme").ok())
        .is_some_and(|scheme| scheme.trim() == "dark")
}
