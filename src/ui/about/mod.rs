//! What Lantern is for, and privacy that anybody can check: the policy in force, what was asked of the network, and what is kept.

mod kept;

use super::net;
use super::requests;
use super::task::Task;
use crate::messages::page;
use kept::Kept;
use leptos::prelude::*;

/// The room.
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
        Ok(Some(policy)) => {
            let lines = policy.split(';').map(|line| line.trim().to_string());
            let lines = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>();
            Some(view! { <ul class="hash" data-testid="policy">{lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul> }.into_any())
        }
        Ok(None) => Some(view! { <p role="alert">{page::about::NO_POLICY}</p> }.into_any()),
        Err(why) => Some(view! { <p role="alert">{page::about::policy_failed(&why)}</p> }.into_any()),
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
    let is_asked = RwSignal::new(false);
    let erase = Task::new(move |()| async move {
        let erased = kept::erase().await;
        look.start(());
        is_asked.set(false);
        erased
    });
    let list = move || match look.value() {
        None => view! { <p role="status">{page::about::LOOKING}</p> }.into_any(),
        Some(all) if all.is_empty() => view! { <p>{page::about::NOTHING_KEPT}</p> }.into_any(),
        Some(all) => {
            view! { <dl aria-label=page::about::KEPT>{all.into_iter().map(one).collect_view()}</dl> }
                .into_any()
        }
    };
    let outcome = move || {
        erase.value().map(|erased| match erased {
            Ok(()) => page::about::ERASED.to_string(),
            Err(why) => page::about::not_erased(&why),
        })
    };
    let has_any = move || look.value().is_some_and(|all| !all.is_empty());
    view! {
        <h2>{page::about::KEPT}</h2>
        <p>{page::about::KEPT_HINT}</p>
        {list}
        <p>{page::about::COMPANION}</p>
        <Show when=move || has_any() && !is_asked.get()>
            <button on:click=move |_| is_asked.set(true)>{page::about::ERASE_BUTTON}</button>
        </Show>
        <Show when=move || is_asked.get()>
            <div class="question">
                <p>{page::about::ERASE_QUESTION}</p>
                <button on:click=move |_| erase.start(()) disabled=move || erase.is_pending()>{page::about::FOREVER_BUTTON}</button>
                <button on:click=move |_| is_asked.set(false)>{page::about::LEAVE_BUTTON}</button>
            </div>
        </Show>
        <p role="status">{outcome}</p>
    }
}

fn one(kept: Kept) -> impl IntoView {
    view! {
        <dt class="hash">{kept.name}</dt>
        <dd><Addresses title=kept.what list=kept.files/></dd>
    }
}
