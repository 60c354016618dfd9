//! Asks once how old the patient is, before anything is said, where the model is for some ages only and the file does not tell.

use crate::scope::Ages;
use crate::ui::bridge;
use crate::ui::desk::Desk;
use crate::ui::job::{Job, SaidAge};
use leptos::prelude::*;

/// The question, with three answers; "the same for the others" where more images wait for it.
#[component]
pub fn AgeQuestion(job: Job, ages: Ages) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let id = job.id;
    let for_all = RwSignal::new(false);
    let others = move || {
        desk.jobs.with(|jobs| jobs.iter().filter(|job| job.id != id && job.asks_age().is_some()).count())
    };
    let say = move |said: SaidAge| {
        let waiting: Vec<_> = desk.jobs.with_untracked(|jobs| {
            jobs.iter().filter(|job| untrack(|| job.asks_age().is_some())).map(|job| job.id).collect()
        });
        for other in waiting.into_iter().filter(|other| *other == id || for_all.get_untracked()) {
            bridge::say_age(desk, other, said);
        }
    };
    let answer = move |said: SaidAge, words: String| {
        view! { <button type="button" on:click=move |_| say(said)>{words}</button> }
    };
    view! {
        <div data-testid="age-question" role="group" aria-labelledby="age-question">
            <h2 id="age-question">{format!("Is this {}?", ages.words)}</h2>
            <p>"The model that knows this kind of image is for them only, and the file does not say how old the patient is. Its answer waits for yours."</p>
            <div class="ways">
                {answer(SaidAge::Fits(true), format!("Yes, {}", ages.words))}
                {answer(SaidAge::Fits(false), "No".into())}
                {answer(SaidAge::Unknown, "Not known".into())}
            </div>
            <label class="check" class:gone=move || others() == 0>
                <input type="checkbox" prop:checked=move || for_all.get() on:change=move |event| for_all.set(event_target_checked(&event))/>
                {move || format!("The same for {} more here whose files do not say it", others())}
            </label>
        </div>
    }
}
