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
use super::companion::{Companion, Standing};
use super::routes::{CurrentRoute, Within};
use super::vault::{VaultCase, VaultSection};
use crate::messages::page;
pub use follow_up::FollowUps;
use leptos::prelude::*;
pub use listing::CaseFacts;
use listing::{AllCases, Listing};
use one::OneCase;
pub use one::{CasePage, OpenedCase, drawn};
pub use taking::history_file;
use timeline::Timeline;

/// The route. A case that is open is in the address, so that it can be reloaded, and left by the browser's own way back.
#[component]
pub fn History() -> impl IntoView {
    let route = expect_context::<CurrentRoute>();
    let companion = expect_context::<Companion>();
    // What this browser keeps needs no companion.
    let is_shut =
        Memo::new(move |_| companion.is_logged_out() || matches!(companion.standing(), Standing::Closed(_)));
    let vaulted = Memo::new(move |_| match route.within() {
        Within::Vaulted(id) => Some(id),
        _ => None,
    });
    move || match vaulted.get() {
        Some(id) => view! { <section class="history"><VaultCase id/></section> }.into_any(),
        None => view! {
            <Gate title=page::history::TITLE><Cases/></Gate>
            <Show when=move || is_shut.get()>
                <section class="history"><VaultSection done=Callback::new(|()| ())/></section>
            </Show>
        }
        .into_any(),
    }
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
        Within::All | Within::Vaulted(_) => view! { <AllCases listing/> }.into_any(),
    };
    view! { <section class="history">{body}</section> }
}
