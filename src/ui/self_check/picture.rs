//! The picture: by the camera or as a file, and whether it will do.

use super::flow::{Checked, Flow};
use super::look;
use crate::messages::page::self_check as words;
use crate::preprocess::photo::Fault;
use crate::triage::Origin;
use crate::ui::components::{Camera, Pixels};
use crate::ui::intake;
use crate::ui::workspace::Workspace;
use leptos::prelude::*;
use web_sys::{Event, File, HtmlInputElement};

/// Camera and file for one's own photograph; for a picture that a doctor gave, a file.
#[component]
pub fn TakePicture() -> impl IntoView {
    let flow = expect_context::<Flow>();
    let is_own = untrack(|| flow.origin()) != Origin::Doctor;
    let is_filming = RwSignal::new(false);
    let has_no_camera = RwSignal::new(false);
    let taken = UnsyncCallback::new(move |file: File| {
        flow.take(file);
        flow.forward();
    });
    let absent = UnsyncCallback::new(move |()| {
        has_no_camera.set(true);
        is_filming.set(false);
    });
    let (title, steps) = match is_own {
        true => (words::PICTURE_TITLE, words::SPOT_STEPS),
        false => (words::GIVEN_TITLE, words::GIVEN_STEPS),
    };
    let label = if is_own { words::FILE_BUTTON } else { words::CHOOSE_FILE_BUTTON };
    view! {
        <h1 tabindex="-1">{title}</h1>
        // On a small phone the camera needs its place.
        <p class:hidden=move || is_filming.get()>{steps}</p>
        <Show when=move || is_filming.get()><Guided taken absent/></Show>
        <p role="alert">{move || has_no_camera.get().then_some(words::NO_CAMERA)}</p>
        <div class="stack">
            <button type="button" class="primary large" class:hidden=move || !is_own || is_filming.get()
                on:click=move |_| { has_no_camera.set(false); is_filming.set(true) }>{words::CAMERA_BUTTON}</button>
            <FileChoice label taken/>
            <button type="button" class="large" class:hidden=move || flow.picture.with(Option::is_none)
                on:click=move |_| flow.forward()>{words::LAST_PICTURE_BUTTON}</button>
        </div>
    }
}

/// A file, or where the device has one, its own camera.
#[component]
fn FileChoice(label: &'static str, taken: UnsyncCallback<File>) -> impl IntoView {
    let flow = expect_context::<Flow>();
    let is_own = untrack(|| flow.origin()) != Origin::Doctor;
    let chosen = move |event: Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            taken.run(file);
        }
        // The same file may be chosen again.
        input.set_value("");
    };
    // What a doctor gave may be a DICOM file, which has no type that a browser knows.
    view! {
        <label class="button large">
            {label}
            <input class="visually-hidden" type="file" accept=is_own.then_some("image/*")
                capture=is_own.then_some("environment") on:change=chosen/>
        </label>
    }
}

/// The camera, and in words what is wrong with what it sees.
#[component]
fn Guided(taken: UnsyncCallback<File>, absent: UnsyncCallback<()>) -> impl IntoView {
    let flow = expect_context::<Flow>();
    let kind = look::kind(untrack(|| flow.origin()));
    // What two looks in a row agree on is said, so that words do not flicker.
    let (last, said) = (StoredValue::new(None), RwSignal::new(None::<Option<Fault>>));
    let looked = UnsyncCallback::new(move |pixels: Pixels| {
        let now = Some(look::fault(&pixels, kind));
        if last.try_get_value() == Some(now) && said.try_get_untracked() != Some(now) {
            said.try_set(now);
        }
        last.try_set_value(now);
    });
    let line = move || match said.get()? {
        Some(fault) => {
            let (what, hint) = look::told(fault);
            Some(format!("{what} {hint}"))
        }
        None => Some(words::GOOD.into()),
    };
    view! {
        <Camera looked taken absent>
            <p class="guidance" role="status">{line}</p>
        </Camera>
    }
}

/// What the check came to, and the ways on from there.
#[component]
pub fn Check() -> impl IntoView {
    let flow = expect_context::<Flow>();
    let is_own = untrack(|| flow.origin()) != Origin::Doctor;
    look::check(flow);
    let checked = Memo::new(move |_| flow.picture.with(|now| now.as_ref().map(|now| now.checked)));
    let title = move || match checked.get() {
        Some(Checked::Done(Some(_))) if is_own => words::CHECK_TITLE_BAD,
        Some(Checked::Done(Some(_))) => words::CHECK_TITLE_DOUBTFUL,
        Some(Checked::NotShown) if is_own => words::CHECK_TITLE_BAD,
        _ => words::CHECK_TITLE_GOOD,
    };
    let address = move || flow.picture.with(|now| now.as_ref().map(|now| now.address.clone()));
    let is_shown = move || !matches!(checked.get(), None | Some(Checked::NotShown));
    view! {
        <h1 tabindex="-1">{title}</h1>
        <Show when=is_shown>
            <img class="taken" alt=words::YOUR_PICTURE src=address/>
        </Show>
        <p role="status">{move || checked.get().map(|checked| verdict(checked, is_own))}</p>
        <Ways is_own checked/>
    }
}

/// What the check says.
fn verdict(checked: Checked, is_own: bool) -> String {
    match checked {
        Checked::Open => words::CHECKING.into(),
        Checked::NotShown if is_own => words::NO_PICTURE.into(),
        Checked::NotShown => words::NOT_SHOWN.into(),
        Checked::Done(None) if is_own => words::LOOKS_GOOD.into(),
        Checked::Done(None) => String::new(),
        Checked::Done(Some(fault)) => {
            let (what, hint) = look::told(fault);
            if is_own { format!("{what} {hint}") } else { format!("{what} {}", words::GIVEN_DOUBT) }
        }
    }
}

/// Another picture, this one, or none. One's own photograph with a fault is not examined: it can be taken again. What a doctor gave cannot.
#[component]
fn Ways(is_own: bool, checked: Memo<Option<Checked>>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let flow = expect_context::<Flow>();
    let is_good = move || checked.get() == Some(Checked::Done(None));
    let may_go_on = move || is_good() || !is_own && !matches!(checked.get(), None | Some(Checked::Open));
    let use_it = move |_| {
        examine(workspace, flow);
        flow.forward();
    };
    let without = move |_| {
        flow.has_picture.set(false);
        // The first question stands where the picture stood.
        flow.back();
    };
    let is_open = move || matches!(checked.get(), None | Some(Checked::Open));
    let label = move || if is_good() { words::USE_BUTTON } else { words::USE_ANYWAY_BUTTON };
    view! {
        // Only when nothing moves any more, so that no thumb meets another button than it aimed at.
        <div class="stack" class:hidden=is_open>
            <button type="button" class="large" class:primary=is_good class:hidden=move || !may_go_on() on:click=use_it>{label}</button>
            <button type="button" class="large" class:primary=move || !may_go_on() on:click=move |_| flow.back()>
                {if is_own { words::RETAKE_BUTTON } else { words::OTHER_FILE_BUTTON }}
            </button>
            <button type="button" class="large" class:hidden=may_go_on on:click=without>{words::QUESTIONS_ONLY_BUTTON}</button>
        </div>
    }
}

/// Has the picture examined by the chosen bundle while the questions are answered.
fn examine(workspace: Workspace, flow: Flow) {
    let (Some(picture), Some(about)) = (flow.picture.get_untracked(), flow.about.get_untracked()) else {
        return;
    };
    if flow.item.get_untracked().is_some() {
        return;
    }
    let fits = flow.fits.get_untracked();
    intake::take_one(workspace, picture.file, move |item| {
        item.asked.set(Some(about.id.clone()));
        item.age.set(fits);
        if flow.item.get_untracked().is_none() {
            flow.item.set(Some(item.id));
        }
    });
}
