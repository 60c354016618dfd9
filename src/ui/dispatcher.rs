//! Gives the inference worker its next request: `schedule`, a pure function, chooses it from what waits.

use super::file_client::{FileClient, unexpected_reply, whole};
use super::item::{Item, ItemResult, ItemState, UserAnswer};
use super::series::FrameScore;
use super::workspace::{Model, Workspace};
use super::{inference_client, maps, model_choice};
use crate::examination::Examination;
use crate::protocol::Problem;
use crate::protocol::inference_worker::{ItemId, Payload, Request};
use crate::schedule::{self, QueuedItem, Remaining, Step, Waiting};
use crate::scope::Stated;
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Starts the next request, if the model is ready and the worker is idle.
pub fn dispatch_next(workspace: Workspace) {
    let is_ready = matches!(workspace.model.get_untracked(), Model::Ready { .. });
    let is_busy = workspace.working().is_some()
        || workspace.in_background.get_untracked().is_some()
        || maps::is_in_work(workspace);
    let (true, false, Some(loaded)) = (is_ready, is_busy, workspace.choice.loaded.get_untracked()) else {
        return;
    };
    match schedule::next(&untrack(|| waiting(workspace, loaded))) {
        Step::Rest => {}
        Step::Load { model, of } => model_choice::switch(workspace, of, &model),
        Step::Map(_) => maps::make(workspace),
        Step::Examine(id) => {
            if let Some(item) = workspace.item(id) {
                item.state.set(ItemState::Working(None));
                spawn_local(send_image(workspace, item, None));
            }
        }
        Step::ExamineFrame(id, frame) => {
            if let Some(item) = workspace.item(id) {
                workspace.in_background.set(Some((id, frame)));
                spawn_local(send_image(workspace, item, Some(frame)));
            }
        }
    }
}

fn waiting(workspace: Workspace, loaded: String) -> Waiting {
    let chosen = (!workspace.choice.is_automatic()).then(|| workspace.choice.chosen.get());
    let of_item = |item: &Item| {
        let wanted = item.asked.get().or_else(|| chosen.clone());
        let (open, model) = match item.state.get() {
            ItemState::Waiting => (Remaining::Whole, wanted),
            // A series goes on with the model that began it, unless the user has chosen another one since.
            ItemState::Examined(first)
                if wanted.as_ref().is_none_or(|w| *w == first.examination.model.id) =>
            {
                let open = item.pending_frame().map_or(Remaining::Nothing, Remaining::Frame);
                (open, Some(first.examination.model.id.clone()))
            }
            _ => (Remaining::Nothing, None),
        };
        QueuedItem { id: item.id, model, open }
    };
    Waiting {
        loaded,
        map: maps::wanted(workspace),
        looked_at: workspace.selected.get(),
        is_paused: workspace.paused.get(),
        items: workspace.items.with(|items| items.iter().map(of_item).collect()),
    }
}

/// Reads the file, only now, and transfers its bytes to the worker. `background`: the frame that is examined besides the first.
async fn send_image(workspace: Workspace, item: Item, background: Option<u32>) {
    if !workspace.opened.get_untracked() {
        workspace.requests.set(Vec::new());
        workspace.opened.set(true);
    }
    let read = match background {
        Some(frame) => {
            frame_image(workspace.files, &item, frame).await.map(|(buffer, payload)| (buffer, payload, frame))
        }
        None => image(workspace.files, &item).await,
    };
    // It may have been stopped while the file was read.
    let is_wanted = match background {
        Some(frame) => workspace.in_background.get_untracked() == Some((item.id, frame)),
        None => is_working(&item),
    };
    match read {
        _ if !is_wanted => {}
        Ok((buffer, payload, frame)) => {
            let loaded = workspace.choice.loaded.get_untracked();
            let overrule = item.overrule.get_untracked().is_some_and(|model| Some(model) == loaded);
            let age = match item.age.get_untracked() {
                UserAnswer::Fits(fits) => Some(Stated::Fits(fits)),
                UserAnswer::NotAsked | UserAnswer::Unknown => None,
            };
            let request = Request::Examine { id: item.id, frame, overrule, payload, age };
            inference_client::send(workspace, &request, Some(&buffer));
        }
        Err(problem) => failed(workspace, item.id, problem),
    }
}

/// What the model is to see of an item, what that is, and which frame.
async fn image(files: FileClient, item: &Item) -> Result<(ArrayBuffer, Payload, u32), Problem> {
    if item.is_opened_first() && item.facts.with_untracked(Option::is_none) {
        // Only an opened file tells how many frames there are, and which is the middle one.
        let (slice, _) = item.slice(item.frame.get_untracked()).ok_or_else(unexpected_reply)?;
        item.opened(files.open(slice).await?);
    }
    let frame = item.frame.get_untracked();
    let (buffer, payload) = frame_image(files, item, frame).await?;
    Ok((buffer, payload, frame))
}

/// A picture as it is; of any other file, what the file worker makes of one frame.
pub async fn frame_image(
    files: FileClient,
    item: &Item,
    frame: u32,
) -> Result<(ArrayBuffer, Payload), Problem> {
    let (slice, inside) = item.slice(frame).ok_or_else(unexpected_reply)?;
    if item.is_opened_first() {
        files.prepare(slice, inside).await
    } else {
        Ok((whole(&slice.file).await?, Payload::File))
    }
}

/// The worker has examined an image, or a frame of one.
pub fn examined(workspace: Workspace, id: ItemId, shown: ItemResult) {
    let shown = Rc::new(shown);
    let Some(item) = workspace.item(id) else { return dispatch_next(workspace) };
    let model = &shown.examination.model.id;
    if workspace.in_background.get_untracked() == Some((id, shown.frame)) {
        workspace.in_background.set(None);
        // Where no frame has an answer yet, one that another model knows takes the series there.
        let is_refused = |highest: Rc<ItemResult>| highest.examination.answer.is_none();
        let may_leave = untrack(|| workspace.highest(&item)).is_some_and(is_refused);
        if !(may_leave && requeue_for_other_model(workspace, &item, &shown.examination)) {
            item.add_frame(model, shown.frame, FrameScore::Examined(shown.clone()));
        }
    } else if is_working(&item) && !requeue_for_other_model(workspace, &item, &shown.examination) {
        item.others.update(|others| others.retain(|other| other.examination.model.id != *model));
        item.begin_frames(&shown);
        // The answer of a second model is listed beside; the first answer stays in front.
        let had = item.asked_also.get_untracked().filter(|asked| asked == model);
        let before = had.and_then(|_| item.others.with_untracked(|others| others.last().cloned()));
        item.asked_also.set(None);
        if let Some(before) = before {
            let own = before.examination.model.id.clone();
            item.others.update(|others| {
                others.retain(|other| other.examination.model.id != own);
                others.push(shown);
            });
            item.asked.set(Some(own));
            item.state.set(ItemState::Examined(before));
        } else {
            item.state.set(ItemState::Examined(shown));
        }
    }
    dispatch_next(workspace);
}

/// An image, or a frame of one, could not be examined; the next one still can.
pub fn failed(workspace: Workspace, id: ItemId, problem: Problem) {
    let Some(item) = workspace.item(id) else { return dispatch_next(workspace) };
    match workspace.in_background.get_untracked() {
        Some((of, frame)) if of == id => {
            workspace.in_background.set(None);
            if let ItemState::Examined(first) = item.state.get_untracked() {
                item.add_frame(&first.examination.model.id, frame, FrameScore::Failed(problem));
            }
        }
        _ if is_working(&item) => item.state.set(ItemState::Failed(problem)),
        _ => {}
    }
    dispatch_next(workspace);
}

/// Whether the worker is examining this image for the first time. A late reply about an image that was cleared and restored is ignored.
pub fn is_working(item: &Item) -> bool {
    matches!(item.state.get_untracked(), ItemState::Working(_))
}

/// The model that an image needs cannot be had: that is this image's trouble, or its map's, or that of the rest of its frames.
pub fn without_model(workspace: Workspace, id: ItemId, problem: Problem) {
    let Some(item) = workspace.item(id) else { return };
    match item.state.get_untracked() {
        ItemState::Waiting => item.state.set(ItemState::Failed(problem)),
        _ if untrack(|| maps::wanted(workspace)).is_some_and(|(of, _)| of == id) => {
            maps::failed(workspace, id, problem.message)
        }
        _ => item.is_halted.set(true),
    }
}

/// An image that another model knows waits for that model, where the choice is left to the images: those that the present one
/// knows come first, so that models are not changed for each image.
fn requeue_for_other_model(workspace: Workspace, item: &Item, examination: &Examination) -> bool {
    let elsewhere = examination.answer.is_none().then(|| examination.known_elsewhere()).flatten();
    let (Some(kind), true, None) =
        (elsewhere, untrack(|| workspace.choice.is_automatic()), item.asked.get_untracked())
    else {
        return false;
    };
    item.asked.set(Some(kind.model.clone()));
    item.state.set(ItemState::Waiting);
    true
}

/// Pauses or resumes the queue.
pub fn pause(workspace: Workspace, is_paused: bool) {
    workspace.paused.set(is_paused);
    dispatch_next(workspace);
}

/// Stops examining the other frames of a series, or goes on with them. The frame in work is finished.
pub fn halt(workspace: Workspace, item: &Item, is_halted: bool) {
    item.is_halted.set(is_halted);
    dispatch_next(workspace);
}
