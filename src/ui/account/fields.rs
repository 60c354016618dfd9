//! Fields of forms for accounts.

use crate::account::PASSWORD_LEAST;
use crate::messages::page;
use leptos::html::Input;
use leptos::prelude::*;

/// A line of text with its label. `fill`: what a browser's own keeper of passwords may put in.
#[component]
pub fn TextField(
    label: &'static str,
    text: RwSignal<String>,
    fill: &'static str,
    #[prop(optional)] field: NodeRef<Input>,
) -> impl IntoView {
    view! {
        <label>
            {label}
            <input type="text" node_ref=field autocomplete=fill autocapitalize="none" spellcheck="false" prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))/>
        </label>
    }
}

/// A password, which can be shown.
#[component]
pub fn PasswordField(
    label: &'static str,
    text: RwSignal<String>,
    fill: &'static str,
    #[prop(optional)] field: NodeRef<Input>,
) -> impl IntoView {
    let is_shown = RwSignal::new(false);
    view! {
        <label>
            {label}
            <input type=move || if is_shown.get() { "text" } else { "password" } node_ref=field autocomplete=fill autocapitalize="none"
                spellcheck="false" prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event))/>
        </label>
        <label class="check">
            <input type="checkbox" prop:checked=move || is_shown.get() on:change=move |event| is_shown.set(event_target_checked(&event))/>
            {page::account::SHOW_PASSWORD}
        </label>
    }
}

/// A new password with what it needs.
#[component]
pub fn NewPassword(label: &'static str, text: RwSignal<String>) -> impl IntoView {
    view! {
        <PasswordField label text fill="new-password"/>
        <p class="small">{page::account::password_hint(PASSWORD_LEAST)}</p>
    }
}
