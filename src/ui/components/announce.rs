//! Announces the outcome of the current image to users of assistive technology: in the page's heading, in the window's title, and by
//! moving the focus to the finding where it would otherwise be lost.

use crate::messages::{self, Audience, page};
use crate::protocol::inference_worker::ItemId;
use crate::ui::elements::Elements;
use crate::ui::item::{Item, ItemState};
use crate::ui::workspace::Workspace;
use leptos::html::Aside;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FocusOptions, HtmlElement};

/// The heading of the workspace. It is not drawn: the image and the finding say the same.
#[component]
pub fn Announce() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let line = Memo::new(move |_| {
        workspace.current().map_or(page::state::NO_IMAGE.into(), |item| outcome(workspace, &item))
    });
    let name = move || workspace.current().map(|item| format!(": {}", item.name));
    // Without the file's name: it may be a patient's, and browsers keep titles.
    Effect::new(move || document().set_title(&page::shell::title(&line.get())));
    on_cleanup(|| document().set_title(page::shell::NAME));
    follow_the_finding(workspace, expect_context::<Elements>().findings);
    view! { <h1 class="visually-hidden">{line}{name}</h1> }
}

/// What an image has come to, in one line; of a series, the frame that stands for it.
fn outcome(workspace: Workspace, item: &Item) -> String {
    if item.asks().is_some() {
        return page::state::ASKED.into();
    }
    match item.state.get() {
        ItemState::Waiting => page::state::WAITING.into(),
        ItemState::Working(_) => page::state::IN_WORK.into(),
        ItemState::Cancelled => page::state::STOPPED.into(),
        ItemState::Failed(_) => page::state::FAILED.into(),
        ItemState::Examined(first) => {
            let examination = &workspace.highest(item).unwrap_or(first).examination;
            let judged = |answer| {
                messages::heading(&workspace.judged(&examination.model.id, answer), Audience::Clinician)
            };
            examination.answer.as_ref().map_or_else(|| page::state::NO_ANSWER.into(), judged)
        }
    }
}

/// When the examination of the current image ends, and when a question before its answer was answered, the focus goes to the
/// panel: only where it is nowhere, as after a press on a button that is gone, or in the panel itself. Who types, or is busy elsewhere,
/// is not disturbed.
fn follow_the_finding(workspace: Workspace, findings: NodeRef<Aside>) {
    // The image, and how far it is: in work, with a question, done.
    let progress = move || {
        let item = workspace.current()?;
        let is_open = item.state.with(|state| matches!(state, ItemState::Waiting | ItemState::Working(_)));
        Some((item.id, if is_open { 0 } else { 1 + u8::from(item.asks().is_none()) }))
    };
    Effect::new(move |before: Option<Option<(ItemId, u8)>>| {
        let now = progress();
        if let (Some((id, from)), Some((same, to))) = (before.flatten(), now)
            && id == same
            && from < to
        {
            // The panel is drawn first.
            request_animation_frame(move || focus_finding(findings));
        }
        now
    });
}

fn focus_finding(findings: NodeRef<Aside>) {
    let Some(Some(panel)) = findings.try_get_untracked() else { return };
    let is_free = document().active_element().is_none_or(|active| {
        let is_typed_in = active.matches("input, textarea, select").unwrap_or(false);
        active.tag_name() == "BODY" || !is_typed_in && panel.contains(Some(&active))
    });
    let heading = panel.query_selector("h2").ok().flatten();
    let heading = heading.and_then(|heading| heading.dyn_into::<HtmlElement>().ok());
    if let Some(heading) = heading.filter(|_| is_free) {
        heading.set_tab_index(-1);
        let options = FocusOptions::new();
        // On a phone the image would jump out of sight.
        options.set_prevent_scroll(true);
        heading.focus_with_options(&options).ok();
    }
}
