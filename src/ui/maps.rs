//! Heat maps and outlines: one is made when the user asks for it, and the last few are kept.

use super::dispatcher;
use super::inference_client;
use super::item::ItemResult;
use super::workspace::Workspace;
use crate::examination::Verdict;
use crate::protocol::inference_worker::{ItemId, Method, Request};
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::ImageData;

/// So many maps are kept; a picture of one takes up to 4 MiB.
const MOST: usize = 8;

/// The answer that a map is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerKey {
    /// The image.
    pub image: ItemId,
    /// Its frame.
    pub frame: u32,
    /// The model that answered.
    pub model: String,
}

/// A map that the user asked for.
#[derive(Clone, PartialEq)]
pub struct Map {
    /// What it is about.
    pub of: AnswerKey,
    /// How it was made.
    pub method: Method,
    /// About which of the model's classes; about the finding where there is none.
    pub class: Option<usize>,
    /// Over the frame as it was read.
    pub picture: ImageData,
    /// Its strongest place, 0 to 1.
    pub strongest: f32,
    /// How well another method agrees with it, where one was asked.
    pub agreement: Option<f32>,
}

/// A map that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// What it is about.
    pub of: AnswerKey,
    method: Method,
    class: Option<usize>,
    /// How far it is.
    pub stage: MapProgress,
}

/// How far a map is.
#[derive(Clone, Debug, PartialEq)]
pub enum MapProgress {
    /// It waits for the worker, or for its model.
    Waiting,
    /// The worker has it, and has done so many steps of so many.
    Running(usize, usize),
    /// It cannot be made, and why.
    Failed(String),
}

/// Asks for a map of an answer in the first way: the outline where the model draws one, else the class activation, else the gradients; about
/// the finding, and where there is none, about the class or label that heads the answer.
pub fn show(workspace: Workspace, image: ItemId, shown: &ItemResult) {
    let summary = untrack(|| workspace.summary(&shown.examination.model.id));
    let method = match summary.as_ref() {
        _ if shown.draws() => Method::Outline,
        Some(summary) if !summary.has_class_maps => Method::Gradients,
        _ => Method::Activation,
    };
    let model = &shown.examination.model.id;
    let judged = |answer| untrack(|| workspace.judged(model, answer));
    let class = shown.examination.answer.as_ref().map(judged).zip(summary).and_then(|(answer, summary)| {
        let has_finding =
            answer.verdict != Verdict::Named && !summary.is_of_many && !summary.findings.is_empty();
        let (head, _) = answer.headline();
        summary.labels.iter().position(|label| label == head).filter(|_| !has_finding)
    });
    ask(workspace, key(image, shown), method, class);
}

/// The answer of an examination.
pub fn key(image: ItemId, shown: &ItemResult) -> AnswerKey {
    AnswerKey { image, frame: shown.frame, model: shown.examination.model.id.clone() }
}

/// Asks for a map, unless the worker is just making one.
pub fn ask(workspace: Workspace, of: AnswerKey, method: Method, class: Option<usize>) {
    if !is_in_work(workspace) {
        workspace.map_asked.set(Some(Asked { of, method, class, stage: MapProgress::Waiting }));
        dispatcher::dispatch_next(workspace);
    }
}

/// Removes a map.
pub fn put_away(workspace: Workspace, of: &AnswerKey) {
    workspace.maps.update(|maps| maps.retain(|map| map.of != *of));
}

/// The map of an answer, where one was asked for.
pub fn of(workspace: Workspace, of: &AnswerKey) -> Option<Rc<Map>> {
    workspace.maps.with(|maps| maps.iter().find(|map| map.of == *of).cloned())
}

/// Whether the worker is making one.
pub fn is_in_work(workspace: Workspace) -> bool {
    let is_under = |asked: &Asked| matches!(asked.stage, MapProgress::Running(..));
    workspace.map_asked.with_untracked(|asked| asked.as_ref().is_some_and(is_under))
}

/// The map that waits for the worker: of which image, and by which model.
pub fn wanted(workspace: Workspace) -> Option<(ItemId, String)> {
    workspace.map_asked.with(|asked| {
        let waits = asked.as_ref().filter(|asked| asked.stage == MapProgress::Waiting)?;
        Some((waits.of.image, waits.of.model.clone()))
    })
}

/// Sends the request for the map that was asked for.
pub fn make(workspace: Workspace) {
    let Some(Asked { of, method, class, .. }) = workspace.map_asked.get_untracked() else { return };
    if workspace.item(of.image).is_none() {
        // The image was taken off the workspace.
        workspace.map_asked.set(None);
        return dispatcher::dispatch_next(workspace);
    }
    step(workspace, of.image, 0, 0);
    let AnswerKey { image: id, frame, model } = of;
    let request = Request::Explain { id, frame, model, method, class, payload: None };
    inference_client::send(workspace, &request, None);
}

/// The worker keeps another image than the one that a map was asked of: it gets the frame again.
pub fn send_frame(workspace: Workspace, image: ItemId) {
    let asked = workspace.map_asked.get_untracked().filter(|asked| asked.of.image == image);
    let Some((Asked { of, method, class, .. }, item)) = asked.zip(workspace.item(image)) else {
        // The image was taken off the workspace.
        workspace.map_asked.set(None);
        return dispatcher::dispatch_next(workspace);
    };
    spawn_local(async move {
        let read = dispatcher::frame_image(workspace.files, &item, of.frame).await;
        match read {
            // Meanwhile the workspace may have been cleared, or another map be wanted.
            _ if !is_wanted(workspace, &of, method, class) => {}
            Ok((buffer, payload)) => {
                let AnswerKey { image: id, frame, model } = of;
                let request = Request::Explain { id, frame, model, method, class, payload: Some(payload) };
                inference_client::send(workspace, &request, Some(&buffer));
            }
            Err(problem) => failed(workspace, image, problem.message),
        }
    });
}

/// Whether the worker is making this map.
fn is_wanted(workspace: Workspace, of: &AnswerKey, method: Method, class: Option<usize>) -> bool {
    let is_it = |asked: &Asked| (&asked.of, asked.method, asked.class) == (of, method, class);
    is_in_work(workspace) && workspace.map_asked.with_untracked(|asked| asked.as_ref().is_some_and(is_it))
}

/// The worker has done so many steps of so many.
pub fn step(workspace: Workspace, image: ItemId, done: usize, all: usize) {
    change(workspace, image, |asked| asked.stage = MapProgress::Running(done, all));
}

/// It cannot be made; what was found stands.
pub fn failed(workspace: Workspace, image: ItemId, why: String) {
    change(workspace, image, |asked| asked.stage = MapProgress::Failed(why));
    dispatcher::dispatch_next(workspace);
}

/// The worker that was making one is gone.
pub fn interrupted(workspace: Workspace) {
    if is_in_work(workspace) {
        workspace.map_asked.set(None);
    }
}

/// The worker has made it.
pub fn made(
    workspace: Workspace,
    (image, method, class): (ItemId, Method, Option<usize>),
    picture: ImageData,
    strongest: f32,
    agreement: Option<f32>,
) {
    // Another one may be wanted by now.
    let is_it = |asked: &Asked| (asked.of.image, asked.method, asked.class) == (image, method, class);
    let asked = workspace.map_asked.get_untracked().filter(is_it);
    if let Some(Asked { of, .. }) = asked {
        workspace.map_asked.set(None);
        workspace.maps.update(|maps| {
            // What one way of asking said against another holds for both.
            let before = maps.iter().find(|map| map.of == of && map.class == class && map.method != method);
            let agreement = agreement.or(before.and_then(|map| map.agreement));
            maps.retain(|map| map.of != of);
            maps.push(Rc::new(Map { of, method, class, picture, strongest, agreement }));
            let old = maps.len().saturating_sub(MOST);
            maps.drain(..old);
        });
    }
    dispatcher::dispatch_next(workspace);
}

fn change(workspace: Workspace, image: ItemId, change: impl FnOnce(&mut Asked)) {
    workspace.map_asked.update(|asked| {
        if let Some(asked) = asked.as_mut().filter(|asked| asked.of.image == image) {
            change(asked);
        }
    });
}
