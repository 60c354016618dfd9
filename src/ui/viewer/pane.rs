//! One pane: two canvases, the marks over them, and what is to be known in the corners.

use super::actions::window_words;
use super::board::{Board, Overlay, Pane, Setting};
use super::gesture::{self, Hands};
use super::paint::{Painter, Picture};
use super::shapes::Shapes;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver};

/// An image that is looked at.
#[component]
pub fn PaneView(board: Board, pane: Pane, #[prop(into)] opacity: Signal<u32>) -> impl IntoView {
    let (stage, image, over) = (NodeRef::<Div>::new(), NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let source = pane.source;
    let overlay = move || source.overlay.get().filter(|_| board.is_overlay_shown.get());
    settle(board, pane);
    measure(pane, stage);
    draw_when_needed(board, pane, overlay, image, over);
    let is_first = pane.index == 0;
    let is_active = move || board.is_comparing() && board.active().index == pane.index;
    let is_empty = move || source.seen.with(Option::is_none);
    view! {
        <div class="pane" class:active=is_active class:empty=is_empty node_ref=stage tabindex="0" role="application"
            data-testid=if is_first { "pane" } else { "pane-2" }
            aria-label=move || format!("{}: arrows shift the image, ? shows all keys", source.title.get())
            on:focus=move |_| board.activate(pane)
            {..pointers(board, pane, stage)}>
            <canvas node_ref=image data-testid=if is_first { "preview" } else { "preview-2" } role="img"
                aria-label="The image as it was read"></canvas>
            <canvas node_ref=over data-testid=if is_first { "heat-map" } else { "heat-map-2" } role="img"
                class:gone=move || overlay().is_none() aria-label=move || words(overlay().as_deref())
                style:opacity=move || format!("{}%", opacity.get())></canvas>
            <Shapes board pane/>
            <Corners board pane/>
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
            let first = Setting::first(&frame);
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

/// Follows the size of the pane.
fn measure(pane: Pane, stage: NodeRef<Div>) {
    let watching = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn Fn()>)>);
    Effect::new(move || {
        let Some(element) = stage.get() else { return };
        let observed = element.clone();
        let seen = Closure::<dyn Fn()>::new(move || {
            let size = (f64::from(observed.client_width()), f64::from(observed.client_height()));
            pane.viewport.try_update(|viewport| *viewport = size);
        });
        if let Ok(observer) = ResizeObserver::new(seen.as_ref().unchecked_ref()) {
            observer.observe(&element);
            watching.set_value(Some((observer, seen)));
        }
    });
    on_cleanup(move || {
        watching.try_update_value(|watching| watching.take().inspect(|(observer, _)| observer.disconnect()));
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

/// What is to be known: the image, how it is turned, the frame, the value under the pointer, zoom and window.
#[component]
fn Corners(board: Board, pane: Pane) -> impl IntoView {
    let source = pane.source;
    let setting = Memo::new(move |_| board.setting(pane));
    let frame = move || {
        let (now, count) = pane.frames();
        (count > 1).then(|| format!("Frame {} of {count}", now + 1))
    };
    let zoom = move || {
        let scale = setting.get().view.scale(&pane.ground()?) * window().device_pixel_ratio();
        Some(format!("{:.0} %", scale * 100.0))
    };
    let pointer = move || {
        let at = pane.pointer.get()?;
        let value = pane.frame()?.value_at(at)?;
        Some(format!("x {:.0}, y {:.0}: {value}", at.x.floor(), at.y.floor()))
    };
    view! {
        <p class="corner left top"><span>{move || source.title.get()}</span>" "<em>{move || setting.get().view.orientation.words()}</em></p>
        <p class="corner right top" data-testid="frame-number">{frame}</p>
        <p class="corner left bottom" data-testid="pointer">{pointer}</p>
        <p class="corner right bottom">
            <span data-testid="zoom">{zoom}</span>" "
            <span data-testid="window-now" title="Brightness: the middle and the width of the range of values between black and white">
                {move || setting.get().window.as_ref().map(window_words)}
            </span>
        </p>
    }
}
