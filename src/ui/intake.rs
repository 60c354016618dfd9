//! Takes files in: tells pictures from DICOM files, archives and all else, and sorts slices into series.

use super::dispatcher;
use super::file_client::start_of;
use super::item::Item;
use super::workspace::{Arrival, Workspace};
use crate::messages::page;
use crate::protocol::Problem;
use crate::protocol::file_worker::Kind;
use crate::protocol::inference_worker::ItemId;
use crate::sniff;
use crate::study::DicomFacts;
use js_sys::Uint8Array;
use leptos::prelude::*;
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    File, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry, FileSystemFileEntry,
};

/// Files are put on the workspace in so many at once: often enough to be seen, seldom enough to be quick.
const CHUNK: usize = 50;
/// The most files that are taken from folders: a whole disk dropped by mistake stops here.
const MOST_FILES: usize = 20_000;

/// Puts files on the workspace and examines them in turn.
pub fn take_in(workspace: Workspace, files: Vec<File>) {
    spawn_local(async move {
        let mut intake = Intake::new(workspace, files.len());
        for file in files {
            intake.take(file, true).await;
        }
        intake.finish();
    });
}

/// Takes one file in. `prepare` gets each image that comes of it, before any is examined.
pub fn take_one(workspace: Workspace, file: File, prepare: impl Fn(&Item) + 'static) {
    spawn_local(async move {
        let mut intake = Intake::new(workspace, 1);
        intake.prepare = Some(Box::new(prepare));
        intake.take(file, true).await;
        intake.finish();
    });
}

/// Folders' and files' entries of what was dropped, which must be asked for while the event is handled.
pub fn take_entries(workspace: Workspace, entries: Vec<FileSystemEntry>) {
    spawn_local(async move {
        let clears = workspace.clears.get_value();
        let mut gathered = Gathered::default();
        for entry in entries {
            gathered.take(entry).await;
        }
        if workspace.clears.get_value() != clears {
            return;
        }
        let Gathered { files, mut problems, left_out } = gathered;
        if let Some((first, count)) = left_out {
            let message = page::fault::too_many_files(MOST_FILES, count);
            problems.push((first, Problem::new(message)));
        }
        let refused = problems.into_iter().map(|(name, problem)| Arrival::failed(name, problem)).collect();
        let mut intake = Intake::new(workspace, files.len());
        intake.ready = refused;
        for file in files {
            intake.take(file, true).await;
        }
        intake.finish();
    });
}

/// What is done with an image before it is examined.
type Prepare = Box<dyn Fn(&Item)>;

/// Files on their way to the workspace.
struct Intake {
    workspace: Workspace,
    ready: Vec<Arrival>,
    /// DICOM files by series, each with what its header says.
    series: BTreeMap<String, Vec<(DicomFacts, File)>>,
    first: Option<ItemId>,
    /// DICOM files so far.
    taken: usize,
    /// How often the workspace had been cleared when these files came.
    clears: u32,
    /// What is done with each image before it is examined.
    prepare: Option<Prepare>,
}

impl Intake {
    fn new(workspace: Workspace, count: usize) -> Self {
        workspace.arriving.update(|(_, of)| *of += count);
        let clears = workspace.clears.get_value();
        let series = BTreeMap::new();
        Self { workspace, ready: Vec::new(), series, first: None, taken: 0, clears, prepare: None }
    }

    /// Whether Clear was pressed meanwhile: the rest is not wanted any more.
    fn is_cleared(&self) -> bool {
        self.workspace.clears.get_value() != self.clears
    }

    async fn take(&mut self, file: File, may_unpack: bool) {
        if self.is_cleared() {
            return;
        }
        match kind(self.workspace, &file).await {
            Ok(Kind::Picture) => self.ready.push(Arrival::picture(file, false)),
            Ok(Kind::Volume) => self.ready.push(Arrival::picture(file, true)),
            Ok(Kind::Dicom(facts)) => {
                self.taken += 1;
                self.series.entry(key(&facts, self.taken)).or_default().push((*facts, file));
            }
            Ok(Kind::Archive) if may_unpack => self.unpack(&file).await,
            Ok(Kind::Archive) => {
                let message = page::fault::nested_archive(&file.name());
                self.refuse(file.name(), Problem::new(message));
            }
            Ok(Kind::Other(problem)) | Err(problem) => self.refuse(file.name(), problem),
        }
        if self.is_cleared() {
            return;
        }
        self.workspace.arrived(1);
        if self.ready.len() >= CHUNK {
            self.put_down();
        }
    }

    async fn unpack(&mut self, file: &File) {
        let id = self.workspace.numbers(1).start;
        match self.workspace.files.unpack(id, file).await {
            Ok((files, problems)) if !self.is_cleared() => {
                self.workspace.arriving.update(|(_, of)| *of += files.len());
                for (name, problem) in problems {
                    self.refuse(name, problem);
                }
                for file in files {
                    // Boxed, because an archive's files are taken in as the archive was.
                    Box::pin(self.take(file, false)).await;
                }
            }
            Ok(_) => {}
            Err(problem) => self.refuse(file.name(), problem),
        }
    }

    fn refuse(&mut self, name: String, problem: Problem) {
        self.ready.push(Arrival::failed(name, problem));
    }

    /// What is ready goes to the workspace, and the model begins.
    fn put_down(&mut self) {
        let before = self.workspace.items.with_untracked(Vec::len);
        let first = self.workspace.arrive(std::mem::take(&mut self.ready));
        if let Some(prepare) = &self.prepare {
            self.workspace.items.with_untracked(|items| items.iter().skip(before).for_each(prepare));
        }
        if self.first.is_none() && first.is_some() {
            self.first = first;
            self.workspace.selected.set(first);
        }
        dispatcher::dispatch_next(self.workspace);
    }

    fn finish(mut self) {
        if self.is_cleared() {
            return;
        }
        for (_, mut slices) in std::mem::take(&mut self.series) {
            slices.sort_by(|(a, _), (b, _)| {
                let place = |facts: &DicomFacts| facts.position.unwrap_or_default();
                place(a).total_cmp(&place(b)).then(a.instance_number.cmp(&b.instance_number))
            });
            let dicom = slices.first().map(|(facts, _)| facts.clone());
            let header = dicom.as_ref().map(DicomFacts::header);
            let has_one_header = slices.iter().all(|(facts, _)| Some(facts.header()) == header);
            let files: Vec<File> = slices.into_iter().map(|(_, file)| file).collect();
            let name = name(&files, dicom.as_ref());
            self.ready.push(Arrival { name, files, dicom, is_volume: false, has_one_header, problem: None });
        }
        self.put_down();
        self.workspace.settle_arrivals();
    }
}

/// Slices with the same key are one series. Any other file is one by itself, named by its place so that a copy stands beside it.
fn key(facts: &DicomFacts, place: usize) -> String {
    if facts.is_slice() { facts.series.clone() } else { format!("{} {place:06}", facts.series) }
}

/// A series is named by its description, a single file by its name.
fn name(files: &[File], dicom: Option<&DicomFacts>) -> String {
    match (files, dicom) {
        ([file], _) => file.name(),
        (_, Some(facts)) if !facts.series_description.is_empty() => facts.series_description.clone(),
        ([file, ..], _) => page::list::and_more(&file.name(), files.len() - 1),
        ([], _) => String::new(),
    }
}

async fn kind(workspace: Workspace, file: &File) -> Result<Kind, Problem> {
    let head = start_of(file, sniff::SNIFF_BYTES).await?;
    match sniff::sniff(&Uint8Array::new(&head).to_vec()) {
        // An empty file is refused where pictures are.
        sniff::Kind::Picture(_) | sniff::Kind::Empty => Ok(Kind::Picture),
        _ => workspace.files.look(workspace.numbers(1).start, file).await,
    }
}

/// What was found below dropped entries: files, and what could not be opened, by name.
#[derive(Default)]
struct Gathered {
    files: Vec<File>,
    problems: Vec<(String, Problem)>,
    /// What lies beyond the limit: the first entry, and how many.
    left_out: Option<(String, usize)>,
}

impl Gathered {
    /// Takes all files below an entry. Whatever gives none leaves a problem.
    async fn take(&mut self, entry: FileSystemEntry) {
        let mut entries = vec![entry];
        while let Some(entry) = entries.pop() {
            let path = entry.full_path().trim_start_matches('/').to_string();
            if self.files.len() >= MOST_FILES {
                self.left_out.get_or_insert((path, 0)).1 += entries.len() + 1;
                return;
            }
            // By what an entry says of itself: not every browser has its class under a name.
            if entry.is_directory() {
                let reader = entry.unchecked_into::<FileSystemDirectoryEntry>().create_reader();
                let before = entries.len();
                loop {
                    match some_entries(&reader).await {
                        Some(some) if some.is_empty() => break,
                        Some(some) => entries.extend(some),
                        None => {
                            let message = page::fault::unread_folder(&path);
                            self.problem(path.clone(), message);
                            break;
                        }
                    }
                }
                if entries.len() == before && !self.problems.iter().any(|(name, _)| *name == path) {
                    let message = page::fault::empty_folder(&path);
                    self.problem(path, message);
                }
            } else if let Some(file) = file(&entry.unchecked_into()).await {
                self.files.push(file);
            } else {
                let message = page::fault::unread(&path);
                self.problem(path, message);
            }
        }
    }

    fn problem(&mut self, name: String, message: String) {
        self.problems.push((name, Problem::new(message)));
    }
}

/// The next entries of a folder, which gives them a hundred at a time; `None` where it cannot be read.
async fn some_entries(reader: &FileSystemDirectoryReader) -> Option<Vec<FileSystemEntry>> {
    let promise = js_sys::Promise::new(&mut |resolve, reject| {
        let called = reader.read_entries_with_callback_and_callback(&resolve, &reject);
        if called.is_err() {
            reject.call0(&JsValue::NULL).ok();
        }
    });
    let entries = JsFuture::from(promise).await.ok()?;
    Some(js_sys::Array::from(&entries).iter().map(JsCast::unchecked_into).collect())
}

async fn file(entry: &FileSystemFileEntry) -> Option<File> {
    let promise = js_sys::Promise::new(&mut |resolve, reject| {
        entry.file_with_callback_and_callback(&resolve, &reject);
    });
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}
