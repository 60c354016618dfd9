//! Files of the user's own, read here and handed to the worker; nothing is sent anywhere else.

use super::camera::CameraImages;
use super::collections::Collections;
use super::room::Room;
use crate::lesson::Knob;
use crate::messages::page::classroom as words;
use crate::ui::file_client::whole;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{File, HtmlInputElement};

/// Where they are chosen; shown once images are to be the user's own.
#[component]
pub fn OwnFiles() -> impl IntoView {
    let room = expect_context::<Room>();
    let is_own = move || room.state.with(|state| state.settings.count(Knob::Source) == 1);
    let take = move |event: web_sys::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        let Some(files) = input.files() else { return };
        let files: Vec<File> = (0..files.length()).filter_map(|at| files.get(at)).collect();
        if !files.is_empty() {
            spawn_local(async move { read(room, files).await });
        }
    };
    view! {
        <Show when=is_own>
            <div class="own">
                <label class="button">{words::OWN_FILES}<input type="file" class="visually-hidden" accept=".zip,.npz" on:change=take/></label>
                <label class="button">{words::OWN_FOLDER}<input type="file" class="visually-hidden" prop:webkitdirectory=true multiple on:change=take/></label>
                <Collections/>
                <CameraImages/>
                <p class="small">{words::OWN_HINT}</p>
            </div>
        </Show>
    }
}

/// Reads files and hands them over.
async fn read(room: Room, files: Vec<File>) {
    let mut parts = Vec::new();
    for file in files {
        match whole(&file).await {
            Ok(bytes) => parts.push((path(&file), Uint8Array::new(&bytes))),
            Err(problem) => return room.problem.set(Some(problem.message)),
        }
    }
    hand_over(room, parts);
}

/// Gives files to the worker: all bytes one after the other.
pub fn hand_over(room: Room, parts: Vec<(String, Uint8Array)>) {
    let length = parts.iter().map(|(_, bytes)| bytes.length()).sum();
    let all = Uint8Array::new_with_length(length);
    let (mut named, mut at) = (Vec::new(), 0);
    for (name, bytes) in parts {
        all.set(&bytes, at);
        at += bytes.length();
        named.push((name, u64::from(bytes.length())));
    }
    let buffer: ArrayBuffer = all.buffer();
    room.prepare(named, Some(&buffer));
}

/// A file's path in the folder that was chosen, or its name.
fn path(file: &File) -> String {
    let path =
        js_sys::Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
    path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
}
