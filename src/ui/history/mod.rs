//! The cases that were kept: all of them, or one that is open.

mod bringing;
mod deleting;
mod erasing;
mod follow_up;
mod listing;
mod one;
mod taking;
mod timeline;
mod whole;

use super::account::Gate;
use super::companion::Companion;
use super::routes::{CurrentRoute, Within};
use crate::messages::page;
use follow_up::FollowUps;
use leptos::prelude::*;
use listing::{AllCases, Listing};
use one::OneCase;
use timeline::Timeline;

/// The route. A case that is open is in the address, so that it can be reloaded, and left by the browser's own way back.
#[component]
pub fn History() -> impl IntoView {
    view! { <Gate title=page::history::TITLE><Cases/></Gate> }
}

#[component]
fn Cases() -> impl IntoView {
    let route = expect_context::<CurrentRoute>();
    let companion = expect_context::<Companion>();
    provide_context(FollowUps::ask(companion));
    // Kept while a case is open, so that the way back leads to the same place.
    let listing = Listing::ask_for_all(companion);
    let body = move || match route.within() {
        Within::Case(id) => view! { <OneCase id listing/> }.into_any(),
        Within::Patient(patient) => view! { <Timeline patient listing/> }.into_any(),
        Within::All => view! { <AllCases listing/> }.into_any(),
    };
    view! { <section class="history">{body}</section> }
}
