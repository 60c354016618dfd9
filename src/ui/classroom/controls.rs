//! The settings: a slider for each number, a list for each choice, with what it means beside it.

use super::own_files::OwnFiles;
use super::records::Phase;
use super::room::Room;
use crate::lesson::{Kind, Knob, Part, State};
use crate::messages::page::classroom as words;
use leptos::prelude::*;

/// All settings that are not hidden.
#[component]
pub fn Controls() -> impl IntoView {
    let room = expect_context::<Room>();
    let part = move |part: Part| {
        let knobs = move || {
            room.state.with(|state| {
                let is_shown = |knob: &Knob| !state.hidden.contains(knob) && state.settings.uses(*knob);
                Knob::ALL.into_iter().filter(|knob| knob.part() == part && is_shown(knob)).collect::<Vec<_>>()
            })
        };
        let is_empty = move || knobs().is_empty();
        view! {
            <details open=part != Part::Network class:hidden=is_empty>
                <summary>{words::part(part)}</summary>
                <For each=knobs key=|knob| *knob children=move |knob| view! { <KnobControl knob/> }/>
            </details>
        }
    };
    let reset = move |_| {
        room.state.update(|state| {
            let begin = state.lesson.map_or_else(State::default, |lesson| lesson.state());
            state.settings = begin.settings;
        });
    };
    view! {
        <section class="knobs" aria-label=words::SETTINGS>
            {part(Part::Data)}
            {part(Part::Network)}
            {part(Part::Training)}
            <button type="button" on:click=reset>{words::RESET_SETTINGS}</button>
            <p class="small">{words::LINK_HINT}</p>
        </section>
    }
}

#[component]
fn KnobControl(knob: Knob) -> impl IntoView {
    let room = expect_context::<Room>();
    let (label, unit, hint) = words::knob(knob);
    let value = Memo::new(move |_| room.state.with(|state| state.settings.get(knob)));
    // The images of a training under way cannot change.
    let is_fixed = move || knob.part() == Part::Data && room.phase.get() == Phase::Running;
    let id = format!("knob-{}", knob.key());
    let control = match knob.kind() {
        Kind::Number(least, most, step) => view! {
            <input type="range" id=id.clone() min=least max=most step=step disabled=is_fixed
                aria-valuetext=move || format!("{}{unit}", value.get())
                prop:value=move || value.get().to_string()
                on:input=move |event| {
                    if let Ok(number) = event_target_value(&event).parse() {
                        room.set(knob, number);
                    }
                }/>
        }
        .into_any(),
        Kind::Choice(names) => {
            let option = move |(place, name): (usize, &&'static str)| {
                view! {
                    <option value=place selected=move || value.get() == place as f64>{words::choice(name)}</option>
                }
            };
            view! {
                <select id=id.clone() disabled=is_fixed
                    prop:value=move || value.get().to_string()
                    on:change=move |event| {
                        if let Ok(number) = event_target_value(&event).parse() {
                            room.set(knob, number);
                        }
                    }>{names.iter().enumerate().map(option).collect_view()}</select>
            }
            .into_any()
        }
    };
    let shown = move || match knob.kind() {
        Kind::Number(..) => format!("{}{unit}", value.get()),
        Kind::Choice(_) => String::new(),
    };
    view! {
        <div class="knob">
            <label for=id>{label}</label>
            <output>{shown}</output>
            <details class="hint"><summary aria-label=words::explain(label) title=hint>"?"</summary><p class="small">{hint}</p></details>
            {control}
        </div>
        {(knob == Knob::Source).then(|| view! { <OwnFiles/> })}
    }
}
