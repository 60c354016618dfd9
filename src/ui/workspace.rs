//! The page's state: the workers, the model, the images, and which one is current.

use super::file_client::FileClient;
use super::inference_client::{self, InferenceClient};
use super::item::{Item, ItemResult, ItemState, Outcome, Slice, UserAnswer};
use super::maps::{Asked, Map};
use super::model_choice::ModelChoice;
use super::report::ReportWork;
use crate::about::About;
use crate::dataset::gallery::GalleryImage;
use crate::examination::Answer;
use crate::protocol::Problem;
use crate::protocol::inference_worker::{FindingSummary, ItemId, ModelSummary};
use crate::study::DicomFacts;
use crate::units::Probability;
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use web_sys::File;

/// The page's state. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct Workspace {
    /// The worker that examines.
    pub inference: InferenceClient,
    /// The worker that opens files.
    pub files: FileClient,
    /// Which model examines.
    pub choice: ModelChoice,
    /// The model, on its way or ready.
    pub model: RwSignal<Model>,
    /// Whether several threads did not start in time, so that one computes.
    pub one_thread: RwSignal<bool>,
    /// How often the worker that examines stopped by a fault of its own.
    pub faults: RwSignal<u32>,
    /// All models that could be chosen; none until the first is ready.
    pub models: RwSignal<Vec<About>>,
    /// The images, in the order they came.
    pub items: RwSignal<Vec<Item>, LocalStorage>,
    /// The current image.
    pub selected: RwSignal<Option<ItemId>>,
    /// Names of the requests made since the image was opened.
    pub requests: RwSignal<Vec<String>>,
    /// Whether an image has been opened.
    pub opened: RwSignal<bool>,
    /// What each model that has answered says of itself.
    summaries: RwSignal<BTreeMap<String, ModelSummary>>,
    /// The thresholds of the user's choice, by [`finding_key`].
    pub thresholds: RwSignal<BTreeMap<String, Probability>>,
    /// How common the user says each finding is among people like this one, 0 to 1; by [`finding_key`].
    pub prevalence: RwSignal<BTreeMap<String, f64>>,
    /// Whether the images that wait are left waiting.
    pub paused: RwSignal<bool>,
    /// Files that are being identified: how many of how many.
    pub arriving: RwSignal<(usize, usize)>,
    /// The image that is shown beside the current one.
    pub beside: RwSignal<Option<ItemId>>,
    /// The frame, besides an image's first, that the worker has.
    pub in_background: RwSignal<Option<(ItemId, u32)>>,
    /// Maps that the user asked for, the latest last.
    pub maps: RwSignal<Vec<Rc<Map>>, LocalStorage>,
    /// The map that is being made.
    pub map_asked: RwSignal<Option<Asked>>,
    /// The drawings that were tried on this page.
    pub tried: RwSignal<Vec<GalleryImage>>,
    /// How often the workspace was cleared: what was on its way before is not wanted any more.
    pub clears: StoredValue<u32>,
    /// The next image's id. Ids are never reused, so a late reply cannot reach another image.
    next: RwSignal<ItemId>,
    /// Owns the images' signals, which outlive the component that brought the images in.
    owner: StoredValue<Owner>,
}

/// Names a model's finding, or a label among many.
pub fn finding_key(model: &str, label: &str) -> String {
    format!("{model}: {label}")
}

/// How far the model is.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// Bytes so far and in all; 0 of 0 while the worker starts.
    Loading(u64, u64),
    /// Ready.
    Ready {
        /// What it says of itself.
        summary: Box<ModelSummary>,
        /// Whether its weights came from this device's cache.
        cached: bool,
        /// How many threads compute.
        threads: usize,
    },
    /// It cannot be used.
    Unavailable(Problem),
}

impl Workspace {
    /// Empty, the model on its way.
    pub fn new() -> Self {
        Self {
            inference: InferenceClient::new(inference_client::SCRIPT),
            files: FileClient::new(),
            choice: ModelChoice::remembered(),
            model: RwSignal::new(Model::Loading(0, 0)),
            one_thread: RwSignal::new(false),
            faults: RwSignal::new(0),
            models: RwSignal::new(Vec::new()),
            items: RwSignal::new_local(Vec::new()),
            selected: RwSignal::new(None),
            requests: RwSignal::new(Vec::new()),
            opened: RwSignal::new(false),
            summaries: RwSignal::new(BTreeMap::new()),
            thresholds: RwSignal::new(BTreeMap::new()),
            prevalence: RwSignal::new(BTreeMap::new()),
            paused: RwSignal::new(false),
            arriving: RwSignal::new((0, 0)),
            beside: RwSignal::new(None),
            in_background: RwSignal::new(None),
            maps: RwSignal::new_local(Vec::new()),
            map_asked: RwSignal::new(None),
            tried: RwSignal::new(Vec::new()),
            clears: StoredValue::new(0),
            next: RwSignal::new(1),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// Numbers for files: none is given twice, so that a late word never meets another file.
    pub fn numbers(&self, count: usize) -> std::ops::Range<ItemId> {
        let next = self.next.get_untracked();
        let after = next.saturating_add(count as ItemId);
        self.next.set(after);
        next..after
    }

    /// Puts things on the workspace, and tells the number of the first.
    pub fn arrive(&self, arrivals: Vec<Arrival>) -> Option<ItemId> {
        let mut added = Vec::new();
        for Arrival { name, files, dicom, is_volume, has_one_header, problem } in arrivals {
            let mut numbers = self.numbers(files.len().max(1));
            let id = numbers.start;
            let slice = |file| Some(Slice { id: numbers.next()?, file, frames: 1 });
            let slices: Vec<Slice> = files.into_iter().filter_map(slice).collect();
            let state = problem.map_or(ItemState::Waiting, ItemState::Failed);
            added.push(self.owner.with_value(|owner| {
                owner.with(|| Item {
                    id,
                    name,
                    frames: RwSignal::new(slices.len() as u32),
                    // A series is examined where its middle is.
                    frame: RwSignal::new(slices.len() as u32 / 2),
                    slices: Arc::new(slices),
                    patient: RwSignal::new(
                        dicom.as_ref().map(|d| d.patient.key.clone()).filter(|k| !k.is_empty()),
                    ),
                    dicom: dicom.map(Arc::new),
                    is_volume,
                    facts: RwSignal::new(None),
                    state: RwSignal::new_local(state),
                    others: RwSignal::new_local(Vec::new()),
                    overrule: RwSignal::new(None),
                    asked: RwSignal::new(None),
                    asked_also: RwSignal::new(None),
                    note: RwSignal::new(String::new()),
                    annotations: RwSignal::new(Vec::new()),
                    saved: RwSignal::default(),
                    age: RwSignal::new(UserAnswer::NotAsked),
                    drawn: RwSignal::new(None),
                    frame_scores: RwSignal::new_local(BTreeMap::new()),
                    is_halted: RwSignal::new(false),
                    has_one_header,
                    report: ReportWork::new(),
                })
            }));
        }
        let first = added.first().map(|item| item.id);
        self.items.update(|items| items.extend(added));
        first
    }

    /// What an image has come to, at the threshold of the user's choice.
    pub fn outcome(&self, item: &Item) -> Outcome {
        if item.asks().is_some() {
            return Outcome::Asked;
        }
        let highest = self.highest(item);
        item.state.with(|state| {
            state.outcome(|shown| {
                let shown = highest.as_deref().unwrap_or(shown);
                let answer = shown.examination.answer.as_ref()?;
                Some(self.judged(&shown.examination.model.id, answer).overall())
            })
        })
    }

    /// The examination of the frame that stands for all of an image's, at the thresholds of the user's choice.
    pub fn highest(&self, item: &Item) -> Option<Rc<ItemResult>> {
        item.highest(|one| Some(self.judged(&one.model.id, one.answer.as_ref()?).standing()))
    }

    /// The image that the worker has.
    pub fn working(&self) -> Option<Item> {
        let is_working = |item: &&Item| matches!(item.state.get_untracked(), ItemState::Working(_));
        self.items.with_untracked(|items| items.iter().find(is_working).cloned())
    }

    /// Clears the workspace.
    pub fn clear(&self) {
        self.thresholds.set(BTreeMap::new());
        self.prevalence.set(BTreeMap::new());
        self.selected.set(None);
        self.beside.set(None);
        self.paused.set(false);
        self.in_background.set(None);
        self.maps.set(Vec::new());
        self.map_asked.set(None);
        self.items.set(Vec::new());
        self.opened.set(false);
        self.requests.set(Vec::new());
        self.arriving.set((0, 0));
        self.clears.update_value(|clears| *clears += 1);
    }

    /// One of the files on their way has come.
    pub fn arrived(&self, count: usize) {
        self.arriving.update(|(done, of)| *done += count.min(*of - *done));
    }

    /// Files on their way are all there, unless others are still on theirs.
    pub fn settle_arrivals(&self) {
        self.arriving.update(|(done, of)| {
            if done >= of {
                (*done, *of) = (0, 0);
            }
        });
    }

    /// A model is ready to answer.
    pub fn add_summary(&self, summary: &ModelSummary) {
        self.summaries.update(|summaries| {
            summaries.insert(summary.about.id.clone(), summary.clone());
        });
    }

    /// What a model that has answered says of itself.
    pub fn summary(&self, model: &str) -> Option<ModelSummary> {
        self.summaries.with(|summaries| summaries.get(model).cloned())
    }

    /// What it says of its finding, or of a label among many.
    pub fn finding(&self, model: &str, label: &str) -> Option<FindingSummary> {
        self.summary(model)?.findings.into_iter().find(|finding| finding.label == label)
    }

    /// A model's answer, at the thresholds of the user's choice.
    pub fn judged(&self, model: &str, answer: &Answer) -> Answer {
        if self.thresholds.with(BTreeMap::is_empty) {
            return answer.clone();
        }
        answer.changed(|one| {
            let threshold = self.thresholds.with(|all| all.get(&finding_key(model, one.label())).copied());
            match threshold.zip(self.finding(model, one.label())) {
                Some((threshold, finding)) => one.at(threshold, &finding.curve, &finding.reliability),
                None => one.clone(),
            }
        })
    }

    /// An image by its number.
    pub fn item(&self, id: ItemId) -> Option<Item> {
        self.items.with_untracked(|items| items.iter().find(|item| item.id == id).cloned())
    }

    /// The current image; follows both the choice and the list.
    pub fn current(&self) -> Option<Item> {
        let id = self.selected.get()?;
        self.items.with(|items| items.iter().find(|item| item.id == id).cloned())
    }

    /// What the current image has come to.
    pub fn current_state(&self) -> Option<ItemState> {
        self.current().map(|item| item.state.get())
    }

    /// The examination of the current image, once it is done.
    pub fn shown(&self) -> Option<Rc<ItemResult>> {
        self.current().and_then(|item| item.shown())
    }
}

/// Something that is about to lie on the workspace.
pub struct Arrival {
    /// A name for people.
    pub name: String,
    /// Its files, in order.
    pub files: Vec<File>,
    /// What the first one's header says.
    pub dicom: Option<DicomFacts>,
    /// Whether it is a NIfTI volume.
    pub is_volume: bool,
    /// Whether the others say the same of what decides which model may answer.
    pub has_one_header: bool,
    /// Why it cannot be examined.
    pub problem: Option<Problem>,
}

impl Arrival {
    /// A file without a header: a picture, or a volume.
    pub fn picture(file: File, is_volume: bool) -> Self {
        Self::of(file.name(), vec![file], is_volume)
    }

    /// What cannot be opened at all, and why.
    pub fn failed(name: String, problem: Problem) -> Self {
        Self { problem: Some(problem), ..Self::of(name, Vec::new(), false) }
    }

    fn of(name: String, files: Vec<File>, is_volume: bool) -> Self {
        Self { name, files, dicom: None, is_volume, has_one_header: true, problem: None }
    }
}
