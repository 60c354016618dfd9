//! Undo for Clear: for half a minute, or until the next image arrives.

use super::item::{Item, ItemState};
use super::maps::Map;
use super::workspace::Workspace;
use super::{actions, dispatcher};
use crate::messages::page;
use crate::protocol::inference_worker::ItemId;
use crate::units::Probability;
use leptos::html::Button;
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// How long what was cleared can be put back.
const UNDO_TIME: Duration = Duration::from_secs(30);

/// What lay on the workspace.
struct Snapshot {
    items: Vec<Item>,
    selected: Option<ItemId>,
    beside: Option<ItemId>,
    /// The image that was being examined, which Clear stopped.
    stopped: Option<ItemId>,
    opened: bool,
    requests: Vec<String>,
    maps: Vec<Rc<Map>>,
    thresholds: BTreeMap<String, Probability>,
    prevalence: BTreeMap<String, f64>,
    paused: bool,
}

/// What was cleared, for as long as it can be put back. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct Cleared {
    things: StoredValue<Option<Snapshot>, LocalStorage>,
    /// How many images can be put back.
    count: RwSignal<Option<usize>>,
    /// Counts the clears, so that an old timer does not end a newer undo.
    generation: StoredValue<u64>,
}

impl Cleared {
    /// Nothing yet. What can be put back is given up when the next thing comes.
    pub fn watch(workspace: Workspace) -> Self {
        let cleared = Self {
            things: StoredValue::new_local(None),
            count: RwSignal::new(None),
            generation: StoredValue::new(0),
        };
        Effect::new(move || {
            let has_come = workspace.arriving.get().1 > 0 || workspace.items.with(|items| !items.is_empty());
            if has_come && cleared.count.get_untracked().is_some() {
                cleared.give_up();
            }
        });
        cleared
    }

    /// Clears the workspace.
    pub fn clear(self, workspace: Workspace) {
        let things = Snapshot {
            items: workspace.items.get_untracked(),
            selected: workspace.selected.get_untracked(),
            beside: workspace.beside.get_untracked(),
            stopped: workspace.working().map(|item| item.id),
            opened: workspace.opened.get_untracked(),
            requests: workspace.requests.get_untracked(),
            maps: workspace.maps.get_untracked(),
            thresholds: workspace.thresholds.get_untracked(),
            prevalence: workspace.prevalence.get_untracked(),
            paused: workspace.paused.get_untracked(),
        };
        let count = things.items.len();
        actions::clear(workspace);
        self.things.set_value(Some(things));
        let generation = self.generation.get_value() + 1;
        self.generation.set_value(generation);
        self.count.set(Some(count));
        set_timeout(
            move || {
                if self.generation.get_value() == generation {
                    self.give_up()
                }
            },
            UNDO_TIME,
        );
    }

    /// Puts everything back where it lay; what was waiting goes on waiting.
    fn put_back(self, workspace: Workspace) {
        let Some(things) = self.things.try_update_value(Option::take).flatten() else { return };
        self.count.set(None);
        workspace.requests.set(things.requests);
        workspace.opened.set(things.opened);
        workspace.items.set(things.items);
        workspace.selected.set(things.selected);
        workspace.beside.set(things.beside);
        workspace.maps.set(things.maps);
        workspace.thresholds.set(things.thresholds);
        workspace.prevalence.set(things.prevalence);
        workspace.paused.set(things.paused);
        if let Some(item) = things.stopped.and_then(|id| workspace.item(id)) {
            item.state.set(ItemState::Waiting);
        }
        dispatcher::dispatch_next(workspace);
    }

    fn give_up(self) {
        if let Some(things) = self.things.try_update_value(Option::take).flatten() {
            things.items.iter().for_each(|item| item.report.forget());
        }
        self.count.set(None);
    }
}

/// A bar with the way back, while there is one.
#[component]
pub fn UndoClear() -> impl IntoView {
    let (workspace, cleared) = (expect_context::<Workspace>(), expect_context::<Cleared>());
    let button = NodeRef::<Button>::new();
    // The button that was pressed is gone; who works without a mouse goes on here.
    Effect::new(move || {
        if let Some(button) = button.get() {
            button.focus().ok();
        }
    });
    let bar = move || {
        cleared.count.get().map(|count| {
            let status = page::shell::cleared(count);
            view! {
                <div class="undo">
                    <span>{status}</span>
                    <button type="button" node_ref=button on:click=move |_| cleared.put_back(workspace)>{page::shell::UNDO_BUTTON}</button>
                </div>
            }
        })
    };
    view! { <div role="status">{bar}</div> }
}
