//! Client for the file worker, which opens what the page itself never parses.

use super::frame_cache::FrameCache;
use super::item::Slice;
pub use super::request_queue::unexpected_reply;
use super::request_queue::{RequestQueue, WorkerReply};
use crate::dataset::gallery::GalleryImage;
use crate::frame::{Frame, Samples};
use crate::messages::page;
use crate::protocol::Problem;
use crate::protocol::file_worker::{FileId, HEAD, Kind, Reply, Request};
use crate::protocol::inference_worker::Payload;
use crate::study::{FileFacts, Tag};
use js_sys::{Array, ArrayBuffer, Uint8Array, Uint16Array};
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, File, FilePropertyBag};

/// The page's handle of the file worker: copies share it.
#[derive(Clone, Copy)]
pub struct FileClient {
    queue: RequestQueue,
    frames: StoredValue<FrameCache, LocalStorage>,
    /// How often all was forgotten: what was on its way before is not kept.
    clears: StoredValue<u32>,
}

impl FileClient {
    /// A client of a worker that is not started yet.
    pub fn new() -> Self {
        Self {
            queue: RequestQueue::new(page::fault::STOPPED_AT_FILE),
            frames: StoredValue::new_local(FrameCache::default()),
            clears: StoredValue::new(0),
        }
    }

    /// Starts the worker, so that it is there when a file comes.
    pub fn start(self) {
        self.queue.start();
    }

    async fn ask(self, request: &Request, buffer: Option<ArrayBuffer>) -> WorkerReply {
        self.queue.ask(request, buffer).await
    }

    /// What a file is, by its first bytes.
    pub async fn look(self, id: FileId, file: &File) -> Result<Kind, Problem> {
        let head = start_of(file, HEAD).await?;
        let request = Request::Look { file: id, size: file.size() as u64 };
        let (Reply::Looked { kind, .. }, _) = self.ask(&request, Some(head)).await? else {
            return Err(unexpected_reply());
        };
        Ok(kind)
    }

    /// The files of an archive, and what could not be unpacked.
    pub async fn unpack(
        self,
        id: FileId,
        file: &File,
    ) -> Result<(Vec<File>, Vec<(String, Problem)>), Problem> {
        let all = whole(file).await?;
        match self.ask(&Request::Unpack { file: id }, Some(all)).await? {
            (Reply::Unpacked { names, problems, .. }, parts) => {
                let file = |(name, index): (String, u32)| {
                    File::new_with_u8_array_sequence(&Array::of1(&parts.get(index)), &name).ok()
                };
                Ok((names.into_iter().zip(1..).filter_map(file).collect(), problems))
            }
            _ => Err(unexpected_reply()),
        }
    }

    /// Opens a file and tells what it says of itself, and which of its frames is the middle one.
    pub async fn open(self, slice: &Slice) -> Result<(FileFacts, u32), Problem> {
        let clears = self.clears.get_value();
        let all = whole(&slice.file).await?;
        if self.clears.get_value() != clears {
            return Err(Problem::new(page::fault::TAKEN_OFF));
        }
        match self.ask(&Request::Open { file: slice.id }, Some(all)).await? {
            (Reply::Opened { facts, middle, .. }, _) => Ok((*facts, middle)),
            _ => Err(unexpected_reply()),
        }
    }

    /// Asks about an open file, and opens it first where it was evicted.
    async fn ask_open(self, slice: &Slice, request: &Request) -> Result<(Reply, Array), Problem> {
        match self.ask(request, None).await? {
            (Reply::NotOpen { .. }, _) => {
                self.open(slice).await?;
                self.ask(request, None).await
            }
            answer => Ok(answer),
        }
    }

    /// A frame to look at.
    pub async fn frame(self, slice: &Slice, frame: u32) -> Result<Rc<Frame>, Problem> {
        let key = (slice.id, frame);
        if let Some(kept) = self.frames.try_update_value(|frames| frames.get(key)).flatten() {
            return Ok(kept);
        }
        let clears = self.clears.get_value();
        match self.ask_open(slice, &Request::Frame { file: slice.id, frame }).await? {
            (Reply::Frame { facts, .. }, parts) => {
                let Ok(buffer) = parts.get(1).dyn_into::<ArrayBuffer>() else {
                    return Err(unexpected_reply());
                };
                let samples = match facts.modality_lut {
                    Some(_) => Samples::Grey(Uint16Array::new(&buffer).to_vec()),
                    None => Samples::Rgb(Uint8Array::new(&buffer).to_vec()),
                };
                let overlay = parts.get(2).dyn_into::<ArrayBuffer>();
                let overlay = overlay.map_or_else(|_| Vec::new(), |bits| Uint8Array::new(&bits).to_vec());
                let frame = Rc::new(Frame { facts: *facts, samples, overlay });
                if self.clears.get_value() == clears {
                    self.frames.update_value(|frames| frames.put(key, &frame));
                }
                Ok(frame)
            }
            _ => Err(unexpected_reply()),
        }
    }

    /// A frame as the model is to see it, and what the buffer is.
    pub async fn prepare(self, slice: &Slice, frame: u32) -> Result<(ArrayBuffer, Payload), Problem> {
        match self.ask_open(slice, &Request::Prepare { file: slice.id, frame }).await? {
            (Reply::Prepared { payload, .. }, parts) => Ok((buffer(&parts)?, payload)),
            _ => Err(unexpected_reply()),
        }
    }

    /// The header of a DICOM file.
    pub async fn tags(self, slice: &Slice, masked: bool) -> Result<Vec<Tag>, Problem> {
        match self.ask_open(slice, &Request::Tags { file: slice.id, masked }).await? {
            (Reply::Tags { tags, .. }, _) => Ok(tags),
            _ => Err(unexpected_reply()),
        }
    }

    /// A drawing to try with, as a file.
    pub async fn draw(self, sample: GalleryImage) -> Result<File, Problem> {
        match self.ask(&Request::Draw { sample }, None).await? {
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
    pub async fn write(self, request: Request) -> Result<Vec<u8>, Problem> {
        match self.ask(&request, None).await? {
            (Reply::Written, parts) => {
                let buffer = buffer(&parts)?;
                Ok(Uint8Array::new(&buffer).to_vec())
            }
            _ => Err(unexpected_reply()),
        }
    }

    /// Forgets all frames, and has the worker close its files.
    pub fn forget(self) {
        self.frames.set_value(FrameCache::default());
        self.clears.update_value(|clears| *clears += 1);
        if !self.queue.is_running() {
            return;
        }
        spawn_local(async move {
            // A worker that cannot answer is replaced, and keeps nothing either.
            self.ask(&Request::Clear, None).await.ok();
        });
    }
}

/// The only buffer of a reply.
fn buffer(parts: &Array) -> Result<ArrayBuffer, Problem> {
    parts.get(1).dyn_into().map_err(|_| unexpected_reply())
}

async fn bytes(blob: &Blob, name: &str) -> Result<ArrayBuffer, Problem> {
    let unread = || Problem::new(page::fault::unread(name));
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
    let part = part.map_err(|_| Problem::new(page::fault::unread(&file.name())))?;
    bytes(&part, &file.name()).await
}
