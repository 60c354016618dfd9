//! One account: its role, a new password, and its removal.

use super::accounts::{Change, RoleSelect};
use crate::account::{self, Role};
use crate::messages::{self, page};
use crate::protocol::companion::{Account, AccountChange};
use crate::ui::account::NewPassword;
use crate::ui::components::Confirm;
use crate::ui::task::Task;
use leptos::prelude::*;
use web_sys::SubmitEvent;

/// `change`: what is done with it.
#[component]
pub fn OneAccount(account: Account, change: Task<Change, Result<String, String>>) -> impl IntoView {
    let Account { name, role, created_at } = account;
    // A role of a later version is shown as the one that may least.
    let role = Signal::stored(role.parse().unwrap_or(Role::Viewer));
    let to_role = {
        let name = name.clone();
        Callback::new(move |role| {
            let to = AccountChange { role: Some(role), password: None };
            change.start(Change::Set(name.clone(), to));
        })
    };
    let to_remove = {
        let name = name.clone();
        Callback::new(move |()| change.start(Change::Remove(name.clone())))
    };
    view! {
        <li>
            <p><b>{name.clone()}</b>" "<span class="small">{page::administration::added_on(&messages::day(&created_at))}</span></p>
            <div class="ways">
                <RoleSelect role chosen=to_role label=page::administration::role_of(&name)/>
                <Confirm button=page::administration::remove(&name) question=page::administration::remove_question(&name)
                    keep=page::administration::KEEP_BUTTON go=page::administration::REMOVE_BUTTON confirmed=to_remove/>
            </div>
            <SetPassword name change/>
        </li>
    }
}

#[component]
fn SetPassword(name: String, change: Task<Change, Result<String, String>>) -> impl IntoView {
    let password = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let title = page::administration::set_password(&name);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let new = password.get_untracked();
        let checked = account::check_password(&name, &new);
        if checked.is_ok() {
            password.set(String::new());
            let to = AccountChange { role: None, password: Some(new) };
            change.start(Change::Set(name.clone(), to));
        }
        wrong.set(checked.err());
    };
    view! {
        <details>
            <summary>{title}</summary>
            <form on:submit=submit>
                <NewPassword label=page::account::NEW_PASSWORD text=password/>
                {move || wrong.get().map(|why| view! { <p role="alert">{why}</p> })}
                <button type="submit" disabled=move || change.is_pending()>{page::administration::SET_BUTTON}</button>
            </form>
        </details>
    }
}
