//! Erases a patient, for administrators: every case, after the first digits of the fingerprint were typed.

use crate::fingerprint::Sha256;
use crate::messages::page;
use crate::protocol::companion::ErasedPatient;
use crate::ui::account::TextField;
use crate::ui::companion::Companion;
use crate::ui::net::Method;
use crate::ui::task::Task;
use leptos::prelude::*;
use web_sys::SubmitEvent;

/// So many digits are to be typed.
const DIGITS: usize = 8;

/// `count`: how many cases there are. `done` is told what was done, with the proof.
#[component]
pub fn Erase(patient: Sha256, count: u64, done: Callback<String>) -> impl IntoView {
    let companion = expect_context::<Companion>();
    let digits: String = patient.to_string().chars().take(DIGITS).collect();
    let typed = RwSignal::new(String::new());
    let is_typed = {
        let digits = digits.clone();
        move || typed.with(|typed| typed.trim() == digits)
    };
    let erase = Task::new(move |()| async move {
        let path = format!("/api/patients/{patient}");
        let ErasedPatient { cases, anchor } = companion.request(Method::Delete, &path, None).await?;
        done.run(format!("{} {} {anchor}", page::administration::erased(cases), page::administration::PROOF));
        Ok::<_, String>(())
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        erase.start(());
    };
    let failed = move || erase.value().and_then(Result::err);
    let question = page::administration::erase_question(count, &digits);
    let form = view! {
        <details>
            <summary>{page::administration::ERASE_BUTTON}</summary>
            <form class="question" on:submit=submit>
                <p>{question}</p>
                <TextField label=page::administration::DIGITS text=typed fill="off"/>
                {move || failed().map(|why| view! { <p role="alert">{page::administration::not_erased(&why)}</p> })}
                <button type="submit" disabled=move || !is_typed() || erase.is_pending()>{page::administration::FOREVER_BUTTON}</button>
            </form>
        </details>
    };
    view! { <div class:hidden=move || !companion.may_manage()>{form}</div> }
}
