//! Ways in: drop, choose, photograph, paste.

use super::{Gallery, ModelChoice, ModelLine};
use crate::messages::page;
use crate::ui::intake;
use crate::ui::workspace::Workspace;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{ClipboardEvent, DragEvent, Event, File, FileList, FileSystemEntry, HtmlInputElement};

/// The first screen: it asks nothing.
#[component]
pub fn DropZone() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let over = RwSignal::new(false);
    view! {
        <div class="welcome">
        <section class="drop" class:over=move || over.get() aria-label=page::start::OPEN_IMAGES
            on:dragover=move |event: DragEvent| { event.prevent_default(); over.set(true) }
            on:dragleave=move |_| over.set(false)
            on:drop=move |event: DragEvent| { over.set(false); dropped(workspace, &event) }>
            <h1>{page::start::TITLE}</h1>
            <p>{page::start::FORMATS}</p>
            <div class="ways">
                <FileButton label=page::start::CHOOSE_IMAGES_BUTTON from=From::Files/>
                <FileButton label=page::start::CHOOSE_FOLDER_BUTTON from=From::Folder/>
                <FileButton label=page::start::TAKE_PHOTO_BUTTON from=From::Camera/>
            </div>
            <p class="privacy">
                {page::start::PRIVACY}
            </p>
            <ModelChoice/>
            <ModelLine/>
        </section>
        <Gallery/>
        </div>
    }
}

/// The same ways in, small, once there are images.
#[component]
pub fn AddMore() -> impl IntoView {
    view! { <FileButton label=page::start::ADD_IMAGES_BUTTON from=From::Files/> }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Files,
    Folder,
    Camera,
}

#[component]
fn FileButton(label: &'static str, from: From) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let chosen = move |event: Event| {
        let input: HtmlInputElement = event_target(&event);
        intake::take_in(workspace, files(input.files()));
        // The same file may be chosen again.
        input.set_value("");
    };
    let (capture, class) = match from {
        From::Camera => (Some("environment"), "button camera"),
        From::Folder | From::Files => (None, "button"),
    };
    // Files without an extension are welcome, so nothing is filtered out but for the camera.
    let accept = capture.map(|_| "image/*");
    let folder = (from == From::Folder).then_some("");
    view! {
        <label class=class>
            {label}
            <input class="visually-hidden" type="file" multiple=capture.is_none() accept=accept capture=capture
                prop:webkitdirectory=folder.is_some() on:change=chosen/>
        </label>
    }
}

/// Takes dropped files and folders in.
pub fn dropped(workspace: Workspace, event: &DragEvent) {
    event.prevent_default();
    let Some(data) = event.data_transfer() else { return };
    let items = data.items();
    let entry = |index| items.get(index)?.webkit_get_as_entry().ok().flatten();
    let entries: Vec<FileSystemEntry> = (0..items.length()).filter_map(entry).collect();
    // Without a folder among them, the files themselves are at hand, in the order they were dropped.
    if entries.iter().any(FileSystemEntry::is_directory) {
        intake::take_entries(workspace, entries);
    } else {
        intake::take_in(workspace, files(data.files()));
    }
}

fn files(list: Option<FileList>) -> Vec<File> {
    list.map(|list| (0..list.length()).filter_map(|i| list.get(i)).collect()).unwrap_or_default()
}

/// Takes pasted images in, wherever the focus is, and dropped ones wherever they fall. `elsewhere` tells whether another room took them.
pub fn listen_for_paste(workspace: Workspace, elsewhere: impl Fn(&[File]) -> bool + Clone + 'static) {
    let taken = elsewhere.clone();
    let paste = Closure::<dyn Fn(ClipboardEvent)>::new(move |event: ClipboardEvent| {
        let pasted = files(event.clipboard_data().and_then(|data| data.files()));
        if !pasted.is_empty() {
            event.prevent_default();
            if !taken(&pasted) {
                intake::take_in(workspace, pasted);
            }
        }
    });
    let drop = Closure::<dyn Fn(DragEvent)>::new(move |event: DragEvent| {
        if event.default_prevented() {
            return;
        }
        event.prevent_default();
        if !elsewhere(&files(event.data_transfer().and_then(|data| data.files()))) {
            dropped(workspace, &event);
        }
    });
    // Without this the browser would leave the page to show the file.
    let over = Closure::<dyn Fn(DragEvent)>::new(|event: DragEvent| event.prevent_default());
    let document = document();
    for (name, listener) in [("paste", paste.as_ref()), ("drop", drop.as_ref()), ("dragover", over.as_ref())]
    {
        if document.add_event_listener_with_callback(name, listener.unchecked_ref()).is_err() {
            leptos::logging::warn!("this browser has no {name}");
        }
    }
    // They listen as long as the page lives.
    paste.forget();
    drop.forget();
    over.forget();
}
