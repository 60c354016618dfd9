//! Fetches the frame that is looked at from the file worker.

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
    item: impl Fn() -> Option<Item> + Copy + 'static,
) -> Signal<FrameState, LocalStorage> {
    let fetched = LocalResource::new(move || {
        let wanted = item().map(|item| (item.frame.get(), item));
        async move {
            let (at, item) = wanted?;
            let frame = look(files, &item, at).await;
            // The next one is fetched ahead, for whoever scrolls.
            if frame.is_ok() && at + 1 < item.frames.get_untracked() {
                let item = item.clone();
                spawn_local(async move { drop(look(files, &item, at + 1).await) });
            }
            Some((item.id, at, frame))
        }
    });
    Signal::derive_local(move || match (item(), fetched.get().flatten()) {
        (None, _) => FrameState::Nothing,
        (Some(item), Some((id, at, frame))) if item.id == id => {
            frame.map_or_else(FrameState::Failed, |frame| FrameState::Frame(id, at, frame))
        }
        _ => FrameState::Opening,
    })
}

/// A frame of an image, counted over all its files.
pub async fn look(files: FileClient, item: &Item, at: u32) -> Result<Rc<Frame>, Problem> {
    let (slice, inside) = item.slice(at).ok_or_else(unexpected_reply)?;
    if item.facts.with_untracked(Option::is_none) {
        let facts = files.open(slice).await?;
        if item.facts.with_untracked(Option::is_none) {
            item.opened(facts);
        }
    }
    files.frame(slice, inside).await
}
