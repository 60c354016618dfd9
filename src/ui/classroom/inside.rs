//! The network layer by layer, for the image that was chosen.

use super::arithmetic::Arithmetic;
use super::maps::{Filters, Maps, OnImage};
use super::records::{Looked, Phase};
use super::room::Room;
use crate::dataset::gallery::GalleryImage;
use crate::lesson::{LayerFacts, LayerKind};
use crate::messages::page::classroom as words;
use crate::protocol::classroom::{Purpose, Request};
use leptos::prelude::*;

/// Layers, maps, and the arithmetic of a value.
#[component]
pub fn Inside() -> impl IntoView {
    let room = expect_context::<Room>();
    let is_idle = move || room.phase.get() == Phase::Idle;
    let again = move |_| {
        let image = room.looked.with_untracked(|looked| looked.as_ref().and_then(|looked| looked.image));
        let (purpose, index) = image.unwrap_or((Purpose::Train, 0));
        room.look(purpose, index);
    };
    let button = move || {
        if room.looked.with(Option::is_some) { words::REFRESH_BUTTON } else { words::LOOK_BUTTON }
    };
    let shown = move || room.looked.get().map(|looked| view! { <Layers looked/> });
    view! {
        <section class="card" aria-label=words::INSIDE>
            <h2>{words::INSIDE}</h2>
            <p class="small">{words::INSIDE_HINT}</p>
            <div class="ways">
                <button type="button" disabled=is_idle on:click=again>{button}</button>
                <Drawings/>
            </div>
            {shown}
        </section>
    }
}

/// Drawings that a released bundle knows.
#[component]
fn Drawings() -> impl IntoView {
    let room = expect_context::<Room>();
    let known = || GalleryImage::ALL.into_iter().filter(|drawing| drawing.bundle().is_some());
    let open = move |event: web_sys::Event| {
        let place: Option<usize> = event_target_value(&event).parse().ok();
        if let Some(drawing) = place.and_then(|place| known().nth(place)) {
            room.is_fetching.set(true);
            room.send(&Request::LookAtDrawing { drawing });
        }
    };
    let option = |(place, drawing): (usize, GalleryImage)| {
        view! { <option value=place>{format!("{}: {}", drawing.bundle().unwrap_or_default(), drawing.truth())}</option> }
    };
    view! {
        <select aria-label=words::RELEASED on:change=open>
            <option value="">{words::RELEASED}</option>
            {known().enumerate().map(option).collect_view()}
        </select>
        <span role="status">{move || room.is_fetching.get().then_some(words::FETCHING)}</span>
    }
}

/// Opens a layer.
pub fn open_layer(room: Room, value: usize) {
    room.layer.set((value, 0));
    room.unit.set((0, 0));
    room.spelled.set(None);
    room.seen.update(|(looked, _)| *looked = true);
    if room.values.with_untracked(|values| !values.contains_key(&value)) {
        room.send(&Request::Values { value });
    }
}

#[component]
fn Layers(looked: Looked) -> impl IntoView {
    let room = expect_context::<Room>();
    let layers = StoredValue::new(looked.layers.clone());
    let button = move |layer: LayerFacts| {
        let value = layer.value;
        let is_here = move || room.layer.get().0 == value;
        view! {
            <li>
                <button type="button" class="layer" aria-pressed=move || is_here().to_string()
                    on:click=move |_| open_layer(room, value)>
                    <b>{words::layer(layer.kind, layer.kernel)}</b>
                    <span class="small">{layer.name.clone()}</span>
                    <span class="small">{words::layer_size(layer.shape, layer.weights)}</span>
                </button>
            </li>
        }
    };
    let chosen = move || {
        let value = room.layer.get().0;
        layers.with_value(|layers| layers.get(value).cloned())
    };
    let detail = move || {
        let layer = chosen()?;
        Some(if layer.kind == LayerKind::Scores {
            view! { <Arithmetic/> }.into_any()
        } else {
            view! {
                <div class="inside">
                    <OnImage layer=layer.clone()/>
                    <Maps layer=layer.clone()/>
                </div>
                <Filters layer/>
                <Arithmetic/>
            }
            .into_any()
        })
    };
    view! {
        <h3>{words::LAYERS}</h3>
        <ol class="layers">{looked.layers.clone().into_iter().map(button).collect_view()}</ol>
        {detail}
        <Scores looked/>
    }
}

/// Score and softmax of each class; a score's arithmetic on demand.
#[component]
fn Scores(looked: Looked) -> impl IntoView {
    let room = expect_context::<Room>();
    let head = looked.layers.len().saturating_sub(1);
    let row = move |(class, (name, logit, softmax)): (usize, &(String, f32, f32))| {
        let spell = move |_| {
            room.layer.set((head, class));
            room.send(&Request::Spell { place: (head, 0, 0, class) });
        };
        view! {
            <tr>
                <th scope="row">{name.clone()}</th>
                <td><button type="button" class="quiet" title=words::ARITHMETIC on:click=spell>{format!("{logit:.3}")}</button></td>
                <td><meter min="0" max="1" value=*softmax aria-hidden="true"></meter>" "{format!("{softmax:.3}")}</td>
            </tr>
        }
    };
    let exponentials: Vec<String> =
        looked.classes.iter().map(|(_, logit, softmax)| format!("exp({logit:.3}): {softmax:.3}")).collect();
    view! {
        <h3>{words::SCORES_TITLE}</h3>
        <table class="figures-table">
            <thead><tr><th scope="col">{words::CLASS_COLUMN}</th><th scope="col">{words::LOGIT_COLUMN}</th><th scope="col">{words::SOFTMAX_COLUMN}</th></tr></thead>
            <tbody>{looked.classes.iter().enumerate().map(row).collect_view()}</tbody>
        </table>
        <p class="small">{words::softmax_of(&exponentials.join(", "))}</p>
    }
}
