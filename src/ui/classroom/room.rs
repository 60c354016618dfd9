//! What the classroom holds, in signals; copies share it.

use super::hear::hear;
use super::records::{CellOfPixels, LayerValues, Looked, Phase, Pictures, RunRecord};
use super::trials::Trials;
use crate::lesson::{Answers, Finished, HeldOut, Knob, Progress, Settings, Spelled, State, StepScores};
use crate::protocol::classroom::{Comparison, DataFacts, Pair, Place, Purpose, Reply, Request};
use crate::ui::worker_client::WorkerClient;
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use wasm_bindgen::prelude::*;

/// Name of the meta element with the address of the worker's script.
const SCRIPT: &str = "lantern-classroom";
/// How long a setting of the images stands still before they are drawn anew.
const STILL: Duration = Duration::from_millis(300);
/// How long the worker may be silent until it is awake.
const LIMIT: Duration = Duration::from_secs(20);
/// How many examples are shown.
pub const SAMPLES: usize = 24;

/// The state of the page.
#[derive(Clone, Copy)]
pub struct Room {
    /// What the address holds.
    pub state: RwSignal<State>,
    /// Whether the list of lessons is shown.
    pub is_teacher: RwSignal<bool>,
    /// The images that are ready.
    pub data: RwSignal<Option<DataFacts>>,
    /// How many images are ready, and how many there will be.
    pub preparing: RwSignal<Option<(usize, usize)>>,
    /// Examples.
    pub samples: RwSignal<Option<Pictures>>,
    /// A cell of the confusion matrix: its name, how many images it has, the first of them.
    pub cell: RwSignal<Option<(String, usize, Option<Pictures>)>>,
    /// How far the current training is, which is the last of `runs`.
    pub phase: RwSignal<Phase>,
    /// All trainings since the page was opened.
    pub runs: RwSignal<Vec<RunRecord>>,
    /// The last step, and images a second.
    pub live: RwSignal<Option<(StepScores, f64)>>,
    /// Bytes so far, and in all, of the released model that the training begins at.
    pub fetching: RwSignal<Option<(u64, u64)>>,
    /// How many workers have failed.
    pub faults: RwSignal<u32>,
    /// What went wrong.
    pub problem: RwSignal<Option<String>>,
    /// The image and network that are looked at.
    pub looked: RwSignal<Option<Looked>>,
    /// Whether a released bundle is on its way.
    pub is_fetching: RwSignal<bool>,
    /// Values of layers, by their number.
    pub values: RwSignal<BTreeMap<usize, LayerValues>>,
    /// Layer and channel that are looked at.
    pub layer: RwSignal<(usize, usize)>,
    /// Row and column that are pointed at.
    pub unit: RwSignal<(usize, usize)>,
    /// The arithmetic that is shown; `Some(None)` where it cannot be told.
    pub spelled: RwSignal<Option<Option<Spelled>>>,
    /// Methods that are done, all, and the one under way, of a comparison.
    pub comparing: RwSignal<Option<(f32, usize, String)>>,
    /// The last comparison.
    pub compared: RwSignal<Option<(Comparison, Vec<Pair>)>>,
    /// How many comparisons are done since the page was opened.
    pub comparisons: RwSignal<usize>,
    /// A cell of its confusion matrix: its name, how many images it has, and the first of them, as RGBA of a side.
    pub compared_cell: RwSignal<Option<CellOfPixels>>,
    /// Whether a layer was looked at, and an arithmetic opened, since the page was opened.
    pub seen: RwSignal<(bool, bool)>,
    /// What a student writes into the project file.
    pub notes: RwSignal<String>,
    /// Trials on one image.
    pub trials: Trials,
    worker: WorkerClient<Request, Reply>,
    /// By what the worker's images were made.
    made_by: StoredValue<Option<Settings>>,
}

impl Room {
    /// As the address has it, with its worker started.
    pub fn open() -> Self {
        let room = Self {
            state: RwSignal::new(State::parse(&hash())),
            is_teacher: RwSignal::new(hash() == "#teacher"),
            data: RwSignal::new(None),
            preparing: RwSignal::new(None),
            samples: RwSignal::new(None),
            cell: RwSignal::new(None),
            phase: RwSignal::new(Phase::Idle),
            runs: RwSignal::new(Vec::new()),
            live: RwSignal::new(None),
            fetching: RwSignal::new(None),
            faults: RwSignal::new(0),
            problem: RwSignal::new(None),
            looked: RwSignal::new(None),
            is_fetching: RwSignal::new(false),
            values: RwSignal::new(BTreeMap::new()),
            layer: RwSignal::new((1, 0)),
            unit: RwSignal::new((0, 0)),
            spelled: RwSignal::new(None),
            comparing: RwSignal::new(None),
            compared: RwSignal::new(None),
            compared_cell: RwSignal::new(None),
            comparisons: RwSignal::new(0),
            seen: RwSignal::new((false, false)),
            notes: RwSignal::new(String::new()),
            trials: Trials::new(),
            worker: WorkerClient::new(SCRIPT),
            made_by: StoredValue::new(None),
        };
        room.start_worker();
        room.follow_address();
        room
    }

    /// Starts the worker. One that runs is ended, with whatever it does.
    pub fn start_worker(self) {
        self.made_by.set_value(None);
        self.worker.start("", Some(LIMIT), move |event| hear(self, event));
        self.prepare(Vec::new(), None);
    }

    /// Keeps address and state the same, and the images as the state wants them.
    fn follow_address(self) {
        let moved = Closure::<dyn Fn()>::new(move || {
            let hash = hash();
            if self.is_teacher.get_untracked() != (hash == "#teacher") {
                self.is_teacher.set(hash == "#teacher");
                if let Some(main) = document().get_element_by_id("main") {
                    main.set_scroll_top(0);
                }
            }
            if hash != "#teacher" {
                let state = State::parse(&hash);
                if self.state.with_untracked(|own| *own != state) {
                    self.state.set(state);
                }
            }
        });
        window().set_onhashchange(Some(moved.as_ref().unchecked_ref()));
        // It listens as long as the page lives.
        moved.forget();
        Effect::new(move || {
            let written = self.state.with(State::written);
            if !self.is_teacher.get()
                && let Ok(history) = window().history()
            {
                let address = if written.is_empty() { "/classroom".into() } else { format!("#{written}") };
                history.replace_state_with_url(&JsValue::NULL, "", Some(&address)).ok();
            }
        });
        let wanted = Memo::new_with_compare(
            move |_| self.state.with(|state| state.settings),
            |old, new| !old.zip(new).is_some_and(|(old, new)| old.same_data(new)),
        );
        Effect::new(move || {
            let asked = wanted.get();
            set_timeout(
                move || {
                    let is_still = wanted.with_untracked(|now| now.same_data(&asked));
                    if is_still && self.phase.get_untracked() != Phase::Running && !self.is_made() {
                        self.prepare(Vec::new(), None);
                    }
                },
                STILL,
            );
        });
    }

    /// Whether the images are those of the settings.
    fn is_made(self) -> bool {
        self.has_images_of(&self.settings())
    }

    /// Whether the images that are ready are those of a run.
    pub fn has_images_of(self, settings: &Settings) -> bool {
        self.made_by.with_value(|made| made.as_ref().is_some_and(|made| made.same_data(settings)))
    }

    /// The settings as they are now.
    pub fn settings(self) -> Settings {
        self.state.with_untracked(|state| state.settings)
    }

    /// Sets a knob.
    pub fn set(self, knob: Knob, value: f64) {
        self.state.update(|state| state.settings.set(knob, value));
    }

    /// Has the images made; with `files`, the user's own, whose bytes are `buffer`.
    pub fn prepare(self, files: Vec<(String, u64)>, buffer: Option<&ArrayBuffer>) {
        let settings = self.settings();
        self.made_by.set_value(Some(settings));
        self.forget_run();
        self.problem.set(None);
        self.preparing.set(Some((0, 0)));
        self.compared.set(None);
        self.compared_cell.set(None);
        self.trials.index.set(0);
        self.worker.send(&Request::Prepare { settings, files }, buffer);
    }

    /// Forgets the current training; what came of it stays in the list.
    pub fn forget_run(self) {
        self.phase.set(Phase::Idle);
        self.live.set(None);
        self.fetching.set(None);
        self.looked.set(None);
        self.values.set(BTreeMap::new());
        self.spelled.set(None);
        self.cell.set(None);
        self.comparing.set(None);
        self.trials.forget();
    }

    /// Sends a request.
    pub fn send(self, request: &Request) {
        self.worker.send(request, None);
    }

    /// Begins a training; `steps`: 0 for all.
    pub fn train(self, steps: usize) {
        if !self.is_made() {
            self.prepare(Vec::new(), None);
        }
        self.forget_run();
        self.problem.set(None);
        let settings = self.settings();
        self.runs.update(|runs| {
            let number = runs.last().map_or(1, |run| run.number + 1);
            runs.push(RunRecord {
                number,
                settings,
                epochs: Vec::new(),
                seconds: 0.0,
                is_finished: false,
                test: None,
                is_shown: true,
            });
        });
        self.phase.set(Phase::Running);
        self.send(&Request::Train { settings, steps });
    }

    /// Goes on with it; `steps`: 0 for all.
    pub fn go_on(self, steps: usize) {
        self.phase.set(Phase::Running);
        self.send(&Request::Continue { steps });
    }

    /// Changes the current training's record.
    pub fn update_run(self, change: impl FnOnce(&mut RunRecord)) {
        self.runs.update(|runs| {
            if let Some(run) = runs.last_mut() {
                change(run);
            }
        });
    }

    /// Looks at an image with the network as it is now.
    pub fn look(self, purpose: Purpose, index: usize) {
        self.send(&Request::Look { purpose, index });
    }

    /// Asks for the first examples.
    pub fn ask_samples(self) {
        let most = self.data.with_untracked(|data| {
            let counts = data.iter().flat_map(|data| &data.counts);
            let train = counts.filter(|(purpose, _)| *purpose == Purpose::Train);
            train.map(|(_, counts)| counts.iter().sum::<usize>()).sum::<usize>()
        });
        let indices = (0..most.min(SAMPLES)).collect();
        self.send(&Request::Pictures { purpose: Purpose::Train, indices, place: Place::Samples });
    }

    /// What was done, for the lesson's steps.
    pub fn progress(self) -> Progress {
        let accuracy = |run: &RunRecord| {
            let last = run.epochs.last()?;
            let balanced = |answers: &Answers| answers.balanced_accuracy.unwrap_or_default();
            let test = run.test.as_ref();
            let test = test.map(|told| HeldOut {
                balanced: balanced(&told.test),
                elsewhere: told.elsewhere.as_ref().map(balanced),
                ece: told.test.ece,
                membership: told.membership,
            });
            let (train, validation) = (last.accuracy, last.validation_accuracy);
            Some(Finished { settings: run.settings, train, validation, test })
        };
        let is_over = |run: &&RunRecord| run.is_finished || run.test.is_some();
        let finished = self.runs.with(|runs| runs.iter().filter(is_over).filter_map(accuracy).collect());
        let (looked, spelled) = self.seen.get();
        Progress {
            finished,
            compared: self.comparisons.get(),
            looked,
            spelled,
            tried: self.trials.deeds.get(),
        }
    }
}

/// The part of the address after `#`, with it.
fn hash() -> String {
    window().location().hash().unwrap_or_default()
}
