//! What lies on the desk: the model, the images, which one is looked at.

use crate::case::{Answer, Examination, Stage};
use crate::protocol::worker::{JobId, Method, ModelName, ModelSummary, Problem};
use crate::units::Probability;
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;
use web_sys::{File, ImageData};

/// The page's state. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The model, on its way or ready.
    pub model: RwSignal<Model>,
    /// All models that could be chosen; none until the first is ready.
    pub models: RwSignal<Vec<ModelName>>,
    /// The images, in the order they came.
    pub jobs: RwSignal<Vec<Job>, LocalStorage>,
    /// The image that is looked at.
    pub selected: RwSignal<Option<JobId>>,
    /// Names of the requests made since the image was opened.
    pub requests: RwSignal<Vec<String>>,
    /// Whether an image has been opened.
    pub opened: RwSignal<bool>,
    /// What each model that has answered says of itself, and the threshold of the reader's choice for it.
    known: RwSignal<BTreeMap<String, (ModelSummary, Option<Probability>)>>,
    /// The image whose explanation is under way, and how many steps of how many are done.
    pub explaining: RwSignal<Option<(JobId, usize, usize)>>,
    /// The next image's number: no number is given twice, so that a late word never meets another image.
    next: RwSignal<JobId>,
    /// Owns the images' signals, which outlive the component that brought the images in.
    owner: StoredValue<Owner>,
}

/// How far the model is.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// Bytes so far and in all; 0 of 0 while the worker starts.
    Loading(u64, u64),
    /// Ready.
    Ready {
        /// What it says of itself.
        summary: ModelSummary,
        /// Whether its weights came from this device's cache.
        cached: bool,
        /// How many threads compute.
        threads: usize,
    },
    /// It cannot be used.
    Unavailable(Problem),
}

/// One image.
#[derive(Clone)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// The file's name, which stays in this page.
    pub name: String,
    /// The file, not yet read.
    pub file: File,
    /// How far it is.
    pub state: RwSignal<JobState, LocalStorage>,
    /// The model that a reader wants it examined by although the gate may not admit it.
    pub overrule: RwSignal<Option<String>>,
}

/// How far an image is.
#[derive(Clone)]
pub enum JobState {
    /// Others come first, or the model is not ready.
    Waiting,
    /// The worker has it.
    Working(Option<Stage>),
    /// Done: answered or refused.
    Examined(Rc<Shown>),
    /// It could not be examined.
    Failed(Problem),
    /// The user stopped it.
    Cancelled,
}

/// An examination with its pictures.
#[derive(Clone)]
pub struct Shown {
    /// The answer.
    pub examination: Examination,
    /// The image as it was read.
    pub picture: ImageData,
    /// What is drawn over it.
    pub heat: Option<ImageData>,
    /// How that was made.
    pub method: Method,
    /// About which of the model's classes; about the finding where there is none.
    pub class: Option<usize>,
    /// Milliseconds in the worker.
    pub ms: f64,
    /// Of those, the gate's and the network's.
    pub times: (f64, f64),
    /// Network requests of the worker meanwhile.
    pub requests: u32,
}

impl Shown {
    /// Whether the model that answered draws outlines.
    pub fn draws(&self) -> bool {
        self.examination.answer.as_ref().is_some_and(|answer| answer.outlined.is_some())
    }
}

impl JobState {
    /// For styles and tests.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Working(_) => "working",
            Self::Examined(shown) if shown.examination.answer.is_none() => "refused",
            Self::Examined(_) => "done",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Desk {
    /// Empty, the model on its way.
    pub fn new() -> Self {
        Self {
            model: RwSignal::new(Model::Loading(0, 0)),
            models: RwSignal::new(Vec::new()),
            jobs: RwSignal::new_local(Vec::new()),
            selected: RwSignal::new(None),
            requests: RwSignal::new(Vec::new()),
            opened: RwSignal::new(false),
            known: RwSignal::new(BTreeMap::new()),
            explaining: RwSignal::new(None),
            next: RwSignal::new(1),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// Puts files on the desk; the first of them is looked at.
    pub fn add(&self, files: Vec<File>) {
        let next = self.next.get_untracked();
        self.next.set(next + files.len() as JobId);
        let first = (!files.is_empty()).then_some(next);
        self.jobs.update(|jobs| {
            jobs.extend(files.into_iter().zip(next..).map(|(file, id)| {
                let (state, overrule) = self.owner.with_value(|owner| {
                    owner.with(|| (RwSignal::new_local(JobState::Waiting), RwSignal::new(None)))
                });
                Job { id, name: file.name(), file, state, overrule }
            }));
        });
        if first.is_some() {
            self.selected.set(first);
        }
    }

    /// The image that the worker has.
    pub fn working(&self) -> Option<Job> {
        let is_working = |job: &&Job| matches!(job.state.get_untracked(), JobState::Working(_));
        self.jobs.with_untracked(|jobs| jobs.iter().find(is_working).cloned())
    }

    /// Clears the desk.
    pub fn clear(&self) {
        self.selected.set(None);
        self.jobs.set(Vec::new());
        self.opened.set(false);
        self.requests.set(Vec::new());
    }

    /// A model is ready to answer.
    pub fn meet(&self, summary: &ModelSummary) {
        self.known.update(|known| {
            let entry = known.entry(summary.id.clone()).or_insert_with(|| (summary.clone(), None));
            entry.0 = summary.clone();
        });
    }

    /// What a model that has answered says of itself.
    pub fn summary(&self, model: &str) -> Option<ModelSummary> {
        self.known.with(|known| known.get(model).map(|(summary, _)| summary.clone()))
    }

    /// Moves a model's threshold to so many hundredths, or back to where it was measured.
    pub fn move_threshold(&self, model: &str, hundredths: Option<f32>) {
        self.known.update(|known| {
            if let Some((_, threshold)) = known.get_mut(model) {
                *threshold = hundredths.and_then(|hundredths| Probability::new(hundredths / 100.0));
            }
        });
    }

    /// A model's answer, at the threshold of the reader's choice.
    pub fn judged(&self, model: &str, answer: &Answer) -> Answer {
        self.known.with(|known| match known.get(model) {
            Some((summary, Some(threshold))) => {
                let operating_point = answer.operating_point.moved(*threshold, &summary.curve);
                let verdict = operating_point.verdict(answer.probability);
                Answer { verdict, operating_point, ..answer.clone() }
            }
            _ => answer.clone(),
        })
    }

    /// Whether the model that answered is the one that the worker has: only that can be asked why.
    pub fn is_loaded(&self, model: &str) -> bool {
        self.model.with(|loaded| matches!(loaded, Model::Ready { summary, .. } if summary.id == model))
    }

    /// An image by its number.
    pub fn job(&self, id: JobId) -> Option<Job> {
        self.jobs.with_untracked(|jobs| jobs.iter().find(|job| job.id == id).cloned())
    }

    /// The image that is looked at; follows both the choice and the list.
    pub fn current(&self) -> Option<Job> {
        let id = self.selected.get()?;
        self.jobs.with(|jobs| jobs.iter().find(|job| job.id == id).cloned())
    }

    /// What the image that is looked at has come to.
    pub fn current_state(&self) -> Option<JobState> {
        self.current().map(|job| job.state.get())
    }

    /// The examination of the image that is looked at, once it is done.
    pub fn shown(&self) -> Option<Rc<Shown>> {
        match self.current_state() {
            Some(JobState::Examined(shown)) => Some(shown),
            _ => None,
        }
    }
}
