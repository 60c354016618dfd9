//! Fetches the frame that is looked at from the reader of files.

use super::file_client;
use super::item::Item;
use crate::frame::Frame;
use crate::protocol::inference_worker::{ItemId, Problem};
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
    Unseen(Problem),
}

/// Follows an image and its frame. While the next frame of an image comes, the last one stays.
pub fn follow(item: impl Fn() -> Option<Item> + 'static) -> ReadSignal<FrameState, LocalStorage> {
    let (sight, see) = signal_local(FrameState::Nothing);
    let newest = StoredValue::new(0_u64);
    Effect::new(move |before: Option<Option<ItemId>>| {
        let item = item();
        let id = item.as_ref().map(|item| item.id);
        let turn = newest
            .try_update_value(|turn| {
                *turn += 1;
                *turn
            })
            .unwrap_or_default();
        if before.flatten() != id {
            see.set(if id.is_some() { FrameState::Opening } else { FrameState::Nothing });
        }
        let Some(item) = item else { return id };
        let at = item.frame.get();
        spawn_local(async move {
            let seen = look(&item, at).await;
            if newest.try_get_value() != Some(turn) {
                return;
            }
            match seen {
                Ok(frame) => {
                    see.set(FrameState::Frame(item.id, at, frame));
                    // The next one is fetched ahead, for whoever scrolls.
                    if at + 1 < item.frames.get_untracked() {
                        look(&item, at + 1).await.ok();
                    }
                }
                Err(problem) => see.set(FrameState::Unseen(problem)),
            }
        });
        id
    });
    sight
}

/// A frame of an image, counted over all its files.
pub async fn look(item: &Item, at: u32) -> Result<Rc<Frame>, Problem> {
    let Some((slice, inside)) = item.slice(at) else {
        return Err(file_client::unexpected_reply());
    };
    if item.facts.with_untracked(Option::is_none) {
        let facts = file_client::open(slice).await?;
        if item.facts.with_untracked(Option::is_none) {
            item.opened(facts);
        }
    }
    file_client::frame(slice, inside).await
}
