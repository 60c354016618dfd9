//! Thumbnails in the list of images. Each is made when its row scrolls into view, one at a time, so that the viewer and the model wait
//! for one at most.

use crate::ui::file_client::FileClient;
use crate::ui::item::Item;
use crate::ui::workspace::Workspace;
use crate::viewing;
use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, ImageData, IntersectionObserver, IntersectionObserverEntry,
};

/// Its size in pixels; `style/controls.css` shows it smaller.
const SIDE: u32 = 80;

/// The rows of a list that wait for their picture. Copies share it.
#[derive(Clone, Copy)]
pub struct ThumbnailQueue {
    files: FileClient,
    /// The one that came into sight last at the end.
    waiting: StoredValue<Vec<(Item, NodeRef<Canvas>)>, LocalStorage>,
    /// Whether one is being made.
    is_busy: StoredValue<bool>,
}

/// A small picture of an image, or of the middle of a series; empty until it is made, and where nothing can be shown.
#[component]
pub fn Thumbnail(item: Item) -> impl IntoView {
    let queue = expect_context::<ThumbnailQueue>();
    let place = NodeRef::<Canvas>::new();
    let watching = StoredValue::new_local(None::<(IntersectionObserver, Closure<dyn Fn(js_sys::Array)>)>);
    let stop = move || {
        watching.try_update_value(|watching| watching.take().inspect(|(watch, _)| watch.disconnect()));
    };
    let item = StoredValue::new_local(item);
    Effect::new(move || {
        let Some(canvas) = place.get() else { return };
        let seen = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let is_in_sight = |entry: JsValue| {
                entry.dyn_into::<IntersectionObserverEntry>().is_ok_and(|e| e.is_intersecting())
            };
            if entries.iter().any(is_in_sight) {
                watching.with_value(|watching| {
                    if let Some((watch, _)) = watching {
                        watch.disconnect();
                    }
                });
                item.try_with_value(|item| queue.add(item.clone(), place));
            }
        });
        if let Ok(watch) = IntersectionObserver::new(seen.as_ref().unchecked_ref()) {
            watch.observe(&canvas);
            watching.set_value(Some((watch, seen)));
        }
    });
    on_cleanup(stop);
    view! { <canvas class="thumbnail" width=SIDE.to_string() height=SIDE.to_string() aria-hidden="true" node_ref=place></canvas> }
}

impl ThumbnailQueue {
    /// Nothing waits.
    pub fn new(workspace: Workspace) -> Self {
        let waiting = StoredValue::new_local(Vec::new());
        Self { files: workspace.files, waiting, is_busy: StoredValue::new(false) }
    }

    fn add(self, item: Item, place: NodeRef<Canvas>) {
        // The list may be gone.
        self.waiting.try_update_value(|waiting| waiting.push((item, place)));
        self.make_next();
    }

    /// Makes the picture of the row that came into sight last, then the others.
    fn make_next(self) {
        if self.is_busy.try_get_value() != Some(false) {
            return;
        }
        let next = self.waiting.try_update_value(Vec::pop).flatten();
        // A row that is gone has no place any more.
        let Some((item, place)) = next else { return };
        let Some(Some(canvas)) = place.try_get_untracked() else { return self.make_next() };
        self.is_busy.set_value(true);
        spawn_local(async move {
            // Asked for as a frame, which opens no file twice that the viewer opens already.
            let at = item.frame.try_get_untracked().unwrap_or_default();
            if let Some((slice, inside)) = item.slice(at)
                && let Ok(frame) = self.files.frame(slice, inside).await
                && let Err(error) = draw(&canvas, &viewing::thumbnail(&frame, SIDE))
            {
                leptos::logging::warn!("a small picture could not be drawn: {error:?}");
            }
            self.is_busy.try_set_value(false);
            self.make_next();
        });
    }
}

fn draw(canvas: &HtmlCanvasElement, pixels: &[u8]) -> Result<(), JsValue> {
    let context =
        canvas.get_context("2d")?.ok_or("no drawing here")?.dyn_into::<CanvasRenderingContext2d>()?;
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), SIDE, SIDE)?;
    context.put_image_data(&data, 0.0, 0.0)
}
