//! The page's end of the reader of files: a worker that opens what the page itself never parses.

use super::item::Slice;
use crate::dataset::gallery::Sample;
use crate::frame::{Frame, Samples};
use crate::protocol::file_worker::{FileId, HEAD, Kind, Reply, Request, VERSION};
use crate::protocol::inference_worker::{Envelope, Payload, Problem, ProblemKind};
use crate::study::{FileFacts, Tag};
use js_sys::{Array, ArrayBuffer, Function, Promise, Uint8Array, Uint16Array};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, FilePropertyBag, MessageEvent, Worker, WorkerOptions, WorkerType};

/// Memory for frames that were looked at, in bytes: scrolling back and forth then asks for none again.
const MOST_FRAMES: usize = 192 * 1024 * 1024;

type FrameKey = (FileId, u32);

thread_local! {
    static READER: RefCell<Option<Worker>> = const { RefCell::new(None) };
    /// Whether the reader hears: what is posted before is lost.
    static IS_AWAKE: Cell<bool> = const { Cell::new(false) };
    /// Messages that wait for it to hear.
    static OUTBOX: RefCell<Vec<(Array, Array)>> = const { RefCell::new(Vec::new()) };
    /// Who waits for answers: each request is answered once, in the order of the requests.
    static WAITING: RefCell<VecDeque<Function>> = const { RefCell::new(VecDeque::new()) };
    /// Frames that were looked at, the latest last.
    static FRAMES: RefCell<VecDeque<(FrameKey, Rc<Frame>)>> = const { RefCell::new(VecDeque::new()) };
}

/// Starts the reader, so that it is there when a file comes.
pub fn start() {
    if READER.with_borrow(Option::is_some) {
        return;
    }
    let address = document()
        .query_selector("meta[name=lantern-reader]")
        .ok()
        .flatten()
        .and_then(|meta| meta.get_attribute("content"))
        .unwrap_or_default();
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let Ok(worker) = Worker::new_with_options(&address, &options) else { return };
    let hear = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| hear(&event));
    worker.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    let fail = Closure::<dyn Fn(web_sys::Event)>::new(|_| crashed());
    worker.set_onerror(Some(fail.as_ref().unchecked_ref()));
    // They live as long as the reader; one that is replaced leaves a few bytes behind.
    hear.forget();
    fail.forget();
    READER.set(Some(worker));
}

fn hear(event: &MessageEvent) {
    let data = event.data();
    if data.as_string().is_some_and(|word| word == "awake") {
        IS_AWAKE.set(true);
        for (parts, transfer) in OUTBOX.take() {
            post(&parts, &transfer);
        }
        return;
    }
    let next = WAITING.with_borrow_mut(VecDeque::pop_front);
    if let Some(resolve) = next {
        resolve.call1(&JsValue::NULL, &data).ok();
    }
}

/// A file that breaks the reader is answered with nothing; the next one finds a new reader.
fn crashed() {
    READER.with_borrow_mut(|reader| reader.take().inspect(Worker::terminate));
    IS_AWAKE.set(false);
    OUTBOX.set(Vec::new());
    for resolve in WAITING.take() {
        resolve.call1(&JsValue::NULL, &JsValue::NULL).ok();
    }
}

fn post(parts: &Array, transfer: &Array) {
    READER.with_borrow(|reader| {
        let sent = reader.as_ref().map(|reader| reader.post_message_with_transfer(parts, transfer));
        if let Some(Err(error)) = sent {
            leptos::logging::error!("the reader of files could not be reached: {error:?}");
        }
    });
}

/// A reply with its buffers.
async fn ask(request: &Request, buffer: Option<ArrayBuffer>) -> Result<(Reply, Array), Problem> {
    let broken = |message: &str| Problem { kind: ProblemKind::Internal, message: message.into() };
    let envelope = Envelope { version: VERSION, message: request };
    let text = serde_json::to_string(&envelope).map_err(|_| broken("the request has no text"))?;
    let (parts, transfer) = (Array::of1(&text.into()), Array::new());
    if let Some(buffer) = buffer {
        parts.push(&buffer);
        transfer.push(&buffer);
    }
    start();
    let answer = Promise::new(&mut |resolve, _| {
        WAITING.with_borrow_mut(|waiting| waiting.push_back(resolve));
    });
    if IS_AWAKE.get() {
        post(&parts, &transfer);
    } else {
        OUTBOX.with_borrow_mut(|outbox| outbox.push((parts, transfer)));
    }
    let stopped = || broken("the part of the page that opens files stopped at this file");
    let parts = JsFuture::from(answer).await.map_err(|_| stopped())?;
    let parts = parts.dyn_into::<Array>().map_err(|_| stopped())?;
    let text = parts.get(0).as_string().unwrap_or_default();
    match serde_json::from_str::<Envelope<Reply>>(&text) {
        Ok(Envelope { message: Reply::Failed { problem, .. }, .. }) => Err(problem),
        Ok(Envelope { version: VERSION, message }) if message != Reply::Stale => Ok((message, parts)),
        _ => Err(broken("two versions of this page met; reload it")),
    }
}

async fn bytes(blob: &Blob, name: &str) -> Result<ArrayBuffer, Problem> {
    let unread = || Problem {
        kind: ProblemKind::Damaged,
        message: format!("{name} could not be read from this device"),
    };
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|_| unread())?;
    buffer.dyn_into().map_err(|_| unread())
}

/// The whole file.
pub async fn whole(file: &File) -> Result<ArrayBuffer, Problem> {
    bytes(file, &file.name()).await
}

/// The first bytes of a file.
pub async fn start_of(file: &File, most: u32) -> Result<ArrayBuffer, Problem> {
    let part = file.slice_with_f64_and_f64(0.0, f64::from(most));
    let part = part.map_err(|_| Problem { kind: ProblemKind::Damaged, message: file.name() })?;
    bytes(&part, &file.name()).await
}

/// An answer that fits no question.
pub fn unexpected_reply() -> Problem {
    let message = "the part of the page that opens files answered something else than was asked".into();
    Problem { kind: ProblemKind::Internal, message }
}

/// What a file is, by its first bytes.
pub async fn look(id: FileId, file: &File) -> Result<Kind, Problem> {
    let head = start_of(file, HEAD).await?;
    match ask(&Request::Look { file: id, size: file.size() as u64 }, Some(head)).await? {
        (Reply::Looked { kind, .. }, _) => Ok(kind),
        _ => Err(unexpected_reply()),
    }
}

/// The files of an archive, and what could not be unpacked.
pub async fn unpack(id: FileId, file: &File) -> Result<(Vec<File>, Vec<(String, Problem)>), Problem> {
    let all = whole(file).await?;
    match ask(&Request::Unpack { file: id }, Some(all)).await? {
        (Reply::Unpacked { names, problems, .. }, parts) => {
            let file = |(name, index): (String, u32)| {
                File::new_with_u8_array_sequence(&Array::of1(&parts.get(index)), &name).ok()
            };
            Ok((names.into_iter().zip(1..).filter_map(file).collect(), problems))
        }
        _ => Err(unexpected_reply()),
    }
}

/// Opens a file and tells what it says of itself.
pub async fn open(slice: &Slice) -> Result<FileFacts, Problem> {
    let all = whole(&slice.file).await?;
    match ask(&Request::Open { file: slice.id }, Some(all)).await? {
        (Reply::Opened { facts, .. }, _) => Ok(*facts),
        _ => Err(unexpected_reply()),
    }
}

/// Asks about an open file, and opens it first where it was put away.
async fn ask_open(slice: &Slice, request: &Request) -> Result<(Reply, Array), Problem> {
    match ask(request, None).await? {
        (Reply::NotOpen { .. }, _) => {
            open(slice).await?;
            ask(request, None).await
        }
        answer => Ok(answer),
    }
}

/// A frame to look at.
pub async fn frame(slice: &Slice, frame: u32) -> Result<Rc<Frame>, Problem> {
    let key = (slice.id, frame);
    if let Some(kept) = kept(key) {
        return Ok(kept);
    }
    match ask_open(slice, &Request::Frame { file: slice.id, frame }).await? {
        (Reply::Frame { facts, .. }, parts) => {
            let Ok(buffer) = parts.get(1).dyn_into::<ArrayBuffer>() else { return Err(unexpected_reply()) };
            let samples = match facts.modality_lut {
                Some(_) => Samples::Grey(Uint16Array::new(&buffer).to_vec()),
                None => Samples::Rgb(Uint8Array::new(&buffer).to_vec()),
            };
            let frame = Rc::new(Frame { facts: *facts, samples });
            keep(key, &frame);
            Ok(frame)
        }
        _ => Err(unexpected_reply()),
    }
}

/// A frame as the model is to see it, and what the buffer is.
pub async fn prepare(slice: &Slice, frame: u32) -> Result<(ArrayBuffer, Payload), Problem> {
    match ask_open(slice, &Request::Prepare { file: slice.id, frame }).await? {
        (Reply::Prepared { payload, .. }, parts) => {
            let buffer = parts.get(1).dyn_into().map_err(|_| unexpected_reply())?;
            Ok((buffer, payload))
        }
        _ => Err(unexpected_reply()),
    }
}

/// The header of a DICOM file.
pub async fn tags(slice: &Slice, masked: bool) -> Result<Vec<Tag>, Problem> {
    match ask_open(slice, &Request::Tags { file: slice.id, masked }).await? {
        (Reply::Tags { tags, .. }, _) => Ok(tags),
        _ => Err(unexpected_reply()),
    }
}

/// A drawing to try with, as a file.
pub async fn draw(sample: Sample) -> Result<File, Problem> {
    match ask(&Request::Draw { sample }, None).await? {
        (Reply::Drawn, parts) => {
            let options = FilePropertyBag::new();
            options.set_type("image/bmp");
            let (content, name) = (Array::of1(&parts.get(1)), sample.file_name());
            File::new_with_buffer_source_sequence_and_options(&content, &name, &options)
                .map_err(|_| unexpected_reply())
        }
        _ => Err(unexpected_reply()),
    }
}

/// A document as the bytes of a file.
pub async fn write(request: Request) -> Result<Vec<u8>, Problem> {
    match ask(&request, None).await? {
        (Reply::Written, parts) => {
            let buffer: ArrayBuffer = parts.get(1).dyn_into().map_err(|_| unexpected_reply())?;
            Ok(Uint8Array::new(&buffer).to_vec())
        }
        _ => Err(unexpected_reply()),
    }
}

fn size(frame: &Frame) -> usize {
    match &frame.samples {
        Samples::Grey(samples) => 2 * samples.len(),
        Samples::Rgb(samples) => samples.len(),
    }
}

fn kept(key: FrameKey) -> Option<Rc<Frame>> {
    FRAMES.with_borrow_mut(|frames| {
        let place = frames.iter().position(|(other, _)| *other == key)?;
        let entry = frames.remove(place)?;
        let frame = entry.1.clone();
        frames.push_back(entry);
        Some(frame)
    })
}

fn keep(key: FrameKey, frame: &Rc<Frame>) {
    FRAMES.with_borrow_mut(|frames| {
        frames.push_back((key, frame.clone()));
        let mut total: usize = frames.iter().map(|(_, frame)| size(frame)).sum();
        while total > MOST_FRAMES && frames.len() > 1 {
            total -= frames.pop_front().map_or(0, |(_, frame)| size(&frame));
        }
    });
}

/// Forgets all frames.
pub fn forget() {
    FRAMES.set(VecDeque::new());
}
