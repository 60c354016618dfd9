//! An item of the workspace: a picture, a DICOM file, or a series of DICOM files.

use super::report::ReportWork;
use super::series::FrameScores;
use super::work::Saved;
use crate::dataset::gallery::GalleryImage;
use crate::examination::{Answer, Concern, Examination, Stage, Verdict};
use crate::protocol::Problem;
use crate::protocol::file_worker::FileId;
use crate::protocol::inference_worker::ItemId;
use crate::study::{DicomFacts, FileFacts};
use crate::viewing::Annotation;
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use web_sys::File;

/// An item of the workspace. Its fields are signals: copies share them.
#[derive(Clone)]
pub struct Item {
    /// Its number.
    pub id: ItemId,
    /// The file's name, or the series', which stays in this page.
    pub name: String,
    /// Its files, in the order of their position; never empty, but for what could not be opened at all.
    pub slices: Arc<Vec<Slice>>,
    /// What the first file's header says, where it is a DICOM file.
    pub dicom: Option<Arc<DicomFacts>>,
    /// Whether it is a NIfTI volume.
    pub is_volume: bool,
    /// What the file says of itself, once it was opened; of a series, the current file.
    pub facts: RwSignal<Option<Arc<FileFacts>>>,
    /// How many frames it has, as far as is known.
    pub frames: RwSignal<u32>,
    /// The current frame, from 0.
    pub frame: RwSignal<u32>,
    /// How far it is.
    pub state: RwSignal<ItemState, LocalStorage>,
    /// What other models said of it before.
    pub others: RwSignal<Vec<Rc<ItemResult>>, LocalStorage>,
    /// The model that the user wants it examined by although the gate may not admit it.
    pub overrule: RwSignal<Option<String>>,
    /// The model that the user asked, besides the one that is chosen.
    pub asked: RwSignal<Option<String>>,
    /// The model that was asked besides the one that answered, which stays in front.
    pub asked_also: RwSignal<Option<String>>,
    /// Whose image it is: the fingerprint of the patient's number, from the header or typed by the user.
    pub patient: RwSignal<Option<String>>,
    /// What the user wrote for the history; it stays from frame to frame.
    pub note: RwSignal<String>,
    /// What the user drew on it.
    pub annotations: RwSignal<Vec<Annotation>>,
    /// What of the user's work is kept in the history.
    pub saved: RwSignal<Saved>,
    /// What the user said of the patient's age.
    pub age: RwSignal<UserAnswer>,
    /// What it is a drawing of, where it is one of the gallery.
    pub drawn: RwSignal<Option<GalleryImage>>,
    /// What each model that answered found on which frames.
    pub frame_scores: RwSignal<BTreeMap<String, FrameScores>, LocalStorage>,
    /// Whether the user stopped the examination of the frames besides the first.
    pub is_halted: RwSignal<bool>,
    /// Whether all its files say the same of what decides which model may answer.
    pub has_one_header: bool,
    /// What the user wrote and kept for its report.
    pub report: ReportWork,
}

/// What the user is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether the patient is one of these, in words.
    Age(String),
    /// Whether the picture is this, in words.
    Kind(String),
}

/// What the user said when asked whether patient and picture are what the model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserAnswer {
    /// Nobody was asked.
    NotAsked,
    /// Whether the age fits.
    Fits(bool),
    /// The user does not know.
    Unknown,
}

/// One file of it.
#[derive(Clone)]
pub struct Slice {
    /// Its number for the file worker.
    pub id: FileId,
    /// The file, not yet read.
    pub file: File,
    /// How many frames it holds; 1 until it is opened.
    pub frames: u32,
}

/// How far it is.
#[derive(Clone)]
pub enum ItemState {
    /// Others come first, or the model is not ready.
    Waiting,
    /// The worker has it.
    Working(Option<Stage>),
    /// Done: answered or refused. Of a series, the frame that was examined first.
    Examined(Rc<ItemResult>),
    /// It could not be examined.
    Failed(Problem),
    /// The user stopped it.
    Cancelled,
}

/// An examination, and what it took.
#[derive(Clone)]
pub struct ItemResult {
    /// The answer.
    pub examination: Examination,
    /// The frame that was examined.
    pub frame: u32,
    /// Milliseconds in the worker.
    pub ms: f64,
    /// Of those, the gate's and the network's.
    pub times: (f64, f64),
    /// Network requests of the worker meanwhile.
    pub requests: u32,
}

impl ItemResult {
    /// Whether the model that answered draws outlines.
    pub fn draws(&self) -> bool {
        self.examination.answer.as_ref().is_some_and(|answer| answer.lesion_fraction.is_some())
    }
}

/// What an item has come to, for filters and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The finding is suspected.
    Suspected,
    /// The model cannot tell.
    Unsure,
    /// Not suspected.
    NotSuspected,
    /// The model named a kind.
    Named,
    /// There is a score without a verdict: the model is not made for the image, or was never checked on data.
    Withheld,
    /// The gate did not admit it.
    Refused,
    /// It could not be examined.
    Failed,
    /// It was examined, and the user is asked something before the answer is told.
    Asked,
    /// Its turn has not come, or it is in work.
    Open,
    /// Stopped by the user.
    Stopped,
}

impl Outcome {
    /// All, in the order in which the user should look at them.
    pub const ALL: [Self; 10] = [
        Self::Suspected,
        Self::Unsure,
        Self::NotSuspected,
        Self::Named,
        Self::Withheld,
        Self::Refused,
        Self::Failed,
        Self::Asked,
        Self::Open,
        Self::Stopped,
    ];
}

impl ItemState {
    /// What it has come to; `judge` tells the verdict at the threshold of the user's choice.
    pub fn outcome(&self, judge: impl Fn(&ItemResult) -> Option<Verdict>) -> Outcome {
        match self {
            Self::Waiting | Self::Working(_) => Outcome::Open,
            Self::Cancelled => Outcome::Stopped,
            Self::Failed(_) => Outcome::Failed,
            Self::Examined(shown) => match judge(shown) {
                Some(Verdict::Suspected) => Outcome::Suspected,
                Some(Verdict::NotSuspected) => Outcome::NotSuspected,
                Some(Verdict::Unsure) => Outcome::Unsure,
                Some(Verdict::Named) => Outcome::Named,
                Some(Verdict::Withheld) => Outcome::Withheld,
                None => Outcome::Refused,
            },
        }
    }
}

impl Item {
    /// The file that holds a frame, and which of its frames that is.
    pub fn slice(&self, frame: u32) -> Option<(&Slice, u32)> {
        let mut before = 0;
        for slice in self.slices.iter() {
            if frame < before + slice.frames.max(1) || self.slices.len() == 1 {
                return Some((slice, frame - before));
            }
            before += slice.frames.max(1);
        }
        None
    }

    /// Records what an opened file says of itself.
    pub fn opened(&self, (facts, middle): (FileFacts, u32)) {
        if self.slices.len() == 1 && self.frames.get_untracked() != facts.frames {
            // Only now is it known how many frames there are; the middle one is examined.
            self.frames.set(facts.frames);
            self.frame.set(middle);
        }
        self.facts.set(Some(Arc::new(facts)));
    }

    /// Whether the file worker must open it before the model can see it.
    pub fn is_opened_first(&self) -> bool {
        self.dicom.is_some() || self.is_volume
    }

    /// What the user must be asked before anything is said: the model is for some ages or some kind of picture only, and neither file
    /// nor user has said whether this is one.
    pub fn asks(&self) -> Option<Question> {
        let is_open = self.age.get() == UserAnswer::NotAsked;
        // A score without a verdict has nothing to wait for.
        let has_verdict = |shown: &Rc<ItemResult>| {
            shown.examination.answer.is_some() && !shown.examination.is_out_of_scope()
        };
        let answered = self.highest(|one| one.answer.as_ref().map(Answer::standing));
        let shown = answered.filter(|shown| is_open && has_verdict(shown))?;
        shown.examination.concerns.iter().find_map(|concern| match concern {
            Concern::AgeUnknown { ages } => Some(Question::Age(ages.words.clone())),
            Concern::Unconfirmed { asks } => Some(Question::Kind(asks.clone())),
            _ => None,
        })
    }
}
