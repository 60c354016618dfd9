//! The classroom's page: a module of its own, so that the clinic's visitors load nothing of it. It computes nothing: every number comes
//! from its worker.

mod arithmetic;
mod camera;
mod canvas;
mod collections;
mod comparison;
mod comparison_plots;
mod controls;
mod export;
mod figures;
mod hear;
mod images;
mod inside;
mod lesson;
mod maps;
mod noise;
mod own_files;
mod picture;
mod plot;
mod preparation;
mod records;
mod room;
mod runs;
mod teacher;
mod tested;
mod training;
mod trials;

use super::theme::ThemeButton;
use crate::messages::page;
use crate::messages::page::classroom as words;
use leptos::prelude::*;
use room::Room;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The whole page.
#[component]
pub fn Classroom() -> impl IntoView {
    let room = Room::open();
    provide_context(room);
    if let Some(root) = document().document_element() {
        root.set_attribute("data-route", "classroom").ok();
    }
    Effect::new(move || {
        let lesson = room.state.with(|state| state.lesson).map(|lesson| page::lesson::words(lesson).title);
        document().set_title(&words::window_title(lesson.unwrap_or(words::TITLE)));
    });
    // Not by the address, which holds the state.
    let to_main = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        let main = document().get_element_by_id("main").and_then(|main| main.dyn_into::<HtmlElement>().ok());
        if let Some(main) = main {
            main.focus().ok();
        }
    };
    let links = [
        ("/", page::shell::CLINIC),
        ("/self-check", page::shell::SELF_CHECK),
        ("/history", page::shell::HISTORY),
    ];
    let link = |(path, name): (&'static str, &'static str)| view! { <a href=path>{name}</a> };
    view! {
        <a class="skip" href="#main" on:click=to_main>{words::SKIP_LINK}</a>
        <header class="bar">
            <a class="name" href="/">{page::shell::NAME}</a>
            <nav class="routes" aria-label=page::shell::ROUTES>
                {links.map(link)}
                <a href="/classroom" aria-current="page">{page::shell::CLASSROOM}</a>
            </nav>
            <ThemeButton/>
        </header>
        <main id="main" data-route="classroom" tabindex="-1">
            {move || if room.is_teacher.get() {
                view! { <teacher::Lessons/> }.into_any()
            } else {
                view! { <Lab/> }.into_any()
            }}
        </main>
        <footer class="foot">
            <strong>{words::NOT_A_DIAGNOSIS}</strong>
            <span>{words::DRAWN_ONLY}</span>
            <span class="strip">{page::shell::IMAGES_STAY}</span>
        </footer>
    }
}

/// Settings at the side, what comes of them in the middle, the lesson beside it.
#[component]
fn Lab() -> impl IntoView {
    let room = expect_context::<Room>();
    let has_lesson = move || room.state.with(|state| state.lesson.is_some());
    view! {
        <div class="lab" class:with-lesson=has_lesson>
            <div class="lab-head">
                <h1>{words::TITLE}</h1>
                <p>{words::WELCOME}" "<a href="#teacher">{words::TO_LESSONS}</a></p>
                {move || room.problem.get().map(|problem| view! { <p class="problem" role="alert">{problem}</p> })}
            </div>
            <controls::Controls/>
            <div class="results">
                <images::Images/>
                <training::Training/>
                <tested::Tested/>
                <inside::Inside/>
                <preparation::PreparationCard/>
                <noise::NoiseCard/>
                <comparison::Compare/>
                <export::Export/>
            </div>
            <Show when=has_lesson><lesson::LessonPanel/></Show>
        </div>
    }
}
