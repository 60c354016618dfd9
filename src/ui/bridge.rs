//! The page's end of the worker: one job at a time, cancel by terminating and starting anew.

use super::desk::{Desk, Model};
use super::job::{Job, JobState, ReaderAnswer, Shown};
use super::turns::{self, go_on};
use super::{files, maps, patience, report};
use crate::protocol::worker::{CardFrom, Envelope, JobId, Problem, ProblemKind, Reply, Request, VERSION};
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
    static SWITCHED: RefCell<Option<(JobId, String)>> = const { RefCell::new(None) };
}

/// Starts the worker and lets it load the model.
pub fn start(desk: Desk) {
    desk.model.set(Model::Loading(0, 0));
    desk.in_background.set(None);
    maps::interrupted(desk);
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
    let ahead = if desk.opened.get_untracked() { "" } else { "&ahead=1" };
    // The first of two counts.
    let threads = if desk.one_thread.get_untracked() { "threads=1&" } else { "" };
    options.set_name(&format!("{threads}{}{ahead}&model={}", search.trim_start_matches('?'), to_load()));
    let worker = match Worker::new_with_options(&address, &options) {
        Ok(worker) => worker,
        Err(_) => return give_up(desk, "this browser cannot start a worker".into()),
    };
    let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| hear(desk, &event));
    worker.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    let fail = Closure::<dyn Fn(web_sys::Event)>::new(move |_| crashed(desk));
    worker.set_onerror(Some(fail.as_ref().unchecked_ref()));
    worker.set_onmessageerror(Some(fail.as_ref().unchecked_ref()));
    // They live as long as the worker; a worker that is replaced leaves a few bytes behind.
    hear.forget();
    fail.forget();
    WORKER.set(Some(worker));
    let patience = if desk.one_thread.get_untracked() { LAST_PATIENCE } else { PATIENCE };
    patience::begin(patience, move || late(desk));
}

/// A worker that does not start gives way to the plain one, which needs less of the browser.
fn late(desk: Desk) {
    if desk.one_thread.get_untracked() {
        return give_up(desk, "the computing part of the page does not start in this browser".into());
    }
    desk.one_thread.set(true);
    restart(desk);
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
pub fn choose(desk: Desk, model: &str) {
    CHOSEN.set(Some(model.into()));
    if let Some(storage) = window().local_storage().ok().flatten() {
        // Private windows may refuse to remember; the choice then holds until the page is closed.
        storage.set_item(KEY, model).ok();
    }
    load(desk, &to_load(), CardFrom::Site);
}

fn load(desk: Desk, model: &str, card: CardFrom) {
    LOADED.set(Some(model.into()));
    desk.model.set(Model::Loading(0, 0));
    send(&Request::Load { model: model.into(), card }, None);
}

/// Loads another model because an image needs it.
pub fn switch(desk: Desk, of: JobId, model: &str) {
    SWITCHED.set(loaded().map(|before| (of, before)));
    load(desk, model, CardFrom::Cache);
}

/// Takes everything off the desk, out of the worker too.
pub fn clear(desk: Desk) {
    if let Some(job) = desk.working() {
        cancel(desk, job.id);
    }
    files::forget();
    report::forget();
    desk.clear();
}

/// Stops an image's examination, or takes it out of the queue.
pub fn cancel(desk: Desk, id: JobId) {
    let Some(job) = desk.job(id) else { return };
    let was_working = matches!(job.state.get_untracked(), JobState::Working(_));
    job.state.set(JobState::Cancelled);
    if was_working {
        // The worker computes without a pause, so it cannot hear; it is ended, and a new one takes over.
        restart(desk);
    }
}

/// Examines an image again, with the chosen model or the one that knows it.
pub fn again(desk: Desk, id: JobId) {
    if let Some(job) = desk.job(id) {
        job.asked.set(None);
        wait(desk, &job);
    }
}

/// Has a model examine an image although the gate did not admit it.
pub fn overrule(desk: Desk, id: JobId, model: &str) {
    let Some(job) = desk.job(id) else { return };
    job.overrule.set(Some(model.into()));
    job.asked.set(Some(model.into()));
    wait(desk, &job);
}

/// Takes down what a reader says of the patient's age, and examines the image again where that changes the answer.
pub fn answer_question(desk: Desk, id: JobId, said: ReaderAnswer) {
    let Some(job) = desk.job(id) else { return };
    job.age.set(said);
    if let (ReaderAnswer::Fits(_), Some(shown)) = (said, untrack(|| job.shown())) {
        job.asked.set(Some(shown.examination.model.id.clone()));
        return wait(desk, &job);
    }
    // The other frames waited for it.
    go_on(desk);
}

/// Takes back what a reader said of the age: the image is examined without it, and the question comes again.
pub fn ask_again(desk: Desk, id: JobId) {
    let Some(job) = desk.job(id) else { return };
    job.age.set(ReaderAnswer::NotAsked);
    wait(desk, &job);
}

/// Asks another model too; what was answered before is kept beside.
pub fn ask_also(desk: Desk, id: JobId, model: &str) {
    let Some(job) = desk.job(id) else { return };
    if let JobState::Examined(shown) = job.state.get_untracked() {
        job.others.update(|others| {
            others.retain(|other| other.examination.model.id != shown.examination.model.id);
            others.push(shown);
        });
    }
    job.asked.set(Some(model.into()));
    job.asked_also.set(Some(model.into()));
    wait(desk, &job);
}

/// Puts another model's answer in front.
pub fn show_other(job: &Job, model: &str) {
    let JobState::Examined(current) = job.state.get_untracked() else { return };
    let other = job
        .others
        .with_untracked(|others| others.iter().find(|other| other.examination.model.id == model).cloned());
    if let Some(other) = other {
        job.others.update(|others| {
            others.retain(|other| other.examination.model.id != model);
            others.push(current);
        });
        job.state.set(JobState::Examined(other));
    }
}

fn wait(desk: Desk, job: &Job) {
    job.is_halted.set(false);
    job.state.set(JobState::Waiting);
    if matches!(desk.model.get_untracked(), Model::Unavailable(_)) {
        restart(desk);
    }
    go_on(desk);
}

/// After a model could not be used: the choice goes back to the images.
pub fn try_another(desk: Desk) {
    match chosen() {
        // Left to the images it stays, and begins anew.
        chosen if chosen == AUTOMATIC => {
            LOADED.set(None);
            restart(desk);
        }
        _ => choose(desk, AUTOMATIC),
    }
}

/// Ends the worker and starts a new one; the model comes from the cache.
pub fn restart(desk: Desk) {
    WORKER.with_borrow_mut(|worker| worker.take().inspect(Worker::terminate));
    start(desk);
}

fn crashed(desk: Desk) {
    let faults = FAULTS.get() + 1;
    FAULTS.set(faults);
    let message = "the computing part of the page stopped unexpectedly".to_string();
    let problem = || Problem { kind: ProblemKind::Internal, message: message.clone() };
    if let Some(job) = desk.working() {
        job.state.set(JobState::Failed(problem()));
    }
    if let Some((id, _)) = desk.in_background.get_untracked() {
        // The frame that it stopped at is not tried again.
        turns::failed(desk, id, problem());
    }
    if faults < MOST_STARTS_AFTER_FAULTS { restart(desk) } else { give_up(desk, message) }
}

fn give_up(desk: Desk, message: String) {
    desk.model.set(Model::Unavailable(Problem { kind: ProblemKind::Internal, message }));
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

fn hear(desk: Desk, event: &MessageEvent) {
    let data = event.data();
    let word = data.as_string().unwrap_or_default();
    if word == "alive" {
        return patience::prolong();
    }
    if word == "awake" {
        patience::end();
        // Once an image is open, a worker that takes over asks nobody for anything.
        let card = if desk.opened.get_untracked() { CardFrom::Cache } else { CardFrom::Site };
        let model = to_load();
        LOADED.set(Some(model.clone()));
        return send(&Request::Load { model, card }, None);
    }
    let parts = Array::from(&data);
    let text = parts.get(0).as_string().unwrap_or_default();
    match serde_json::from_str::<Envelope<Reply>>(&text) {
        Ok(envelope) if envelope.version == VERSION => act(desk, envelope.message, &parts),
        _ => give_up(desk, "two versions of this page met; reload it".into()),
    }
}

fn act(desk: Desk, reply: Reply, parts: &Array) {
    match reply {
        Reply::Loading { done, of } => desk.model.set(Model::Loading(done, of)),
        Reply::Ready { model, models, cached, requests, threads } => {
            // Where the site's first model was wanted, its name is known only now.
            LOADED.set(Some(model.id.clone()));
            // A model that is chosen while an image is open is fetched, and that is counted like any other request.
            if desk.opened.get_untracked() {
                let name = format!("models/{}", model.id);
                desk.requests.update(|all| all.extend((0..requests).map(|_| name.clone())));
            }
            SWITCHED.set(None);
            desk.meet(&model);
            desk.models.set(models);
            desk.model.set(Model::Ready { summary: model, cached, threads });
            // Only now, so that it takes nothing from the model on its way.
            files::start();
            go_on(desk);
        }
        // A model that one image wanted and that cannot be had is that image's trouble; the others go on with the last one.
        Reply::Unavailable { problem } => match SWITCHED.take() {
            Some((id, before)) => {
                turns::without_model(desk, id, problem);
                load(desk, &before, CardFrom::Cache);
            }
            None => desk.model.set(Model::Unavailable(problem)),
        },
        // Of a frame besides the first nothing is shown but what was found.
        Reply::Progress { id, stage } => {
            if let Some(job) = desk.job(id).filter(turns::is_working) {
                job.state.set(JobState::Working(Some(stage)));
            }
        }
        Reply::Examined { id, frame, examination, ms, times, requests } => {
            turns::examined(desk, id, Shown { examination: *examination, frame, ms, times, requests });
        }
        Reply::Step { id, done, of } => maps::step(desk, id, done, of),
        Reply::Explained { id, picture, strongest, agreement, .. } => {
            match image_data(&parts.get(1), picture) {
                Some(picture) => maps::made(desk, id, picture, strongest, agreement),
                None => maps::failed(desk, id, "its picture cannot be drawn".into()),
            }
        }
        Reply::Unexplained { id, problem } => maps::failed(desk, id, problem.message),
        Reply::Failed { id, problem } => turns::failed(desk, id, problem),
        Reply::Stale => give_up(desk, "two versions of this page met; reload it".into()),
    }
}

/// A picture from the worker's buffer, without copying it.
fn image_data(buffer: &JsValue, (width, height): (u32, u32)) -> Option<ImageData> {
    let buffer = buffer.dyn_ref::<ArrayBuffer>()?;
    let pixels = Uint8ClampedArray::new(buffer);
    ImageData::new_with_js_u8_clamped_array_and_sh(&pixels, width, height).ok()
}
