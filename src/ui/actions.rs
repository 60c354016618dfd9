//! What the user asks for an image: to stop, to examine it again, to overrule a refusal, to ask another model, to answer a question.

use super::dispatcher::dispatch_next;
use super::inference_client::{self, start};
use super::item::{Item, ItemState, UserAnswer};
use super::workspace::{Model, Workspace};
use crate::protocol::inference_worker::{ItemId, Request};
use leptos::prelude::*;

/// Takes everything off the workspace, out of the worker too.
pub fn clear(workspace: Workspace) {
    if let Some(item) = workspace.working() {
        cancel(workspace, item.id);
    }
    inference_client::send(workspace, &Request::Clear, None);
    workspace.files.forget();
    workspace.clear();
}

/// Takes one image off the workspace; an examination that runs is stopped.
pub fn remove(workspace: Workspace, id: ItemId) {
    if workspace.working().is_some_and(|item| item.id == id) {
        cancel(workspace, id);
    }
    workspace.items.update(|items| items.retain(|item| item.id != id));
    if workspace.selected.get_untracked() == Some(id) {
        workspace.selected.set(None);
    }
}

/// Stops an image's examination, or takes it out of the queue.
pub fn cancel(workspace: Workspace, id: ItemId) {
    let Some(item) = workspace.item(id) else { return };
    let was_working = matches!(item.state.get_untracked(), ItemState::Working(_));
    item.state.set(ItemState::Cancelled);
    if was_working {
        // The worker computes without a pause, so it cannot hear; it is ended, and a new one takes over.
        start(workspace);
    }
}

/// Examines an image again, with the chosen model or the one that knows it.
pub fn again(workspace: Workspace, id: ItemId) {
    if let Some(item) = workspace.item(id) {
        item.asked.set(None);
        wait(workspace, &item);
    }
}

/// Has a model examine an image although the gate did not admit it.
pub fn overrule(workspace: Workspace, id: ItemId, model: &str) {
    let Some(item) = workspace.item(id) else { return };
    item.overrule.set(Some(model.into()));
    item.asked.set(Some(model.into()));
    wait(workspace, &item);
}

/// Records what the user says of the patient's age, and examines the image again where that changes the answer.
pub fn answer_question(workspace: Workspace, id: ItemId, answer: UserAnswer) {
    let Some(item) = workspace.item(id) else { return };
    item.age.set(answer);
    if let (UserAnswer::Fits(_), Some(shown)) = (answer, untrack(|| item.shown())) {
        item.asked.set(Some(shown.examination.model.id.clone()));
        return wait(workspace, &item);
    }
    // The other frames waited for it.
    dispatch_next(workspace);
}

/// Takes back what the user said of the age: the image is examined without it, and the question comes again.
pub fn ask_again(workspace: Workspace, id: ItemId) {
    let Some(item) = workspace.item(id) else { return };
    item.age.set(UserAnswer::NotAsked);
    wait(workspace, &item);
}

/// Asks another model too; what was answered before is kept beside.
pub fn ask_also(workspace: Workspace, id: ItemId, model: &str) {
    let Some(item) = workspace.item(id) else { return };
    if let ItemState::Examined(shown) = item.state.get_untracked() {
        item.others.update(|others| {
            others.retain(|other| other.examination.model.id != shown.examination.model.id);
            others.push(shown);
        });
    }
    item.asked.set(Some(model.into()));
    item.asked_also.set(Some(model.into()));
    wait(workspace, &item);
}

/// Puts another model's answer in front.
pub fn show_other(item: &Item, model: &str) {
    let ItemState::Examined(current) = item.state.get_untracked() else { return };
    let other = item
        .others
        .with_untracked(|others| others.iter().find(|other| other.examination.model.id == model).cloned());
    if let Some(other) = other {
        item.others.update(|others| {
            others.retain(|other| other.examination.model.id != model);
            others.push(current);
        });
        item.state.set(ItemState::Examined(other));
    }
}

fn wait(workspace: Workspace, item: &Item) {
    item.is_halted.set(false);
    item.state.set(ItemState::Waiting);
    if matches!(workspace.model.get_untracked(), Model::Unavailable(_)) {
        start(workspace);
    }
    dispatch_next(workspace);
}
