//! Administration: who may use the companion, and who did what.

mod accounts;
mod audit_log;
mod one;

use super::account::Gate;
use crate::messages::page;
use accounts::Accounts;
use audit_log::Log;
use leptos::prelude::*;

/// The route, for administrators.
#[component]
pub fn Administration() -> impl IntoView {
    view! {
        <Gate title=page::administration::TITLE is_for_administrators=true>
            <section class="history">
                <h1>{page::administration::TITLE}</h1>
                <Accounts/>
                <Log/>
            </section>
        </Gate>
    }
}
