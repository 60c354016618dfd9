//! What the camera sees, and a shutter. What is said of a frame decides who shows it: each frame's pixels are handed on a few times a second.

use crate::messages::page::self_check as words;
use js_sys::{Array, JSON, Object, Reflect};
use leptos::html::Video;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, File, FilePropertyBag, HtmlCanvasElement, HtmlVideoElement, MediaStream,
    MediaStreamConstraints, MediaStreamTrack,
};

/// The camera at the back, where there are two, and as many pixels as it gives.
const WANTED: &str = r#"{"video":{"facingMode":{"ideal":"environment"},"width":{"ideal":1920},"height":{"ideal":1080}},"audio":false}"#;
/// Time between two looks at a frame.
const EVERY: Duration = Duration::from_millis(350);
/// Longer side of the frames that are looked at, in pixels.
const LOOKED_AT: f64 = 256.0;
/// After a look the preview has the page to itself for so many times as long as the look took, so that it never stands still.
const REST: f64 = 3.0;
/// Of the photograph.
const QUALITY: f64 = 0.95;

/// The pixels of a frame: RGBA, row by row, with width and height.
pub type Pixels = (Vec<u8>, (usize, usize));

/// How far the camera is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Running,
    Absent,
}

/// The camera's picture, `children` over it, and the shutter, which can always be pressed.
///
/// `looked`: takes a small frame a few times a second. `taken`: takes the photograph, a JPEG as large as the camera's frame.
/// `absent`: is told once if there is no camera, or it was not allowed.
#[component]
pub fn Camera(
    looked: UnsyncCallback<Pixels>,
    taken: UnsyncCallback<File>,
    absent: UnsyncCallback<()>,
    children: Children,
) -> impl IntoView {
    let video = NodeRef::<Video>::new();
    let state = RwSignal::new(State::Starting);
    let stream = StoredValue::new_local(None::<MediaStream>);
    let is_gone = StoredValue::new(false);
    spawn_local(async move {
        let got = ask().await;
        if is_gone.try_get_value() != Some(false) {
            // The page went on while the user was asked.
            return got.iter().for_each(stop);
        }
        match (got, video.get_untracked()) {
            (Some(got), Some(video)) => {
                video.set_muted(true);
                video.set_src_object(Some(&got));
                stream.set_value(Some(got));
                // Where a browser does not play by itself, the first frame stands still.
                if let Ok(playing) = video.play() {
                    JsFuture::from(playing).await.ok();
                }
                state.try_set(State::Running);
            }
            _ => {
                state.try_set(State::Absent);
                absent.run(());
            }
        }
    });
    let rests_until = StoredValue::new(0.0);
    let look = move || {
        let began = js_sys::Date::now();
        if rests_until.try_get_value().is_none_or(|until| began < until) {
            return;
        }
        if let Some(pixels) = video.try_get_untracked().flatten().and_then(|video| small(&video)) {
            looked.run(pixels);
        }
        let now = js_sys::Date::now();
        rests_until.try_set_value(now + REST * (now - began));
    };
    let looks = set_interval_with_handle(look, EVERY).ok();
    on_cleanup(move || {
        is_gone.try_set_value(true);
        looks.inspect(IntervalHandle::clear);
        stream.try_update_value(|stream| stream.take().iter().for_each(stop));
    });
    let shoot = move |_| {
        if let Some(video) = video.get_untracked() {
            photograph(&video, taken);
        }
    };
    let is_absent = move || state.get() == State::Absent;
    view! {
        <div class="camera-view" class:hidden=is_absent>
            // No sound track, and nothing that is said.
            <video node_ref=video playsinline muted aria-label=words::PREVIEW></video>
            <span class="frame" aria-hidden="true"></span>
        </div>
        {children()}
        <p class:hidden=move || state.get() != State::Starting>{words::CAMERA_STARTS}</p>
        <button type="button" class="primary large" class:hidden=is_absent
            disabled=move || state.get() != State::Running on:click=shoot>{words::SHUTTER_BUTTON}</button>
    }
}

/// Asks for the camera. `None` where there is none, it is not allowed, or the page did not come over https.
async fn ask() -> Option<MediaStream> {
    let wanted = JSON::parse(WANTED).ok()?.unchecked_into::<MediaStreamConstraints>();
    let devices = window().navigator().media_devices().ok()?;
    let promise = devices.get_user_media_with_constraints(&wanted).ok()?;
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

fn stop(stream: &MediaStream) {
    stream.get_tracks().iter().for_each(|track| track.unchecked_into::<MediaStreamTrack>().stop());
}

/// A canvas with the video's frame, its longer side `most` pixels at most, with its context.
fn drawn(video: &HtmlVideoElement, most: f64) -> Option<(HtmlCanvasElement, CanvasRenderingContext2d)> {
    let (width, height) = (f64::from(video.video_width()), f64::from(video.video_height()));
    if width < 1.0 || height < 1.0 {
        return None;
    }
    let factor = (most / width.max(height)).min(1.0);
    let (canvas, context) = canvas(width * factor, height * factor)?;
    let (wide, high) = (f64::from(canvas.width()), f64::from(canvas.height()));
    // Means of pixels, not every so manyth, where a browser can: grain would look sharp.
    Reflect::set(&context, &"imageSmoothingQuality".into(), &"medium".into()).ok();
    context.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, wide, high).ok()?;
    Some((canvas, context))
}

/// A canvas that is read more often than it is drawn on.
pub fn canvas(width: f64, height: f64) -> Option<(HtmlCanvasElement, CanvasRenderingContext2d)> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width.round().max(1.0) as u32);
    canvas.set_height(height.round().max(1.0) as u32);
    let options = Object::new();
    Reflect::set(&options, &"willReadFrequently".into(), &JsValue::TRUE).ok()?;
    let context = canvas.get_context_with_context_options("2d", &options).ok().flatten()?;
    Some((canvas, context.dyn_into().ok()?))
}

/// The pixels of a canvas.
pub fn pixels(canvas: &HtmlCanvasElement, context: &CanvasRenderingContext2d) -> Option<Pixels> {
    let (width, height) = (canvas.width(), canvas.height());
    let data = context.get_image_data(0.0, 0.0, width.into(), height.into()).ok()?;
    Some((data.data().0, (width as usize, height as usize)))
}

fn small(video: &HtmlVideoElement) -> Option<Pixels> {
    let (canvas, context) = drawn(video, LOOKED_AT)?;
    pixels(&canvas, &context)
}

/// The frame as a file.
fn photograph(video: &HtmlVideoElement, taken: UnsyncCallback<File>) {
    let Some((canvas, _)) = drawn(video, f64::INFINITY) else { return };
    let made = Closure::once_into_js(move |blob: JsValue| {
        let options = FilePropertyBag::new();
        options.set_type("image/jpeg");
        let file = blob.dyn_into::<Blob>().ok().and_then(|blob| {
            File::new_with_blob_sequence_and_options(&Array::of1(&blob), "photo.jpg", &options).ok()
        });
        if let Some(file) = file {
            taken.run(file);
        }
    });
    let asked =
        canvas.to_blob_with_type_and_encoder_options(made.unchecked_ref(), "image/jpeg", &QUALITY.into());
    if asked.is_err() {
        leptos::logging::error!("the photograph could not be made");
    }
}
