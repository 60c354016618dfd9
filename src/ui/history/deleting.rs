//! Deletes a case, after a confirmation.

use crate::messages::page;
use crate::ui::companion::Companion;
use crate::ui::components::Confirm;
use crate::ui::kept::SavedImages;
use crate::ui::task::Task;
use leptos::prelude::*;

/// A button and its question. `done`: the case is deleted.
#[component]
pub fn Delete(id: i64, done: Callback<i64>) -> impl IntoView {
    let before = expect_context::<SavedImages>();
    let companion = expect_context::<Companion>();
    let delete = Task::new(move |()| async move {
        let deleted = companion.delete_case(id).await?.id;
        before.forget(deleted);
        done.run(deleted);
        Ok::<_, String>(())
    });
    let confirmed = Callback::new(move |()| delete.start(()));
    let body = move || {
        if delete.is_pending() {
            return view! { <p role="status">{page::history::deleting(id)}</p> }.into_any();
        }
        let failed = delete.value().and_then(Result::err);
        view! {
            {failed.map(|why| view! { <p role="alert">{page::history::not_deleted(&why)}</p> })}
            <Confirm button=page::history::delete_button(id) question=page::history::delete_for_good(id)
                keep=page::history::KEEP_BUTTON go=page::history::DELETE_BUTTON confirmed/>
        }
        .into_any()
    };
    view! { <Show when=move || companion.may_save()>{body}</Show> }
}
