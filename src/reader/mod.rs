//! Opens files off the page's thread, so that the page never parses one: what they are, what they say, their frames. It loads no model
//! and makes no request. A fault of its own ends it, and the page starts another.

mod shelf;

use crate::file::{self, Look, Opened, Unpacked};
use crate::imaging::Error;
use crate::protocol::reader::{Format, Kind, Reply, Request, VERSION};
use crate::protocol::worker::{Envelope, Original, Problem, ProblemKind};
use crate::report;
use crate::viewing::Samples;
use crate::worker::post;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use shelf::Shelf;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

/// A reply and its buffers.
type Answer = (Reply, Vec<Vec<u8>>);

/// Starts to answer. Posts `awake` when messages will be heard, because what was posted before is lost.
pub fn start() {
    console_error_panic_hook::set_once();
    let shelf = RefCell::new(Shelf::default());
    let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let parts = Array::from(&event.data());
        let Some(text) = parts.get(0).as_string() else { return };
        let (reply, buffers) = hear(&mut shelf.borrow_mut(), &text, &parts);
        post::send_with(VERSION, &reply, buffers.into_iter());
    });
    post::scope().set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // The reader listens until it is terminated.
    hear.forget();
    post::awake();
}

fn hear(shelf: &mut Shelf, text: &str, parts: &Array) -> Answer {
    // The version is read before the message, which another version may not understand.
    let version = serde_json::from_str::<Envelope<serde_json::Value>>(text).map(|envelope| envelope.version);
    match (version, serde_json::from_str::<Envelope<Request>>(text)) {
        (Ok(VERSION), Ok(Envelope { message, .. })) => {
            let buffer = parts.get(1).dyn_into::<ArrayBuffer>();
            let bytes = buffer.map_or_else(|_| Vec::new(), |buffer| Uint8Array::new(&buffer).to_vec());
            answer(shelf, message, bytes)
        }
        _ => (Reply::Stale, Vec::new()),
    }
}

fn answer(shelf: &mut Shelf, request: Request, bytes: Vec<u8>) -> Answer {
    let file = match request {
        Request::Write { .. } | Request::Tabulate { .. } => 0,
        Request::Look { file, .. }
        | Request::Unpack { file }
        | Request::Open { file }
        | Request::Frame { file, .. }
        | Request::Prepare { file, .. }
        | Request::Tags { file, .. } => file,
    };
    let answered = match request {
        Request::Write { format, report } => {
            return written(match format {
                Format::Json => report::json(&report).map(String::into_bytes),
                Format::Fhir => report::fhir(&report).map(String::into_bytes),
                Format::Structured => report::structured(&report),
            });
        }
        Request::Tabulate { rows } => {
            // Spreadsheets take a text for UTF-8 where it begins with this mark.
            return written(report::csv(&rows).map(|text| format!("\u{feff}{text}").into_bytes()));
        }
        Request::Look { .. } => return (Reply::Looked { file, kind: look(&bytes) }, Vec::new()),
        Request::Unpack { .. } => file::unpack(&bytes).map(|unpacked| unpacked_reply(file, unpacked)),
        Request::Open { .. } => Opened::open(bytes).map(|opened| {
            let facts = Box::new(opened.facts());
            shelf.put(file, opened);
            (Reply::Opened { file, facts }, Vec::new())
        }),
        Request::Frame { .. } | Request::Prepare { .. } | Request::Tags { .. } => match shelf.get(file) {
            Some(opened) => of_opened(opened, &request, file),
            None => return (Reply::NotOpen { file }, Vec::new()),
        },
    };
    answered.unwrap_or_else(|error| (Reply::Failed { file, problem: problem(&error) }, Vec::new()))
}

fn look(bytes: &[u8]) -> Kind {
    match file::look(bytes) {
        Ok(Look::Picture) => Kind::Picture,
        Ok(Look::Dicom(facts)) => Kind::Dicom(facts),
        Ok(Look::Archive) => Kind::Archive,
        Err(error) => Kind::Other(problem(&error)),
    }
}

fn unpacked_reply(file: u32, unpacked: Unpacked) -> Answer {
    let (names, buffers) = unpacked.files.into_iter().unzip();
    let problems = unpacked.problems.into_iter().map(|(name, error)| (name, problem(&error))).collect();
    (Reply::Unpacked { file, names, problems }, buffers)
}

fn of_opened(opened: &Opened, request: &Request, file: u32) -> Result<Answer, Error> {
    Ok(match *request {
        Request::Frame { frame, .. } => {
            let seen = opened.frame(frame)?;
            let samples = match seen.samples {
                // The browser is little-endian everywhere, as the buffer is to be.
                Samples::Grey(samples) => bytemuck::cast_slice(&samples).to_vec(),
                Samples::Rgb(samples) => samples,
            };
            (Reply::Frame { file, frame, facts: Box::new(seen.facts) }, vec![samples])
        }
        Request::Prepare { frame, .. } => {
            let prepared = opened.prepare(frame)?;
            let original = prepared.original.map(|(image, concerns)| {
                Box::new(Original { sha256: opened.facts().sha256, image, concerns })
            });
            (Reply::Prepared { file, frame, original }, vec![prepared.bytes])
        }
        Request::Tags { masked, .. } => (Reply::Tags { file, tags: opened.tags(masked) }, Vec::new()),
        Request::Look { .. }
        | Request::Unpack { .. }
        | Request::Open { .. }
        | Request::Write { .. }
        | Request::Tabulate { .. } => (Reply::NotOpen { file }, Vec::new()),
    })
}

fn written(document: Result<Vec<u8>, report::Error>) -> Answer {
    match document {
        Ok(bytes) => (Reply::Written, vec![bytes]),
        Err(error) => {
            let problem = Problem { kind: ProblemKind::Internal, message: error.to_string() };
            (Reply::Failed { file: 0, problem }, Vec::new())
        }
    }
}

fn problem(error: &Error) -> Problem {
    Problem { kind: error.kind().into(), message: error.to_string() }
}
