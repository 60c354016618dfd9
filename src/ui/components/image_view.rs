//! Connects the workspace to the viewer: the current image, the one beside it, and the maps that lie over them.

use super::ScoreCurve;
use super::map::{self, MapTools};
use crate::messages::page;
use crate::protocol::inference_worker::ItemId;
use crate::ui::elements::Elements;
use crate::ui::frame_loader::{self, FrameState};
use crate::ui::item::{Item, ItemState};
use crate::ui::maps;
use crate::ui::masking::PatientShown;
use crate::ui::viewer::{self, Canvases, Overlay, ShownFrame, Source};
use crate::ui::workspace::Workspace;
use leptos::prelude::*;
use std::rc::Rc;

/// Opacity of the heat map at first, in percent.
const OPACITY: u32 = 45;

/// The current image.
#[component]
pub fn ImageView() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let opacity = RwSignal::new(OPACITY);
    let image = frame_loader::follow(workspace.files, move || workspace.current());
    // An image is not compared with itself, nor with one that is gone.
    let beside = move || {
        workspace
            .beside
            .get()
            .filter(|id| workspace.selected.get() != Some(*id))
            .and_then(|id| item(workspace, id))
    };
    let other = frame_loader::follow(workspace.files, beside);
    let [first, second] = expect_context::<Elements>().viewports;
    let sources = [source(workspace, image, first), source(workspace, other, second)];
    let others = move || {
        let selected = workspace.selected.get();
        let is_other = |item: &&Item| Some(item.id) != selected && !item.slices.is_empty();
        workspace.items.with(|items| {
            items.iter().filter(is_other).map(|item| (item.id, item.name.clone())).collect::<Vec<_>>()
        })
    };
    let waiting = move || match workspace.current_state() {
        Some(ItemState::Failed(_)) => None,
        _ if image.with(|frame_state| matches!(frame_state, FrameState::Opening)) => {
            Some(page::state::OPENING)
        }
        Some(ItemState::Waiting) => Some(page::state::WAITING_FOR_ITS_TURN),
        Some(ItemState::Working(stage)) => Some(page::state::stage(stage)),
        _ => None,
    };
    view! {
        <section class="viewer" aria-label=page::map::IMAGE>
            <viewer::Viewer sources others=Signal::derive(others) compared=workspace.beside opacity is_patient_shown=PatientShown::here()/>
            <ScoreCurve/>
            <p class="waiting" role="status">{waiting}</p>
            {move || match image.get() {
                FrameState::Failed(problem) => Some(view! {
                    <p class="waiting">{page::map::image_not_shown(&problem.message)}</p>
                }),
                _ => None,
            }}
            <MapTools opacity/>
        </section>
    }
}

/// An image by its number; follows the list.
fn item(workspace: Workspace, id: ItemId) -> Option<Item> {
    workspace.items.with(|items| items.iter().find(|item| item.id == id).cloned())
}

/// What the viewer is to know of an image: the frame that was fetched, and what lies over it where that frame was examined.
fn source(
    workspace: Workspace,
    frame_state: ReadSignal<FrameState, LocalStorage>,
    canvases: Canvases,
) -> Source {
    let (seen, overlay) = (RwSignal::new_local(None::<ShownFrame>), RwSignal::new_local(None));
    let at =
        move || {
            frame_state.with(|frame_state| {
                if let FrameState::Frame(id, at, _) = frame_state { Some((*id, *at)) } else { None }
            })
        };
    let item_seen = move || at().and_then(|(id, _)| item(workspace, id));
    Effect::new(move || {
        seen.set(match frame_state.get() {
            FrameState::Frame(image, number, frame) => {
                let count = item(workspace, image).map_or(1, |item| item.frames.get().max(1));
                Some(ShownFrame { image, frame, number, count })
            }
            _ => None,
        });
    });
    let answer = Memo::new(move |_| {
        let ((_, at), item) = at().zip(item_seen())?;
        let shown = item.shown_of(at).filter(|shown| shown.frame == at)?;
        Some(maps::key(item.id, &shown))
    });
    Effect::new(move || {
        let map = answer.get().and_then(|answer| maps::of(workspace, &answer));
        let over = map.map(|map| Overlay { picture: map.picture.clone(), kind: map::kind(map.method) });
        if over.is_some() || overlay.with_untracked(Option::is_some) {
            overlay.set(over.map(Rc::new));
        }
    });
    Source {
        canvases,
        title: Signal::derive(move || item_seen().map(|item| item.name).unwrap_or_default()),
        header: Signal::derive(move || item_seen().and_then(|item| item.dicom)),
        seen: seen.into(),
        wanted: Signal::derive(move || item_seen().map_or(0, |item| item.frame.get())),
        frame_ms: Signal::derive(move || {
            item_seen().and_then(|item| item.facts.get()).and_then(|facts| facts.frame_ms)
        }),
        on_frame: UnsyncCallback::new(move |frame| {
            if let Some(item) = untrack(item_seen) {
                item.frame.set(frame);
            }
        }),
        overlay: overlay.into(),
        annotations: Signal::derive(move || {
            item_seen().map(|item| item.annotations.get()).unwrap_or_default()
        }),
        on_annotations: UnsyncCallback::new(move |(image, new)| {
            if let Some(item) = workspace.item(image) {
                item.annotations.set(new);
            }
        }),
    }
}
