//! A button for what cannot be undone, with a question before it is done.

use leptos::html::Button;
use leptos::prelude::*;

/// `button`: what it does; it names the question too. `keep` and `go`: the two answers. `confirmed`: it is to be done.
#[component]
pub fn Confirm(
    button: String,
    question: String,
    keep: &'static str,
    go: &'static str,
    confirmed: Callback<()>,
) -> impl IntoView {
    let is_asked = RwSignal::new(false);
    let harmless = NodeRef::<Button>::new();
    // The question is answered where it stands; the harmless answer comes first.
    Effect::new(move || {
        if let Some(button) = harmless.get() {
            button.focus().ok();
        }
    });
    let confirm = move |_| {
        is_asked.set(false);
        confirmed.run(());
    };
    move || {
        if !is_asked.get() {
            return view! {
                <button type="button" on:click=move |_| is_asked.set(true)>{button.clone()}</button>
            }
            .into_any();
        }
        view! {
            <div class="question" role="group" aria-label=button.clone()>
                <p>{question.clone()}</p>
                <button type="button" node_ref=harmless on:click=move |_| is_asked.set(false)>{keep}</button>
                <button type="button" on:click=confirm>{go}</button>
            </div>
        }
        .into_any()
    }
}
