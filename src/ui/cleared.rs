//! Clear can be undone, for half a minute or until the next thing comes.

use super::desk::Desk;
use super::job::{Job, JobState};
use super::maps::Map;
use super::report::{self, SetAside};
use super::{bridge, turns};
use crate::messages;
use crate::protocol::worker::JobId;
use leptos::html::Button;
use leptos::prelude::*;
use std::rc::Rc;
use std::time::Duration;

/// How long what was cleared can be put back.
const KEPT: Duration = Duration::from_secs(30);

/// What lay on the desk.
struct Things {
    jobs: Vec<Job>,
    selected: Option<JobId>,
    beside: Option<JobId>,
    /// The image that was being examined, which Clear stopped.
    stopped: Option<JobId>,
    opened: bool,
    requests: Vec<String>,
    maps: Vec<Rc<Map>>,
    words: SetAside,
}

/// What was cleared, for as long as it can be put back. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct Cleared {
    things: StoredValue<Option<Things>, LocalStorage>,
    /// How many images can be put back.
    count: RwSignal<Option<usize>>,
    /// How often something was cleared: an old clock ends nothing new.
    turn: StoredValue<u64>,
}

impl Cleared {
    /// Nothing yet. What can be put back is given up when the next thing comes.
    pub fn watch(desk: Desk) -> Self {
        let cleared = Self {
            things: StoredValue::new_local(None),
            count: RwSignal::new(None),
            turn: StoredValue::new(0),
        };
        Effect::new(move || {
            let has_come = desk.arriving.get().1 > 0 || desk.jobs.with(|jobs| !jobs.is_empty());
            if has_come && cleared.count.get_untracked().is_some() {
                cleared.give_up();
            }
        });
        cleared
    }

    /// Clears the desk.
    pub fn clear(self, desk: Desk) {
        let things = Things {
            jobs: desk.jobs.get_untracked(),
            selected: desk.selected.get_untracked(),
            beside: desk.beside.get_untracked(),
            stopped: desk.working().map(|job| job.id),
            opened: desk.opened.get_untracked(),
            requests: desk.requests.get_untracked(),
            maps: desk.maps.get_untracked(),
            words: report::set_aside(),
        };
        let count = things.jobs.len();
        bridge::clear(desk);
        self.things.set_value(Some(things));
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.count.set(Some(count));
        set_timeout(
            move || {
                if self.turn.get_value() == turn {
                    self.give_up()
                }
            },
            KEPT,
        );
    }

    /// Puts everything back where it lay; what was waiting goes on waiting.
    fn put_back(self, desk: Desk) {
        let Some(things) = self.things.try_update_value(Option::take).flatten() else { return };
        self.count.set(None);
        report::put_back(things.words);
        desk.requests.set(things.requests);
        desk.opened.set(things.opened);
        desk.jobs.set(things.jobs);
        desk.selected.set(things.selected);
        desk.beside.set(things.beside);
        desk.maps.set(things.maps);
        if let Some(job) = things.stopped.and_then(|id| desk.job(id)) {
            job.state.set(JobState::Waiting);
        }
        turns::go_on(desk);
    }

    fn give_up(self) {
        self.things.set_value(None);
        self.count.set(None);
    }
}

/// A bar with the way back, while there is one.
#[component]
pub fn UndoClear() -> impl IntoView {
    let (desk, cleared) = (expect_context::<Desk>(), expect_context::<Cleared>());
    let button = NodeRef::<Button>::new();
    // The button that was pressed is gone; who works without a mouse goes on here.
    Effect::new(move || {
        if let Some(button) = button.get() {
            button.focus().ok();
        }
    });
    let bar = move || {
        cleared.count.get().map(|count| {
            let said = format!("{} cleared from this page.", messages::count(count, "image"));
            view! {
                <div class="undo">
                    <span>{said}</span>
                    <button type="button" node_ref=button on:click=move |_| cleared.put_back(desk)>"Undo"</button>
                </div>
            }
        })
    };
    view! { <div role="status">{bar}</div> }
}
