//! The frames of an image: a slider as wide as the picture, steps, and playing.

use super::state::ViewerState;
use super::tools::{Button, Toggle};
use crate::messages::page;
use crate::viewing::hotkeys::Action;
use leptos::prelude::*;

/// Which frame is shown; nothing where there is one only.
#[component]
pub fn Frames(viewer: ViewerState) -> impl IntoView {
    let count = move || viewer.active().frames().1;
    let wanted = move || viewer.active().source.wanted.get();
    view! {
        <Show when=move || { count() > 1 }>
            <div class="frames" role="group" aria-label=page::viewer::FRAMES>
                <input type="range" min="0" max=move || count().saturating_sub(1).to_string() aria-label=page::viewer::FRAME
                    aria-valuetext=move || page::viewer::frame(wanted() + 1, count())
                    prop:value=move || wanted().to_string()
                    on:input=move |event| if let Ok(frame) = event_target_value(&event).parse() {
                        viewer.go_to(untrack(|| viewer.active()), frame);
                    }/>
                <Button viewer action=Action::PreviousFrame/>
                <Button viewer action=Action::NextFrame/>
                <Toggle viewer action=Action::Play is_on=move || viewer.is_playing.get()/>
            </div>
        </Show>
    }
}
