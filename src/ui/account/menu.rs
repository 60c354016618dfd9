//! Who is logged in, in the top bar.

use super::password::ChangePassword;
use crate::account::Role;
use crate::messages::page;
use crate::ui::companion::Companion;
use crate::ui::task::Task;
use leptos::prelude::*;

/// Name and role, with the menu of the account; a button to log in; or nothing, where no log-in is needed.
#[component]
pub fn AccountMenu() -> impl IntoView {
    let companion = expect_context::<Companion>();
    let who = Memo::new(move |_| companion.name().zip(companion.role()));
    let log_out = Task::new(move |()| companion.log_out());
    let failed = move || log_out.value().and_then(Result::err);
    let body = move || {
        match who.get().filter(|_| companion.has_accounts()) {
        Some((name, role)) => view! {
            <details class="account">
                <summary title=page::account::MENU>{page::account::who(&name, role.name())}</summary>
                <div>
                    <p class="small">{may(role)}</p>
                    <ChangePassword/>
                    {move || failed().map(|why| view! { <p role="alert">{why}</p> })}
                    <button type="button" disabled=move || log_out.is_pending() on:click=move |_| log_out.start(())>
                        {page::account::LOG_OUT_BUTTON}
                    </button>
                    <p class="small">{page::account::LOG_OUT_HINT}</p>
                </div>
            </details>
        }
        .into_any(),
        None if companion.is_logged_out() => view! {
            <button type="button" class="quiet account" on:click=move |_| companion.open_form()>{page::account::LOG_IN_BUTTON}</button>
        }
        .into_any(),
        None => ().into_any(),
    }
    };
    view! { {body} }
}

/// What a role may do, in a sentence.
pub fn may(role: Role) -> &'static str {
    match role {
        Role::Administrator => page::account::ADMINISTRATOR,
        Role::Clinician => page::account::CLINICIAN,
        Role::Educator => page::account::EDUCATOR,
        Role::Viewer => page::account::VIEWER,
    }
}
