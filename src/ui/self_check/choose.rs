//! What is to be checked, and what has to be known before the picture is made.

use super::flow::Flow;
use crate::about::About;
use crate::messages;
use crate::messages::page::self_check as words;
use crate::triage::{Origin, Topic, Urgency, Weight};
use crate::ui::item::UserAnswer;
use crate::ui::workspace::{Model, Workspace};
use leptos::prelude::*;

/// Test pictures that a share is told of.
const OF: usize = 100;

/// What the bundles that are there can look at, those for one's own photograph first.
#[component]
pub fn What() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let flow = expect_context::<Flow>();
    let choices = move |is_own: bool| {
        let models = workspace.models.get().into_iter();
        let wanted = models.filter(move |about| (Origin::of(&about.scope) != Origin::Doctor) == is_own);
        let choice = |about: About| {
            let title = if is_own { words::SKIN_CHOICE.to_string() } else { messages::capital(&about.kind) };
            let hint = is_own.then(|| view! { <span class="small">{words::SKIN_HINT}</span> });
            view! {
                <li><button type="button" class="choice-card" on:click=move |_| flow.choose(about.clone())>
                    <b>{title}</b>{hint}
                </button></li>
            }
        };
        wanted.map(choice).collect_view()
    };
    let waits = move || workspace.models.with(Vec::is_empty);
    let problem = move || {
        workspace.model.with(|model| match model {
            Model::Unavailable(problem) => Some(format!("{}.", messages::capital(&problem.message))),
            _ => None,
        })
    };
    view! {
        <h1 tabindex="-1">{words::WHAT_TITLE}</h1>
        <p>{words::WHAT_HINT}</p>
        <ul class="cards">{move || choices(true)}</ul>
        <h2 class:hidden=waits>{words::GIVEN_CHOICES}</h2>
        <ul class="cards">{move || choices(false)}</ul>
        <p role="status">{move || waits().then(|| problem().unwrap_or_else(|| words::NOTHING_LOADED.into()))}</p>
    }
}

/// What would be dangerous to wait with, how good the program is, for whom, and how the picture is made.
#[component]
pub fn How() -> impl IntoView {
    let flow = expect_context::<Flow>();
    let Some(about) = flow.about.get_untracked() else { return ().into_any() };
    let topic = untrack(|| flow.topic());
    let title = match untrack(|| flow.origin()) {
        Origin::Doctor => words::how_title(&about.kind),
        Origin::Phone | Origin::Dermatoscope => words::SKIN_CHOICE.to_string(),
    };
    let workspace = expect_context::<Workspace>();
    let id = about.id.clone();
    let is_known = Memo::new(move |_| {
        let is_unavailable = workspace.model.with(|model| matches!(model, Model::Unavailable(_)));
        is_unavailable || workspace.summary(&id).is_some()
    });
    view! {
        <h1 tabindex="-1">{title}</h1>
        <DoNotWait topic/>
        // All at once: what came later would move the buttons under a thumb.
        <Show when=move || is_known.get() fallback=|| view! { <p role="status">{words::ONE_MOMENT}</p> }>
            <HowGood about=about.clone() topic/>
            <ForWhom about=about.clone()/>
        </Show>
    }
    .into_any()
}

/// Signs of danger of a topic, where it has any.
#[component]
fn DoNotWait(topic: Topic) -> impl IntoView {
    let is_danger = |sign: &&_| crate::triage::Sign::weight(**sign) == Weight::Alone(Urgency::Emergency);
    let signs: Vec<_> =
        topic.warning_signs().iter().filter(is_danger).map(|sign| words::sign(*sign)).collect();
    (!signs.is_empty()).then(|| {
        view! {
            <div class="notice" role="note">
                <p><b>{words::DO_NOT_WAIT}</b></p>
                <ul>{signs.into_iter().map(|sign| view! { <li>{sign}</li> }).collect_view()}</ul>
            </div>
        }
    })
}

/// On what the model was tried, and how many it missed there.
#[component]
fn HowGood(about: About, topic: Topic) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let id = about.id.clone();
    let count = |share: f64| match (share * OF as f64).round() as usize {
        0 => words::FEWER_THAN_ONE.into(),
        count => messages::number(count),
    };
    let measured = move || {
        let summary = workspace.summary(&id)?;
        let finding = &summary.findings.first()?.label;
        let Some(missed) = summary.missed else { return Some(words::NOT_MEASURED.into()) };
        let alarms =
            summary.false_alarms.map(|alarms| words::false_alarms(finding, &count(alarms.value), OF));
        Some(format!("{} {}", words::missed(finding, &count(missed.value), OF), alarms.unwrap_or_default()))
    };
    view! {
        <h2>{words::TRIED_ON_TITLE}</h2>
        <p>{words::tried_on(&about.tried_on)}</p>
        <p>{measured}</p>
        <p>{if topic == Topic::Skin { words::DARK_SKIN } else { words::OTHER_CAMERAS }}</p>
    }
}

/// Who the model is for where it is not for all, and the ways on.
#[component]
fn ForWhom(about: About) -> impl IntoView {
    let flow = expect_context::<Flow>();
    let on = move |has_picture: bool, fits: UserAnswer| {
        flow.has_picture.set(has_picture);
        flow.fits.set(fits);
        flow.forward();
    };
    let questions = move || {
        view! {
            <button type="button" class="large" on:click=move |_| on(false, UserAnswer::NotAsked)>
                {words::QUESTIONS_ONLY_BUTTON}
            </button>
        }
    };
    match (untrack(|| flow.origin()), about.scope.ages) {
        (Origin::Dermatoscope, _) => view! {
            <p>{words::NEEDS_DERMATOSCOPE}</p>
            <div class="stack">
                {questions()}
                <button type="button" class="large" on:click=move |_| on(true, UserAnswer::Fits(true))>{words::HAVE_DERMATOSCOPE_BUTTON}</button>
            </div>
        }
        .into_any(),
        (_, Some(ages)) => view! {
            <h2>{words::for_whom(&ages.words)}</h2>
            <p class="small">{words::NOT_FOR_THESE}</p>
            <div class="stack">
                <button type="button" class="large" on:click=move |_| on(true, UserAnswer::Fits(true))>{words::YES_BUTTON}</button>
                <button type="button" class="large" on:click=move |_| on(false, UserAnswer::Fits(false))>{words::NO_BUTTON}</button>
                <button type="button" class="large" on:click=move |_| on(true, UserAnswer::Unknown)>{words::NOT_SURE_BUTTON}</button>
            </div>
        }
        .into_any(),
        (origin, None) => view! {
            <div class="stack">
                <button type="button" class="primary large" on:click=move |_| on(true, UserAnswer::NotAsked)>
                    {if origin == Origin::Doctor { words::CHOOSE_PICTURE_BUTTON } else { words::TAKE_PHOTO_BUTTON }}
                </button>
                {questions()}
            </div>
        }
        .into_any(),
    }
}
