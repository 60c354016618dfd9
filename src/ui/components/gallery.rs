//! What the models are for, whose images they were tried on, and a drawing of each kind to try.

use crate::about::About;
use crate::dataset::gallery::{GalleryImage, Outcome};
use crate::messages::{self, page};
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
            <h2 id="gallery">{page::start::GALLERY_TITLE}</h2>
            <p class="small">
                {page::start::GALLERY_HINT}
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
        true => page::start::NO_KINDS,
        false => page::start::KINDS_COMING,
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
    // Without a gate nothing is refused.
    let is_gated = Memo::new(move |_| match &*workspace.model.read() {
        Model::Ready { summary, .. } => summary.is_gated,
        Model::Loading(..) | Model::Unavailable(_) => true,
    });
    view! {
        <ul class="kinds">
            {models.into_iter().map(|model| view! { <Kind model/> }).collect_view()}
        </ul>
        <div class="ways">
            <Show when=move || is_gated.get()>
                <TryOne of=refused.clone() label=page::start::TRY_REFUSED_BUTTON about=String::new()/>
            </Show>
            <TryOne of=wrong label=page::start::TRY_WRONG_BUTTON about=String::new()/>
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
                {page::start::NO_DRAWING}
            </p>
        }
        .into_any()
    } else {
        view! { <TryOne of=drawings label=page::start::TRY_BUTTON about=format!(": {kind}")/> }.into_any()
    };
    view! {
        <li>
            <p>
                <b>{messages::capital(&kind)}</b>
                " "
                <span class="small">{page::start::model(&title, &messages::tried_on(&tried_on))}</span>
            </p>
            {way}
        </li>
    }
}

/// A button that draws; none where there is nothing to draw. `about` follows the label for those who hear it.
#[component]
fn TryOne(of: Vec<GalleryImage>, label: &'static str, about: String) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    (!of.is_empty()).then(|| {
        view! {
            <button type="button" aria-label=format!("{label}{about}") on:click=move |_| samples::try_one(workspace, &of)>
                {label}
            </button>
        }
    })
}
