//! What lies on the desk: the model, the images, which one is looked at.

use super::job::{Heat, Job, JobState, Outcome, SaidAge, Shown, Slice};
use crate::examination::{Answer, Verdict};
use crate::protocol::worker::{JobId, ModelName, ModelSummary, Problem};
use crate::study::DicomFacts;
use crate::units::Probability;
use leptos::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use web_sys::File;

/// Pictures over images are kept for so many of them; older ones are made again when they are looked at.
const MOST_HEAT: usize = 12;

/// The page's state. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The model, on its way or ready.
    pub model: RwSignal<Model>,
    /// Whether several threads did not start in time, so that one computes.
    pub one_thread: RwSignal<bool>,
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
    /// How common a reader says each model's finding is among people like this one, 0 to 1.
    pub prevalence: RwSignal<BTreeMap<String, f64>>,
    /// Whether the images that wait are left waiting.
    pub paused: RwSignal<bool>,
    /// Files that are being looked at: how many of how many.
    pub arriving: RwSignal<(usize, usize)>,
    /// The image that is shown beside the one that is looked at.
    pub beside: RwSignal<Option<JobId>>,
    /// Images whose pictures are at hand, the latest last.
    warm: StoredValue<VecDeque<JobId>>,
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

impl Desk {
    /// Empty, the model on its way.
    pub fn new() -> Self {
        Self {
            model: RwSignal::new(Model::Loading(0, 0)),
            one_thread: RwSignal::new(false),
            models: RwSignal::new(Vec::new()),
            jobs: RwSignal::new_local(Vec::new()),
            selected: RwSignal::new(None),
            requests: RwSignal::new(Vec::new()),
            opened: RwSignal::new(false),
            known: RwSignal::new(BTreeMap::new()),
            prevalence: RwSignal::new(BTreeMap::new()),
            paused: RwSignal::new(false),
            arriving: RwSignal::new((0, 0)),
            beside: RwSignal::new(None),
            warm: StoredValue::new(VecDeque::new()),
            explaining: RwSignal::new(None),
            next: RwSignal::new(1),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// Numbers for files: none is given twice, so that a late word never meets another file.
    pub fn numbers(&self, count: usize) -> std::ops::Range<JobId> {
        let next = self.next.get_untracked();
        let after = next.saturating_add(count as JobId);
        self.next.set(after);
        next..after
    }

    /// Puts things on the desk, and tells the number of the first.
    pub fn arrive(&self, arrivals: Vec<Arrival>) -> Option<JobId> {
        let mut added = Vec::new();
        for Arrival { name, files, dicom, problem } in arrivals {
            let mut numbers = self.numbers(files.len().max(1));
            let id = numbers.start;
            let slice = |file| Some(Slice { id: numbers.next()?, file, frames: 1 });
            let slices: Vec<Slice> = files.into_iter().filter_map(slice).collect();
            let state = problem.map_or(JobState::Waiting, JobState::Failed);
            added.push(self.owner.with_value(|owner| {
                owner.with(|| Job {
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
                    facts: RwSignal::new(None),
                    state: RwSignal::new_local(state),
                    others: RwSignal::new_local(Vec::new()),
                    overrule: RwSignal::new(None),
                    asked: RwSignal::new(None),
                    annotations: RwSignal::new(Vec::new()),
                    age: RwSignal::new(SaidAge::NotAsked),
                })
            }));
        }
        let first = added.first().map(|job| job.id);
        self.jobs.update(|jobs| jobs.extend(added));
        first
    }

    /// What an image has come to, at the threshold of the reader's choice.
    pub fn outcome(&self, job: &Job) -> Outcome {
        if job.asks_age().is_some() {
            return Outcome::Open;
        }
        job.state.with(|state| {
            state.outcome(|shown| {
                let answer = shown.examination.answer.as_ref()?;
                Some(self.judged(&shown.examination.model.id, answer).verdict)
            })
        })
    }

    /// Notes that an image's picture is at hand, and puts the oldest away.
    pub fn warm(&self, id: JobId) {
        let looked_at = self.selected.get_untracked();
        let cold = self.warm.try_update_value(|warm| {
            warm.retain(|other| *other != id);
            warm.push_back(id);
            let place = warm.iter().position(|other| Some(*other) != looked_at)?;
            (warm.len() > MOST_HEAT).then(|| warm.remove(place)).flatten()
        });
        let Some(job) = cold.flatten().and_then(|id| self.job(id)) else { return };
        if let JobState::Examined(shown) = job.state.get_untracked()
            && shown.heat.picture().is_some()
        {
            let shown = Shown { heat: Heat::PutAway, ..(*shown).clone() };
            job.state.set(JobState::Examined(Rc::new(shown)));
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
        self.beside.set(None);
        self.paused.set(false);
        self.warm.set_value(VecDeque::new());
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
            Some((summary, Some(threshold))) if answer.verdict != Verdict::Withheld => {
                let operating_point = answer.operating_point.moved(*threshold, &summary.curve);
                let (verdict, doubt) = operating_point.verdict(
                    answer.probability,
                    answer.set_holds_finding,
                    &summary.reliability,
                );
                Answer { verdict, doubt, operating_point, ..answer.clone() }
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
        self.current().and_then(|job| job.shown())
    }
}

/// Something that is about to lie on the desk.
pub struct Arrival {
    /// A name for people.
    pub name: String,
    /// Its files, in order.
    pub files: Vec<File>,
    /// What the first one's header says.
    pub dicom: Option<DicomFacts>,
    /// Why it cannot be examined.
    pub problem: Option<Problem>,
}

impl Arrival {
    /// A picture.
    pub fn picture(file: File) -> Self {
        Self { name: file.name(), files: vec![file], dicom: None, problem: None }
    }
}
