//! What students take with them: the network as a bundle, and a project file with settings and results.

use super::records::Phase;
use super::room::Room;
use crate::lesson::{EpochScores, Settings, State};
use crate::messages::page::{classroom as words, fault};
use crate::protocol::classroom::Request;
use crate::ui::file_client::whole;
use crate::ui::report::download;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::HtmlInputElement;

/// Name of the project file, by which it is known again.
const KIND: &str = "lantern-classroom";

/// A project file.
#[derive(Serialize, Deserialize)]
struct Project {
    kind: String,
    /// The address's state.
    state: String,
    runs: Vec<ProjectRun>,
}

/// One run of it.
#[derive(Serialize, Deserialize)]
struct ProjectRun {
    settings: Settings,
    epochs: Vec<EpochScores>,
    seconds: f64,
    /// Accuracy on the test images and at the other hospital.
    test: Option<(f64, Option<f64>)>,
}

/// The ways to take it away, and to open a project again.
#[component]
pub fn Export() -> impl IntoView {
    let room = expect_context::<Room>();
    let is_idle = move || matches!(room.phase.get(), Phase::Idle | Phase::Running);
    let open = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let file = input.and_then(|input| input.files()).and_then(|files| files.get(0));
        let Some(file) = file else { return };
        spawn_local(async move {
            let state = whole(&file).await.ok().and_then(|bytes| read(&bytes));
            match state {
                Some(state) => room.state.set(state),
                None => room.problem.set(Some(words::NO_PROJECT.into())),
            }
        });
    };
    view! {
        <section class="card" aria-label=words::EXPORT>
            <h2>{words::EXPORT}</h2>
            <div class="ways">
                <button type="button" disabled=is_idle on:click=move |_| room.send(&Request::Export)>{words::EXPORT_BUNDLE}</button>
                <button type="button" on:click=move |_| save_project(room)>{words::EXPORT_PROJECT}</button>
                <label class="button">{words::OPEN_PROJECT}<input type="file" class="visually-hidden" accept=".json" on:change=open/></label>
            </div>
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
    let accuracy = |answers: &crate::lesson::Answers| answers.accuracy.map_or(0.0, |accuracy| accuracy.value);
    let runs = room.runs.with_untracked(|runs| {
        let run = |run: &super::records::RunRecord| ProjectRun {
            settings: run.settings,
            epochs: run.epochs.clone(),
            seconds: run.seconds,
            test: run.test.as_ref().map(|told| (accuracy(&told.test), told.elsewhere.as_ref().map(accuracy))),
        };
        runs.iter().map(run).collect()
    });
    let project = Project { kind: KIND.into(), state: room.state.with_untracked(State::written), runs };
    // Plain values, so it always has a text.
    let Ok(text) = serde_json::to_vec_pretty(&project) else { return };
    if let Err(why) = download("lantern-classroom.json", "application/json", &text) {
        room.problem.set(Some(why));
    }
}

/// The state of a project file.
fn read(bytes: &ArrayBuffer) -> Option<State> {
    let project: Project = serde_json::from_slice(&Uint8Array::new(bytes).to_vec()).ok()?;
    (project.kind == KIND).then(|| State::parse(&project.state))
}
