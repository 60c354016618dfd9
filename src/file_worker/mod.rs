//! Opens files off the page's thread, so that the page never parses one: what they are, what they say, their frames. It loads no model
//! and makes no request. A fault of its own ends it, and the page starts another. A second copy of it keeps the vault: no file reaches the
//! worker that holds the key.

mod database;
mod open_files;
mod vault;

use crate::file::{self, Look, Opened, Prepared, Unpacked};
use crate::frame::Samples;
use crate::imaging::Error;
use crate::protocol::Problem;
use crate::protocol::file_worker::{Format, Kind, Reply, Request};
use crate::protocol::inference_worker::{DecodedFrame, Payload};
use crate::report;
use crate::worker_port;
use open_files::{OpenFile, OpenFiles};
use std::cell::RefCell;
use std::rc::Rc;
use vault::VaultQueue;

/// A reply and its buffers.
type ReplyMessage = (Reply, Vec<Vec<u8>>);

/// Starts to answer.
pub fn start() {
    let open_files = RefCell::new(OpenFiles::default());
    let vault = Rc::new(VaultQueue::default());
    worker_port::listen(Reply::Stale, move |request, bytes| {
        if let Request::Vault(request) = request {
            vault.take(request);
        } else if let Some((reply, buffers)) = answer(&mut open_files.borrow_mut(), request, bytes) {
            worker_port::post_with(&reply, buffers.into_iter());
        }
    });
}

/// Answers about files; nothing to what is the vault's.
fn answer(open_files: &mut OpenFiles, request: Request, bytes: Vec<u8>) -> Option<ReplyMessage> {
    Some(match request {
        Request::Look { file, .. } => (Reply::Looked { file, kind: look(&bytes) }, Vec::new()),
        Request::Unpack { file } => {
            answered(file, file::unpack(&bytes).map(|unpacked| unpacked_reply(file, unpacked)))
        }
        Request::Open { file } => {
            answered(file, Opened::open(bytes).map(|opened| open(open_files, file, opened)))
        }
        Request::Frame { file, frame } => of_open(open_files, file, |kept| seen(kept, file, frame)),
        Request::Prepare { file, frame } => of_open(open_files, file, |kept| prepared(kept, file, frame)),
        Request::Tags { file, masked } => of_open(open_files, file, |kept| {
            Ok((Reply::Tags { file, tags: kept.opened.tags(masked) }, Vec::new()))
        }),
        Request::Clear => {
            *open_files = OpenFiles::default();
            (Reply::Cleared, Vec::new())
        }
        Request::Write { format, report } => written(match format {
            Format::Json => report::json(&report).map(String::into_bytes),
            Format::Fhir => report::fhir(&report).map(String::into_bytes),
            Format::Structured => report::structured(&report),
        }),
        Request::Draw { sample } => (Reply::Drawn, vec![sample.draw()]),
        // Spreadsheets take a text for UTF-8 where it begins with this mark.
        Request::Tabulate { rows } => {
            written(report::csv(&rows).map(|text| format!("\u{feff}{text}").into_bytes()))
        }
        Request::Vault(_) => return None,
    })
}

fn answered(file: u32, answer: Result<ReplyMessage, Error>) -> ReplyMessage {
    answer.unwrap_or_else(|error| (Reply::Failed { file, problem: problem(&error) }, Vec::new()))
}

/// An answer about an open file, or that it was put away.
fn of_open(
    open_files: &mut OpenFiles,
    file: u32,
    tell: impl FnOnce(&mut OpenFile) -> Result<ReplyMessage, Error>,
) -> ReplyMessage {
    match open_files.get(file) {
        Some(kept) => answered(file, tell(kept)),
        None => (Reply::NotOpen { file }, Vec::new()),
    }
}

fn open(open_files: &mut OpenFiles, file: u32, opened: Opened) -> ReplyMessage {
    let facts = Box::new(opened.facts());
    let middle = opened.middle();
    open_files.put(file, opened, facts.sha256.clone());
    (Reply::Opened { file, facts, middle }, Vec::new())
}

fn seen(kept: &mut OpenFile, file: u32, frame: u32) -> Result<ReplyMessage, Error> {
    let seen = kept.opened.frame(frame)?;
    let samples = match &seen.samples {
        // The browser is little-endian everywhere, as the buffer is to be.
        Samples::Grey(samples) => bytemuck::cast_slice(samples).to_vec(),
        Samples::Rgb(samples) => samples.clone(),
    };
    let overlay = Some(seen.overlay.clone()).filter(|overlay| !overlay.is_empty());
    let buffers = [samples].into_iter().chain(overlay).collect();
    Ok((Reply::Frame { file, frame, facts: Box::new(seen.facts.clone()) }, buffers))
}

fn prepared(kept: &mut OpenFile, file: u32, frame: u32) -> Result<ReplyMessage, Error> {
    let (payload, bytes) = match kept.opened.prepare(frame)? {
        Prepared::File(bytes) => (Payload::File, bytes),
        Prepared::Frame { layout, bytes, facts, header, concerns } => {
            let sha256 = kept.sha256.clone();
            (Payload::Frame(Box::new(DecodedFrame { layout, sha256, facts, header, concerns })), bytes)
        }
    };
    Ok((Reply::Prepared { file, frame, payload }, vec![bytes]))
}

fn look(bytes: &[u8]) -> Kind {
    match file::look(bytes) {
        Ok(Look::Picture) => Kind::Picture,
        Ok(Look::Dicom(facts)) => Kind::Dicom(facts),
        Ok(Look::Volume) => Kind::Volume,
        Ok(Look::Archive) => Kind::Archive,
        Err(error) => Kind::Other(problem(&error)),
    }
}

fn unpacked_reply(file: u32, unpacked: Unpacked) -> ReplyMessage {
    let (names, buffers) = unpacked.files.into_iter().unzip();
    let problems = unpacked.problems.into_iter().map(|(name, error)| (name, problem(&error))).collect();
    (Reply::Unpacked { file, names, problems }, buffers)
}

fn written(document: Result<Vec<u8>, report::Error>) -> ReplyMessage {
    match document {
        Ok(bytes) => (Reply::Written, vec![bytes]),
        Err(error) => (Reply::Failed { file: 0, problem: Problem::new(error.to_string()) }, Vec::new()),
    }
}

fn problem(error: &Error) -> Problem {
    Problem::new(error.to_string())
}
