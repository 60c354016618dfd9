//! What is said of the picture over an image: how strongly it covers, and what its colours mean.

use super::source::OverlayKind;
use crate::messages::page;
use leptos::prelude::*;

/// Opacity and legend; what else belongs there comes before them as children.
#[component]
pub fn OverlayTools(
    #[prop(into)] kind: Signal<OverlayKind>,
    opacity: RwSignal<u32>,
    children: Children,
) -> impl IntoView {
    let is_outline = move || kind.get() == OverlayKind::Outline;
    let name = move || if is_outline() { page::map::OUTLINE } else { page::map::HEAT_MAP };
    view! {
        <div class="overlay-tools">
            {children()}
            <label>
                {name}
                <input type="range" min="0" max="100" prop:value=move || opacity.get().to_string()
                    aria-label=move || page::map::opacity(name())
                    on:input=move |event| if let Ok(percent) = event_target_value(&event).parse() { opacity.set(percent) }/>
                <output>{move || page::map::percent(opacity.get())}</output>
            </label>
            <div class="legend" class:hidden=is_outline aria-label=page::map::LEGEND>
                <span>{page::map::WEAK}</span><span class="scale"></span><span>{page::map::STRONG}</span>
            </div>
        </div>
    }
}
