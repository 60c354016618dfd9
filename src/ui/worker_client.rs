//! Client of one of the page's workers: starts it, sends it requests and passes on its replies. It holds the only handle of the worker.

use crate::protocol::Envelope;
use js_sys::{Array, ArrayBuffer, Function};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::convert::FromWasmAbi;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// What a worker does.
pub enum Event<R> {
    /// It can be sent requests; those that waited are on their way.
    Awake,
    /// It replies. The buffers of the message begin at index 1.
    Reply(R, Array),
    /// It speaks another version of the protocol.
    Stale,
    /// It stopped by a fault of its own.
    Crashed,
    /// It gave no sign of life within its time limit.
    TimedOut,
}

/// A client that sends requests `Q` and hears replies `R`. A handle: copies share the worker.
pub struct WorkerClient<Q, R> {
    state: StoredValue<State, LocalStorage>,
    messages: PhantomData<fn(Q) -> R>,
}

impl<Q, R> Clone for WorkerClient<Q, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q, R> Copy for WorkerClient<Q, R> {}

/// A request as it is posted, and what of it is transferred.
type Message = (Array, Array);

#[derive(Default)]
struct State {
    /// Name of the meta element that holds the address of the worker's script.
    script: &'static str,
    running: Option<Running>,
    /// Requests that wait until the worker is awake: what is posted before is lost.
    outbox: Vec<Message>,
    /// Counts the starts, so that a time limit ends with the start it was set for.
    starts: u32,
}

struct Running {
    worker: Worker,
    is_awake: bool,
    /// When it last gave a sign of life, in milliseconds.
    last_sign: f64,
}

impl<Q: Serialize + 'static, R: DeserializeOwned + 'static> WorkerClient<Q, R> {
    /// A client of the worker whose script a meta element of this name tells. Nothing is started yet.
    pub fn new(script: &'static str) -> Self {
        let state = StoredValue::new_local(State { script, ..State::default() });
        Self { state, messages: PhantomData }
    }

    /// Starts the worker, in place of one that runs. The worker is told `name`; `limit` is how long it may be silent until it is awake.
    /// False where the browser starts no worker.
    pub fn start(self, name: &str, limit: Option<Duration>, hear: impl Fn(Event<R>) + 'static) -> bool {
        self.stop();
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(name);
        let script = self.state.with_value(|state| address(state.script));
        let Ok(worker) = Worker::new_with_options(&script, &options) else { return false };
        let hear: Rc<dyn Fn(Event<R>)> = Rc::new(hear);
        let on_message = {
            let hear = hear.clone();
            callback(move |event: MessageEvent| self.hear(&event, &*hear))
        };
        let on_error = {
            let hear = hear.clone();
            callback(move |_: web_sys::Event| hear(Event::Crashed))
        };
        worker.set_onmessage(Some(&on_message));
        worker.set_onerror(Some(&on_error));
        worker.set_onmessageerror(Some(&on_error));
        let mut start = 0;
        self.state.update_value(|state| {
            state.starts += 1;
            start = state.starts;
            state.running = Some(Running { worker, is_awake: false, last_sign: js_sys::Date::now() });
        });
        if let Some(limit) = limit {
            self.watch(start, limit, hear);
        }
        true
    }

    /// Terminates the worker; requests that were not posted yet are dropped.
    pub fn stop(self) {
        let running = self.state.try_update_value(|state| {
            state.outbox.clear();
            state.running.take()
        });
        if let Some(Running { worker, .. }) = running.flatten() {
            worker.terminate();
        }
    }

    /// Whether the worker was started and not stopped.
    pub fn is_running(self) -> bool {
        self.state.with_value(|state| state.running.is_some())
    }

    /// Whether the worker hears.
    pub fn is_awake(self) -> bool {
        self.state.with_value(|state| state.running.as_ref().is_some_and(|running| running.is_awake))
    }

    /// Sends a request, and a buffer that is transferred. A worker that is not awake yet gets it as soon as it is.
    pub fn send(self, request: &Q, buffer: Option<&ArrayBuffer>) {
        // A request is made of plain values only, so it always has a text.
        let Ok(text) = serde_json::to_string(&Envelope::new(request)) else { return };
        let (parts, transfer) = (Array::of1(&text.into()), Array::new());
        if let Some(buffer) = buffer {
            parts.push(buffer);
            transfer.push(buffer);
        }
        self.state.update_value(|state| match &state.running {
            Some(Running { worker, is_awake: true, .. }) => post(worker, &(parts, transfer)),
            _ => state.outbox.push((parts, transfer)),
        });
    }

    fn hear(self, event: &MessageEvent, hear: &dyn Fn(Event<R>)) {
        let data = event.data();
        match data.as_string().as_deref() {
            // A worker that loads its code over a slow network says so.
            Some("alive") => self.sign_of_life(false),
            Some("awake") => {
                self.sign_of_life(true);
                hear(Event::Awake);
            }
            _ => {
                let parts = Array::from(&data);
                let text = parts.get(0).as_string().unwrap_or_default();
                let reply = serde_json::from_str::<Envelope<R>>(&text).ok().and_then(Envelope::open);
                hear(reply.map_or(Event::Stale, |reply| Event::Reply(reply, parts)));
            }
        }
    }

    fn sign_of_life(self, is_awake: bool) {
        self.state.update_value(|state| {
            let Some(running) = &mut state.running else { return };
            running.last_sign = js_sys::Date::now();
            if is_awake {
                running.is_awake = true;
                state.outbox.drain(..).for_each(|message| post(&running.worker, &message));
            }
        });
    }

    /// Looks whether the worker of a start was silent for too long, now and again until it is awake.
    fn watch(self, start: u32, limit: Duration, hear: Rc<dyn Fn(Event<R>)>) {
        let last_sign = self.state.with_value(|state| {
            let running = state.running.as_ref().filter(|_| state.starts == start)?;
            (!running.is_awake).then_some(running.last_sign)
        });
        let Some(last_sign) = last_sign else { return };
        let silent = Duration::from_millis((js_sys::Date::now() - last_sign).max(0.0) as u64);
        match limit.checked_sub(silent).filter(|left| !left.is_zero()) {
            Some(left) => set_timeout(move || self.watch(start, limit, hear), left),
            None => hear(Event::TimedOut),
        }
    }
}

/// A function that the browser calls, and frees with the worker that it is set on.
fn callback<E: FromWasmAbi + 'static>(act: impl Fn(E) + 'static) -> Function {
    Closure::<dyn Fn(E)>::new(act).into_js_value().unchecked_into()
}

fn post(worker: &Worker, (parts, transfer): &Message) {
    if let Err(error) = worker.post_message_with_transfer(parts, transfer) {
        leptos::logging::error!("a worker could not be reached: {error:?}");
    }
}

/// The address that the build put into a meta element.
fn address(meta: &str) -> String {
    let meta = document().query_selector(&format!("meta[name={meta}]")).ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}
