//! Requests to a file worker, of which each gets one reply, in their order. There are two such workers: one opens files, the other keeps the
//! vault.

use super::worker_client::{Event, WorkerClient};
use crate::messages::page;
use crate::protocol::Problem;
use crate::protocol::file_worker::{Reply, Request};
use js_sys::{Array, ArrayBuffer, Function, Promise};
use leptos::prelude::*;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Name of the meta element with the address of the worker's script.
const SCRIPT: &str = "lantern-reader";

/// A reply with the parts of its message, whose buffers begin at index 1.
pub type WorkerReply = Result<(Reply, Array), Problem>;

/// A request that waits for its answer: where that goes, and what to call then.
type PendingRequest = (Rc<RefCell<Option<WorkerReply>>>, Function);

/// A worker and what it was asked. Copies share it.
#[derive(Clone, Copy)]
pub struct RequestQueue {
    worker: WorkerClient<Request, Reply>,
    waiting: StoredValue<VecDeque<PendingRequest>, LocalStorage>,
    /// What is said where the worker ended before it answered.
    stopped: &'static str,
}

impl RequestQueue {
    /// Of a worker that is not started yet. `stopped`: what is said where it ends before it answers.
    pub fn new(stopped: &'static str) -> Self {
        Self { worker: WorkerClient::new(SCRIPT), waiting: StoredValue::new_local(VecDeque::new()), stopped }
    }

    /// Starts the worker, if it does not run. It may take its time: a slow network alone is no fault.
    pub fn start(self) {
        if !self.worker.is_running() && !self.worker.start("", None, move |event| self.hear(event)) {
            self.stop();
        }
    }

    /// Whether the worker runs.
    pub fn is_running(self) -> bool {
        self.worker.is_running()
    }

    fn hear(self, event: Event<Reply>) {
        let answer = match event {
            Event::Awake | Event::TimedOut => return,
            Event::Crashed => return self.stop(),
            Event::Reply(Reply::Failed { problem, .. }, _) => Err(problem),
            Event::Reply(Reply::Stale, _) | Event::Stale => Err(Problem::new(page::fault::TWO_VERSIONS)),
            Event::Reply(reply, parts) => Ok((reply, parts)),
        };
        if let Some(next) = self.waiting.try_update_value(VecDeque::pop_front).flatten() {
            settle(next, answer);
        }
    }

    /// Ends the worker and what it was asked; the next request finds a new one.
    pub fn stop(self) {
        self.worker.stop();
        for waiting in self.waiting.try_update_value(std::mem::take).unwrap_or_default() {
            settle(waiting, Err(Problem::new(self.stopped)));
        }
    }

    /// Asks the worker, and starts it for that. `buffer` is transferred.
    pub async fn ask(self, request: &Request, buffer: Option<ArrayBuffer>) -> WorkerReply {
        let answer = Rc::new(RefCell::new(None));
        let answered = Promise::new(&mut |resolve, _| {
            self.waiting.update_value(|waiting| waiting.push_back((answer.clone(), resolve)));
        });
        self.start();
        self.worker.send(request, buffer.as_ref());
        JsFuture::from(answered).await.ok();
        answer.take().unwrap_or_else(|| Err(Problem::new(self.stopped)))
    }
}

fn settle((place, resolve): PendingRequest, answer: WorkerReply) {
    place.replace(Some(answer));
    resolve.call0(&JsValue::NULL).ok();
}

/// The worker replied with the wrong type of message.
pub fn unexpected_reply() -> Problem {
    Problem::new(page::fault::UNEXPECTED_REPLY)
}
