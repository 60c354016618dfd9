//! What was found, and how sure that is.

use super::{
    AnswerGiven, AnswerView, Evidence, ExaminedFrame, Header, ModelQuestion, OtherModels, Prior,
    RecognisedFile, Refusal, SaveCase, Truth,
};
use crate::examination::Concern;
use crate::messages::{self, page};
use crate::protocol::inference_worker::ItemId;
use crate::ui::actions;
use crate::ui::elements::Elements;
use crate::ui::item::{Item, ItemResult, ItemState};
use crate::ui::report::ItemReport;
use crate::ui::workspace::Workspace;
use leptos::prelude::*;
use std::rc::Rc;
use std::time::Duration;

/// The side panel; a sheet below the image on phones.
#[component]
pub fn Findings() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let asked = Memo::new(move |_| workspace.current().and_then(|item| item.asks()));
    let in_front = rested(Memo::new(move |_| Some((workspace.selected.get()?, workspace.shown()?.frame))));
    // Keyed by the image's id, so that images added meanwhile do not redraw the panel.
    let current = Memo::new(move |_| workspace.current().map(|item| item.id));
    let item = move || current.get().and_then(|id| workspace.item(id));
    let has_file = move || untrack(item).is_some_and(|item| !item.slices.is_empty());
    let panel = move || match item().map(|item| item.state.get()) {
        None if workspace.selected.get().is_none() && workspace.arriving.get().1 > 0 => {
            view! { <p>{page::finding::LOOKING_AT_FILES}</p> }.into_any()
        }
        None => view! { <p>{page::finding::CHOOSE_IMAGE}</p> }.into_any(),
        Some(ItemState::Waiting | ItemState::Working(_)) => {
            view! { <p>{page::finding::WILL_STAND_HERE}</p> }.into_any()
        }
        Some(ItemState::Cancelled) => view! {
            <h2>{page::finding::STOPPED_TITLE}</h2>
            <p>{page::finding::STOPPED}</p>
            <Again label=page::finding::EXAMINE_AFTER_ALL_BUTTON/>
        }
        .into_any(),
        Some(ItemState::Failed(problem)) => view! {
            <div role="alert">
                <h2>{page::finding::FAILED_TITLE}</h2>
                <p>{messages::capital(&problem.message)}"."</p>
            </div>
            // Where no file was given, there is nothing to try.
            {has_file().then(|| view! { <Again label=page::fault::TRY_AGAIN_BUTTON/> })}
        }
        .into_any(),
        Some(ItemState::Examined(_)) => {
            // Only another frame's answer makes the panel anew, not each frame that is scrolled past or examined meanwhile.
            let frame = in_front.get();
            let item = item();
            let shown = untrack(|| item.as_ref().zip(frame).and_then(|(item, frame)| item.shown_of(frame)));
            match (item.zip(shown), asked.get()) {
                (Some((item, _)), Some(question)) => view! { <ModelQuestion item question/> }.into_any(),
                (Some((item, shown)), None) => view! { <Result item shown/> }.into_any(),
                (None, _) => ().into_any(),
            }
        }
    };
    let place = expect_context::<Elements>().findings;
    view! { <aside class="findings" node_ref=place aria-label=page::finding::PANEL aria-live="polite">{panel}</aside> }
}

/// How long the user stays on a frame until its answer is shown: frames that are played or scrolled past change nothing.
const REST: Duration = Duration::from_millis(250);

/// The frame whose answer is in front, once the user rests on it; that of another image at once.
fn rested(in_front: Memo<Option<(ItemId, u32)>>) -> Memo<Option<u32>> {
    let rested = RwSignal::new(None::<(ItemId, u32)>);
    Effect::new(move |waiting: Option<Option<TimeoutHandle>>| {
        waiting.flatten().inspect(TimeoutHandle::clear);
        let now = in_front.get();
        let is_other = |(image, _)| now.is_none_or(|(other, _)| other != image);
        if rested.get_untracked().is_none_or(is_other) {
            rested.set(now);
            return None;
        }
        set_timeout_with_handle(move || rested.set(now), REST).ok()
    });
    // What was rested on belongs to another image until the effect has run.
    Memo::new(move |_| {
        let (image, frame) = in_front.get()?;
        Some(rested.get().filter(|(of, _)| *of == image).map_or(frame, |(_, frame)| frame))
    })
}

#[component]
fn Again(label: &'static str) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let again = move |_| {
        if let Some(id) = workspace.selected.get_untracked() {
            actions::again(workspace, id);
        }
    };
    view! { <button type="button" on:click=again>{label}</button> }
}

#[component]
fn Result(item: Item, shown: Rc<ItemResult>) -> impl IntoView {
    let examination = &shown.examination;
    let model = examination.model.id.clone();
    let is_unknown =
        |concern: &Concern| matches!(concern, Concern::AgeUnknown { .. } | Concern::Unconfirmed { .. });
    let is_for_these = !examination.concerns.iter().any(is_unknown);
    // A result for an image that the model is not made for says so first.
    let out_of_scope = examination.is_out_of_scope().then(|| match examination.is_overruled() {
        true => page::finding::OVERRULED.to_string(),
        false => messages::reason(examination),
    });
    let concerns = view! { <Concerns concerns=examination.concerns.clone()/> };
    let header = item.dicom.is_some().then(|| view! { <Header item=item.clone()/> });
    match examination.answer.clone() {
        Some(answer) => view! {
            <ExaminedFrame item=item.clone() frame=shown.frame/>
            <RecognisedFile item=item.clone() shown=shown.clone()/>
            {out_of_scope.map(|line| view! { <p class="concerns">{line}</p> })}
            {concerns}
            <AnswerView answer model=model.clone() is_for_these/>
            <AnswerGiven item=item.clone()/>
            <Truth item=item.clone() shown=shown.clone()/>
            <p class="small reason">{messages::reason(examination)}</p>
            <Limits of=model.clone()/>
            <OtherModels item=item.clone() current=model/>
            <Prior item=item.clone() shown=shown.clone()/>
            <SaveCase item=item.clone() shown=shown.clone()/>
            <ItemReport item=item.clone() shown=shown.clone()/>
            {header}
            <Evidence shown/>
        }
        .into_any(),
        None => view! {
            <ExaminedFrame item=item.clone() frame=shown.frame/>
            <RecognisedFile item=item.clone() shown=shown.clone()/>
            <Refusal examination=examination.clone()/>
            <AnswerGiven item=item.clone()/>
            <Truth item=item.clone() shown=shown.clone()/>
            {concerns}
            <OtherModels item=item.clone() current=model/>
            <ItemReport item=item.clone() shown=shown.clone()/>
            {header}
            <Evidence shown/>
        }
        .into_any(),
    }
}

/// What must be known before the score is read.
#[component]
pub fn Concerns(mut concerns: Vec<Concern>) -> impl IntoView {
    // Which frame it was stands beside the answer.
    concerns.retain(|concern| !matches!(concern, Concern::OneFrameOf { .. }));
    (!concerns.is_empty()).then(|| {
        view! {
            <ul class="concerns" aria-label=page::finding::CONCERNS>
                {concerns.iter().map(|concern| view! { <li>{messages::concern(concern)}</li> }).collect_view()}
            </ul>
        }
    })
}

/// What the card of the model that answered says against trusting it.
#[component]
fn Limits(of: String) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let body = move || {
        workspace.summary(&of).map(|model| {
            let finding = model.findings.first().filter(|_| !model.is_of_many);
            let finding = finding.map(|finding| finding.label.as_str());
            let missed = model.missed.map(|missed| messages::missed(finding, missed.value));
            view! {
                <details class="limits">
                    <summary>{page::finding::limits(&model.about.title)}</summary>
                    <p>{model.about.intended_use.clone()}</p>
                    <ul>
                        {missed.map(|line| view! { <li>{line}</li> })}
                        {model.about.limits.iter().map(|limit| view! { <li>{limit.clone()}</li> }).collect_view()}
                    </ul>
                </details>
            }
        })
    };
    view! { {body} }
}
