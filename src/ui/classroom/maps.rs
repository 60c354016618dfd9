//! A layer's channels as pictures, one of them large, and what of the image a value of it sees.

use super::picture::{Bitmap, Picture};
use super::records::LayerValues;
use super::room::Room;
use crate::lesson::LayerFacts;
use crate::messages::page::classroom as words;
use crate::protocol::classroom::Request;
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// Channels that are shown at most.
const MOST: usize = 64;

/// One channel of a layer, white where it is highest in the layer.
fn bitmap((rows, columns, channels): (usize, usize, usize), values: &LayerValues, channel: usize) -> Bitmap {
    Bitmap::grey(
        columns,
        rows,
        values.values.iter().skip(channel).step_by(channels.max(1)).copied(),
        values.range,
    )
}

/// The image as the network takes it, and a square around what the chosen value sees.
#[component]
pub fn OnImage(layer: LayerFacts) -> impl IntoView {
    let room = expect_context::<Room>();
    let shape = room.looked.with_untracked(|looked| {
        looked.as_ref().and_then(|looked| looked.layers.first().map(|image| image.shape)).unwrap_or_default()
    });
    let (rows, columns, _) = shape;
    let picture = Signal::derive(move || {
        room.values.with(|values| values.get(&0).map(|image| bitmap(shape, image, 0)).unwrap_or_default())
    });
    let field = layer.field;
    let square = move || {
        let (row, column) = room.unit.get();
        let range = |at: usize, side: usize| field.map_or((0, side), |field| field.range(at, side));
        let ((top, bottom), (left, right)) = (range(row, rows), range(column, columns));
        (left, top, right.saturating_sub(left), bottom.saturating_sub(top))
    };
    view! {
        <figure>
            <figcaption>{words::ON_IMAGE}</figcaption>
            <div class="stage">
                <Picture bitmap=picture/>
                <svg viewBox=format!("0 0 {columns} {rows}") aria-hidden="true">
                    <rect x=move || square().0 y=move || square().1 width=move || square().2 height=move || square().3/>
                </svg>
            </div>
        </figure>
    }
}

/// All channels, and the chosen one large.
#[component]
pub fn Maps(layer: LayerFacts) -> impl IntoView {
    let room = expect_context::<Room>();
    let (shape, value) = (layer.shape, layer.value);
    let of = move |channel: usize| {
        Signal::derive(move || {
            room.values
                .with(|values| values.get(&value).map(|own| bitmap(shape, own, channel)).unwrap_or_default())
        })
    };
    let choose = move |channel: usize| {
        room.layer.update(|(_, own)| *own = channel);
        room.spelled.set(None);
        room.seen.update(|(looked, _)| *looked = true);
    };
    let small = move |channel: usize| {
        let is_here = move || room.layer.get().1 == channel;
        view! {
            <li>
                <button type="button" class="picture" aria-label=words::channel(channel) aria-pressed=move || is_here().to_string()
                    on:click=move |_| choose(channel)><Picture bitmap=of(channel)/></button>
            </li>
        }
    };
    let large = move || {
        let channel = room.layer.get().1;
        view! { <Large shape value channel picture=of(channel)/> }
    };
    view! {
        <figure>{large}</figure>
        <div class="maps">
            <h3>{words::MAPS}</h3>
            <p class="small">{words::MAP_HINT}</p>
            <ul class="pictures">{(0..shape.2.min(MOST)).map(small).collect_view()}</ul>
        </div>
    }
}

/// A channel to point at, by pointer or by arrow keys.
#[component]
fn Large(
    shape: (usize, usize, usize),
    value: usize,
    channel: usize,
    picture: Signal<Bitmap>,
) -> impl IntoView {
    let room = expect_context::<Room>();
    let (rows, columns, channels) = shape;
    let place = NodeRef::<Div>::new();
    let point = move |event: PointerEvent| {
        let Some(div) = place.get_untracked() else { return };
        let area = div.get_bounding_client_rect();
        let at = |position: f64, from: f64, size: f64, count: usize| {
            (((position - from) / size.max(1.0) * count as f64).max(0.0) as usize)
                .min(count.saturating_sub(1))
        };
        let row = at(f64::from(event.client_y()), area.top(), area.height(), rows);
        let column = at(f64::from(event.client_x()), area.left(), area.width(), columns);
        if room.unit.get_untracked() != (row, column) {
            room.unit.set((row, column));
        }
    };
    let spell = move || {
        let (row, column) = room.unit.get_untracked();
        room.send(&Request::Spell { place: (value, row, column, channel) });
    };
    let press = move |event: KeyboardEvent| {
        let (row, column) = room.unit.get_untracked();
        let moved = match event.key().as_str() {
            "ArrowUp" => (row.saturating_sub(1), column),
            "ArrowDown" => ((row + 1).min(rows.saturating_sub(1)), column),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowRight" => (row, (column + 1).min(columns.saturating_sub(1))),
            "Enter" => {
                event.prevent_default();
                return spell();
            }
            _ => return,
        };
        event.prevent_default();
        room.unit.set(moved);
    };
    let told = move || {
        let (row, column) = room.unit.get();
        let at = (row * columns + column) * channels + channel;
        let number =
            room.values.with(|values| values.get(&value).and_then(|own| own.values.get(at).copied()));
        number.map(|number| words::place(row, column, number)).unwrap_or_default()
    };
    let mark = move || room.unit.get();
    view! {
        <figcaption>{words::BIG_MAP}": "{words::channel(channel)}</figcaption>
        <div class="stage pointed" tabindex="0" role="application" aria-label=move || format!("{}, {}", words::channel(channel), told())
            node_ref=place on:pointermove=point on:click=move |_| spell() on:keydown=press>
            <Picture bitmap=picture/>
            <svg viewBox=format!("0 0 {columns} {rows}") aria-hidden="true">
                <rect x=move || mark().1 y=move || mark().0 width="1" height="1"/>
            </svg>
        </div>
        <p class="small">{told}</p>
    }
}

/// The kernels of the chosen channel, one for each channel before it.
#[component]
pub fn Filters(layer: LayerFacts) -> impl IntoView {
    let room = expect_context::<Room>();
    let (kernel, value, channels) = (layer.kernel, layer.value, layer.shape.2);
    let pictures = Memo::new(move |_| {
        let channel = room.layer.get().1;
        room.values.with(|values| {
            let Some(own) = values.get(&value).filter(|own| !own.filters.is_empty()) else {
                return Vec::new();
            };
            let area = (kernel * kernel).max(1);
            let each = own.filters.len() / channels.max(1);
            let filters = own.filters.get(channel * each..(channel + 1) * each).unwrap_or_default();
            let most = filters.iter().fold(0f32, |most, weight| most.max(weight.abs()));
            let picture =
                |filter: &[f32]| Bitmap::grey(kernel, kernel, filter.iter().copied(), (-most, most));
            filters.chunks(area).take(MOST).map(picture).collect()
        })
    });
    let shown = move || {
        let all = pictures.get();
        (!all.is_empty()).then(|| {
            let one = |bitmap: Bitmap| view! { <li><Picture bitmap=Signal::stored(bitmap)/></li> };
            view! {
                <h3>{words::FILTERS}</h3>
                <ul class="pictures kernels">{all.into_iter().map(one).collect_view()}</ul>
            }
        })
    };
    view! { {shown} }
}
