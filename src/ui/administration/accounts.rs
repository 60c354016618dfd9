//! All accounts, and a form for a new one.

use super::one::OneAccount;
use crate::account::{self, Role};
use crate::messages::page;
use crate::protocol::companion::{Account, AccountChange, AccountList, NewAccount};
use crate::ui::account::{NewPassword, TextField, may};
use crate::ui::companion::{Companion, json};
use crate::ui::components::Failed;
use crate::ui::net::Method;
use crate::ui::task::Task;
use leptos::prelude::*;
use web_sys::SubmitEvent;

const ACCOUNTS: &str = "/api/accounts";

/// What is to be done with the accounts.
#[derive(Clone)]
pub enum Change {
    Add(NewAccount),
    Set(String, AccountChange),
    Remove(String),
}

impl Change {
    /// Asks the companion for it; what to say then.
    async fn run(self, companion: Companion) -> Result<String, String> {
        let of = |name: &str| format!("{ACCOUNTS}/{name}");
        match self {
            Self::Add(new) => {
                let name = new.name.clone();
                companion.request::<()>(Method::Post, ACCOUNTS, Some(json(&new)?)).await?;
                Ok(page::administration::added(&name))
            }
            Self::Set(name, change) => {
                companion.request::<()>(Method::Put, &of(&name), Some(json(&change)?)).await?;
                Ok(change.role.map_or_else(
                    || page::administration::password_set(&name),
                    |role| page::administration::role_set(&name, role.name()),
                ))
            }
            Self::Remove(name) => {
                companion.request::<()>(Method::Delete, &of(&name), None).await?;
                Ok(page::administration::removed(&name))
            }
        }
    }
}

/// The list, while it comes, and what became of the last change.
#[component]
pub fn Accounts() -> impl IntoView {
    let companion = expect_context::<Companion>();
    let list = Task::new(move |()| async move {
        let list: AccountList = companion.request(Method::Get, ACCOUNTS, None).await?;
        Ok::<Vec<Account>, String>(list.accounts)
    });
    list.start(());
    let change = Task::new(move |change: Change| async move {
        let told = change.run(companion).await;
        // A refused change too: what is chosen on the screen goes back to what is.
        list.start(());
        companion.refresh();
        told
    });
    let told = move || match change.value().filter(|_| !change.is_pending()) {
        Some(Ok(done)) => view! { <p role="status">{done}</p> }.into_any(),
        Some(Err(why)) => view! { <p role="alert">{page::administration::not_done(&why)}</p> }.into_any(),
        None => ().into_any(),
    };
    let accounts = move || match list.value() {
        None => view! { <p role="status">{page::administration::LOOKING}</p> }.into_any(),
        Some(Err(why)) => view! { <Failed why again=move || list.start(())/> }.into_any(),
        Some(Ok(accounts)) => {
            let all = accounts.into_iter().map(|account| view! { <OneAccount account change/> });
            view! { <ol class="cases" aria-label=page::administration::ACCOUNTS>{all.collect_view()}</ol> }
                .into_any()
        }
    };
    view! {
        <h2>{page::administration::ACCOUNTS}</h2>
        {told}
        {accounts}
        <Add change/>
    }
}

#[component]
fn Add(change: Task<Change, Result<String, String>>) -> impl IntoView {
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let role = RwSignal::new(Role::Clinician);
    let wrong = RwSignal::new(None::<String>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let new = || {
            let (name, password) = (account::name(name.get_untracked().trim())?, password.get_untracked());
            account::check_password(&name, &password)?;
            Ok::<_, String>(NewAccount { name, role: role.get_untracked(), password })
        };
        match new() {
            Ok(new) => {
                wrong.set(None);
                name.set(String::new());
                password.set(String::new());
                change.start(Change::Add(new));
            }
            Err(why) => wrong.set(Some(why)),
        }
    };
    view! {
        <h2>{page::administration::ADD_TITLE}</h2>
        <form on:submit=submit>
            <TextField label=page::administration::NAME text=name fill="off"/>
            <label>
                {page::administration::ROLE}
                <RoleSelect role=role.into() chosen=Callback::new(move |chosen| role.set(chosen))/>
            </label>
            <p class="small">{move || may(role.get())}</p>
            <NewPassword label=page::administration::PASSWORD text=password/>
            {move || wrong.get().map(|why| view! { <p role="alert">{why}</p> })}
            <button type="submit" disabled=move || change.is_pending()>{page::administration::ADD_BUTTON}</button>
        </form>
    }
}

/// All roles, one of them chosen.
#[component]
pub fn RoleSelect(
    role: Signal<Role>,
    chosen: Callback<Role>,
    #[prop(optional)] label: Option<String>,
) -> impl IntoView {
    let options = Role::ALL.map(|one| {
        view! { <option value=one.name() prop:selected=move || role.get() == one>{one.name()}</option> }
    });
    let changed = move |event| {
        if let Ok(role) = event_target_value(&event).parse() {
            chosen.run(role);
        }
    };
    view! { <select aria-label=label on:change=changed>{options}</select> }
}
