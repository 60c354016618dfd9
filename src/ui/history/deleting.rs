//! Deletes a case, after a confirmation.

use crate::messages::page;
use crate::ui::companion::Companion;
use crate::ui::kept::SavedImages;
use crate::ui::task::Task;
use leptos::html::Button;
use leptos::prelude::*;

/// A button and its question. `done`: the case is deleted.
#[component]
pub fn Delete(id: i64, done: Callback<i64>) -> impl IntoView {
    let before = expect_context::<SavedImages>();
    let companion = expect_context::<Companion>();
    let is_asked = RwSignal::new(false);
    let delete = Task::new(move |()| async move {
        let deleted = companion.delete_case(id).await?.id;
        before.forget(deleted);
        done.run(deleted);
        Ok::<_, String>(())
    });
    let keep = NodeRef::<Button>::new();
    // The question is answered where it stands; the harmless answer comes first.
    Effect::new(move || {
        if let Some(button) = keep.get() {
            button.focus().ok();
        }
    });
    let confirm = move |_| {
        is_asked.set(false);
        delete.start(());
    };
    let body = move || match (is_asked.get(), delete.is_pending()) {
        (true, _) => view! {
            <div class="question" role="group" aria-label=page::history::delete_question(id)>
                <p>{page::history::delete_for_good(id)}</p>
                <button type="button" node_ref=keep on:click=move |_| is_asked.set(false)>
                    {page::history::KEEP_BUTTON}
                </button>
                <button type="button" on:click=confirm>{page::history::DELETE_BUTTON}</button>
            </div>
        }
        .into_any(),
        (_, true) => view! { <p role="status">{page::history::deleting(id)}</p> }.into_any(),
        (false, false) => {
            let failed = move || delete.value().and_then(Result::err);
            view! {
                {move || failed().map(|why| view! { <p role="alert">{page::history::not_deleted(&why)}</p> })}
                <button type="button" on:click=move |_| is_asked.set(true)>{page::history::delete_button(id)}</button>
            }
            .into_any()
        }
    };
    view! { <Show when=move || companion.may_save()>{body}</Show> }
}
