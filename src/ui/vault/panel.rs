//! The form for the passphrase, above everything else and over nothing: what is open stays as it is.

use super::{State, Vault};
use crate::account;
use crate::messages::page;
use crate::ui::account::{PasswordField, focus_on};
use crate::ui::task::Task;
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, SubmitEvent};

/// The form, where the passphrase is asked for.
#[component]
pub fn VaultPanel() -> impl IntoView {
    let vault = expect_context::<Vault>();
    let before = StoredValue::new_local(None::<HtmlElement>);
    Effect::new(move |was_asking: Option<bool>| {
        let is_asking = vault.is_asking();
        match (was_asking.unwrap_or_default(), is_asking) {
            (false, true) => before.set_value(document().active_element().and_then(|e| e.dyn_into().ok())),
            // Once the form is gone.
            (true, false) => request_animation_frame(move || {
                if let Some(element) = before.get_value() {
                    element.focus().ok();
                }
            }),
            _ => {}
        }
        is_asking
    });
    let is_new = Memo::new(move |_| vault.state() == State::Absent);
    let form = move || view! { <Form is_new=is_new.get()/> };
    view! { <Show when=move || vault.is_asking()>{form}</Show> }
}

/// `is_new`: whether there is no vault yet.
#[component]
fn Form(is_new: bool) -> impl IntoView {
    let vault = expect_context::<Vault>();
    let (first, second) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let send = Task::new(move |()| async move {
        let passphrase = first.get_untracked();
        if is_new {
            account::check_password(page::shell::NAME, &passphrase)?;
            if passphrase != second.get_untracked() {
                return Err(page::vault::NOT_THE_SAME.into());
            }
        }
        vault.enter(passphrase).await
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send.start(());
    };
    let failed = move || send.value().and_then(Result::err).filter(|_| !send.is_pending());
    let field = NodeRef::<Input>::new();
    focus_on(field);
    let (title, hint, button, fill) = match is_new {
        true => (page::vault::MAKE_TITLE, page::vault::MAKE_HINT, page::vault::MAKE_BUTTON, "new-password"),
        false => {
            (page::vault::OPEN_TITLE, page::vault::OPEN_HINT, page::vault::OPEN_BUTTON, "current-password")
        }
    };
    let again = is_new.then(|| view! { <PasswordField label=page::vault::AGAIN text=second fill/> });
    let least = is_new.then(|| {
        view! { <p class="small">{page::vault::least(account::PASSWORD_LEAST)}</p> }
    });
    view! {
        <section class="log-in" aria-label=title>
            <form on:submit=submit>
                <h2>{title}</h2>
                <p>{hint}</p>
                <PasswordField label=page::vault::PASSPHRASE text=first fill field/>
                {again}
                {least}
                {move || failed().map(|why| view! { <p role="alert">{why}</p> })}
                <div class="row">
                    <button type="submit" class="primary" disabled=move || send.is_pending()>{button}</button>
                    <button type="button" on:click=move |_| vault.close_form()>{page::account::NOT_NOW_BUTTON}</button>
                </div>
                <p class="small" role="status">{move || send.is_pending().then_some(page::vault::WORKING)}</p>
            </form>
        </section>
    }
}
