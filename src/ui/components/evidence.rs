//! What the answer is tied to.

use crate::messages::page;
use crate::report;
use crate::ui::item::ItemResult;
use leptos::prelude::*;
use std::rc::Rc;

/// Fingerprints of image, model and preprocessing, version, time.
#[component]
pub fn Evidence(shown: Rc<ItemResult>) -> impl IntoView {
    let took = page::finding::took(shown.ms, shown.times.0, shown.times.1);
    let rows = report::evidence_of(&shown.examination).into_iter().chain([(page::finding::COMPUTED, took)]);
    view! {
        <details class="evidence">
            <summary>{page::finding::EVIDENCE_TITLE}</summary>
            <dl>{rows.map(|(name, value)| view! { <dt>{name}</dt><dd class="hash">{value}</dd> }).collect_view()}</dl>
        </details>
    }
}
