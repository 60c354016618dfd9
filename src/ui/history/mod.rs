//! The cases that were kept: all of them, or one that is open.

mod deleting;
mod listing;
mod one;
mod taking;
mod whole;

use super::routes::CurrentRoute;
use leptos::prelude::*;
use listing::{AllCases, Listing};
use one::OneCase;

/// The route. A case that is open is in the address, so that it can be reloaded, and left by the browser's own way back.
#[component]
pub fn History() -> impl IntoView {
    let route = expect_context::<CurrentRoute>();
    // Kept while a case is open, so that the way back leads to the same place.
    let listing = Listing::ask_for_all();
    let body = move || match route.case() {
        Some(id) => view! { <OneCase id listing/> }.into_any(),
        None => view! { <AllCases listing/> }.into_any(),
    };
    view! { <section class="history">{body}</section> }
}
