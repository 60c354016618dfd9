//! The images of the class: how many, whether any leaks, and examples.

use super::picture::{Bitmap, Picture};
use super::records::{Phase, Pictures};
use super::room::Room;
use crate::messages::count;
use crate::messages::page::classroom as words;
use crate::protocol::classroom::DataFacts;
use leptos::prelude::*;

/// What is learned from.
#[component]
pub fn Images() -> impl IntoView {
    let room = expect_context::<Room>();
    let waiting = move || {
        room.preparing.get().map(|(done, of)| {
            view! {
                <div class="waiting" role="status">
                    <span>{words::PREPARING}</span>
                    <progress max=of.max(1) value=done></progress>
                    <button type="button" on:click=move |_| room.start_worker()>{words::CANCEL}</button>
                </div>
            }
        })
    };
    view! {
        <section class="card" aria-label=words::DATA>
            <h2>{words::DATA}</h2>
            {waiting}
            {move || room.data.get().map(facts)}
            {move || room.samples.get().map(|samples| view! { <Samples samples/> })}
        </section>
    }
}

fn facts(data: DataFacts) -> impl IntoView {
    let same = data.twins.iter().filter(|twin| twin.is_same).count();
    let alike = data.twins.len() - same;
    let checked = if data.twins.is_empty() {
        view! { <p class="small">{words::CHECKED}</p> }.into_any()
    } else {
        view! { <p class="problem" role="alert">{words::twins(same, alike)}</p> }.into_any()
    };
    let unreadable = (!data.unreadable.is_empty()).then(|| {
        let line = |(path, why): &(String, String)| view! { <li>{path.clone()}": "{why.clone()}</li> };
        view! {
            <details>
                <summary>{count(data.unreadable.len(), "file")}" "{words::UNREADABLE}</summary>
                <ul>{data.unreadable.iter().map(line).collect_view()}</ul>
            </details>
        }
    });
    let row = |(purpose, counts): &(crate::protocol::classroom::Purpose, Vec<usize>)| {
        let is_empty = counts.iter().sum::<usize>() == 0;
        let cells = counts.iter().map(|count| view! { <td>{*count}</td> }).collect_view();
        (!is_empty)
            .then(|| view! { <tr><th scope="row">{words::purpose(*purpose as usize)}</th>{cells}</tr> })
    };
    view! {
        <table class="figures-table">
            <caption class="visually-hidden">{words::COUNTS}</caption>
            <thead><tr><th scope="col">{words::PART_COLUMN}</th>{data.classes.iter().map(|class| view! { <th scope="col">{class.clone()}</th> }).collect_view()}</tr></thead>
            <tbody>{data.counts.iter().map(row).collect_view()}</tbody>
        </table>
        {checked}
        {unreadable}
    }
}

#[component]
fn Samples(samples: Pictures) -> impl IntoView {
    let room = expect_context::<Room>();
    let has_network = move || !matches!(room.phase.get(), Phase::Idle);
    view! {
        <h3>{words::SAMPLES}</h3>
        <PictureList pictures=samples/>
        <Show when=has_network><p class="small">{words::SAMPLE_HINT}</p></Show>
    }
}

/// Pictures to look at only: RGBA of `side` pixels square, one after the other.
pub fn in_blocks(side: usize, pixels: &[u8]) -> impl IntoView + use<> {
    let one = |rgba: &[u8]| {
        let bitmap = Bitmap { width: side, height: side, rgba: rgba.to_vec() };
        view! { <li><Picture bitmap=Signal::stored(bitmap)/></li> }
    };
    view! { <ul class="pictures">{pixels.chunks((side * side * 4).max(1)).map(one).collect_view()}</ul> }
}

/// Pictures, each of which can be looked at with the network.
#[component]
pub fn PictureList(pictures: Pictures) -> impl IntoView {
    let room = expect_context::<Room>();
    let is_idle = move || matches!(room.phase.get(), Phase::Idle);
    let one = |(place, index): (usize, &usize)| {
        let (index, purpose, side) = (*index, pictures.purpose, pictures.side);
        let bitmap = Bitmap { width: side, height: side, rgba: pictures.at(place).to_vec() };
        let label = format!("{} {}", words::purpose(purpose as usize), index + 1);
        let is_here = move || {
            room.looked
                .with(|looked| looked.as_ref().is_some_and(|looked| looked.image == Some((purpose, index))))
        };
        view! {
            <li>
                <button type="button" class="picture" aria-label=label disabled=is_idle
                    aria-pressed=move || is_here().to_string()
                    on:click=move |_| room.look(purpose, index)>
                    <Picture bitmap=Signal::stored(bitmap)/>
                </button>
            </li>
        }
    };
    let all = pictures.indices.iter().enumerate().map(one).collect_view();
    view! { <ul class="pictures">{all}</ul> }
}
