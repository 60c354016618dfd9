//! The self-check: a person without training, alone with a phone, is asked one thing at a time, and told how soon to see a doctor.

mod choose;
mod flow;
mod look;
mod picture;
mod questions;
mod result;

use crate::messages::page;
use crate::messages::page::self_check as words;
use choose::{How, What};
pub use flow::Flow;
use flow::Step;
use leptos::html::Section;
use leptos::prelude::*;
use picture::{Check, TakePicture};
use questions::{OneQuestion, Signs};
use result::ResultView;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The screens are told in so many parts: choosing, the picture, the questions, the result.
const PARTS: usize = 4;

/// All of it.
#[component]
pub fn SelfCheck() -> impl IntoView {
    let flow = expect_context::<Flow>();
    let place = NodeRef::<Section>::new();
    let step = Memo::new(move |_| flow.step());
    follow(step, place);
    on_cleanup(|| document().set_title(page::shell::NAME));
    let screen = move || match step.get() {
        Step::What => view! { <What/> }.into_any(),
        Step::How => view! { <How/> }.into_any(),
        Step::Picture => view! { <TakePicture/> }.into_any(),
        Step::Check => view! { <Check/> }.into_any(),
        Step::Question(sign) => view! { <OneQuestion sign/> }.into_any(),
        Step::Signs => view! { <Signs/> }.into_any(),
        Step::Result => view! { <ResultView/> }.into_any(),
    };
    view! {
        <section class="self-check" node_ref=place aria-label=page::shell::SELF_CHECK>
            <Progress step/>
            {screen}
            <div class="ways back" class:hidden=move || step.get() == Step::What>
                <button type="button" class="quiet" on:click=move |_| flow.back()>{words::BACK_BUTTON}</button>
                <button type="button" class="quiet" class:hidden=move || step.get() != Step::Result
                    on:click=move |_| flow.start_again()>{words::START_AGAIN_BUTTON}</button>
            </div>
        </section>
    }
}

/// Which part of how many, and which question.
#[component]
fn Progress(step: Memo<Step>) -> impl IntoView {
    let flow = expect_context::<Flow>();
    let part = move || match step.get() {
        Step::What => 1,
        Step::How | Step::Picture | Step::Check => 2,
        Step::Question(_) | Step::Signs => 3,
        Step::Result => PARTS,
    };
    let line = move || {
        let questions: Vec<Step> =
            flow.steps().into_iter().filter(|step| matches!(step, Step::Question(_) | Step::Signs)).collect();
        let at = questions.iter().position(|one| *one == step.get());
        let part = words::part(part(), PARTS);
        match at {
            Some(at) if questions.len() > 1 => {
                format!("{part}, {}", words::question_of(at + 1, questions.len()))
            }
            _ => part,
        }
    };
    view! {
        <p class="small progress-line">
            <progress max=PARTS.to_string() value=move || part().to_string() aria-label=words::PROGRESS></progress>
            <span>{line}</span>
        </p>
    }
}

/// The heading takes the focus on each new screen, which begins at its top, and names the window.
fn follow(step: Memo<Step>, place: NodeRef<Section>) {
    Effect::new(move |before: Option<Step>| {
        let now = step.get();
        let has_moved = before.is_some_and(|before| before != now);
        // The screen is drawn first.
        request_animation_frame(move || {
            let heading = place.try_get_untracked().flatten().and_then(|place| heading(&place));
            let Some(heading) = heading else { return };
            document().set_title(&page::shell::title(&heading.text_content().unwrap_or_default()));
            if has_moved {
                window().scroll_to_with_x_and_y(0.0, 0.0);
                heading.focus().ok();
            }
        });
        now
    });
}

fn heading(place: &HtmlElement) -> Option<HtmlElement> {
    place.query_selector("h1").ok().flatten()?.dyn_into().ok()
}
