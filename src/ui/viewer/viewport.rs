//! One viewport: two canvases, the annotations over them, and text around them.

use super::gesture::{self, PointerGestures};
use super::labels::{Above, Below, Letters};
use super::paint::{Painter, Picture};
use super::shapes::Shapes;
use super::size;
use super::source::{Canvases, Overlay};
use super::state::{DisplaySettings, ViewerState, Viewport};
use crate::messages::page;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use std::rc::Rc;
use web_sys::Element;

/// A viewport: an image with annotations and text.
#[component]
pub fn ViewportView(
    viewer: ViewerState,
    viewport: Viewport,
    #[prop(into)] opacity: Signal<u32>,
) -> impl IntoView {
    let stage = NodeRef::<Div>::new();
    let source = viewport.source;
    let Canvases { image, overlay: over } = source.canvases;
    let overlay = move || source.overlay.get().filter(|_| viewer.is_overlay_shown.get());
    settle(viewer, viewport);
    size::follow(stage, move |stage| {
        let size = (f64::from(stage.client_width()), f64::from(stage.client_height()));
        viewport.size.try_update(|now| *now = size);
    });
    draw_when_needed(viewer, viewport, overlay, image, over);
    let is_active = move || viewer.is_comparing() && viewer.active().index == viewport.index;
    let is_empty = move || source.seen.with(Option::is_none);
    view! {
        <div class="viewport" class:active=is_active class:empty=is_empty tabindex="0" role="application"
            aria-label=move || page::viewer::viewport(&source.title.get())
            on:focus=move |_| viewer.activate(viewport)
            {..pointers(viewer, viewport, stage)}>
            <Above viewer viewport/>
            <div class="stage" node_ref=stage>
                <canvas node_ref=image role="img"
                    aria-label=page::viewer::AS_READ></canvas>
                <canvas node_ref=over role="img"
                    class:hidden=move || overlay().is_none() aria-label=move || words(overlay().as_deref())
                    style:opacity=move || format!("{}%", opacity.get())></canvas>
                <Shapes viewer viewport/>
                <Letters viewer viewport/>
            </div>
            <Below viewer viewport/>
        </div>
    }
}

fn words(overlay: Option<&Overlay>) -> &'static str {
    overlay.map_or("", |overlay| overlay.kind.words())
}

/// An image that comes for the first time is shown in its own first window.
fn settle(viewer: ViewerState, viewport: Viewport) {
    Effect::new(move || {
        let (Some(image), Some(frame)) = (viewport.image(), viewport.frame()) else { return };
        if viewer.settings.with_untracked(|settings| !settings.contains_key(&image)) {
            let first = DisplaySettings::first(&frame);
            viewer.settings.update(|settings| {
                settings.insert(image, first);
            });
        }
    });
    // What was held belongs to another image.
    let image = Memo::new(move |_| viewport.image());
    Effect::new(move || {
        image.track();
        viewport.draft.set(None);
        viewport.chosen.set(None);
        viewport.pointer.set(None);
    });
}

/// Draws at most once for each picture that the screen shows.
fn draw_when_needed(
    viewer: ViewerState,
    viewport: Viewport,
    overlay: impl Fn() -> Option<Rc<Overlay>> + Copy + 'static,
    image: NodeRef<Canvas>,
    over: NodeRef<Canvas>,
) {
    let painter = StoredValue::new_local(Painter::default());
    let is_waiting = StoredValue::new(false);
    let picture = move || {
        let frame = viewport.frame()?;
        Some(Picture {
            frame,
            setting: viewer.setting(viewport),
            viewport: viewport.size.get(),
            overlay: overlay(),
            are_planes_shown: viewer.are_planes_shown.get(),
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
fn pointers(
    viewer: ViewerState,
    viewport: Viewport,
    stage: NodeRef<Div>,
) -> impl leptos::attr::Attribute + Clone {
    let hands = StoredValue::new_local(PointerGestures::default());
    let with = move |act: &mut dyn FnMut(&mut PointerGestures, &Element)| {
        if let Some(stage) = stage.get_untracked() {
            hands.update_value(|hands| act(hands, &stage));
        }
    };
    view! {
        <{..}
            on:pointerdown=move |event: web_sys::PointerEvent| with(&mut |hands, stage| hands.down(viewer, viewport, stage, &event))
            on:pointermove=move |event: web_sys::PointerEvent| with(&mut |hands, stage| hands.moved(viewer, viewport, stage, &event))
            on:pointerup=move |event: web_sys::PointerEvent| with(&mut |hands, _| hands.up(viewer, viewport, &event))
            on:pointercancel=move |event: web_sys::PointerEvent| with(&mut |hands, _| hands.up(viewer, viewport, &event))
            on:pointerleave=move |_: web_sys::PointerEvent| viewport.pointer.set(None)
            on:wheel=move |event: web_sys::WheelEvent| with(&mut |hands, stage| hands.wheel(viewer, viewport, stage, &event))
            on:dblclick=move |_: web_sys::MouseEvent| gesture::double_click(viewer, viewport)
            on:contextmenu=move |event: web_sys::MouseEvent| event.prevent_default()
        />
    }
}
