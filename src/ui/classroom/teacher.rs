//! All lessons, and links of a teacher's own.

use super::room::Room;
use crate::lesson::{Knob, Lesson, State};
use crate::messages::page::classroom as words;
use crate::messages::page::lesson::words as words_of;
use leptos::prelude::*;

/// The list, and the maker of links.
#[component]
pub fn Lessons() -> impl IntoView {
    let card = |lesson: Lesson| {
        let told = words_of(lesson);
        view! {
            <li class="card">
                <h2>{told.title}</h2>
                <p class="small">{words::minutes(told.minutes)}</p>
                <p>{told.goal}</p>
                <details><summary>{words::NOTES}</summary><p>{told.notes}</p></details>
                <a class="button" href=format!("#lesson={}", lesson.id()) aria-label=format!("{}: {}", words::START_LESSON, told.title)>{words::START_LESSON}</a>
            </li>
        }
    };
    view! {
        <div class="lessons">
            <h1>{words::TEACHER_TITLE}</h1>
            <p>{words::TEACHER_INTRO}" "<a href="#">{words::TO_ROOM}</a></p>
            <ul>{Lesson::ALL.map(card).into_iter().collect_view()}</ul>
            <LinkMaker/>
        </div>
    }
}

#[component]
fn LinkMaker() -> impl IntoView {
    let room = expect_context::<Room>();
    let link = move || {
        let origin = window().location().origin().unwrap_or_default();
        format!("{origin}/classroom#{}", room.state.with(State::written))
    };
    let hide = move |knob: Knob| {
        let is_hidden = move || room.state.with(|state| state.hidden.contains(&knob));
        let change = move |event: web_sys::Event| {
            let is_hidden = event_target_checked(&event);
            room.state.update(|state| {
                if is_hidden {
                    state.hidden.insert(knob);
                } else {
                    state.hidden.remove(&knob);
                }
            });
        };
        view! {
            <label class="check"><input type="checkbox" prop:checked=is_hidden on:change=change/>{words::knob(knob).0}</label>
        }
    };
    view! {
        <section class="card" aria-label=words::MAKE_LINK>
            <h2>{words::MAKE_LINK}</h2>
            <p>{words::MAKE_LINK_HINT}</p>
            <fieldset class="hides"><legend>{words::HIDE_LABEL}</legend>{Knob::ALL.map(hide).into_iter().collect_view()}</fieldset>
            <label>{words::LINK}<input type="text" readonly prop:value=link/></label>
            <p><a class="button" href=link>{words::START_LESSON}</a></p>
        </section>
    }
}
