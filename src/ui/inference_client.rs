//! Client for the inference worker. One request at a time; cancelling terminates the worker and starts another.

use super::dispatcher::{self, dispatch_next};
use super::item::{ItemResult, ItemState};
use super::maps;
use super::model_choice::load;
use super::worker_client::{Event, WorkerClient};
use super::workspace::{Model, Workspace};
use crate::messages::page;
use crate::protocol::Problem;
use crate::protocol::inference_worker::{CardFrom, Reply, Request};
use js_sys::{Array, ArrayBuffer, Uint8ClampedArray};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::ImageData;

/// The page's handle of the inference worker.
pub type InferenceClient = WorkerClient<Request, Reply>;

/// Name of the meta element with the address of the worker's script.
pub const SCRIPT: &str = "lantern-worker";
/// A worker that starts with several threads gives a sign of life at least so often.
const LIMIT: Duration = Duration::from_secs(15);
/// One with a single thread, after which nothing is left to try.
const LAST_LIMIT: Duration = Duration::from_secs(60);
/// A worker that keeps failing is not started for ever.
const MOST_STARTS_AFTER_FAULTS: u32 = 3;

/// Starts the worker, in place of one that runs, and has it load the model; one that takes over finds the model in the cache.
pub fn start(workspace: Workspace) {
    workspace.model.set(Model::Loading(0, 0));
    workspace.in_background.set(None);
    maps::interrupted(workspace);
    // ?threads=N goes along as the worker's name, so that one thread can be compared with several. Of two counts the first holds.
    let search = window().location().search().unwrap_or_default();
    let has_one_thread = workspace.one_thread.get_untracked();
    let threads = if has_one_thread { "threads=1&" } else { "" };
    let ahead = if workspace.opened.get_untracked() { "" } else { "&ahead=1" };
    let model = workspace.choice.wanted();
    let name = format!("{threads}{}{ahead}&model={model}", search.trim_start_matches('?'));
    let limit = if has_one_thread { LAST_LIMIT } else { LIMIT };
    if !workspace.inference.start(&name, Some(limit), move |event| hear(workspace, event)) {
        give_up(workspace, page::fault::NO_WORKER);
    }
}

/// Sends a request to the worker.
pub fn send(workspace: Workspace, request: &Request, buffer: Option<&ArrayBuffer>) {
    workspace.inference.send(request, buffer);
}

fn hear(workspace: Workspace, event: Event<Reply>) {
    match event {
        Event::Awake => {
            // Once an image is open, a worker that takes over asks nobody for anything.
            let card = if workspace.opened.get_untracked() { CardFrom::Cache } else { CardFrom::Site };
            load(workspace, &workspace.choice.wanted(), card);
        }
        Event::Reply(reply, parts) => act(workspace, reply, &parts),
        Event::Stale => give_up(workspace, page::fault::TWO_VERSIONS),
        Event::Crashed => crashed(workspace),
        Event::TimedOut => timed_out(workspace),
    }
}

/// A worker that does not start gives way to the plain one, which needs less of the browser.
fn timed_out(workspace: Workspace) {
    if workspace.one_thread.get_untracked() {
        return give_up(workspace, page::fault::DOES_NOT_START);
    }
    workspace.one_thread.set(true);
    start(workspace);
}

fn crashed(workspace: Workspace) {
    workspace.faults.update(|faults| *faults += 1);
    // Until another worker is ready nothing is handed over.
    workspace.model.set(Model::Loading(0, 0));
    let message = page::fault::STOPPED_COMPUTING;
    if let Some(item) = workspace.working() {
        item.state.set(ItemState::Failed(Problem::new(message)));
    }
    if let Some((id, _)) = workspace.in_background.get_untracked() {
        // The frame that it stopped at is not tried again.
        dispatcher::failed(workspace, id, Problem::new(message));
    }
    if workspace.faults.get_untracked() < MOST_STARTS_AFTER_FAULTS {
        start(workspace);
    } else {
        give_up(workspace, message);
    }
}

fn give_up(workspace: Workspace, message: &str) {
    workspace.inference.stop();
    workspace.model.set(Model::Unavailable(Problem::new(message)));
}

fn act(workspace: Workspace, reply: Reply, parts: &Array) {
    match reply {
        Reply::Loading { done, of } => workspace.model.set(Model::Loading(done, of)),
        Reply::Ready { model, models, cached, requests, threads } => {
            // Where the site's first model was wanted, its name is known only now.
            workspace.choice.loaded.set(Some(model.about.id.clone()));
            // A model that is chosen while an image is open is fetched, and that is counted like any other request.
            if workspace.opened.get_untracked() {
                let name = format!("models/{}", model.about.id);
                workspace.requests.update(|all| all.extend((0..requests).map(|_| name.clone())));
            }
            workspace.choice.take_switched();
            workspace.add_summary(&model);
            workspace.models.set(models);
            workspace.model.set(Model::Ready { summary: model, cached, threads });
            // Only now, so that it takes nothing from the model on its way.
            workspace.files.start();
            dispatch_next(workspace);
        }
        // A model that one image wanted and that cannot be had is that image's trouble; the others go on with the last one.
        Reply::Unavailable { problem } => match workspace.choice.take_switched() {
            Some((id, before)) => {
                dispatcher::without_model(workspace, id, problem);
                load(workspace, &before, CardFrom::Cache);
            }
            None => workspace.model.set(Model::Unavailable(problem)),
        },
        // Of a frame besides the first nothing is shown but what was found.
        Reply::Progress { id, stage } => {
            if let Some(item) = workspace.item(id).filter(dispatcher::is_working) {
                item.state.set(ItemState::Working(Some(stage)));
            }
        }
        Reply::Examined { id, frame, examination, ms, times, requests } => {
            let examination = *examination;
            dispatcher::examined(workspace, id, ItemResult { examination, frame, ms, times, requests });
        }
        Reply::Step { id, done, of } => maps::step(workspace, id, done, of),
        Reply::Explained { id, method, class, picture, strongest, agreement } => {
            match image_data(&parts.get(1), picture) {
                Some(picture) => maps::made(workspace, (id, method, class), picture, strongest, agreement),
                None => maps::failed(workspace, id, page::fault::MAP_NOT_DRAWN.into()),
            }
        }
        Reply::NotKept { id } => maps::send_frame(workspace, id),
        Reply::Unexplained { id, problem } => maps::failed(workspace, id, problem.message),
        Reply::Failed { id, problem } => dispatcher::failed(workspace, id, problem),
        Reply::Stale => hear(workspace, Event::Stale),
    }
}

/// A picture from the worker's buffer, without copying it.
fn image_data(buffer: &JsValue, (width, height): (u32, u32)) -> Option<ImageData> {
    let buffer = buffer.dyn_ref::<ArrayBuffer>()?;
    let pixels = Uint8ClampedArray::new(buffer);
    ImageData::new_with_js_u8_clamped_array_and_sh(&pixels, width, height).ok()
}
