//! The frames of an image: a slider as wide as the picture, steps, and playing.

use super::state::Board;
use super::tools::{Button, Toggle};
use crate::viewing::hotkeys::Action;
use leptos::prelude::*;

/// Which frame is shown; nothing where there is one only.
#[component]
pub fn Frames(board: Board) -> impl IntoView {
    let count = move || board.active().frames().1;
    let wanted = move || board.active().source.wanted.get();
    view! {
        <Show when=move || { count() > 1 }>
            <div class="frames" role="group" aria-label="Frames">
                <input type="range" min="0" max=move || count().saturating_sub(1).to_string() aria-label="Frame" data-testid="frames"
                    aria-valuetext=move || format!("{} of {}", wanted() + 1, count())
                    prop:value=move || wanted().to_string()
                    on:input=move |event| if let Ok(frame) = event_target_value(&event).parse() {
                        board.go_to(untrack(|| board.active()), frame);
                    }/>
                <Button board action=Action::PreviousFrame/>
                <Button board action=Action::NextFrame/>
                <Toggle board action=Action::Play is_on=move || board.is_playing.get()/>
            </div>
        </Show>
    }
}
