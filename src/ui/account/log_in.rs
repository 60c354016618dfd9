//! The form for a log-in, above everything else and over nothing: what is open stays as it is.

use super::{NewPassword, PasswordField, TextField};
use crate::account;
use crate::messages::page;
use crate::protocol::companion::{FirstAdministrator, LogIn};
use crate::ui::companion::Companion;
use crate::ui::task::Task;
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, SubmitEvent};

/// How the part after `#` begins in the link that Lantern prints: `cli/serve.rs` makes it. It reaches no server and therefore no log.
const FIRST: &str = "#first-administrator=";

/// Opens the form where the address holds the token for the first administrator, now and later, and takes it out of the address.
pub fn follow_first_link(companion: Companion) {
    let look = move || {
        let location = window().location();
        let Some(token) = location.hash().ok().and_then(|hash| Some(hash.strip_prefix(FIRST)?.to_string()))
        else {
            return;
        };
        companion.open_with_token(token);
        if let (Ok(history), Ok(path)) = (window().history(), location.pathname()) {
            // Otherwise it would stand in the browser's history.
            history.replace_state_with_url(&JsValue::NULL, "", Some(&path)).ok();
        }
    };
    look();
    let changed = Closure::<dyn Fn()>::new(look);
    window().set_onhashchange(Some(changed.as_ref().unchecked_ref()));
    // It listens as long as the page lives.
    changed.forget();
}

/// The form, where a log-in is asked for.
#[component]
pub fn LogInPanel() -> impl IntoView {
    let companion = expect_context::<Companion>();
    let is_first = Memo::new(move |_| companion.needs_first());
    give_focus_back(companion);
    let form = move || {
        if is_first.get() { view! { <First/> }.into_any() } else { view! { <Known/> }.into_any() }
    };
    view! {
        <Show when=move || companion.is_asking()>
            <section class="log-in" aria-label=page::account::LOG_IN_TITLE>{form}</section>
        </Show>
    }
}

/// What had the focus before the form was opened has it again afterwards; where it cannot, the account's menu, which tells who is logged in.
fn give_focus_back(companion: Companion) {
    let before = StoredValue::new_local(None::<HtmlElement>);
    let focused = || document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    Effect::new(move |was_asking: Option<bool>| {
        let is_asking = companion.is_asking();
        match (was_asking.unwrap_or_default(), is_asking) {
            (false, true) => before.set_value(focused()),
            // Once the menu is drawn.
            (true, false) => request_animation_frame(move || {
                let menu = document().query_selector(".account>summary").ok().flatten();
                let menu = menu.and_then(|menu| menu.dyn_into().ok());
                for element in [menu, before.get_value()].into_iter().flatten() {
                    element.focus().ok();
                }
            }),
            _ => {}
        }
        is_asking
    });
}

/// For who has an account.
#[component]
fn Known() -> impl IntoView {
    let companion = expect_context::<Companion>();
    let last = untrack(|| companion.last());
    let (name, password) = (RwSignal::new(last.clone().unwrap_or_default()), RwSignal::new(String::new()));
    let send = Task::new(move |()| {
        let sent = LogIn { name: name.get_untracked().trim().into(), password: password.get_untracked() };
        companion.log_in(sent)
    });
    let why = last.as_deref().map_or_else(|| page::account::NEEDED.to_string(), page::account::session_ended);
    let (first, second) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    focus_on(if last.is_some() { second } else { first });
    view! {
        <Form title=page::account::LOG_IN_TITLE button=page::account::LOG_IN_BUTTON why send>
            <TextField label=page::account::NAME text=name fill="username" field=first/>
            <PasswordField label=page::account::PASSWORD text=password fill="current-password" field=second/>
        </Form>
    }
}

/// For the first administrator.
#[component]
fn First() -> impl IntoView {
    let companion = expect_context::<Companion>();
    let token = companion.token();
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let send = Task::new(move |()| async move {
        let (name, password) = (account::name(name.get_untracked().trim())?, password.get_untracked());
        account::check_password(&name, &password)?;
        companion
            .make_first(FirstAdministrator { token: token.get_untracked().trim().into(), name, password })
            .await
    });
    let (first, second) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    focus_on(if untrack(|| token.get()).is_empty() { first } else { second });
    view! {
        <Form title=page::account::FIRST_TITLE button=page::account::FIRST_BUTTON why=page::account::FIRST_HINT.into() send>
            <TextField label=page::account::TOKEN text=token fill="off" field=first/>
            <TextField label=page::account::NAME text=name fill="username" field=second/>
            <NewPassword label=page::account::PASSWORD text=password/>
        </Form>
    }
}

/// `why`: why it is asked for.
#[component]
fn Form(
    title: &'static str,
    button: &'static str,
    why: String,
    send: Task<(), Result<(), String>>,
    children: Children,
) -> impl IntoView {
    let companion = expect_context::<Companion>();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send.start(());
    };
    let failed = move || send.value().and_then(Result::err).filter(|_| !send.is_pending());
    view! {
        <form on:submit=submit>
            <h2>{title}</h2>
            <p>{why}</p>
            {children()}
            {move || failed().map(|why| view! { <p role="alert">{why}</p> })}
            <div class="row">
                <button type="submit" class="primary" disabled=move || send.is_pending()>{button}</button>
                <button type="button" on:click=move |_| companion.close_form()>{page::account::NOT_NOW_BUTTON}</button>
            </div>
            <p class="small" role="status">{move || send.is_pending().then_some(page::account::LOGGING_IN)}</p>
        </form>
    }
}

/// Who is asked answers at once.
pub fn focus_on(field: NodeRef<Input>) {
    Effect::new(move || {
        if let Some(input) = field.get() {
            input.focus().ok();
        }
    });
}
