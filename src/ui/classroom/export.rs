//! What students take with them: the network as a bundle, and a project file with settings, results and notes, which a teacher opens again.

use super::records::{Phase, RunRecord};
use super::room::Room;
use crate::lesson::{Deed, State};
use crate::messages::count;
use crate::messages::page::{classroom as words, fault};
use crate::protocol::classroom::{Comparison, Pair, Request};
use crate::ui::file_client::whole;
use crate::ui::report::download;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use wasm_bindgen::prelude::*;
use web_sys::HtmlInputElement;

/// Name of the project file, by which it is known again.
const KIND: &str = "lantern-classroom";
/// Bytes of the largest file that is read, and characters of the longest notes.
const MOST_BYTES: f64 = 64e6;
const MOST_NOTES: usize = 10_000;

/// A project file.
#[derive(Serialize, Deserialize)]
struct Project {
    kind: String,
    /// The address's state.
    state: String,
    #[serde(default)]
    notes: String,
    runs: Vec<RunRecord>,
    /// The last comparison.
    #[serde(default)]
    compared: Option<(Comparison, Vec<Pair>)>,
    /// How many there were.
    #[serde(default)]
    comparisons: usize,
    /// Whether a layer was looked at, and an arithmetic opened.
    #[serde(default)]
    seen: (bool, bool),
    /// What was tried on images.
    #[serde(default)]
    tried: BTreeSet<Deed>,
}

/// The ways to take it away, and to open a project again.
#[component]
pub fn Export() -> impl IntoView {
    let room = expect_context::<Room>();
    let said = RwSignal::new(String::new());
    let is_idle = move || matches!(room.phase.get(), Phase::Idle | Phase::Running);
    let open = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(input) = input else { return };
        let file = input.files().and_then(|files| files.get(0));
        // The same file may be chosen again.
        input.set_value("");
        let Some(file) = file else { return };
        if file.size() > MOST_BYTES {
            return room.problem.set(Some(words::LARGE_PROJECT.into()));
        }
        spawn_local(async move {
            match whole(&file).await.ok().and_then(|bytes| read(&bytes)) {
                Some(project) => {
                    said.set(words::opened_project(&count(project.runs.len(), "run")));
                    show(room, project);
                }
                None => room.problem.set(Some(words::NO_PROJECT.into())),
            }
        });
    };
    view! {
        <section class="card" aria-label=words::EXPORT>
            <h2>{words::EXPORT}</h2>
            <label class="notes-field">{words::PROJECT_NOTES}
                <textarea rows="3" maxlength=MOST_NOTES prop:value=move || room.notes.get()
                    on:input=move |event| room.notes.set(event_target_value(&event))></textarea>
            </label>
            <div class="ways">
                <button type="button" on:click=move |_| save_project(room)>{words::EXPORT_PROJECT}</button>
                <label class="button">{words::OPEN_PROJECT}<input type="file" class="visually-hidden" accept=".json" on:change=open/></label>
                <button type="button" disabled=is_idle on:click=move |_| room.send(&Request::Export)>{words::EXPORT_BUNDLE}</button>
            </div>
            <p class="small" role="status">{said}</p>
            <p class="small">{words::PROJECT_HINT}</p>
            <p class="small">{words::EXPORT_BUNDLE_HINT}</p>
        </section>
    }
}

/// Saves a zip archive.
pub fn save_archive(room: Room, name: &str, archive: Option<ArrayBuffer>) {
    let saved = archive.map(|archive| download(name, "application/zip", &Uint8Array::new(&archive).to_vec()));
    match saved {
        Some(Ok(())) => {}
        Some(Err(why)) => room.problem.set(Some(why)),
        None => room.problem.set(Some(fault::UNEXPECTED_REPLY.into())),
    }
}

fn save_project(room: Room) {
    let project = Project {
        kind: KIND.into(),
        state: room.state.with_untracked(State::written),
        notes: room.notes.get_untracked(),
        runs: room.runs.get_untracked(),
        compared: room.compared.get_untracked(),
        comparisons: room.comparisons.get_untracked(),
        seen: room.seen.get_untracked(),
        tried: room.trials.deeds.get_untracked(),
    };
    // Plain values, so it always has a text.
    let Ok(text) = serde_json::to_vec_pretty(&project) else { return };
    if let Err(why) = download("lantern-classroom.json", "application/json", &text) {
        room.problem.set(Some(why));
    }
}

/// A project file; `None` for anything else.
fn read(bytes: &ArrayBuffer) -> Option<Project> {
    let project: Project = serde_json::from_slice(&Uint8Array::new(bytes).to_vec()).ok()?;
    (project.kind == KIND).then_some(project)
}

/// Shows the room as it was when the file was saved. The network itself is not in it: to look inside, it is trained again.
fn show(room: Room, project: Project) {
    let mut runs = project.runs;
    runs.iter_mut().enumerate().for_each(|(place, run)| run.number = place + 1);
    room.state.set(State::parse(&project.state));
    // First, because new images make the page forget what came of others.
    room.prepare(Vec::new(), None);
    room.runs.set(runs);
    room.compared.set(project.compared);
    room.comparisons.set(project.comparisons);
    room.seen.set(project.seen);
    room.trials.deeds.set(project.tried);
    room.notes.set(project.notes.chars().take(MOST_NOTES).collect());
}
