//! What the answer is tied to.

use crate::report;
use crate::ui::item::ItemResult;
use leptos::prelude::*;
use std::rc::Rc;

/// Fingerprints of image, model and preprocessing, version, time.
#[component]
pub fn Evidence(shown: Rc<ItemResult>) -> impl IntoView {
    let took = format!(
        "on this device, in {:.0} ms, of which {:.1} ms to tell what it shows and {:.0} ms in the network",
        shown.ms, shown.times.0, shown.times.1
    );
    let rows = report::evidence_of(&shown.examination).into_iter().chain([("Computed", took)]);
    view! {
        <details class="evidence">
            <summary>"Evidence"</summary>
            <dl>{rows.map(|(name, value)| view! { <dt>{name}</dt><dd class="hash">{value}</dd> }).collect_view()}</dl>
        </details>
    }
}
