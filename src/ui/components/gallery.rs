//! What the models are for, whose images they were tried on, and a drawing of each kind to try.

use crate::about::About;
use crate::dataset::gallery::{Outcome, Sample};
use crate::messages;
use crate::ui::samples;
use crate::ui::workspace::{Model, Workspace};
use leptos::prelude::*;

/// Lines of a list that is not there yet.
const EXPECTED: usize = 7;

/// One line for each model, and what the gate refuses and what a model gets wrong.
#[component]
pub fn Gallery() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let list = move || {
        let models = workspace.models.get();
        if models.is_empty() {
            view! { <Expected/> }.into_any()
        } else {
            view! { <Kinds models/> }.into_any()
        }
    };
    view! {
        <section class="gallery" aria-labelledby="gallery">
            <h2 id="gallery">"What it can look at"</h2>
            <p class="small">
                "Nothing at hand? Try a drawing. Each is made on the spot by arithmetic, from no picture of anybody, and says what it shows; a right answer on a drawing does not make the model right on a patient."
            </p>
            {list}
        </section>
    }
}

/// Before the first model is ready, or where none can be had.
#[component]
fn Expected() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let is_lost = move || workspace.model.with(|model| matches!(model, Model::Unavailable(_)));
    let words = move || match is_lost() {
        true => "The list comes with the models, and they cannot be had now; why, stands above.",
        false => "The list comes with the first model.",
    };
    view! {
        <p class:visually-hidden=move || !is_lost()>{words}</p>
        <ul class="kinds skeleton" class:hidden=is_lost aria-hidden="true">
            {(0..EXPECTED).map(|_| view! { <li><span></span></li> }).collect_view()}
        </ul>
    }
}

#[component]
fn Kinds(models: Vec<About>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let (refused, wrong) = untrack(|| {
        (samples::coming_out(workspace, Outcome::Refused), samples::coming_out(workspace, Outcome::Wrong))
    });
    view! {
        <ul class="kinds">
            {models.into_iter().map(|model| view! { <Kind model/> }).collect_view()}
        </ul>
        <div class="ways">
            <TryOne of=refused label="Try one that is refused" about=String::new()/>
            <TryOne of=wrong label="Try one that it gets wrong" about=String::new()/>
        </div>
    }
}

#[component]
fn Kind(model: About) -> impl IntoView {
    let About { id, title, kind, tried_on, .. } = model;
    let drawings = samples::of_model(&id);
    let way = if drawings.is_empty() {
        view! {
            <p class="small">
                "No drawing of this kind can be made here. Look for a freely licensed picture, for instance on Wikimedia Commons, save it, and drop it above."
            </p>
        }
        .into_any()
    } else {
        view! { <TryOne of=drawings label="Try one" about=format!(": {kind}")/> }.into_any()
    };
    view! {
        <li>
            <p>
                <b>{messages::capital(&kind)}</b>
                " "
                <span class="small">{format!("{title}. {}.", messages::tried_on(&tried_on))}</span>
            </p>
            {way}
        </li>
    }
}

/// A button that draws; none where there is nothing to draw. `about` follows the label for those who hear it.
#[component]
fn TryOne(of: Vec<Sample>, label: &'static str, about: String) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    (!of.is_empty()).then(|| {
        view! {
            <button type="button" aria-label=format!("{label}{about}") on:click=move |_| samples::try_one(workspace, &of)>
                {label}
            </button>
        }
    })
}
