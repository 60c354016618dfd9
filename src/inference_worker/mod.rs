//! Inference off the page's thread: owns the engine and answers messages.

pub(crate) mod weights;

use crate::about::About;
use crate::engine::{self, Engine, Examined, Explained, LastExamined, OnReject, Source};
use crate::examination::{CurvePoint, OperatingPoint, ReliabilityBin, Stage};
use crate::imaging::Image;
use crate::imaging::picture::Picture;
use crate::kernels;
use crate::messages::fault::worker as fault;
use crate::messages::why::worker as why;
use crate::model::{Bundle, Calibration};
use crate::protocol::Problem;
use crate::protocol::inference_worker::{
    CardFrom, DecodedFrame, FindingSummary, Method, ModelSummary, Payload, Reply, Request,
};
use crate::scope::Stated;
use crate::worker_port::{self, post, post_with, resource_count};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen_futures::spawn_local;

/// What the worker holds.
#[derive(Default)]
struct State {
    /// Once it is loaded.
    engine: Option<Engine>,
    last: LastExamined,
}

type Shared = Rc<RefCell<State>>;

/// Starts to answer, on this thread and on as many helper threads as have joined.
pub fn start(helpers: usize) {
    form_team(helpers);
    let state = Shared::default();
    worker_port::listen(Reply::Stale, move |request, bytes| answer(&state, request, bytes));
}

/// Registers this thread as a helper and returns its number; 0 in a build without threads.
pub fn join_team() -> usize {
    #[cfg(target_feature = "atomics")]
    return kernels::team::join();
    #[cfg(not(target_feature = "atomics"))]
    0
}

/// Gives this thread to the kernels for good; nothing where the build has no threads.
pub fn lend_thread(number: usize) {
    #[cfg(target_feature = "atomics")]
    kernels::team::run_helper(number);
    #[cfg(not(target_feature = "atomics"))]
    debug_assert_eq!(number, 0, "the plain worker has no threads");
}

/// Forms the thread team from the helpers that have registered, at most `helpers`.
pub fn form_team(helpers: usize) {
    #[cfg(target_feature = "atomics")]
    kernels::team::form_team(helpers);
    #[cfg(not(target_feature = "atomics"))]
    debug_assert_eq!(helpers, 0, "the plain worker has no threads");
}

fn answer(state: &Shared, request: Request, bytes: Vec<u8>) {
    match request {
        Request::Load { model, card } => {
            let state = state.clone();
            spawn_local(async move { load(&state, &model, card).await });
        }
        Request::Examine { id, frame, overrule, payload, age } => {
            let on_reject = if overrule { OnReject::Overrule } else { OnReject::Refuse };
            let examined = examine(&mut state.borrow_mut(), (id, frame), on_reject, (payload, bytes), age);
            if let Err(problem) = examined {
                post(&Reply::Failed { id, problem });
            }
        }
        Request::Explain { id, frame, model, method, class, payload } => {
            let image = payload.map(|payload| (payload, bytes));
            let explained = explain(&mut state.borrow_mut(), (id, frame), &model, (method, class), image);
            if let Err(problem) = explained {
                post(&Reply::Unexplained { id, problem });
            }
        }
        Request::Clear => state.borrow_mut().last.clear(),
    }
}

async fn load(state: &Shared, model: &str, card: CardFrom) {
    let before = resource_count();
    match open(model, card).await {
        Ok((opened, cached, models)) => {
            let requests = resource_count().saturating_sub(before);
            let summary = Box::new(summary(&opened));
            // What the network before it saw explains nothing of this one.
            *state.borrow_mut() = State { engine: Some(opened), last: LastExamined::default() };
            let threads = kernels::threads();
            post(&Reply::Ready { model: summary, models, cached, requests, threads });
        }
        Err(problem) => post(&Reply::Unavailable { problem }),
    }
}

async fn open(model: &str, card: CardFrom) -> Result<(Engine, bool, Vec<About>), Problem> {
    let progress = |done, of| post(&Reply::Loading { done, of });
    let weights::Fetched { files, cached, models, gate } = weights::fetch(model, card, progress).await?;
    let refused = |why: String| Problem::new(why::refused(model, &why));
    let bundle = Bundle::open(files).map_err(|e| refused(e.to_string()))?;
    let engine = match gate {
        Some(gate) => Engine::with_gate(bundle, Arc::new(gate)).map_err(|e| refused(e.to_string()))?,
        None => Engine::new(bundle),
    };
    Ok((engine, cached, models))
}

fn summary(engine: &Engine) -> ModelSummary {
    let card = engine.card();
    ModelSummary {
        about: card.about.clone(),
        missed: card.missed(),
        false_alarms: card.false_alarms(),
        labels: card.classes.iter().map(|class| class.label.clone()).collect(),
        is_of_many: matches!(card.calibration, Calibration::Many(_)),
        findings: findings(&card.calibration),
        bytes: card.files.values().map(|file| file.bytes).sum(),
        is_gated: card.gate.is_some(),
        has_class_maps: engine.has_class_maps(),
    }
}

/// What of the model's answers was checked on data.
fn findings(calibration: &Calibration) -> Vec<FindingSummary> {
    let finding = |point: &OperatingPoint, curve: &[CurvePoint], reliability: &[ReliabilityBin]| {
        let (label, curve, reliability) = (point.label.clone(), curve.to_vec(), reliability.to_vec());
        FindingSummary { label, curve, reliability }
    };
    match calibration {
        Calibration::One(one) => {
            one.iter().map(|one| finding(&one.operating_point, &one.curve, &one.reliability)).collect()
        }
        Calibration::Many(labels) => {
            let checked = labels.iter().flatten();
            checked.map(|one| finding(&one.operating_point, &one.curve, &one.reliability)).collect()
        }
    }
}

/// `image`: what came with the request, if the page sent it.
fn explain(
    State { engine, last }: &mut State,
    key: (u32, u32),
    model: &str,
    how: (Method, Option<usize>),
    image: Option<(Payload, Vec<u8>)>,
) -> Result<(), Problem> {
    let engine = engine.as_ref().filter(|engine| engine.card().about.id == model);
    let other = || Problem::new(fault::other_model(model));
    let engine = engine.ok_or_else(other)?;
    if let Some(image) = image {
        last.clear();
        last.keep(key, engine.examine(source(image)?, OnReject::Overrule, |_| ()).map_err(problem)?);
    }
    match last.get(key) {
        Some(examined) => explain_kept(engine, examined, key.0, how),
        None => {
            post(&Reply::NotKept { id: key.0 });
            Ok(())
        }
    }
}

fn explain_kept(
    engine: &Engine,
    examined: &Examined,
    id: u32,
    (method, class): (Method, Option<usize>),
) -> Result<(), Problem> {
    let step = |done, of| post(&Reply::Step { id, done, of });
    let nothing = || Problem::new(fault::NOTHING_TO_EXPLAIN);
    let explained = engine.explain(examined, method, class, step).map_err(problem)?.ok_or_else(nothing)?;
    let Explained { picture: Picture { width, height, rgba }, strongest, agreement } = explained;
    let reply = Reply::Explained { id, method, class, picture: (width, height), strongest, agreement };
    post_with(&reply, std::iter::once(rgba));
    Ok(())
}

fn examine(
    State { engine, last }: &mut State,
    (id, frame): (u32, u32),
    on_reject: OnReject,
    image: (Payload, Vec<u8>),
    age: Option<Stated>,
) -> Result<(), Problem> {
    let engine = engine.as_ref().ok_or_else(|| Problem::new(fault::NO_MODEL_YET))?;
    // Memory holds one image at a time.
    last.clear();
    let (began, requests) = (worker_port::now(), resource_count());
    let mut stages = Vec::new();
    let mut report = |stage| {
        stages.push((stage, worker_port::now()));
        post(&Reply::Progress { id, stage });
    };
    report(Stage::Decoding);
    let examined = engine.examine(source(image)?.with_age(age), on_reject, report).map_err(problem)?;
    let done = worker_port::now();
    let took = |stage: Stage| {
        let mut from = stages.iter().skip_while(|(other, _)| *other != stage).map(|(_, at)| *at);
        from.next().map_or(0.0, |began| from.next().unwrap_or(done) - began)
    };
    post(&Reply::Examined {
        id,
        frame,
        examination: Box::new(examined.examination.clone()),
        ms: done - began,
        times: (took(Stage::Admitting), took(Stage::Inferring)),
        requests: resource_count().saturating_sub(requests),
    });
    last.keep((id, frame), examined);
    Ok(())
}

/// What the engine examines, from what came with the request.
fn source((payload, bytes): (Payload, Vec<u8>)) -> Result<Source, Problem> {
    let made = match payload {
        Payload::File => Source::picture(&bytes),
        Payload::Frame(frame) => {
            let DecodedFrame { layout, sha256, facts, header, concerns } = *frame;
            let source = |image| Source { image, facts, sha256, header, concerns, age: None };
            Image::from_raw(layout, bytes).map(source)
        }
    };
    made.map_err(|error| Problem::new(error.to_string()))
}

fn problem(error: engine::Error) -> Problem {
    Problem::new(error.to_string())
}
