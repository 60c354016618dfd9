//! What mouse, pen and fingers do on a pane: one drags with the tool, two enlarge and shift.

use super::annotations;
use super::state::{Board, Pane};
use crate::frame::VoiLut;
use crate::viewing::hotkeys::{Action, Tool};
use crate::viewing::wheel::{Turn, Wheel};
use crate::viewing::{Annotation, Point};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, PointerEvent, WheelEvent};

/// Drawing less than so many CSS pixels is a click.
const CLICK: f64 = 3.0;
/// A drag over so many CSS pixels moves the window by a hundredth of its width.
const WINDOW: f64 = 3.0;
/// A drag over so many CSS pixels enlarges by the number e.
const ZOOM: f64 = 150.0;
/// What lines and pages, as some devices count, are in CSS pixels, by `deltaMode`.
const UNITS: [f64; 3] = [1.0, 16.0, 400.0];

/// The pointers that are down on a pane, and what they do.
#[derive(Default)]
pub struct Hands {
    pointers: Vec<(i32, Point)>,
    gesture: Gesture,
    wheel: Wheel,
}

#[derive(Default)]
enum Gesture {
    #[default]
    None,
    Window(Point, VoiLut),
    Pan,
    Zoom(Point),
    Draw(Tool, Point),
    Move(Annotation, Option<usize>, Point),
}

/// A place on the pane, in CSS pixels.
fn place(stage: &Element, event: &web_sys::MouseEvent) -> Point {
    let edge = stage.get_bounding_client_rect();
    Point { x: f64::from(event.client_x()) - edge.left(), y: f64::from(event.client_y()) - edge.top() }
}

/// The place of the image there.
fn image_place(board: Board, pane: Pane, at: Point) -> Option<Point> {
    Some(untrack(|| pane.transform(board))?.back(at))
}

/// A number that an element under the pointer carries.
fn carried(event: &Event, name: &str) -> Option<u32> {
    event.target()?.dyn_into::<Element>().ok()?.get_attribute(name)?.parse().ok()
}

impl Hands {
    /// A button or finger goes down.
    pub fn down(&mut self, board: Board, pane: Pane, stage: &Element, event: &PointerEvent) {
        board.activate(pane);
        stage.set_pointer_capture(event.pointer_id()).ok();
        let at = place(stage, event);
        self.pointers.push((event.pointer_id(), at));
        if self.pointers.len() > 1 {
            // The first finger meant to enlarge, not to draw.
            pane.draft.set(None);
            self.gesture = Gesture::None;
            return;
        }
        self.gesture = self.begin(board, pane, event, at).unwrap_or_default();
    }

    fn begin(&self, board: Board, pane: Pane, event: &PointerEvent, at: Point) -> Option<Gesture> {
        let from = image_place(board, pane, at)?;
        if event.button() != 0 {
            return Some(Gesture::Pan);
        }
        if let Some(id) = carried(event, "data-mark") {
            let handle = carried(event, "data-handle").map(|handle| handle as usize);
            pane.chosen.set(Some((id, handle)));
            return Some(Gesture::Move(untrack(|| board.chosen(pane))?, handle, from));
        }
        pane.chosen.set(None);
        Some(match board.tool.get_untracked() {
            // Colours have no window: dragging them shifts them.
            Tool::Window => match untrack(|| board.setting(pane)).window {
                Some(window) => Gesture::Window(at, window),
                None => Gesture::Pan,
            },
            Tool::Pan => Gesture::Pan,
            Tool::Zoom => Gesture::Zoom(at),
            tool => Gesture::Draw(tool, from),
        })
    }

    /// A pointer moves, down or not.
    pub fn moved(&mut self, board: Board, pane: Pane, stage: &Element, event: &PointerEvent) {
        let at = place(stage, event);
        let under = image_place(board, pane, at);
        pane.pointer.set(under);
        let before = self.pointers.clone();
        let Some(own) = self.pointers.iter_mut().find(|(id, _)| *id == event.pointer_id()) else { return };
        let last = std::mem::replace(&mut own.1, at);
        if let ([(_, a), (_, b), ..], [(_, c), (_, d), ..]) = (&before[..], &self.pointers[..]) {
            return pinch(board, pane, [*a, *b], [*c, *d]);
        }
        let Some(under) = under else { return };
        match &self.gesture {
            Gesture::None => {}
            Gesture::Pan => board.pan(pane, at.x - last.x, at.y - last.y),
            Gesture::Zoom(from) => board.zoom(pane, *from, ((last.y - at.y) / ZOOM).exp()),
            Gesture::Window(from, window) => {
                let window = window.dragged((at.x - from.x) / WINDOW, (at.y - from.y) / WINDOW);
                board.change(pane, |setting, _| setting.window = Some(window));
            }
            Gesture::Draw(tool, from) => {
                let Some(shape) = annotations::drawn(*tool, *from, under) else { return };
                match pane.draft.get_untracked() {
                    Some(draft) => pane.draft.set(Some(Annotation { shape, ..draft })),
                    None => board.begin(pane, shape),
                }
            }
            Gesture::Move(mark, handle, from) => {
                let shape = mark.shape.moved(*handle, under.x - from.x, under.y - from.y);
                pane.draft.set(Some(Annotation { shape, ..mark.clone() }));
            }
        }
    }

    /// A button or finger goes up, or is lost.
    pub fn up(&mut self, board: Board, pane: Pane, event: &PointerEvent) {
        self.pointers.retain(|(id, _)| *id != event.pointer_id());
        let gesture = std::mem::take(&mut self.gesture);
        if let (Gesture::Draw(..), Some(draft)) = (&gesture, pane.draft.get_untracked()) {
            let scale = untrack(|| pane.layout())
                .map_or(1.0, |layout| untrack(|| board.setting(pane)).view.scale(&layout));
            let reach = match draft.shape.handles()[..] {
                [a, b, ..] => (b.x - a.x).hypot(b.y - a.y) * scale,
                _ => 0.0,
            };
            if reach < CLICK {
                pane.draft.set(None);
                pane.chosen.set(None);
            }
        }
        board.finish(pane);
    }

    /// The wheel turns: through frames where there are several, a notch for each, else it enlarges; with Ctrl it always enlarges, as a
    /// pinch on a trackpad does.
    pub fn wheel(&mut self, board: Board, pane: Pane, stage: &Element, event: &WheelEvent) {
        event.prevent_default();
        board.activate(pane);
        let (delta, mode) = (event.delta_y(), event.delta_mode());
        let (_, frames) = untrack(|| pane.frames());
        if frames > 1 && !event.ctrl_key() {
            let wheel_delta = js_sys::Reflect::get(event, &"wheelDelta".into());
            let wheel_delta = wheel_delta.ok().and_then(|delta| delta.as_f64()).unwrap_or_default();
            board.step_frame(pane, self.wheel.frames(Turn { delta, mode, wheel_delta }));
        } else {
            let turned = delta * UNITS.get(mode as usize).copied().unwrap_or(1.0);
            board.zoom(pane, place(stage, event), (-turned / ZOOM / 3.0).exp());
        }
    }
}

/// Two fingers: what lay between them stays between them.
fn pinch(board: Board, pane: Pane, before: [Point; 2], now: [Point; 2]) {
    let middle = |[a, b]: [Point; 2]| Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 };
    let apart = |[a, b]: [Point; 2]| (b.x - a.x).hypot(b.y - a.y).max(1.0);
    let (from, to) = (middle(before), middle(now));
    board.pan(pane, to.x - from.x, to.y - from.y);
    board.zoom(pane, to, apart(now) / apart(before));
}

/// A double click shows the whole image.
pub fn double_click(board: Board, pane: Pane) {
    board.activate(pane);
    board.act(Action::Fit);
}
