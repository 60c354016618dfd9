//! What is said of a series beside its answer: how many frames were examined, and of which one the answer is.

use crate::messages::{self, page};
use crate::ui::dispatcher;
use crate::ui::elements::Elements;
use crate::ui::item::{Item, ItemState};
use crate::ui::workspace::Workspace;
use leptos::prelude::*;

/// In the list: how many frames, or how many of them were examined.
pub fn frames_in_list(item: &Item) -> Option<String> {
    let is_examined = matches!(item.state.get(), ItemState::Examined(_));
    match item.frames.get() {
        0 | 1 => None,
        of if is_examined && item.is_series() && item.asks().is_none() => {
            Some(format!(" · {}", messages::examined_frames(item.examined_frames(), of)))
        }
        of => Some(page::series::frames(of)),
    }
}

/// Stops the examination of the other frames, while there is one.
#[component]
pub fn StopFrames(item: Item) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let is_on = {
        let item = item.clone();
        Memo::new(move |_| item.pending_frame().is_some())
    };
    view! {
        <Show when=move || is_on.get()>
            <button type="button" class="quiet" title=page::series::STOP_HINT
                on:click={
                    let item = item.clone();
                    move |_| dispatcher::halt(workspace, &item, true)
                }>{page::series::STOP_BUTTON}</button>
        </Show>
    }
}

/// Above an answer: of which frame it is, and the way to the highest. `frame`: its number, from 0.
#[component]
pub fn ExaminedFrame(item: Item, frame: u32) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let curve = expect_context::<Elements>().curve;
    let Item { frames, frame: at, is_halted, .. } = item;
    let item = StoredValue::new_local(item);
    let told = move || item.with_value(|item| (item.examined_frames(), item.frames.get()));
    let highest =
        Memo::new(move |_| item.with_value(|item| workspace.highest(item).map(|shown| shown.frame)));
    let is_elsewhere = move || highest.get().is_some_and(|highest| highest != at.get());
    let go = move |_| {
        if let Some(frame) = highest.get_untracked() {
            at.set(frame);
            // The button goes away with what it promised; the frames are where to go on from.
            curve.get_untracked().map(|curve| curve.focus());
        }
    };
    let is_stopped = move || {
        let ((done, failed), of) = told();
        is_halted.get() && done + failed < of as usize
    };
    view! {
        <Show when=move || { frames.get() > 1 && item.with_value(Item::is_series) }>
            <div class="examined-frame">
                <p>
                    {move || messages::answer_of_frame(frame + 1, frames.get(), at.get() + 1)}" "
                    {move || { let (done, of) = told(); format!("{}.", messages::examined_frames(done, of)) }}
                </p>
                <div class="row">
                    <Show when=is_elsewhere>
                        <button type="button" on:click=go>{page::series::HIGHEST_BUTTON}</button>
                    </Show>
                    <Show when=is_stopped>
                        <button type="button" on:click=move |_| item.with_value(|item| dispatcher::halt(workspace, item, false))>
                            {page::series::EXAMINE_OTHERS_BUTTON}
                        </button>
                    </Show>
                </div>
            </div>
        </Show>
    }
}
