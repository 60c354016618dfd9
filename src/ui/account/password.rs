//! Changes the own password.

use super::{NewPassword, PasswordField};
use crate::account;
use crate::messages::page;
use crate::protocol::companion::ChangedPassword;
use crate::ui::companion::Companion;
use crate::ui::task::Task;
use leptos::prelude::*;
use web_sys::SubmitEvent;

/// The old one, the new one, and a button.
#[component]
pub fn ChangePassword() -> impl IntoView {
    let companion = expect_context::<Companion>();
    let (old, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let change = Task::new(move |()| async move {
        let sent = ChangedPassword { old: old.get_untracked(), new: new.get_untracked() };
        account::check_password(&untrack(|| companion.name()).unwrap_or_default(), &sent.new)?;
        companion.change_password(sent).await?;
        old.set(String::new());
        new.set(String::new());
        Ok::<_, String>(())
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        change.start(());
    };
    let told = move || match change.value().filter(|_| !change.is_pending()) {
        Some(Err(why)) => view! { <p role="alert">{why}</p> }.into_any(),
        Some(Ok(())) => view! { <p role="status">{page::account::CHANGED}</p> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <details>
            <summary>{page::account::CHANGE_TITLE}</summary>
            <form on:submit=submit>
                <PasswordField label=page::account::OLD_PASSWORD text=old fill="current-password"/>
                <NewPassword label=page::account::NEW_PASSWORD text=new/>
                {told}
                <button type="submit" disabled=move || change.is_pending()>{page::account::CHANGE_BUTTON}</button>
            </form>
        </details>
    }
}
