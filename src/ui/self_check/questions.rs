//! The questions: those of the checklist one at a time, all other signs together.

use super::flow::Flow;
use crate::messages::page::self_check as words;
use crate::triage::{Reply, Sign};
use leptos::prelude::*;

/// A question of the checklist. A reply goes on to the next screen.
#[component]
pub fn OneQuestion(sign: Sign) -> impl IntoView {
    let flow = expect_context::<Flow>();
    let button = move |reply: Reply| {
        let is_said = move || (flow.reply(sign) == Some(reply)).to_string();
        let say = move |_| {
            flow.say(sign, reply);
            flow.forward();
        };
        view! { <button type="button" class="large" aria-pressed=is_said on:click=say>{word(reply)}</button> }
    };
    view! {
        <h1 tabindex="-1">{words::sign(sign)}</h1>
        <div class="stack">{[Reply::Yes, Reply::No, Reply::NotSure].map(button).into_iter().collect_view()}</div>
        <p class="small">{words::NOT_SURE_COUNTS}</p>
    }
}

/// A reply in words.
pub fn word(reply: Reply) -> &'static str {
    match reply {
        Reply::Yes => words::YES_BUTTON,
        Reply::No => words::NO_BUTTON,
        Reply::NotSure => words::NOT_SURE_BUTTON,
    }
}

/// Signs that count by themselves. What is not chosen is answered with no.
#[component]
pub fn Signs() -> impl IntoView {
    let flow = expect_context::<Flow>();
    let signs = untrack(|| flow.topic()).warning_signs();
    let row = move |sign: Sign| {
        let is_chosen = move || flow.reply(sign) == Some(Reply::Yes);
        let choose = move |event| {
            flow.say(sign, if event_target_checked(&event) { Reply::Yes } else { Reply::No });
        };
        view! {
            <li><label class="check large">
                <input type="checkbox" prop:checked=is_chosen on:change=choose/>
                <span>{words::sign(sign)}</span>
            </label></li>
        }
    };
    let next = move |_| {
        for sign in signs {
            flow.say(*sign, untrack(|| flow.reply(*sign)).unwrap_or(Reply::No));
        }
        flow.forward();
    };
    view! {
        <h1 tabindex="-1">{words::SIGNS_TITLE}</h1>
        <p>{words::SIGNS_HINT}</p>
        <ul class="signs">{signs.iter().map(|sign| row(*sign)).collect_view()}</ul>
        <div class="stack"><button type="button" class="primary large" on:click=next>{words::NEXT_BUTTON}</button></div>
    }
}
