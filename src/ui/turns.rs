//! Whose turn it is at the worker. What waits is told to `schedule`; the step that it gives is taken here.

use super::bridge::{self, AUTOMATIC};
use super::desk::{Desk, Model};
use super::job::{Job, JobState, ReaderAnswer, Shown};
use super::series::FrameScore;
use super::{files, maps};
use crate::examination::Examination;
use crate::protocol::worker::{JobId, Payload, Problem, Request};
use crate::schedule::{self, Item, Open, Step, Waiting};
use crate::scope::Stated;
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Gives the worker what comes next, if the model is ready and nothing else is in work.
pub fn go_on(desk: Desk) {
    let is_ready = matches!(desk.model.get_untracked(), Model::Ready { .. });
    let is_busy =
        desk.working().is_some() || desk.in_background.get_untracked().is_some() || maps::is_in_work(desk);
    let (true, false, Some(loaded)) = (is_ready, is_busy, bridge::loaded()) else { return };
    match schedule::next(&untrack(|| waiting(desk, loaded))) {
        Step::Rest => {}
        Step::Load { model, of } => bridge::switch(desk, of, &model),
        Step::Map(_) => maps::make(desk),
        Step::Examine(id) => {
            if let Some(job) = desk.job(id) {
                job.state.set(JobState::Working(None));
                spawn_local(hand_over(desk, job, None));
            }
        }
        Step::ExamineFrame(id, frame) => {
            if let Some(job) = desk.job(id) {
                desk.in_background.set(Some((id, frame)));
                spawn_local(hand_over(desk, job, Some(frame)));
            }
        }
    }
}

fn waiting(desk: Desk, loaded: String) -> Waiting {
    let chosen = Some(bridge::chosen()).filter(|chosen| chosen != AUTOMATIC);
    let item = |job: &Job| {
        let wanted = job.asked.get().or_else(|| chosen.clone());
        let (open, model) = match job.state.get() {
            JobState::Waiting => (Open::Whole, wanted),
            // A series goes on with the model that began it, unless a reader has chosen another one since.
            JobState::Examined(first) if wanted.as_ref().is_none_or(|w| *w == first.examination.model.id) => {
                let open = job.open_frame().map_or(Open::Nothing, Open::Frame);
                (open, Some(first.examination.model.id.clone()))
            }
            _ => (Open::Nothing, None),
        };
        Item { id: job.id, model, open }
    };
    Waiting {
        loaded,
        map: maps::wanted(desk),
        looked_at: desk.selected.get(),
        is_paused: desk.paused.get(),
        items: desk.jobs.with(|jobs| jobs.iter().map(item).collect()),
    }
}

/// Reads the file, only now, and hands its bytes to the worker without copying them. `background`: the frame that is examined besides
/// the first.
async fn hand_over(desk: Desk, job: Job, background: Option<u32>) {
    if !desk.opened.get_untracked() {
        desk.requests.set(Vec::new());
        desk.opened.set(true);
    }
    let read = match background {
        Some(frame) => frame_image(&job, frame).await.map(|(buffer, payload)| (buffer, payload, frame)),
        None => image(&job).await,
    };
    // It may have been stopped while the file was read.
    let is_wanted = match background {
        Some(frame) => desk.in_background.get_untracked() == Some((job.id, frame)),
        None => is_working(&job),
    };
    match read {
        _ if !is_wanted => {}
        Ok((buffer, payload, frame)) => {
            let loaded = bridge::loaded();
            let overrule = job.overrule.get_untracked().is_some_and(|model| Some(model) == loaded);
            let age = match job.age.get_untracked() {
                ReaderAnswer::Fits(fits) => Some(Stated::Fits(fits)),
                ReaderAnswer::NotAsked | ReaderAnswer::Unknown => None,
            };
            let request = Request::Examine { id: job.id, frame, overrule, payload, age };
            bridge::send(&request, Some(&buffer));
        }
        Err(problem) => failed(desk, job.id, problem),
    }
}

/// What the model is to see of a job, what that is, and which frame.
async fn image(job: &Job) -> Result<(ArrayBuffer, Payload, u32), Problem> {
    if job.is_dicom() && job.facts.with_untracked(Option::is_none) {
        // Only an opened file tells how many frames there are, and which is the middle one.
        let (slice, _) = job.slice(job.frame.get_untracked()).ok_or_else(files::strange)?;
        job.opened(files::open(slice).await?);
    }
    let frame = job.frame.get_untracked();
    let (buffer, payload) = frame_image(job, frame).await?;
    Ok((buffer, payload, frame))
}

/// A picture as it is; of a DICOM file, what the reader of files makes of one frame.
pub async fn frame_image(job: &Job, frame: u32) -> Result<(ArrayBuffer, Payload), Problem> {
    let (slice, inside) = job.slice(frame).ok_or_else(files::strange)?;
    if job.is_dicom() {
        files::prepare(slice, inside).await
    } else {
        Ok((files::whole(&slice.file).await?, Payload::File))
    }
}

/// The worker has examined an image, or a frame of one.
pub fn examined(desk: Desk, id: JobId, shown: Shown) {
    let shown = Rc::new(shown);
    let Some(job) = desk.job(id) else { return go_on(desk) };
    let model = &shown.examination.model.id;
    if desk.in_background.get_untracked() == Some((id, shown.frame)) {
        desk.in_background.set(None);
        // Where no frame has an answer yet, one that another model knows takes the series there.
        let is_refused = |highest: Rc<Shown>| highest.examination.answer.is_none();
        let may_leave = untrack(|| job.highest()).is_some_and(is_refused);
        if !(may_leave && goes_elsewhere(&job, &shown.examination)) {
            job.add_frame(model, shown.frame, FrameScore::Examined(shown.clone()));
        }
    } else if is_working(&job) && !goes_elsewhere(&job, &shown.examination) {
        job.others.update(|others| others.retain(|other| other.examination.model.id != *model));
        job.begin_frames(&shown);
        // Who was asked besides stands beside: the answer that a reader had stays in front.
        let had = job.asked_also.get_untracked().filter(|asked| asked == model);
        let before = had.and_then(|_| job.others.with_untracked(|others| others.last().cloned()));
        job.asked_also.set(None);
        if let Some(before) = before {
            let own = before.examination.model.id.clone();
            job.others.update(|others| {
                others.retain(|other| other.examination.model.id != own);
                others.push(shown);
            });
            job.asked.set(Some(own));
            job.state.set(JobState::Examined(before));
        } else {
            job.state.set(JobState::Examined(shown));
        }
    }
    go_on(desk);
}

/// An image, or a frame of one, could not be examined; the next one still can.
pub fn failed(desk: Desk, id: JobId, problem: Problem) {
    let Some(job) = desk.job(id) else { return go_on(desk) };
    match desk.in_background.get_untracked() {
        Some((of, frame)) if of == id => {
            desk.in_background.set(None);
            if let JobState::Examined(first) = job.state.get_untracked() {
                job.add_frame(&first.examination.model.id, frame, FrameScore::Failed(problem));
            }
        }
        _ if is_working(&job) => job.state.set(JobState::Failed(problem)),
        _ => {}
    }
    go_on(desk);
}

/// Whether the worker has it for the first time. A late word, of what was cleared and put back since, changes nothing.
pub fn is_working(job: &Job) -> bool {
    matches!(job.state.get_untracked(), JobState::Working(_))
}

/// The model that an image needs cannot be had: that is this image's trouble, or its map's, or that of the rest of its frames.
pub fn without_model(desk: Desk, id: JobId, problem: Problem) {
    let Some(job) = desk.job(id) else { return };
    match job.state.get_untracked() {
        JobState::Waiting => job.state.set(JobState::Failed(problem)),
        _ if untrack(|| maps::wanted(desk)).is_some_and(|(of, _)| of == id) => {
            maps::failed(desk, id, problem.message)
        }
        _ => job.is_halted.set(true),
    }
}

/// An image that another model knows waits for that model, where the choice is left to the images: those that the present one
/// knows come first, so that models are not changed for each image.
fn goes_elsewhere(job: &Job, examination: &Examination) -> bool {
    let elsewhere = examination.answer.is_none().then(|| examination.known_elsewhere()).flatten();
    let (Some(kind), true, None) = (elsewhere, bridge::chosen() == AUTOMATIC, job.asked.get_untracked())
    else {
        return false;
    };
    job.asked.set(Some(kind.model.clone()));
    job.state.set(JobState::Waiting);
    true
}

/// Lets the images that wait go on waiting, or go on.
pub fn pause(desk: Desk, is_paused: bool) {
    desk.paused.set(is_paused);
    go_on(desk);
}

/// Stops examining the other frames of a series, or goes on with them. The frame in work is finished.
pub fn halt(desk: Desk, job: &Job, is_halted: bool) {
    job.is_halted.set(is_halted);
    go_on(desk);
}
