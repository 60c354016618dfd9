//! An image as numbers: how it is prepared for a network, and what the network answers then.

use super::figures::figures;
use super::picture::{Bitmap, Picture};
use super::records::Phase;
use super::room::Room;
use super::trials::{PreparedImage, usual};
use crate::lesson::{Deed, Lesson, Preparation, PreparedAnswers, WHITE};
use crate::messages::page::trial as words;
use crate::metrics::most_probable;
use crate::protocol::classroom::DataFacts;
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// The part of the room; it asks for nothing until it is opened.
#[component]
pub fn PreparationCard() -> impl IntoView {
    let room = expect_context::<Room>();
    let trials = room.trials;
    let is_open =
        RwSignal::new(room.state.with_untracked(|state| state.lesson) == Some(Lesson::Preprocessing));
    // Whatever it depends on has changed: image, preparation, images, network.
    Effect::new(move || {
        let (_, _) = (trials.index.get(), trials.how.get());
        let is_ready = room.data.with(Option::is_some) && room.preparing.with(Option::is_none);
        if is_open.get() && is_ready && room.phase.get() != Phase::Running {
            trials.prepare(room);
        }
    });
    let shown = move || trials.prepared.get().map(|image| view! { <Shown image/> });
    view! {
        <section class="card" aria-label=words::PREPARATION>
            <details prop:open=move || is_open.get()
                on:toggle=move |event| is_open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
                <summary><h2>{words::PREPARATION}</h2></summary>
                <p class="small">{words::PREPARATION_HINT}</p>
                <Show when=move || is_open.get()>
                    <Knobs/>
                    {shown}
                </Show>
            </details>
        </section>
    }
}

/// Sides that an image of so many pixels can be reduced to.
fn sides(side: usize) -> Vec<usize> {
    [1, 2, 4, 7].into_iter().map(|part| side / part).filter(|side| *side > 0).collect()
}

#[component]
fn Knobs() -> impl IntoView {
    let room = expect_context::<Room>();
    let how = room.trials.how;
    // Only another size draws the list anew.
    let side = Memo::new(move |_| {
        room.trials.prepared.with(|image| image.as_ref().map_or(0, |image| image.facts.side))
    });
    let change = move |event: &web_sys::Event, change: &dyn Fn(&mut Preparation, usize)| {
        if let Ok(number) = event_target_value(event).parse() {
            how.update(|how| change(how, number));
        }
    };
    let slider = move |(id, label): (&'static str, &'static str),
                       value: fn(&Preparation) -> u8,
                       set: fn(&mut Preparation, usize)| {
        view! {
            <div class="slide">
                <label for=id>{label}</label>
                <input type="range" id=id min="0" max=WHITE prop:value=move || how.with(value).to_string()
                    on:input=move |event| change(&event, &set)/>
                <output>{move || how.with(value)}</output>
            </div>
        }
    };
    // The brighter end stays above the darker one.
    let low = |how: &mut Preparation, value: usize| {
        how.window.0 = (value as u8).min(how.window.1.saturating_sub(1))
    };
    let high = |how: &mut Preparation, value: usize| {
        how.window.1 = (value.min(255) as u8).max(how.window.0.saturating_add(1))
    };
    let option = move |reduced: usize| {
        let is_chosen = move || how.with(|how| how.side == reduced || how.side == 0 && reduced == side.get());
        view! { <option value=reduced prop:selected=is_chosen>{reduced}</option> }
    };
    let is_normalised = move |event: web_sys::Event| {
        let is_normalised = event_target_checked(&event);
        how.update(|how| how.is_normalised = is_normalised);
    };
    view! {
        <div class="trial">
            {slider(("window-low", words::WINDOW_LOW), |how| how.window.0, low)}
            {slider(("window-high", words::WINDOW_HIGH), |how| how.window.1, high)}
            <div class="slide">
                <label for="reduced-to">{words::REDUCED_TO}</label>
                <select id="reduced-to" on:change=move |event| change(&event, &|how, side| how.side = side)>
                    {move || sides(side.get()).into_iter().map(option).collect_view()}
                </select>
            </div>
            <label class="check"><input type="checkbox" prop:checked=move || how.with(|how| how.is_normalised) on:change=is_normalised/>{words::NORMALISED}</label>
            <div class="ways">
                <button type="button" on:click=move |_| room.trials.next(room)>{words::ANOTHER}</button>
                <button type="button" class="quiet" on:click=move |_| how.set(usual(0))>{words::USUAL}</button>
            </div>
        </div>
    }
}

#[component]
fn Shown(image: PreparedImage) -> impl IntoView {
    let room = expect_context::<Room>();
    let classes =
        room.data.with_untracked(|data| data.clone().map_or_else(Vec::new, |data: DataFacts| data.classes));
    let class = |at: usize| classes.get(at).cloned().unwrap_or_default();
    let label = image.facts.label;
    let title = words::number(room.trials.index.get_untracked() + 1, &class(label));
    let answers = image.facts.answers.as_ref().map(|answers| {
        let turned = most_probable(&answers.usual) != most_probable(&answers.prepared);
        view! {
            {table(answers, label, &class)}
            <p role="status">{turned.then_some(words::TURNED)}</p>
        }
    });
    let is_untrained = image.facts.answers.is_none();
    view! {
        <h3>{title}</h3>
        <Numbers image/>
        {is_untrained.then(|| view! { <p>{words::TRAIN_FIRST}</p> })}
        {answers}
    }
}

fn table(answers: &PreparedAnswers, label: usize, class: &dyn Fn(usize) -> String) -> impl IntoView + use<> {
    let row = |name: &'static str, row: &[f32], right: usize| {
        let chosen = most_probable(row);
        let answer =
            words::answer(&class(chosen), row.get(chosen).copied().unwrap_or_default(), chosen == label);
        view! { <tr><th scope="row">{name}</th><td>{answer}</td><td>{words::of_all(right, answers.all)}</td></tr> }
    };
    let rows = view! {
        {row(words::AS_USUAL_ROW, &answers.usual, answers.usual_right)}
        {row(words::SO_ROW, &answers.prepared, answers.prepared_right)}
    };
    figures(words::PREPARATION, &[words::WAY_COLUMN, words::ANSWER_COLUMN, words::ALL_COLUMN], rows)
}

/// The image twice, with a place to point at.
#[component]
fn Numbers(image: PreparedImage) -> impl IntoView {
    let room = expect_context::<Room>();
    let (side, mean, std) = (image.facts.side, image.facts.mean, image.facts.std);
    let how = image.facts.how;
    let unit = room.trials.unit;
    let PreparedImage { stored, prepared, values, .. } = image;
    let rgba = stored.rgba.clone();
    let told = move || {
        let (row, column) = unit.get();
        let at = row.min(side.saturating_sub(1)) * side + column.min(side.saturating_sub(1));
        let grey = rgba.get(at * 4).copied().unwrap_or_default();
        let value = values.get(at).copied().unwrap_or_default();
        let given = if how.is_normalised { (value - mean) / std.max(1e-6) } else { value };
        words::place(&words::stored(row, column, grey), &words::windowed(value), &words::normalised(given))
    };
    let told = Memo::new(move |_| told());
    view! {
        <div class="inside">
            <Pointed name=words::STORED bitmap=stored side told/>
            <Pointed name=words::PREPARED bitmap=prepared side told/>
        </div>
        <p class="small">{words::POINT_HINT}</p>
        <p><output>{told}</output></p>
    }
}

#[component]
fn Pointed(name: &'static str, bitmap: Bitmap, side: usize, told: Memo<String>) -> impl IntoView {
    let room = expect_context::<Room>();
    let unit = room.trials.unit;
    let place = NodeRef::<Div>::new();
    let go = move |row: usize, column: usize| {
        let last = side.saturating_sub(1);
        unit.set((row.min(last), column.min(last)));
        room.trials.deeds.update(|deeds| {
            deeds.insert(Deed::Pointed);
        });
    };
    let point = move |event: PointerEvent| {
        let Some(div) = place.get_untracked() else { return };
        let area = div.get_bounding_client_rect();
        let at = |position: f64, from: f64, size: f64| {
            ((position - from) / size.max(1.0) * side as f64).max(0.0) as usize
        };
        go(
            at(f64::from(event.client_y()), area.top(), area.height()),
            at(f64::from(event.client_x()), area.left(), area.width()),
        );
    };
    let press = move |event: KeyboardEvent| {
        let (row, column) = unit.get_untracked();
        let (row, column) = match event.key().as_str() {
            "ArrowUp" => (row.saturating_sub(1), column),
            "ArrowDown" => (row + 1, column),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowRight" => (row, column + 1),
            _ => return,
        };
        event.prevent_default();
        go(row, column);
    };
    view! {
        <figure>
            <figcaption>{name}</figcaption>
            <div class="stage pointed" tabindex="0" role="application" aria-label=move || format!("{name}: {}", told.get())
                node_ref=place on:pointermove=point on:pointerdown=point on:keydown=press>
                <Picture bitmap=Signal::stored(bitmap)/>
                <svg viewBox=format!("0 0 {side} {side}") aria-hidden="true">
                    <rect x=move || unit.get().1 y=move || unit.get().0 width="1" height="1"/>
                </svg>
            </div>
        </figure>
    }
}
