//! What lies on the desk: the model, the images, which one is looked at.

use crate::case::{Answer, Examination, Stage};
use crate::protocol::worker::{JobId, Method, ModelName, ModelSummary, Problem};
use crate::units::Probability;
use leptos::prelude::*;
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
    /// The threshold of the reader's choice, and the model that it is for.
    threshold: RwSignal<Option<(String, Probability)>>,
    /// The explanation that is under way, and how many steps of how many are done.
    pub explaining: RwSignal<Option<(Method, usize, usize)>>,
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
    /// Whether a reader wants it examined although the gate may not admit it.
    pub overrule: RwSignal<bool>,
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
    /// Milliseconds in the worker.
    pub ms: f64,
    /// Of those, the gate's and the network's.
    pub times: (f64, f64),
    /// Network requests of the worker meanwhile.
    pub requests: u32,
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
            threshold: RwSignal::new(None),
            explaining: RwSignal::new(None),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// Puts files on the desk; the first of them is looked at.
    pub fn add(&self, files: Vec<File>) {
        let next = self.jobs.with_untracked(|jobs| jobs.last().map_or(1, |job| job.id + 1));
        let first = (!files.is_empty()).then_some(next);
        self.jobs.update(|jobs| {
            jobs.extend(files.into_iter().zip(next..).map(|(file, id)| {
                let (state, overrule) = self.owner.with_value(|owner| {
                    owner.with(|| (RwSignal::new_local(JobState::Waiting), RwSignal::new(false)))
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

    /// Moves the loaded model's threshold to so many hundredths, or back to where it was measured.
    pub fn move_threshold(&self, hundredths: Option<f32>) {
        let threshold = hundredths.and_then(|hundredths| Probability::new(hundredths / 100.0));
        self.threshold.set(match self.model.get_untracked() {
            Model::Ready { summary, .. } => threshold.map(|threshold| (summary.id, threshold)),
            _ => None,
        });
    }

    /// An answer of the loaded model, at the threshold of the reader's choice.
    pub fn judged(&self, answer: &Answer) -> Answer {
        let (Some((of, threshold)), Model::Ready { summary, .. }) = (self.threshold.get(), self.model.get())
        else {
            return answer.clone();
        };
        if of != summary.id || answer.operating_point.label != summary.finding {
            return answer.clone();
        }
        let operating_point = answer.operating_point.moved(threshold, &summary.curve);
        let verdict = operating_point.verdict(answer.probability);
        Answer { verdict, operating_point, ..answer.clone() }
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
}
