//! Asks what the file does not tell before an answer is shown: whether the patient has the age, or the picture the kind, that the model
//! is for.

use crate::messages::page;
use crate::ui::actions;
use crate::ui::item::{Item, Question, UserAnswer};
use crate::ui::workspace::Workspace;
use leptos::prelude::*;

/// The question, with three answers; "the same for the others" where more images wait for it.
#[component]
pub fn ModelQuestion(item: Item, question: Question) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let id = item.id;
    let for_all = RwSignal::new(false);
    let asked = StoredValue::new(question.clone());
    let is_same = move |item: &Item| asked.with_value(|asked| item.asks().as_ref() == Some(asked));
    let others = move || {
        workspace.items.with(|items| items.iter().filter(|item| item.id != id && is_same(item)).count())
    };
    let say = move |answer: UserAnswer| {
        let waiting: Vec<_> = workspace.items.with_untracked(|items| {
            items.iter().filter(|item| untrack(|| is_same(item))).map(|item| item.id).collect()
        });
        for other in waiting.into_iter().filter(|other| *other == id || for_all.get_untracked()) {
            actions::answer_question(workspace, other, answer);
        }
    };
    let button = move |answer: UserAnswer, words: String| {
        view! { <button type="button" on:click=move |_| say(answer)>{words}</button> }
    };
    let (words, why) = match question {
        Question::Age(words) => (words, page::finding::WHY_AGE),
        Question::Kind(words) => (words, page::finding::WHY_KIND),
    };
    view! {
        <div role="group" aria-labelledby="model-question">
            <h2 id="model-question">{page::finding::question(&words)}</h2>
            <p>{why}</p>
            <div class="ways">
                {button(UserAnswer::Fits(true), page::finding::yes_button(&words))}
                {button(UserAnswer::Fits(false), page::finding::NO_BUTTON.into())}
                {button(UserAnswer::Unknown, page::finding::NOT_KNOWN_BUTTON.into())}
            </div>
            <label class="check" class:hidden=move || others() == 0>
                <input type="checkbox" prop:checked=move || for_all.get() on:change=move |event| for_all.set(event_target_checked(&event))/>
                {move || page::finding::same_for(others())}
            </label>
        </div>
    }
}

/// What the user said of the age, and the way back.
#[component]
pub fn AnswerGiven(item: Item) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let (id, age) = (item.id, item.age);
    let status = move || {
        let words = match age.get() {
            // For a drawing nobody was asked.
            _ if item.drawn.get().is_some() => return None,
            UserAnswer::NotAsked => return None,
            UserAnswer::Fits(true) => page::finding::SAID_FITS,
            UserAnswer::Fits(false) => page::finding::SAID_FITS_NOT,
            UserAnswer::Unknown => page::finding::SAID_UNKNOWN,
        };
        Some(view! {
            <p class="small">
                {words}" "
                <button type="button" class="quiet" on:click=move |_| actions::ask_again(workspace, id)>{page::finding::ANSWER_AGAIN_BUTTON}</button>
            </p>
        })
    };
    view! { {status} }
}
