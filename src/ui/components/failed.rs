//! Why something could not be had, and a button to ask again.

use crate::messages::page;
use leptos::prelude::*;

/// `again`: asks again.
#[component]
pub fn Failed(why: String, again: impl Fn() + 'static) -> impl IntoView {
    view! {
        <div role="alert">
            <p>{why}</p>
            <button type="button" on:click=move |_| again()>{page::fault::TRY_AGAIN_BUTTON}</button>
        </div>
    }
}
