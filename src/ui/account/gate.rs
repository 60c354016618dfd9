//! Shows a route to those who may see it, and asks all others to log in.

use crate::messages::page;
use crate::ui::companion::{Companion, Standing};
use leptos::prelude::*;

/// `title`: the route's. What is inside is made anew when somebody else logs in.
#[component]
pub fn Gate(
    title: &'static str,
    #[prop(optional)] is_for_administrators: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let companion = expect_context::<Companion>();
    // Who it is, or why not.
    let standing = Memo::new(move |_| match companion.standing() {
        Standing::Asking => Err(String::new()),
        Standing::Closed(why) => Err(why),
        Standing::Known(_) if companion.is_logged_out() => Err(page::account::LOG_IN_TO_SEE.into()),
        Standing::Known(_) if is_for_administrators && !companion.may_manage() => {
            Err(page::account::ADMINISTRATORS_ONLY.into())
        }
        Standing::Known(session) => Ok(session.name.zip(session.role)),
        // What is asked for then says why there is no answer.
        Standing::Absent => Ok(None),
    });
    Effect::new(move || {
        if companion.is_logged_out() {
            companion.open_form();
        }
    });
    move || match standing.get() {
        Ok(_) => children(),
        Err(why) => view! { <section class="history"><h1>{title}</h1><p>{why}</p></section> }.into_any(),
    }
}
