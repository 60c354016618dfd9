//! One pane: two canvases, the marks over them, and around them what is to be known.

use super::gesture::{self, Hands};
use super::labels::{Above, Below, Letters};
use super::paint::{Painter, Picture};
use super::shapes::Shapes;
use super::size;
use super::state::{Board, DisplaySettings, Overlay, Pane};
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use std::rc::Rc;
use web_sys::Element;

/// An image that is looked at.
#[component]
pub fn PaneView(board: Board, pane: Pane, #[prop(into)] opacity: Signal<u32>) -> impl IntoView {
    let (stage, image, over) = (NodeRef::<Div>::new(), NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let source = pane.source;
    let overlay = move || source.overlay.get().filter(|_| board.is_overlay_shown.get());
    settle(board, pane);
    size::follow(stage, move |stage| {
        let size = (f64::from(stage.client_width()), f64::from(stage.client_height()));
        pane.viewport.try_update(|viewport| *viewport = size);
    });
    draw_when_needed(board, pane, overlay, image, over);
    let is_first = pane.index == 0;
    let is_active = move || board.is_comparing() && board.active().index == pane.index;
    let is_empty = move || source.seen.with(Option::is_none);
    view! {
        <div class="pane" class:active=is_active class:empty=is_empty tabindex="0" role="application"
            data-testid=if is_first { "pane" } else { "pane-2" }
            aria-label=move || format!("{}: arrows shift the image, ? shows all keys", source.title.get())
            on:focus=move |_| board.activate(pane)
            {..pointers(board, pane, stage)}>
            <Above board pane/>
            <div class="stage" node_ref=stage>
                <canvas node_ref=image data-testid=if is_first { "preview" } else { "preview-2" } role="img"
                    aria-label="The image as it was read"></canvas>
                <canvas node_ref=over data-testid=if is_first { "heat-map" } else { "heat-map-2" } role="img"
                    class:gone=move || overlay().is_none() aria-label=move || words(overlay().as_deref())
                    style:opacity=move || format!("{}%", opacity.get())></canvas>
                <Shapes board pane/>
                <Letters board pane/>
            </div>
            <Below board pane/>
        </div>
    }
}

fn words(overlay: Option<&Overlay>) -> &'static str {
    overlay.map_or("", |overlay| overlay.kind.words())
}

/// An image that comes for the first time is shown in its own first window.
fn settle(board: Board, pane: Pane) {
    Effect::new(move || {
        let (Some(image), Some(frame)) = (pane.image(), pane.frame()) else { return };
        if board.settings.with_untracked(|settings| !settings.contains_key(&image)) {
            let first = DisplaySettings::first(&frame);
            board.settings.update(|settings| {
                settings.insert(image, first);
            });
        }
    });
    // What was held belongs to another image.
    let image = Memo::new(move |_| pane.image());
    Effect::new(move || {
        image.track();
        pane.draft.set(None);
        pane.chosen.set(None);
        pane.pointer.set(None);
    });
}

/// Draws at most once for each picture that the screen shows.
fn draw_when_needed(
    board: Board,
    pane: Pane,
    overlay: impl Fn() -> Option<Rc<Overlay>> + Copy + 'static,
    image: NodeRef<Canvas>,
    over: NodeRef<Canvas>,
) {
    let painter = StoredValue::new_local(Painter::default());
    let is_waiting = StoredValue::new(false);
    let picture = move || {
        let frame = pane.frame()?;
        Some(Picture {
            frame,
            setting: board.setting(pane),
            viewport: pane.viewport.get(),
            overlay: overlay(),
        })
    };
    let draw = move || {
        is_waiting.try_set_value(false);
        let (Some(Some(image)), Some(Some(over))) = (image.try_get_untracked(), over.try_get_untracked())
        else {
            return;
        };
        let Some(picture) = untrack(picture) else { return };
        if let Some(Err(error)) = painter.try_update_value(|painter| painter.draw(&picture, &image, &over)) {
            leptos::logging::error!("the picture could not be drawn: {error:?}");
        }
    };
    Effect::new(move || {
        let is_there = picture().is_some() && image.get().is_some() && over.get().is_some();
        if is_there && !is_waiting.get_value() {
            is_waiting.set_value(true);
            request_animation_frame(draw);
        }
    });
}

/// Mouse, pen and fingers.
fn pointers(board: Board, pane: Pane, stage: NodeRef<Div>) -> impl leptos::attr::Attribute + Clone {
    let hands = StoredValue::new_local(Hands::default());
    let with = move |act: &mut dyn FnMut(&mut Hands, &Element)| {
        if let Some(stage) = stage.get_untracked() {
            hands.update_value(|hands| act(hands, &stage));
        }
    };
    view! {
        <{..}
            on:pointerdown=move |event: web_sys::PointerEvent| with(&mut |hands, stage| hands.down(board, pane, stage, &event))
            on:pointermove=move |event: web_sys::PointerEvent| with(&mut |hands, stage| hands.moved(board, pane, stage, &event))
            on:pointerup=move |event: web_sys::PointerEvent| with(&mut |hands, _| hands.up(board, pane, &event))
            on:pointercancel=move |event: web_sys::PointerEvent| with(&mut |hands, _| hands.up(board, pane, &event))
            on:pointerleave=move |_: web_sys::PointerEvent| pane.pointer.set(None)
            on:wheel=move |event: web_sys::WheelEvent| with(&mut |hands, stage| hands.wheel(board, pane, stage, &event))
            on:dblclick=move |_: web_sys::MouseEvent| gesture::double_click(board, pane)
            on:contextmenu=move |event: web_sys::MouseEvent| event.prevent_default()
        />
    }
}
