//! A small change of an image that turns the network's answer, beside random noise of the same size.

use super::figures::figures;
use super::picture::{Bitmap, Picture};
use super::records::Phase;
use super::room::Room;
use crate::lesson::{Disturbed, Lesson};
use crate::messages::page::trial as words;
use crate::metrics::most_probable;
use leptos::prelude::*;

/// The largest change that can be asked for, per cent of the range, and its steps.
const MOST: f32 = 20.0;
const STEP: f32 = 0.5;

/// The part of the room.
#[component]
pub fn NoiseCard() -> impl IntoView {
    let room = expect_context::<Room>();
    let trials = room.trials;
    let is_open = RwSignal::new(room.state.with_untracked(|state| state.lesson) == Some(Lesson::Adversarial));
    let has_network = move || matches!(room.phase.get(), Phase::Paused | Phase::Finished | Phase::Tested);
    let is_busy = move || trials.is_waiting.get() || !has_network();
    let resize = move |event: web_sys::Event| {
        if let Ok(size) = event_target_value(&event).parse() {
            trials.size.set(size);
            if !is_busy() {
                trials.disturb(room, false);
            }
        }
    };
    let another = move |_| {
        trials.next(room);
        trials.disturb(room, false);
    };
    let shown = move || trials.disturbed.get().map(|(facts, pictures)| view! { <Shown facts pictures/> });
    view! {
        <section class="card" aria-label=words::NOISE>
            <details prop:open=move || is_open.get()
                on:toggle=move |event| is_open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
                <summary><h2>{words::NOISE}</h2></summary>
                <p class="small">{words::NOISE_HINT}</p>
                <Show when=move || !has_network()><p>{words::NO_NETWORK}</p></Show>
                <div class="trial">
                    <div class="slide">
                        <label for="noise-size">{words::SIZE}</label>
                        <input type="range" id="noise-size" min=STEP max=MOST step=STEP disabled=move || !has_network()
                            aria-valuetext=move || words::size(trials.size.get())
                            prop:value=move || trials.size.get().to_string() on:change=resize/>
                        <output>{move || format!("{} %", trials.size.get())}</output>
                    </div>
                    <div class="ways">
                        <button type="button" disabled=is_busy on:click=move |_| trials.disturb(room, false)>{words::SHOW}</button>
                        <button type="button" disabled=is_busy on:click=another>{words::ANOTHER}</button>
                        <button type="button" disabled=is_busy on:click=move |_| trials.disturb(room, true)>{words::ASK_ALL}</button>
                    </div>
                </div>
                {shown}
            </details>
        </section>
    }
}

#[component]
fn Shown(facts: Disturbed, pictures: Vec<Bitmap>) -> impl IntoView {
    let room = expect_context::<Room>();
    let classes =
        room.data.with_untracked(|data| data.as_ref().map_or_else(Vec::new, |data| data.classes.clone()));
    let class = |at: usize| classes.get(at).cloned().unwrap_or_default();
    let title = words::number(room.trials.index.get_untracked() + 1, &class(facts.label));
    let names = [words::PLAIN, words::RANDOM_NOISE, words::RANDOM, words::AGAINST_NOISE, words::AGAINST];
    let figure = |(name, bitmap): (&'static str, Bitmap)| {
        view! { <figure><figcaption>{name}</figcaption><div class="stage"><Picture bitmap=Signal::stored(bitmap)/></div></figure> }
    };
    let row = |name: &'static str, row: &[f32], right: Option<usize>| {
        let chosen = most_probable(row);
        let probability = row.get(chosen).copied().unwrap_or_default();
        let answer = words::answer(&class(chosen), probability, chosen == facts.label);
        let all = facts.counts.zip(right).map(|(counts, right)| words::of_all(right, counts.all));
        view! { <tr><th scope="row">{name}</th><td>{answer}</td><td>{all}</td></tr> }
    };
    let counts = facts.counts;
    let rows = view! {
        {row(words::PLAIN, &facts.plain, counts.map(|counts| counts.plain))}
        {row(words::RANDOM, &facts.random, counts.map(|counts| counts.random))}
        {row(words::AGAINST, &facts.against, counts.map(|counts| counts.against))}
    };
    view! {
        <h3>{title}", "{words::size(facts.size)}</h3>
        <div class="five">{names.into_iter().zip(pictures).map(figure).collect_view()}</div>
        <div role="status">
            {figures(words::NOISE, &[words::WAY_COLUMN, words::ANSWER_COLUMN, words::ALL_COLUMN], rows)}
        </div>
    }
}
