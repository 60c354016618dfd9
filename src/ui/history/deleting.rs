//! Deletes a case, after a question: it cannot be brought back.

use crate::ui::kept::KeptBefore;
use crate::ui::net;
use leptos::html::Button;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[derive(Clone, PartialEq)]
enum Step {
    Offered,
    Asked,
    Under,
    Failed(String),
}

/// A button and its question. `done`: the case is deleted.
#[component]
pub fn Delete(id: i64, done: Callback<i64>) -> impl IntoView {
    let before = expect_context::<KeptBefore>();
    let step = RwSignal::new(Step::Offered);
    let keep = NodeRef::<Button>::new();
    // The question is answered where it stands; the harmless answer comes first.
    Effect::new(move || {
        if let Some(button) = keep.get() {
            button.focus().ok();
        }
    });
    let delete = move |_| {
        step.set(Step::Under);
        spawn_local(async move {
            match net::delete_case(id).await {
                Ok(deleted) => {
                    before.forget(deleted.id);
                    done.run(deleted.id);
                }
                Err(why) => drop(step.try_set(Step::Failed(why))),
            }
        });
    };
    let body = move || {
        match step.get() {
        Step::Asked => view! {
            <div class="question" role="group" aria-label=format!("Delete case {id}?")>
                <p>{format!("Delete case {id} for good? It cannot be brought back.")}</p>
                <button type="button" node_ref=keep on:click=move |_| step.set(Step::Offered)>"Keep it"</button>
                <button type="button" on:click=delete>"Delete it"</button>
            </div>
        }
        .into_any(),
        Step::Under => view! { <p role="status">{format!("Deleting case {id}")}</p> }.into_any(),
        other => {
            let trouble = match other {
                Step::Failed(why) => Some(view! { <p role="alert">{format!("Not deleted. {why}")}</p> }),
                _ => None,
            };
            let words = format!("Delete case {id}");
            view! {
                {trouble}
                <button type="button" on:click=move |_| step.set(Step::Asked)>{words}</button>
            }
            .into_any()
        }
    }
    };
    view! { {body} }
}
