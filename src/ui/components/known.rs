//! Recognises a file that was kept before, by its fingerprint, which the page compares itself.

use crate::messages::page;
use crate::protocol::companion::KeptImage;
use crate::ui::companion::Companion;
use crate::ui::item::{Item, ItemResult};
use crate::ui::kept::SavedImages;
use crate::ui::routes::{CurrentRoute, Within};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// So many earlier cases of one file are named.
const FEW: usize = 3;

/// One line where the file was kept before, with links to the cases. What was drawn on it then is drawn again, once, unless something is
/// drawn on it already: only then the companion is asked, for a case that it has.
#[component]
pub fn RecognisedFile(item: Item, shown: Rc<ItemResult>) -> impl IntoView {
    let before = expect_context::<SavedImages>();
    let companion = expect_context::<Companion>();
    let image = shown.examination.image_sha256.parse().ok();
    let saved = item.saved;
    // What was kept from this page a moment ago is said there.
    let cases = Memo::new(move |_| {
        let own = saved.with(|saved| saved.case.as_ref().map(|(place, _)| *place));
        let cases = image.map(|image| before.of(image)).unwrap_or_default();
        cases.into_iter().filter(|case| Some(Within::Case(case.id)) != own).collect::<Vec<_>>()
    });
    let drawn = RwSignal::new(None);
    let frame = shown.frame;
    Effect::new(move || {
        let newest = cases.with(|cases| cases.first().map(|case| case.id));
        let is_new = newest.is_some() && !item.saved.with_untracked(|saved| saved.is_looked_up);
        if let (Some(id), true) = (newest, is_new) {
            item.saved.update(|saved| saved.is_looked_up = true);
            if item.annotations.with_untracked(Vec::is_empty) {
                spawn_local(draw_again(companion, item.clone(), (frame, id), drawn));
            }
        }
    });
    let line = move || {
        cases.with(|cases| {
            let (first, rest) = cases.split_first()?;
            let earlier =
                rest.iter().take(FEW).map(|case| view! { ", " <CaseLink case=case.clone()/> }).collect_view();
            let more = rest.len().saturating_sub(FEW);
            let more = (more > 0).then(|| page::case::and_earlier(more));
            let again = drawn.get().map(page::case::drawn_again);
            Some(view! {
                <p class="small">{page::case::KEPT_AS}<CaseLink case=first.clone()/>{earlier}{more}"."{again}</p>
            })
        })
    };
    view! { <div role="status">{line}</div> }
}

#[component]
fn CaseLink(case: KeptImage) -> impl IntoView {
    let route = expect_context::<CurrentRoute>();
    let id = case.id;
    let words = page::case::case_on(id, &case.saved_at);
    view! { <a href=CurrentRoute::case_address(id) on:click=move |event| route.open_case(id, &event)>{words}</a> }
}

async fn draw_again(
    companion: Companion,
    item: Item,
    (frame, id): (u32, i64),
    drawn: RwSignal<Option<usize>>,
) {
    // Without an answer the line still leads to the case.
    let Ok(saved) = companion.case_quietly(id).await else { return };
    let annotations = saved.case.annotations_on(frame, item.frames.get_untracked());
    if annotations.is_empty() || item.annotations.with_untracked(|now| !now.is_empty()) {
        return;
    }
    item.saved.update(|saved| saved.annotations.clone_from(&annotations));
    drawn.try_set(Some(annotations.len()));
    item.annotations.set(annotations);
}
