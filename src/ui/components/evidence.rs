//! What the answer is tied to.

use crate::ui::item::ItemResult;
use leptos::prelude::*;
use std::rc::Rc;

/// Fingerprints of image, model and preprocessing, version, time.
#[component]
pub fn Evidence(shown: Rc<ItemResult>) -> impl IntoView {
    let examination = &shown.examination;
    let (image, model) = (&examination.image, &examination.model);
    let rows = [
        (
            "Image",
            format!("{}, {} x {} pixels, {} bits", image.format, image.width, image.height, image.bits),
        ),
        ("Image fingerprint (SHA-256)", examination.image_sha256.clone()),
        ("Model", format!("{} {}", model.id, model.version)),
        ("Model fingerprint (SHA-256 of its card)", model.sha256.clone()),
        (
            "Preprocessing fingerprint (SHA-256 of how the card fits an image)",
            model.preprocessing_sha256.clone(),
        ),
        ("Program", format!("Lantern {}", env!("CARGO_PKG_VERSION"))),
        (
            "Computed",
            format!(
                "on this device, in {:.0} ms, of which {:.1} ms to tell what it shows and {:.0} ms in the network",
                shown.ms, shown.times.0, shown.times.1
            ),
        ),
    ];
    view! {
        <details class="evidence" data-testid="evidence">
            <summary>"Evidence"</summary>
            <dl>{rows.map(|(name, value)| view! { <dt>{name}</dt><dd class="hash">{value}</dd> })}</dl>
        </details>
    }
}
