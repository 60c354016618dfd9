//! The lesson beside the room: its goal, steps that check themselves, a question, and notes for the teacher.

use super::room::Room;
use crate::lesson::{Check, Lesson};
use crate::messages::page::classroom as words;
use crate::messages::page::lesson::{Words, words as words_of};
use crate::ui::report::print;
use leptos::prelude::*;

/// The lesson that is on.
#[component]
pub fn LessonPanel() -> impl IntoView {
    let room = expect_context::<Room>();
    let lesson = Memo::new(move |_| room.state.with(|state| state.lesson));
    view! { {move || lesson.get().map(|lesson| view! { <OneLesson lesson/> })} }
}

#[component]
fn OneLesson(lesson: Lesson) -> impl IntoView {
    let room = expect_context::<Room>();
    let words_here = words_of(lesson);
    let begin = lesson.state().settings;
    let is_done = move |check: Check| {
        let now = room.state.with(|state| state.settings);
        check.is_done(&room.progress(), &now, &begin)
    };
    // A step stays done: what it asked for was done once.
    let done = RwSignal::new(vec![false; lesson.checks().len()]);
    Effect::new(move || {
        let now: Vec<bool> = lesson.checks().iter().map(|check| is_done(*check)).collect();
        done.update(|done| done.iter_mut().zip(now).for_each(|(done, now)| *done |= now));
    });
    let step = move |(place, text): (usize, &&'static str)| {
        let is_done = move || done.with(|done| done.get(place).copied().unwrap_or_default());
        view! {
            <li class:done=is_done>
                <span class="mark" aria-hidden="true">{move || if is_done() { "\u{2713}" } else { "\u{25cb}" }}</span>
                <span>{*text}<span class="visually-hidden">" ("{move || if is_done() { words::DONE } else { words::OPEN }}")"</span></span>
            </li>
        }
    };
    let count =
        move || done.with(|done| words::steps_done(done.iter().filter(|done| **done).count(), done.len()));
    let end = move |_| room.state.update(|state| state.lesson = None);
    view! {
        <aside class="lesson card" aria-label=words::LESSON>
            <h2>{words_here.title}</h2>
            <p class="small">{words::minutes(words_here.minutes)}</p>
            <h3>{words::GOAL}</h3>
            <p>{words_here.goal}</p>
            <h3>{words::STEPS}</h3>
            <ol class="steps">{words_here.steps.iter().enumerate().map(step).collect_view()}</ol>
            <p class="small" role="status">{count}</p>
            <Question words_here lesson/>
            <details class="notes"><summary>{words::NOTES}</summary><p>{words_here.notes}</p></details>
            <div class="ways">
                <button type="button" on:click=move |_| print()>{words::PRINT}</button>
                <button type="button" on:click=end>{words::END_LESSON}</button>
            </div>
        </aside>
    }
}

#[component]
fn Question(words_here: &'static Words, lesson: Lesson) -> impl IntoView {
    let chosen = RwSignal::new(None::<usize>);
    let answer = move |(place, (text, ..)): (usize, &(&'static str, bool, &'static str))| {
        view! {
            <label class="check">
                <input type="radio" name=format!("question-{}", lesson.id()) on:change=move |_| chosen.set(Some(place))/>
                {*text}
            </label>
        }
    };
    let feedback = move || {
        let (_, is_right, why) = chosen.get().and_then(|place| words_here.answers.get(place))?;
        Some(view! { <b>{if *is_right { words::RIGHT } else { words::NOT_RIGHT }}</b>" "{*why} })
    };
    view! {
        <fieldset class="question">
            <legend>{words::QUESTION}": "{words_here.question}</legend>
            {words_here.answers.iter().enumerate().map(answer).collect_view()}
            <p role="status">{feedback}</p>
        </fieldset>
    }
}
