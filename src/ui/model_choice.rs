//! Which model examines: chosen by the user, or by the images.

use super::inference_client::{send, start};
use super::storage;
use super::workspace::{Model, Workspace};
use crate::protocol::inference_worker::{CardFrom, ItemId, Request};
use leptos::prelude::*;

/// The choice of whichever model knows the image.
pub const AUTOMATIC: &str = "auto";
/// The model that the site loads first: the worker looks it up in the site's index.
const FIRST: &str = "";
/// Under this name the browser remembers which model was chosen.
const KEY: &str = "lantern-model";

/// The choice of a model. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct ModelChoice {
    /// The chosen model, or [`AUTOMATIC`].
    pub chosen: RwSignal<String>,
    /// The model that the worker was told to load last.
    pub loaded: RwSignal<Option<String>>,
    /// The image that a model is being loaded for, and the model that was loaded before.
    switched: RwSignal<Option<(ItemId, String)>>,
}

impl ModelChoice {
    /// The model that the page's address names, or the one of the last visit; left to the images where nobody chose.
    pub fn remembered() -> Self {
        let search = window().location().search().unwrap_or_default();
        let named = search.trim_start_matches('?').split('&').find_map(|part| part.strip_prefix("model="));
        // An address is anybody's text; ids are letters, digits and hyphens.
        let is_id = |id: &&str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let named = named.filter(is_id).map(str::to_string);
        let chosen = named.or_else(|| storage::get(KEY)).unwrap_or_else(|| AUTOMATIC.into());
        Self { chosen: RwSignal::new(chosen), loaded: RwSignal::new(None), switched: RwSignal::new(None) }
    }

    /// Whether the images choose.
    pub fn is_automatic(self) -> bool {
        self.chosen.with(|chosen| chosen == AUTOMATIC)
    }

    /// The model that the worker is to have: the chosen one; where the images choose, the last one, or the site's first.
    pub fn wanted(self) -> String {
        match self.chosen.get_untracked() {
            chosen if chosen != AUTOMATIC => chosen,
            _ => self.loaded.get_untracked().unwrap_or_else(|| FIRST.into()),
        }
    }

    /// The image that the loaded model could not be had for, and the model before; there is none a second time.
    pub fn take_switched(self) -> Option<(ItemId, String)> {
        self.switched.try_update(Option::take).flatten()
    }
}

/// Chooses a model, or leaves the choice to the images, and remembers it on this device. Images that were examined keep their
/// answers.
pub fn choose(workspace: Workspace, model: &str) {
    workspace.choice.chosen.set(model.into());
    storage::set(KEY, model);
    if model == AUTOMATIC {
        // Images choose through a gate, and the model before may have none.
        workspace.choice.loaded.set(None);
    }
    load(workspace, &workspace.choice.wanted(), CardFrom::Site);
}

/// Loads another model because an image needs it.
pub fn switch(workspace: Workspace, of: ItemId, model: &str) {
    let before = workspace.choice.loaded.get_untracked();
    workspace.choice.switched.set(before.map(|before| (of, before)));
    load(workspace, model, CardFrom::Cache);
}

/// Has the worker load a model. A worker that still starts is told when it is awake.
pub fn load(workspace: Workspace, model: &str, card: CardFrom) {
    workspace.choice.loaded.set(Some(model.into()));
    workspace.model.set(Model::Loading(0, 0));
    if workspace.inference.is_awake() {
        send(workspace, &Request::Load { model: model.into(), card }, None);
    } else if !workspace.inference.is_running() {
        start(workspace);
    }
}

/// After a model could not be used: the choice goes back to the images.
pub fn try_another(workspace: Workspace) {
    if untrack(|| workspace.choice.is_automatic()) {
        // Left to the images it stays, and begins anew.
        workspace.choice.loaded.set(None);
        start(workspace);
    } else {
        choose(workspace, AUTOMATIC);
    }
}
