//! Why there is no answer, and what a reader may do about it.

use crate::examination::Examination;
use crate::ui::bridge;
use crate::ui::desk::Desk;
use leptos::prelude::*;

/// The reason, the model that knows the image where there is one, and the way past the gate.
#[component]
pub fn Refusal(examination: Examination) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let other = examination.known_elsewhere().cloned();
    let can_overrule = examination.admission.is_some();
    let selected = move || desk.selected.get_untracked();
    let elsewhere = other.map(|kind| {
        let title = format!("Examine it as {}", kind.words);
        let go = move |_| {
            if let Some(id) = selected() {
                bridge::choose(desk, &kind.model);
                bridge::again(desk, id);
            }
        };
        view! { <button type="button" class="primary" data-testid="examine-elsewhere" on:click=go>{title}</button> }
    });
    let overrule = can_overrule.then(|| {
        let go = move |_| {
            if let Some(id) = selected() {
                bridge::overrule(desk, id);
            }
        };
        view! {
            <p class="small">"If you know better, you can have it examined all the same. The result is marked, because nothing is known of how good the model is on such an image."</p>
            <button type="button" data-testid="overrule" on:click=go>"Examine it all the same"</button>
        }
    });
    view! {
        <h2 data-testid="finding">"No answer"</h2>
        <p data-testid="refusal">{examination.reason.clone()}</p>
        {elsewhere}
        {overrule}
    }
}
