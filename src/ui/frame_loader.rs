//! Fetches the current frame from the file worker.

use super::file_client::{FileClient, unexpected_reply};
use super::item::Item;
use crate::frame::Frame;
use crate::protocol::Problem;
use crate::protocol::inference_worker::ItemId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// What there is to see.
#[derive(Clone)]
pub enum FrameState {
    /// No image is chosen.
    Nothing,
    /// The file is being opened; no earlier frame of it was seen.
    Opening,
    /// A frame of an image, and its number.
    Frame(ItemId, u32, Rc<Frame>),
    /// It cannot be shown.
    Failed(Problem),
}

/// Follows an image and its frame. While the next frame of an image comes, the last one stays.
pub fn follow(
    files: FileClient,
    item: impl Fn() -> Option<Item> + 'static,
) -> ReadSignal<FrameState, LocalStorage> {
    let (state, set_state) = signal_local(FrameState::Nothing);
    let newest = StoredValue::new(0_u64);
    Effect::new(move |before: Option<Option<ItemId>>| {
        // What gave no file has nothing to show.
        let item = item().filter(|item| !item.slices.is_empty());
        let id = item.as_ref().map(|item| item.id);
        let turn = newest.get_value() + 1;
        newest.set_value(turn);
        if before.flatten() != id {
            set_state.set(if id.is_some() { FrameState::Opening } else { FrameState::Nothing });
        }
        let Some(item) = item else { return id };
        let at = item.frame.get();
        spawn_local(async move {
            let frame = load_frame(files, &item, at).await;
            // Another frame may be wanted by now, or the viewer be gone.
            if newest.try_get_value() != Some(turn) {
                return;
            }
            let is_there = frame.is_ok();
            set_state
                .set(frame.map_or_else(FrameState::Failed, |frame| FrameState::Frame(item.id, at, frame)));
            // The next one is fetched ahead, for whoever scrolls.
            if is_there && at + 1 < item.frames.get_untracked() {
                load_frame(files, &item, at + 1).await.ok();
            }
        });
        id
    });
    state
}

/// A frame of an image, counted over all its files.
pub async fn load_frame(files: FileClient, item: &Item, at: u32) -> Result<Rc<Frame>, Problem> {
    let (slice, inside) = item.slice(at).ok_or_else(unexpected_reply)?;
    if item.facts.with_untracked(Option::is_none) {
        let facts = files.open(slice).await?;
        if item.facts.with_untracked(Option::is_none) {
            item.opened(facts);
        }
    }
    files.frame(slice, inside).await
}
