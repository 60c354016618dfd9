//! Images of a class from the device's camera, class by class. They stay in the page until they are handed to the worker.

use super::canvas::png_of;
use super::images::in_blocks;
use super::own_files::hand_over;
use super::room::Room;
use crate::messages::count;
use crate::messages::page::source as words;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use leptos::html::Video;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Pixels a side of an image that is taken: the room makes it smaller still.
const SIDE: u32 = 128;
/// Images that one press takes, and the time from one to the next.
const BURST: usize = 10;
const BETWEEN: Duration = Duration::from_millis(200);
/// A class needs as many, so that some are left to validate and to test on, and may have as many.
const LEAST: usize = 10;
const MOST: usize = 400;
/// `HTMLMediaElement.HAVE_CURRENT_DATA`: there is a picture.
const HAS_PICTURE: f64 = 2.0;
/// Images of a class that are shown.
const SHOWN: usize = 8;

/// An image that was taken: the file, and its pixels.
#[derive(Clone)]
struct Shot {
    png: Vec<u8>,
    rgba: Vec<u8>,
}

/// A class and its images.
#[derive(Clone)]
struct Class {
    name: String,
    shots: Vec<Shot>,
}

/// What the camera and its images are, in signals.
#[derive(Clone, Copy)]
struct Camera {
    classes: RwSignal<Vec<Class>>,
    /// The stream while it runs.
    stream: StoredValue<Option<JsValue>, LocalStorage>,
    is_on: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
    video: NodeRef<Video>,
}

/// The camera, and what was taken with it.
#[component]
pub fn CameraImages() -> impl IntoView {
    let class = |number: usize| Class { name: words::class_name(number), shots: Vec::new() };
    let camera = Camera {
        classes: RwSignal::new(vec![class(1), class(2)]),
        stream: StoredValue::new_local(None),
        is_on: RwSignal::new(false),
        problem: RwSignal::new(None),
        video: NodeRef::new(),
    };
    on_cleanup(move || camera.stop());
    let switch = move |_| {
        if camera.is_on.get_untracked() {
            camera.stop();
        } else {
            spawn_local(async move { camera.start().await });
        }
    };
    let add = move |_| camera.classes.update(|classes| classes.push(class(classes.len() + 1)));
    let places = move || (0..camera.classes.with(Vec::len)).collect::<Vec<_>>();
    view! {
        <details class="camera-images">
            <summary>{words::CAMERA}</summary>
            <p class="small">{words::CAMERA_HINT}</p>
            <button type="button" on:click=switch>{move || if camera.is_on.get() { words::STOP_CAMERA } else { words::START_CAMERA }}</button>
            {move || camera.problem.get().map(|problem| view! { <p class="problem" role="alert">{problem}</p> })}
            <video node_ref=camera.video playsinline prop:muted=true class:hidden=move || !camera.is_on.get() aria-label=words::CAMERA_PICTURE></video>
            <For each=places key=|place| *place children=move |place| view! { <OneClass camera place/> }/>
            <button type="button" class="quiet" on:click=add>{words::ADD_CLASS}</button>
            <Use camera/>
        </details>
    }
}

#[component]
fn OneClass(camera: Camera, place: usize) -> impl IntoView {
    let of =
        move |read: fn(&Class) -> usize| camera.classes.with(|classes| classes.get(place).map_or(0, read));
    let name = move || {
        camera.classes.with(|classes| classes.get(place).map(|class| class.name.clone()).unwrap_or_default())
    };
    let rename = move |event: web_sys::Event| {
        let name = event_target_value(&event);
        camera.update(place, |class| class.name = name);
    };
    let taken = move || of(|class| class.shots.len());
    let shown = move || {
        let pixels: Vec<u8> = camera.classes.with(|classes| {
            let shots = classes.get(place).map_or(&[][..], |class| class.shots.as_slice());
            shots.iter().rev().take(SHOWN).flat_map(|shot| shot.rgba.iter().copied()).collect()
        });
        (!pixels.is_empty()).then(|| in_blocks(SIDE as usize, &pixels))
    };
    view! {
        <fieldset class="question">
            <legend class="visually-hidden">{name}</legend>
            <label>{words::CLASS_NAME}" "<input type="text" maxlength="40" prop:value=name on:change=rename/></label>
            <div class="ways">
                <button type="button" disabled=move || !camera.is_on.get() on:click=move |_| camera.burst(place, BURST)
                    aria-label=move || words::take_for(BURST, &name())>{words::take(BURST)}</button>
                <button type="button" class="quiet" disabled=move || taken() == 0 on:click=move |_| camera.update(place, |class| class.shots.clear())
                    aria-label=move || words::clear_of(&name())>{words::CLEAR}</button>
            </div>
            <p class="small" role="status">{move || count(taken(), "image")}</p>
            {shown}
        </fieldset>
    }
}

/// The button that makes the room's images of those that were taken.
#[component]
fn Use(camera: Camera) -> impl IntoView {
    let room = expect_context::<Room>();
    let is_ready = move || {
        camera.classes.with(|classes| {
            let full: Vec<&Class> = classes.iter().filter(|class| !class.shots.is_empty()).collect();
            let mut names: Vec<String> = full.iter().map(|class| folder(&class.name)).collect();
            names.sort();
            names.dedup();
            full.len() >= 2
                && names.len() == full.len()
                && full.iter().all(|class| class.shots.len() >= LEAST)
        })
    };
    let take_over = move |_| {
        let files = camera.classes.with_untracked(|classes| {
            let file = |class: &Class, number: usize, shot: &Shot| {
                let path = format!("{}/{}/{number:04}.png", words::FOLDER, folder(&class.name));
                (path, Uint8Array::from(shot.png.as_slice()))
            };
            let of = |class: &Class| {
                class
                    .shots
                    .iter()
                    .enumerate()
                    .map(|(number, shot)| file(class, number, shot))
                    .collect::<Vec<_>>()
            };
            classes.iter().flat_map(of).collect::<Vec<_>>()
        });
        hand_over(room, files);
    };
    view! {
        <button type="button" class="primary" disabled=move || !is_ready() on:click=take_over>{words::USE_IMAGES}</button>
        <p class="small">{words::least(LEAST)}</p>
    }
}

/// A class's name as the name of a folder.
fn folder(name: &str) -> String {
    name.trim().replace(['/', '\\', '.'], "-")
}

impl Camera {
    fn update(self, place: usize, change: impl FnOnce(&mut Class)) {
        self.classes.update(|classes| {
            if let Some(class) = classes.get_mut(place) {
                change(class);
            }
        });
    }

    /// Asks for the camera; the browser asks the user.
    async fn start(self) {
        self.problem.set(None);
        match ask().await {
            Ok(stream) => {
                if let Some(video) = self.video.get_untracked() {
                    Reflect::set(&video, &"srcObject".into(), &stream).ok();
                    // Not by itself: a browser lets a picture stand that is out of sight.
                    call(&video, "play", &Array::new()).ok();
                }
                self.stream.set_value(Some(stream));
                self.is_on.set(true);
            }
            Err(why) => self.problem.set(Some(why)),
        }
    }

    /// Gives the camera back.
    fn stop(self) {
        if let Some(Some(stream)) = self.stream.try_update_value(Option::take) {
            let tracks = call(&stream, "getTracks", &Array::new()).map(|tracks| Array::from(&tracks));
            for track in tracks.iter().flat_map(Array::iter) {
                call(&track, "stop", &Array::new()).ok();
            }
        }
        self.is_on.try_set(false);
    }

    /// Takes so many images for a class, one after the other.
    fn burst(self, place: usize, left: usize) {
        // Nothing is taken any more once the camera is off, or the part of the page is gone.
        if left == 0 || self.is_on.try_get_untracked() != Some(true) {
            return;
        }
        // The camera takes a moment until it has its first picture.
        let shot = self.video.get_untracked().and_then(|video| shot(&video).ok());
        let left = left - usize::from(shot.is_some());
        if let Some(shot) = shot {
            self.update(place, |class| {
                if class.shots.len() < MOST {
                    class.shots.push(shot);
                }
            });
        }
        set_timeout(move || self.burst(place, left), BETWEEN);
    }
}

/// The camera's stream, or why there is none.
async fn ask() -> Result<JsValue, String> {
    let devices = Reflect::get(&window().navigator(), &"mediaDevices".into()).unwrap_or_default();
    // Browsers hide it from pages that came in the clear.
    if devices.is_undefined() || devices.is_null() {
        return Err(words::CAMERA_NEEDS_HTTPS.into());
    }
    let video = Object::new();
    Reflect::set(&video, &"facingMode".into(), &"environment".into()).ok();
    let wanted = Object::new();
    Reflect::set(&wanted, &"video".into(), &video).ok();
    let asked = call(&devices, "getUserMedia", &Array::of1(&wanted))
        .and_then(|promise| promise.dyn_into::<Promise>());
    let given = match asked {
        Ok(promise) => JsFuture::from(promise).await,
        Err(error) => Err(error),
    };
    given.map_err(|error| {
        let name =
            Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default();
        words::camera_refused(&name).into()
    })
}

/// The middle of what the camera sees.
fn shot(video: &JsValue) -> Result<Shot, JsValue> {
    let number =
        |name: &str| Reflect::get(video, &name.into()).map(|number| number.as_f64().unwrap_or_default());
    let (width, height) = (number("videoWidth")?, number("videoHeight")?);
    let side = width.min(height);
    if side < 1.0 || number("readyState")? < HAS_PICTURE {
        return Err(JsValue::NULL);
    }
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.dyn_into()?;
    canvas.set_width(SIDE);
    canvas.set_height(SIDE);
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    let numbers =
        [(width - side) / 2.0, (height - side) / 2.0, side, side, 0.0, 0.0, f64::from(SIDE), f64::from(SIDE)];
    let given = Array::of1(video);
    numbers.iter().for_each(|number| {
        given.push(&(*number).into());
    });
    call(&context, "drawImage", &given)?;
    let side = f64::from(SIDE);
    let rgba = context.get_image_data(0.0, 0.0, side, side)?.data().0;
    Ok(Shot { png: png_of(&canvas)?, rgba })
}

/// Calls what the browser's interface names, without a binding of its own.
fn call(object: &JsValue, name: &str, given: &Array) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(object, &name.into())?.dyn_into()?;
    function.apply(object, given)
}
