//! Fetches the frame that is looked at from the reader of files.

use super::files;
use super::job::Job;
use crate::protocol::worker::{JobId, Problem};
use crate::viewing::Frame;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// What there is to see.
#[derive(Clone)]
pub enum Sight {
    /// No image is chosen.
    Nothing,
    /// The file is being opened; no earlier frame of it was seen.
    Opening,
    /// A frame of an image, and its number.
    Frame(JobId, u32, Rc<Frame>),
    /// It cannot be shown.
    Unseen(Problem),
}

/// Follows an image and its frame. While the next frame of an image comes, the last one stays.
pub fn follow(job: impl Fn() -> Option<Job> + 'static) -> ReadSignal<Sight, LocalStorage> {
    let (sight, see) = signal_local(Sight::Nothing);
    let newest = StoredValue::new(0_u64);
    Effect::new(move |before: Option<Option<JobId>>| {
        let job = job();
        let id = job.as_ref().map(|job| job.id);
        let turn = newest
            .try_update_value(|turn| {
                *turn += 1;
                *turn
            })
            .unwrap_or_default();
        if before.flatten() != id {
            see.set(if id.is_some() { Sight::Opening } else { Sight::Nothing });
        }
        let Some(job) = job else { return id };
        let at = job.frame.get();
        spawn_local(async move {
            let seen = look(&job, at).await;
            if newest.try_get_value() != Some(turn) {
                return;
            }
            match seen {
                Ok(frame) => {
                    see.set(Sight::Frame(job.id, at, frame));
                    // The next one is fetched ahead, for whoever scrolls.
                    if at + 1 < job.frames.get_untracked() {
                        look(&job, at + 1).await.ok();
                    }
                }
                Err(problem) => see.set(Sight::Unseen(problem)),
            }
        });
        id
    });
    sight
}

/// A frame of an image, counted over all its files.
pub async fn look(job: &Job, at: u32) -> Result<Rc<Frame>, Problem> {
    let Some((slice, inside)) = job.slice(at) else {
        return Err(files::strange());
    };
    if job.facts.with_untracked(Option::is_none) {
        let facts = files::open(slice).await?;
        if job.facts.with_untracked(Option::is_none) {
            job.opened(facts);
        }
    }
    files::frame(slice, inside).await
}
