//! What Lantern is for, and privacy that anybody can check: the policy in force, what was asked of the network, and what is kept.

mod kept;

use super::components::Confirm;
use super::net;
use super::requests;
use super::task::Task;
use super::vault::{State, Vault};
use crate::messages::page;
use kept::Kept;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The route.
#[component]
pub fn About() -> impl IntoView {
    let line = |text: &'static str| view! { <p>{text}</p> };
    let purpose =
        [page::about::FOR_TEACHING, page::about::NOT_FOR, page::about::LIMITS, page::about::LAW].map(line);
    let checks = [page::about::CHECK_FLIGHT, page::about::CHECK_TOOLS, page::about::CHECK_FILES];
    view! {
        <section class="history">
            <h1>{page::about::TITLE}</h1>
            <h2>{page::about::PURPOSE}</h2>
            {purpose}
            <Policy/>
            <Requests/>
            <KeptHere/>
            <h2>{page::about::CHECK}</h2>
            <ul>{checks.map(|text| view! { <li>{text}</li> })}</ul>
        </section>
    }
}

/// The content security policy, as the server sends it now.
#[component]
fn Policy() -> impl IntoView {
    let ask = Task::new(|()| net::policy());
    let told = move || match ask.value()? {
        Ok(policy) => {
            let lines = policy.split(';').map(str::trim).filter(|line| !line.is_empty());
            let lines = lines.map(|line| view! { <li>{line.to_string()}</li> }).collect_view();
            Some(view! { <ul class="hash" data-testid="policy">{lines}</ul> }.into_any())
        }
        Err(why) => Some(view! { <p role="alert">{why}</p> }.into_any()),
    };
    view! {
        <h2>{page::about::POLICY}</h2>
        <p>{page::about::POLICY_HINT}</p>
        <button on:click=move |_| ask.start(()) disabled=move || ask.is_pending()>{page::about::POLICY_BUTTON}</button>
        <div role="status">{told}</div>
    }
}

/// Requests since the page was opened, by whom they asked.
#[component]
fn Requests() -> impl IntoView {
    let made = requests::made();
    let origin = format!("{}/", window().location().origin().unwrap_or_default());
    let (own, others): (Vec<String>, Vec<String>) =
        made.into_iter().partition(|address| address.starts_with(&origin));
    let row = |list: Vec<String>, of: &'static str| {
        let count = page::about::requests(list.len(), of);
        view! {
            <li>
                <Addresses title=count list/>
            </li>
        }
    };
    view! {
        <h2>{page::about::REQUESTS}</h2>
        <p>{page::about::REQUESTS_HINT}</p>
        <ul>{row(own, page::about::OWN_SERVER)}{row(others, page::about::OTHERS)}</ul>
    }
}

/// A line that opens a list of addresses, if there are any.
#[component]
fn Addresses(title: String, list: Vec<String>) -> impl IntoView {
    if list.is_empty() {
        return view! { <span>{title}</span> }.into_any();
    }
    let lines = list.into_iter().map(|line| view! { <li class="hash">{line}</li> }).collect_view();
    view! { <details><summary>{title}</summary><ul>{lines}</ul></details> }.into_any()
}

/// What is kept in this browser, and its end.
#[component]
fn KeptHere() -> impl IntoView {
    let look = Task::new(|()| kept::kept());
    look.start(());
    let vault = expect_context::<Vault>();
    // How many cases would be lost, where that is asked once more.
    let asked = RwSignal::new(None::<State>);
    let erase = Task::new(move |()| async move {
        asked.set(None);
        // Its worker ends first.
        vault.forget();
        let erased = kept::erase().await;
        look.start(());
        erased
    });
    let confirmed = Callback::new(move |()| {
        spawn_local(async move {
            vault.look().await;
            match vault.state_now() {
                State::Absent | State::Locked(0) => erase.start(()),
                State::Open if vault.count() == 0 => erase.start(()),
                state => asked.set(Some(state)),
            }
        });
    });
    let again = move || {
        let question = match asked.get()? {
            State::Locked(cases) => page::vault::erase_question(cases),
            State::Open => page::vault::erase_question(vault.count() as u32),
            _ => page::vault::ERASE_UNKNOWN.into(),
        };
        Some(
            view! { <EraseCases question leave=Callback::new(move |()| asked.set(None)) go=Callback::new(move |()| erase.start(()))/> },
        )
    };
    let list = move || match look.value() {
        None => view! { <p role="status">{page::about::LOOKING}</p> }.into_any(),
        Some(all) if all.is_empty() => view! { <p>{page::about::NOTHING_KEPT}</p> }.into_any(),
        Some(all) => {
            view! { <dl aria-label=page::about::KEPT>{all.into_iter().map(one).collect_view()}</dl> }
                .into_any()
        }
    };
    let outcome = move || match erase.value().filter(|_| !erase.is_pending())? {
        Ok(()) => Some(view! { <p role="status">{page::about::ERASED}</p> }.into_any()),
        Err(_) => Some(view! { <p role="alert">{page::about::NOT_ERASED}</p> }.into_any()),
    };
    let can_erase = move || look.value().is_some_and(|all| !all.is_empty()) && !erase.is_pending();
    view! {
        <h2>{page::about::KEPT}</h2>
        <p>{page::about::KEPT_HINT}</p>
        {list}
        <p>{page::about::NOT_LISTED}</p>
        <p>{page::about::COMPANION}</p>
        <Show when=can_erase>
            <Confirm button=page::about::ERASE_BUTTON.into() question=page::about::ERASE_QUESTION.into()
                keep=page::about::LEAVE_BUTTON go=page::about::FOREVER_BUTTON confirmed/>
        </Show>
        {again}
        {outcome}
    }
}

/// The second question: cases would be lost.
#[component]
fn EraseCases(question: String, leave: Callback<()>, go: Callback<()>) -> impl IntoView {
    view! {
        <div class="question" role="group" aria-label=page::vault::ERASE_TITLE>
            <p>{question}</p>
            <button type="button" on:click=move |_| leave.run(())>{page::about::LEAVE_BUTTON}</button>
            <button type="button" on:click=move |_| go.run(())>{page::vault::ERASE_TITLE}</button>
        </div>
    }
}

fn one(kept: Kept) -> impl IntoView {
    view! {
        <dt class="hash">{kept.name}</dt>
        <dd><Addresses title=kept.what list=kept.files/></dd>
    }
}
