//! The page's end of the worker: one item at a time, cancel by terminating and starting anew.

use super::item::{Item, ItemResult, ItemState, ReaderAnswer};
use super::turns::{self, go_on};
use super::workspace::{Model, Workspace};
use super::{file_client, maps, patience, report};
use crate::protocol::inference_worker::{
    CardFrom, Envelope, ItemId, Problem, ProblemKind, Reply, Request, VERSION,
};
use js_sys::{Array, ArrayBuffer, Uint8ClampedArray};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{ImageData, MessageEvent, Worker, WorkerOptions, WorkerType};

/// The model that the site loads first: the worker looks it up in the site's index.
const FIRST: &str = "";
/// The choice of whichever model knows the image.
pub const AUTOMATIC: &str = "auto";
/// Under this name the browser remembers which model was chosen.
const KEY: &str = "lantern-model";

/// A worker that starts with several threads gives a sign of life at least so often.
const PATIENCE: Duration = Duration::from_secs(15);
/// One with a single thread, after which nothing is left to try.
const LAST_PATIENCE: Duration = Duration::from_secs(60);

/// A worker that keeps failing is not started for ever.
const MOST_STARTS_AFTER_FAULTS: u32 = 3;

thread_local! {
    static WORKER: RefCell<Option<Worker>> = const { RefCell::new(None) };
    static FAULTS: Cell<u32> = const { Cell::new(0) };
    static CHOSEN: RefCell<Option<String>> = const { RefCell::new(None) };
    /// The model that the worker was told to load last.
    static LOADED: RefCell<Option<String>> = const { RefCell::new(None) };
    /// The image that a model is being loaded for, and the model before.
    static SWITCHED: RefCell<Option<(ItemId, String)>> = const { RefCell::new(None) };
}

/// Starts the worker and lets it load the model.
pub fn start(workspace: Workspace) {
    workspace.model.set(Model::Loading(0, 0));
    workspace.in_background.set(None);
    maps::interrupted(workspace);
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let address = document()
        .query_selector("meta[name=lantern-worker]")
        .ok()
        .flatten()
        .and_then(|meta| meta.get_attribute("content"))
        .unwrap_or_default();
    // ?threads=N goes along as the worker's name, so that one thread can be compared with several.
    let search = window().location().search().unwrap_or_default();
    let ahead = if workspace.opened.get_untracked() { "" } else { "&ahead=1" };
    // The first of two counts.
    let threads = if workspace.one_thread.get_untracked() { "threads=1&" } else { "" };
    options.set_name(&format!("{threads}{}{ahead}&model={}", search.trim_start_matches('?'), to_load()));
    let worker = match Worker::new_with_options(&address, &options) {
        Ok(worker) => worker,
        Err(_) => return give_up(workspace, "this browser cannot start a worker".into()),
    };
    let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| hear(workspace, &event));
    worker.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    let fail = Closure::<dyn Fn(web_sys::Event)>::new(move |_| crashed(workspace));
    worker.set_onerror(Some(fail.as_ref().unchecked_ref()));
    worker.set_onmessageerror(Some(fail.as_ref().unchecked_ref()));
    // They live as long as the worker; a worker that is replaced leaves a few bytes behind.
    hear.forget();
    fail.forget();
    WORKER.set(Some(worker));
    let patience = if workspace.one_thread.get_untracked() { LAST_PATIENCE } else { PATIENCE };
    patience::begin(patience, move || late(workspace));
}

/// A worker that does not start gives way to the plain one, which needs less of the browser.
fn late(workspace: Workspace) {
    if workspace.one_thread.get_untracked() {
        return give_up(workspace, "the computing part of the page does not start in this browser".into());
    }
    workspace.one_thread.set(true);
    restart(workspace);
}

/// The model chosen on this page, named in its address, or chosen on an earlier visit; left to the images where nobody chose.
pub fn chosen() -> String {
    if let Some(model) = CHOSEN.take() {
        CHOSEN.set(Some(model.clone()));
        return model;
    }
    let search = window().location().search().unwrap_or_default();
    let named = search.trim_start_matches('?').split('&').find_map(|part| part.strip_prefix("model="));
    // An address is anybody's text; ids are letters, digits and hyphens.
    let is_id = |id: &&str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let kept = || window().local_storage().ok().flatten()?.get_item(KEY).ok().flatten();
    named.filter(is_id).map(str::to_string).or_else(kept).unwrap_or_else(|| AUTOMATIC.into())
}

/// The model that the worker is to have: the chosen one; where that is left to the images, the last one, or the first.
fn to_load() -> String {
    let chosen = chosen();
    if chosen != AUTOMATIC {
        chosen
    } else {
        LOADED.with_borrow(|last| last.clone()).unwrap_or_else(|| FIRST.into())
    }
}

/// The model that the worker was told to load last.
pub fn loaded() -> Option<String> {
    LOADED.with_borrow(Clone::clone)
}

/// Chooses a model, or leaves the choice to the images, and remembers it on this device. Images that were examined keep their
/// answers.
pub fn choose(workspace: Workspace, model: &str) {
    CHOSEN.set(Some(model.into()));
    if let Some(storage) = window().local_storage().ok().flatten() {
        // Private windows may refuse to remember; the choice then holds until the page is closed.
        storage.set_item(KEY, model).ok();
    }
    load(workspace, &to_load(), CardFrom::Site);
}

fn load(workspace: Workspace, model: &str, card: CardFrom) {
    LOADED.set(Some(model.into()));
    workspace.model.set(Model::Loading(0, 0));
    send(&Request::Load { model: model.into(), card }, None);
}

/// Loads another model because an image needs it.
pub fn switch(workspace: Workspace, of: ItemId, model: &str) {
    SWITCHED.set(loaded().map(|before| (of, before)));
    load(workspace, model, CardFrom::Cache);
}

/// Takes everything off the workspace, out of the worker too.
pub fn clear(workspace: Workspace) {
    if let Some(item) = workspace.working() {
        cancel(workspace, item.id);
    }
    file_client::forget();
    report::forget();
    workspace.clear();
}

/// Stops an image's examination, or takes it out of the queue.
pub fn cancel(workspace: Workspace, id: ItemId) {
    let Some(item) = workspace.item(id) else { return };
    let was_working = matches!(item.state.get_untracked(), ItemState::Working(_));
    item.state.set(ItemState::Cancelled);
    if was_working {
        // The worker computes without a pause, so it cannot hear; it is ended, and a new one takes over.
        restart(workspace);
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

/// Takes down what a reader says of the patient's age, and examines the image again where that changes the answer.
pub fn answer_question(workspace: Workspace, id: ItemId, answer: ReaderAnswer) {
    let Some(item) = workspace.item(id) else { return };
    item.age.set(answer);
    if let (ReaderAnswer::Fits(_), Some(shown)) = (answer, untrack(|| item.shown())) {
        item.asked.set(Some(shown.examination.model.id.clone()));
        return wait(workspace, &item);
    }
    // The other frames waited for it.
    go_on(workspace);
}

/// Takes back what a reader said of the age: the image is examined without it, and the question comes again.
pub fn ask_again(workspace: Workspace, id: ItemId) {
    let Some(item) = workspace.item(id) else { return };
    item.age.set(ReaderAnswer::NotAsked);
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
        restart(workspace);
    }
    go_on(workspace);
}

/// After a model could not be used: the choice goes back to the images.
pub fn try_another(workspace: Workspace) {
    match chosen() {
        // Left to the images it stays, and begins anew.
        chosen if chosen == AUTOMATIC => {
            LOADED.set(None);
            restart(workspace);
        }
        _ => choose(workspace, AUTOMATIC),
    }
}

/// Ends the worker and starts a new one; the model comes from the cache.
pub fn restart(workspace: Workspace) {
    WORKER.with_borrow_mut(|worker| worker.take().inspect(Worker::terminate));
    start(workspace);
}

fn crashed(workspace: Workspace) {
    let faults = FAULTS.get() + 1;
    FAULTS.set(faults);
    let message = "the computing part of the page stopped unexpectedly".to_string();
    let problem = || Problem { kind: ProblemKind::Internal, message: message.clone() };
    if let Some(item) = workspace.working() {
        item.state.set(ItemState::Failed(problem()));
    }
    if let Some((id, _)) = workspace.in_background.get_untracked() {
        // The frame that it stopped at is not tried again.
        turns::failed(workspace, id, problem());
    }
    if faults < MOST_STARTS_AFTER_FAULTS { restart(workspace) } else { give_up(workspace, message) }
}

fn give_up(workspace: Workspace, message: String) {
    workspace.model.set(Model::Unavailable(Problem { kind: ProblemKind::Internal, message }));
}

/// Sends a request to the worker.
pub fn send(request: &Request, buffer: Option<&JsValue>) {
    let envelope = Envelope { version: VERSION, message: request };
    // A request is made of plain values only, so it always has a text.
    let Ok(text) = serde_json::to_string(&envelope) else { return };
    let (parts, transfer) = (Array::of1(&text.into()), Array::new());
    if let Some(buffer) = buffer {
        parts.push(buffer);
        transfer.push(buffer);
    }
    WORKER.with_borrow(|worker| {
        let sent = worker.as_ref().map(|worker| worker.post_message_with_transfer(&parts, &transfer));
        if let Some(Err(error)) = sent {
            leptos::logging::error!("the worker could not be reached: {error:?}");
        }
    });
}

fn hear(workspace: Workspace, event: &MessageEvent) {
    let data = event.data();
    let word = data.as_string().unwrap_or_default();
    if word == "alive" {
        return patience::prolong();
    }
    if word == "awake" {
        patience::end();
        // Once an image is open, a worker that takes over asks nobody for anything.
        let card = if workspace.opened.get_untracked() { CardFrom::Cache } else { CardFrom::Site };
        let model = to_load();
        LOADED.set(Some(model.clone()));
        return send(&Request::Load { model, card }, None);
    }
    let parts = Array::from(&data);
    let text = parts.get(0).as_string().unwrap_or_default();
    match serde_json::from_str::<Envelope<Reply>>(&text) {
        Ok(envelope) if envelope.version == VERSION => act(workspace, envelope.message, &parts),
        _ => give_up(workspace, "two versions of this page met; reload it".into()),
    }
}

fn act(workspace: Workspace, reply: Reply, parts: &Array) {
    match reply {
        Reply::Loading { done, of } => workspace.model.set(Model::Loading(done, of)),
        Reply::Ready { model, models, cached, requests, threads } => {
            // Where the site's first model was wanted, its name is known only now.
            LOADED.set(Some(model.id.clone()));
            // A model that is chosen while an image is open is fetched, and that is counted like any other request.
            if workspace.opened.get_untracked() {
                let name = format!("models/{}", model.id);
                workspace.requests.update(|all| all.extend((0..requests).map(|_| name.clone())));
            }
            SWITCHED.set(None);
            workspace.meet(&model);
            workspace.models.set(models);
            workspace.model.set(Model::Ready { summary: model, cached, threads });
            // Only now, so that it takes nothing from the model on its way.
            file_client::start();
            go_on(workspace);
        }
        // A model that one image wanted and that cannot be had is that image's trouble; the others go on with the last one.
        Reply::Unavailable { problem } => match SWITCHED.take() {
            Some((id, before)) => {
                turns::without_model(workspace, id, problem);
                load(workspace, &before, CardFrom::Cache);
            }
            None => workspace.model.set(Model::Unavailable(problem)),
        },
        // Of a frame besides the first nothing is shown but what was found.
        Reply::Progress { id, stage } => {
            if let Some(item) = workspace.item(id).filter(turns::is_working) {
                item.state.set(ItemState::Working(Some(stage)));
            }
        }
        Reply::Examined { id, frame, examination, ms, times, requests } => {
            turns::examined(
                workspace,
                id,
                ItemResult { examination: *examination, frame, ms, times, requests },
            );
        }
        Reply::Step { id, done, of } => maps::step(workspace, id, done, of),
        Reply::Explained { id, picture, strongest, agreement, .. } => {
            match image_data(&parts.get(1), picture) {
                Some(picture) => maps::made(workspace, id, picture, strongest, agreement),
                None => maps::failed(workspace, id, "its picture cannot be drawn".into()),
            }
        }
        Reply::Unexplained { id, problem } => maps::failed(workspace, id, problem.message),
        Reply::Failed { id, problem } => turns::failed(workspace, id, problem),
        Reply::Stale => give_up(workspace, "two versions of this page met; reload it".into()),
    }
}

/// A picture from the worker's buffer, without copying it.
fn image_data(buffer: &JsValue, (width, height): (u32, u32)) -> Option<ImageData> {
    let buffer = buffer.dyn_ref::<ArrayBuffer>()?;
    let pixels = Uint8ClampedArray::new(buffer);
    ImageData::new_with_js_u8_clamped_array_and_sh(&pixels, width, height).ok()
}
