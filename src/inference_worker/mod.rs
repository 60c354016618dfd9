//! Inference off the page's thread: owns the engine and answers messages.

pub(crate) mod post;
mod weights;

use crate::engine::{self, Engine, Explained, OnReject, Source};
use crate::examination::Stage;
use crate::imaging::Image;
use crate::imaging::picture::Picture;
use crate::kernels;
use crate::model::{Bundle, Card};
use crate::protocol::inference_worker::{
    CardFrom, DecodedFrame, Envelope, Method, ModelName, ModelSummary, Payload, Problem, ProblemKind, Reply,
    Request, VERSION,
};
use crate::scope::Stated;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use post::{post, post_with, resource_count};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;

/// The engine, once it is loaded.
type Shared = Rc<RefCell<Option<Engine>>>;

/// Starts to answer, on this thread and as many helpers as wait to lend theirs. Posts `awake` when messages will be heard,
/// because what was posted before is lost.
pub fn start(helpers: usize) {
    console_error_panic_hook::set_once();
    gather(helpers);
    let engine = Shared::default();
    let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| answer(&engine, &event));
    let scope = post::scope();
    scope.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // The worker listens until it is terminated.
    hear.forget();
    post::awake();
}

/// Says that this thread has come, and gives it its number among those that compute.
pub fn join_team() -> usize {
    #[cfg(target_feature = "atomics")]
    return kernels::team::join();
    #[cfg(not(target_feature = "atomics"))]
    0
}

/// Gives this thread to the kernels for good; nothing where the build has no threads.
pub fn lend_thread(number: usize) {
    #[cfg(target_feature = "atomics")]
    kernels::team::lend(number);
    #[cfg(not(target_feature = "atomics"))]
    debug_assert_eq!(number, 0, "the plain worker has no threads");
}

/// Counts on the helpers that have come.
pub fn gather(helpers: usize) {
    #[cfg(target_feature = "atomics")]
    kernels::team::gather(helpers);
    #[cfg(not(target_feature = "atomics"))]
    debug_assert_eq!(helpers, 0, "the plain worker has no threads");
}

fn answer(engine: &Shared, event: &MessageEvent) {
    let parts = Array::from(&event.data());
    let Some(text) = parts.get(0).as_string() else { return };
    // The version is read before the message, which another version may not understand. From bytes, as cards are: a reader
    // of another kind would be code to load.
    let version = serde_json::from_slice::<Envelope<serde_json::Value>>(text.as_bytes())
        .map(|envelope| envelope.version);
    let request = serde_json::from_slice::<Envelope<Request>>(text.as_bytes());
    match (version, request) {
        (Ok(VERSION), Ok(Envelope { message: Request::Load { model, card }, .. })) => {
            let engine = engine.clone();
            spawn_local(async move { load(&engine, &model, card).await });
        }
        (
            Ok(VERSION),
            Ok(Envelope { message: Request::Examine { id, frame, overrule, payload, age }, .. }),
        ) => {
            let guard = if overrule { OnReject::Overrule } else { OnReject::Refuse };
            let image = (payload, buffer(&parts));
            with_engine(engine, id, |engine| examine(engine, (id, frame), guard, image, age));
        }
        (
            Ok(VERSION),
            Ok(Envelope { message: Request::Explain { id, model, method, class, payload }, .. }),
        ) => {
            let engine = engine.borrow();
            let of = engine.as_ref().filter(|engine| engine.card().id == model);
            let other = || Problem {
                kind: ProblemKind::Internal,
                message: format!("{model} is not the model that is loaded now"),
            };
            let explained = of
                .ok_or_else(other)
                .and_then(|engine| explain(engine, id, method, class, (payload, buffer(&parts))));
            if let Err(problem) = explained {
                post(&Reply::Unexplained { id, problem });
            }
        }
        _ => post(&Reply::Stale),
    }
}

/// What came with a request; nothing where nothing came.
fn buffer(parts: &Array) -> Vec<u8> {
    parts
        .get(1)
        .dyn_into::<ArrayBuffer>()
        .map_or_else(|_| Vec::new(), |buffer| Uint8Array::new(&buffer).to_vec())
}

async fn load(engine: &Shared, model: &str, card: CardFrom) {
    let before = resource_count();
    match open(model, card).await {
        Ok((opened, cached, models)) => {
            let requests = resource_count().saturating_sub(before);
            let summary = Box::new(summary(opened.card()));
            *engine.borrow_mut() = Some(opened);
            let threads = kernels::threads();
            post(&Reply::Ready { model: summary, models, cached, requests, threads });
        }
        Err(problem) => post(&Reply::Unavailable { problem }),
    }
}

async fn open(model: &str, card: CardFrom) -> Result<(Engine, bool, Vec<ModelName>), Problem> {
    let progress = |done, of| post(&Reply::Loading { done, of });
    let weights::Fetched { files, cached, models, gate } = weights::fetch(model, card, progress).await?;
    let refused =
        |why: String| Problem { kind: ProblemKind::Bundle, message: format!("{model} is refused: {why}") };
    let bundle = Bundle::open(&files).map_err(|e| refused(e.to_string()))?;
    let engine = Engine::guarded(bundle, Arc::new(gate)).map_err(|e| refused(e.to_string()))?;
    Ok((engine, cached, models))
}

fn summary(card: &Card) -> ModelSummary {
    ModelSummary {
        id: card.id.clone(),
        title: card.title.clone(),
        version: card.version.clone(),
        intended_use: card.intended_use.clone(),
        limits: card.limits.clone(),
        scope: card.scope.clone(),
        tried_on: card.tried_on.clone(),
        advice: card.advice.clone(),
        purpose_reason: card.calibration.purpose_reason.clone(),
        missed: card.missed(),
        labels: card.classes.iter().map(|class| class.label.clone()).collect(),
        finding: card.calibration.operating_point.label.clone(),
        bytes: card.files.values().map(|file| file.bytes).sum(),
        curve: card.calibration.curve.clone(),
        reliability: card.calibration.reliability.clone(),
    }
}

/// Does a job with the loaded model, and says so where that is impossible.
fn with_engine(engine: &Shared, id: u32, job: impl FnOnce(&Engine) -> Result<(), Problem>) {
    let engine = engine.borrow();
    let missing = || Problem { kind: ProblemKind::Internal, message: "no model is loaded yet".into() };
    if let Err(problem) = engine.as_ref().ok_or_else(missing).and_then(job) {
        post(&Reply::Failed { id, problem });
    }
}

fn explain(
    engine: &Engine,
    id: u32,
    method: Method,
    class: Option<usize>,
    image: (Payload, Vec<u8>),
) -> Result<(), Problem> {
    let examined = engine.examine(source(image)?, OnReject::Overrule, |_| ()).map_err(problem)?;
    let step = |done, of| post(&Reply::Step { id, done, of });
    let nothing = || Problem { kind: ProblemKind::Internal, message: "there is nothing to explain".into() };
    let explained = engine.explain(&examined, method, class, step).map_err(problem)?.ok_or_else(nothing)?;
    let Explained { picture: Picture { width, height, rgba }, strongest, agreement } = explained;
    let reply = Reply::Explained { id, method, class, picture: (width, height), strongest, agreement };
    post_with(&reply, std::iter::once(rgba));
    Ok(())
}

fn examine(
    engine: &Engine,
    (id, frame): (u32, u32),
    guard: OnReject,
    image: (Payload, Vec<u8>),
    age: Option<Stated>,
) -> Result<(), Problem> {
    let (began, requests) = (post::now(), resource_count());
    let mut stages = Vec::new();
    let mut report = |stage| {
        stages.push((stage, post::now()));
        post(&Reply::Progress { id, stage });
    };
    report(Stage::Decoding);
    let examined = engine.examine(source(image)?.aged(age), guard, report).map_err(problem)?;
    let done = post::now();
    let took = |stage: Stage| {
        let mut from = stages.iter().skip_while(|(other, _)| *other != stage).map(|(_, at)| *at);
        from.next().map_or(0.0, |began| from.next().unwrap_or(done) - began)
    };
    post(&Reply::Examined {
        id,
        frame,
        examination: Box::new(examined.examination),
        ms: done - began,
        times: (took(Stage::Admitting), took(Stage::Inferring)),
        requests: resource_count().saturating_sub(requests),
    });
    Ok(())
}

/// What the engine examines, from what came with the request.
fn source((payload, bytes): (Payload, Vec<u8>)) -> Result<Source, Problem> {
    let made = match payload {
        Payload::File => Source::picture(&bytes),
        Payload::Frame(frame) => {
            let DecodedFrame { layout, sha256, facts, header, concerns } = *frame;
            let source = |image| Source { image, facts, sha256, header: Some(header), concerns, age: None };
            Image::from_raw(layout, bytes).map(source)
        }
    };
    made.map_err(|error| Problem { kind: error.kind().into(), message: error.to_string() })
}

fn problem(error: engine::Error) -> Problem {
    Problem { kind: ProblemKind::Internal, message: error.to_string() }
}
