//! The classroom off the page's thread: images, training and looks inside. It requests nothing but a released bundle that the user asks
//! to look into.

mod comparison;
mod files;
mod pictures;
mod released;
mod trials;

use crate::dataset::Dataset;
use crate::dataset::exercise::Purpose;
use crate::learn::classroom::{ClassData, Released, Run, zipped};
use crate::lesson::{Knob, Settings};
use crate::messages::fault::worker as fault;
use crate::model::{Inside, Look};
use crate::protocol::Problem;
use crate::protocol::classroom::{DataFacts, Reply, Request};
use crate::worker_port::{self, now, post, post_with};
use files::OwnData;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// How long steps are taken before messages are heard, in milliseconds.
const SLICE: f64 = 80.0;

/// The folder in an archive of images.
const FOLDER: &str = "lantern-images";

/// What the worker holds.
#[derive(Default)]
struct State {
    own: OwnData,
    data: Option<Arc<ClassData>>,
    /// `None` also while the model that it begins at is fetched.
    run: Option<Run>,
    /// Trainings that were asked for: a model that comes for an earlier one comes too late.
    trainings: usize,
    /// Steps to take before it waits; `None` while it waits.
    left: Option<usize>,
    /// Whether a slice is to come.
    is_awake: bool,
    /// Milliseconds of computing.
    spent: f64,
    /// Images learned from since it began or went on, and the milliseconds of that.
    speed: (usize, f64),
    inside: Option<(Inside, Look)>,
    /// Drawn images as they are compared, once they were.
    drawn: Option<Dataset>,
}

type Shared = Rc<RefCell<State>>;

/// Starts to answer.
pub fn start() {
    let state = Shared::default();
    worker_port::listen(Reply::Stale, move |request, bytes| {
        if let Err(problem) = answer(&state, request, bytes) {
            state.borrow_mut().left = None;
            post(&Reply::Failed { problem });
        }
    });
}

fn answer(shared: &Shared, request: Request, bytes: Vec<u8>) -> Result<(), Problem> {
    let state = &mut *shared.borrow_mut();
    match request {
        Request::Prepare { settings, files } => state.prepare(&settings, files, bytes),
        Request::Pictures { purpose, indices, place } => {
            let data = state.data()?;
            let pixels = pictures::rgba(data.part(purpose), &indices);
            let side = data.size().0;
            post_with(&Reply::Pictures { purpose, indices, place, side }, std::iter::once(pixels));
            Ok(())
        }
        Request::Train { settings, steps } => {
            let data = state.data()?.clone();
            (state.run, state.spent, state.trainings) = (None, 0.0, state.trainings + 1);
            match settings.start() {
                Some(model) => fine_tune(shared, settings, (model, state.trainings)),
                None => state.run = Some(Run::new(settings, data).map_err(problem)?),
            }
            state.go_on(shared, steps);
            Ok(())
        }
        Request::Continue { steps } => {
            state.go_on(shared, steps);
            Ok(())
        }
        Request::Pause => {
            state.left = None;
            post(&Reply::Paused);
            Ok(())
        }
        Request::Test => state.test(),
        Request::Look { purpose, index } => state.look(purpose, index),
        Request::LookAtDrawing { drawing } => {
            let shared = shared.clone();
            spawn_local(async move {
                match released::look(drawing).await {
                    Ok((inside, look, classes)) => shared.borrow_mut().show(inside, look, None, classes),
                    Err(problem) => post(&Reply::Failed { problem }),
                }
            });
            Ok(())
        }
        Request::Values { value } => state.values(value),
        Request::Spell { place } => {
            let spelled = state.inside.as_ref().and_then(|(inside, look)| inside.spell(look, place));
            post(&Reply::Spelled { spelled: spelled.map(Box::new) });
            Ok(())
        }
        Request::PrepareImage { index, how } => {
            trials::prepare(state.data()?, state.run.as_ref(), index, &how)
        }
        Request::Disturb { index, size, is_all } => trials::disturb(state.run()?, index, size, is_all),
        Request::Compare { families, seed, has_curves } => {
            let side = state.data()?.size().0;
            comparison::run(state.compared()?, side, (&families, has_curves), seed)
        }
        Request::PicturesAt { paths } => {
            let side = state.data()?.size().0;
            let pixels = comparison::pictures(state.compared()?, &paths, side);
            post_with(&Reply::PicturesAt { side }, std::iter::once(pixels));
            Ok(())
        }
        Request::Archive => {
            // As the command line takes an archive: all in one folder.
            let files = state.data()?.files().into_iter();
            let files: Vec<_> = files.map(|(path, bytes)| (format!("{FOLDER}/{path}"), bytes)).collect();
            let archive = zipped(&files).map_err(problem)?;
            post_with(&Reply::Archive, std::iter::once(archive));
            Ok(())
        }
        Request::Export => {
            let archive = state.run()?.bundle().map_err(problem)?;
            post_with(&Reply::Bundle, std::iter::once(archive));
            Ok(())
        }
    }
}

/// Fetches a released model and begins at it, unless another training was asked for meanwhile. It waits where it was paused.
fn fine_tune(shared: &Shared, settings: Settings, (model, training): (&'static str, usize)) {
    let shared = shared.clone();
    spawn_local(async move {
        let told = |done, of| post(&Reply::Fetching { done, of });
        let released = released::start(model, told).await;
        let begun = {
            let state = &mut *shared.borrow_mut();
            if state.trainings != training {
                return;
            }
            released.and_then(|released| state.begin_at(settings, released))
        };
        match begun {
            Ok(Some(steps)) => shared.borrow_mut().go_on(&shared, steps),
            Ok(None) => {}
            Err(problem) => {
                shared.borrow_mut().left = None;
                post(&Reply::Failed { problem });
            }
        }
    });
}

impl State {
    /// Begins a training at a released model. Returns the steps to take; `None` where it was paused meanwhile.
    fn begin_at(&mut self, settings: Settings, released: Released) -> Result<Option<usize>, Problem> {
        let data = self.data()?;
        let fitted = data.fitted(&released.input.spec, self.own.dataset(), &settings, |_, _| ());
        let data = Arc::new(fitted.map_err(problem)?);
        self.run = Some(Run::fine_tuned(settings, data, released).map_err(problem)?);
        Ok(self.left)
    }

    fn data(&self) -> Result<&Arc<ClassData>, Problem> {
        self.data.as_ref().ok_or_else(|| Problem::new(fault::NO_IMAGES_YET))
    }

    fn run(&self) -> Result<&Run, Problem> {
        self.run.as_ref().ok_or_else(|| Problem::new(fault::NO_TRAINING_YET))
    }

    /// The images as they are compared: of drawn ones the files that the command line would read.
    fn compared(&mut self) -> Result<&Dataset, Problem> {
        let data = self.data()?.clone();
        if self.drawn.is_none() && !data.is_own() {
            self.drawn = Some(Dataset::of_files(data.name.clone(), data.files()).map_err(dataset_problem)?);
        }
        let missing = || Problem::new(fault::NO_IMAGES_YET);
        self.drawn.as_ref().or(self.own.dataset()).ok_or_else(missing)
    }

    fn prepare(
        &mut self,
        settings: &Settings,
        files: Vec<(String, u64)>,
        bytes: Vec<u8>,
    ) -> Result<(), Problem> {
        (self.run, self.left, self.inside, self.drawn) = (None, None, None, None);
        self.trainings += 1;
        let mut told = now();
        let progress = |done: usize, of: usize| {
            if now() - told > SLICE {
                told = now();
                post(&Reply::Preparing { done, of });
            }
        };
        if !files.is_empty() {
            self.own = OwnData::read(files, bytes)?;
        }
        let data = match (settings.count(Knob::Source), self.own.dataset()) {
            (0, _) => ClassData::drawn(settings, progress),
            (_, Some(dataset)) => ClassData::own(dataset, settings, progress).map_err(problem)?,
            (_, None) => return Err(Problem::new(fault::NO_FILES_YET)),
        };
        let counts = Purpose::ALL.map(|purpose| {
            let labels = &data.part(purpose).labels;
            let count = |class: usize| labels.iter().filter(|label| **label == class).count();
            (purpose, (0..data.classes.len()).map(count).collect())
        });
        let facts = DataFacts {
            classes: data.classes.clone(),
            counts: counts.into(),
            twins: data.twins(),
            unreadable: data.unreadable().cloned().collect(),
        };
        self.data = Some(Arc::new(data));
        post(&Reply::Prepared(Box::new(facts)));
        Ok(())
    }

    /// Takes so many steps, all where it is 0, slice by slice.
    fn go_on(&mut self, shared: &Shared, steps: usize) {
        self.left = Some(if steps == 0 { usize::MAX } else { steps });
        self.speed = (0, 0.0);
        if !std::mem::replace(&mut self.is_awake, true) {
            soon(shared.clone());
        }
    }

    /// Takes steps for a while. True where there is more to do.
    fn slice(&mut self) -> Result<bool, Problem> {
        let (Some(run), Some(mut left)) = (&mut self.run, self.left) else { return Ok(false) };
        let began = now();
        let batch = run.settings().number(Knob::Batch) as usize;
        let mut last = None;
        while left > 0 && !run.is_finished() && now() - began < SLICE {
            let (step, at) = (now(), run.step().map_err(problem)?);
            self.spent += now() - step;
            self.speed = (self.speed.0 + batch, self.speed.1 + now() - step);
            last = Some(at);
            left = left.saturating_sub(1);
            if run.ends_an_epoch() {
                post(&Reply::Epoch {
                    scores: run.validate().map_err(problem)?,
                    seconds: self.spent / 1000.0,
                });
            }
        }
        if let Some(scores) = last {
            let (images, ms) = self.speed;
            post(&Reply::Stepped { scores, rate: images as f64 * 1000.0 / ms.max(1.0) });
        }
        self.left = Some(left);
        if run.is_finished() {
            self.left = None;
            post(&Reply::Finished);
            return Ok(false);
        }
        if left == 0 {
            self.left = None;
            post(&Reply::Paused);
        }
        Ok(left > 0)
    }

    /// What was held out; the training cannot go on afterwards, because whoever saw the test score would choose by it.
    fn test(&mut self) -> Result<(), Problem> {
        self.left = None;
        let run = self.run()?;
        let test = run.answers(Purpose::Test).map_err(problem)?;
        let elsewhere = run.answers(Purpose::Elsewhere).map_err(problem)?;
        let elsewhere = (!elsewhere.labels.is_empty()).then(|| Box::new(elsewhere));
        let membership = run.membership(&test).map_err(problem)?;
        post(&Reply::Tested { test: Box::new(test), elsewhere, membership });
        Ok(())
    }

    fn look(&mut self, purpose: Purpose, index: usize) -> Result<(), Problem> {
        let run = self.run()?;
        let data = run.data();
        let (graph, weights, input) = run.inside().map_err(problem)?;
        let inside = Inside::new(graph, weights).map_err(refused)?;
        let (mut image, _) = data.part(purpose).plain(index);
        input.normalise(&mut image);
        let look = inside.look(image).map_err(refused)?;
        let classes = data.classes.clone();
        self.show(inside, look, Some((purpose, index)), classes);
        Ok(())
    }

    fn show(&mut self, inside: Inside, look: Look, image: Option<(Purpose, usize)>, classes: Vec<String>) {
        post(&Reply::Layers {
            image,
            layers: inside.layers(),
            classes,
            logits: look.logits.clone(),
            probabilities: look.probabilities.clone(),
        });
        self.inside = Some((inside, look));
    }

    fn values(&self, value: usize) -> Result<(), Problem> {
        let (inside, look) = self.inside.as_ref().ok_or_else(|| Problem::new(fault::NO_TRAINING_YET))?;
        let values = look.values.get(value).unwrap_or(&look.logits);
        let bytes = |values: &[f32]| bytemuck::cast_slice(values).to_vec();
        let filters = inside.filters(value).map(|filters| bytes(&filters));
        post_with(&Reply::Values { value }, std::iter::once(bytes(values)).chain(filters));
        Ok(())
    }
}

/// Takes the next slice once messages were heard.
fn soon(shared: Shared) {
    let go = Closure::once_into_js(move || {
        let more = shared.borrow_mut().slice();
        if let Ok(true) = more {
            return soon(shared);
        }
        shared.borrow_mut().is_awake = false;
        if let Err(problem) = more {
            shared.borrow_mut().left = None;
            post(&Reply::Failed { problem });
        }
    });
    let asked = worker_port::scope().set_timeout_with_callback(go.unchecked_ref());
    if let Err(error) = asked {
        web_sys::console::error_1(&error);
    }
}

fn problem(error: crate::learn::Error) -> Problem {
    Problem::new(error.to_string())
}

fn dataset_problem(error: crate::dataset::Error) -> Problem {
    Problem::new(error.to_string())
}

fn refused(error: crate::model::Error) -> Problem {
    Problem::new(error.to_string())
}
