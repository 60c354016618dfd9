//! Pointer gestures on a viewport: one pointer drags with the tool, two zoom and pan.

use super::annotations;
use super::state::{ViewerState, Viewport};
use crate::frame::VoiLut;
use crate::viewing::hotkeys::{Action, Tool};
use crate::viewing::wheel::{Wheel, WheelInput};
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

/// The pointers that are down on a viewport, and what they do.
#[derive(Default)]
pub struct PointerGestures {
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

/// A place on the viewport, in CSS pixels.
fn place(stage: &Element, event: &web_sys::MouseEvent) -> Point {
    let edge = stage.get_bounding_client_rect();
    Point { x: f64::from(event.client_x()) - edge.left(), y: f64::from(event.client_y()) - edge.top() }
}

/// The place of the image there.
fn image_place(viewer: ViewerState, viewport: Viewport, at: Point) -> Option<Point> {
    Some(untrack(|| viewport.transform(viewer))?.back(at))
}

/// A number that an element under the pointer carries.
fn carried(event: &Event, name: &str) -> Option<u32> {
    event.target()?.dyn_into::<Element>().ok()?.get_attribute(name)?.parse().ok()
}

impl PointerGestures {
    /// A button or finger goes down.
    pub fn down(&mut self, viewer: ViewerState, viewport: Viewport, stage: &Element, event: &PointerEvent) {
        viewer.activate(viewport);
        stage.set_pointer_capture(event.pointer_id()).ok();
        let at = place(stage, event);
        self.pointers.push((event.pointer_id(), at));
        if self.pointers.len() > 1 {
            // The first finger meant to enlarge, not to draw.
            viewport.draft.set(None);
            self.gesture = Gesture::None;
            return;
        }
        self.gesture = self.begin(viewer, viewport, event, at).unwrap_or_default();
    }

    fn begin(
        &self,
        viewer: ViewerState,
        viewport: Viewport,
        event: &PointerEvent,
        at: Point,
    ) -> Option<Gesture> {
        let from = image_place(viewer, viewport, at)?;
        if event.button() != 0 {
            return Some(Gesture::Pan);
        }
        if let Some(id) = carried(event, "data-annotation") {
            let handle = carried(event, "data-handle").map(|handle| handle as usize);
            viewport.chosen.set(Some((id, handle)));
            return Some(Gesture::Move(untrack(|| viewer.chosen(viewport))?, handle, from));
        }
        viewport.chosen.set(None);
        Some(match viewer.tool.get_untracked() {
            // Colours have no window: dragging them shifts them.
            Tool::Window => match untrack(|| viewer.setting(viewport)).window {
                Some(window) => Gesture::Window(at, window),
                None => Gesture::Pan,
            },
            Tool::Pan => Gesture::Pan,
            Tool::Zoom => Gesture::Zoom(at),
            tool => Gesture::Draw(tool, from),
        })
    }

    /// A pointer moves, down or not.
    pub fn moved(&mut self, viewer: ViewerState, viewport: Viewport, stage: &Element, event: &PointerEvent) {
        let at = place(stage, event);
        let under = image_place(viewer, viewport, at);
        viewport.pointer.set(under);
        let before = self.pointers.clone();
        let Some(own) = self.pointers.iter_mut().find(|(id, _)| *id == event.pointer_id()) else { return };
        let last = std::mem::replace(&mut own.1, at);
        if let ([(_, a), (_, b), ..], [(_, c), (_, d), ..]) = (&before[..], &self.pointers[..]) {
            return pinch(viewer, viewport, [*a, *b], [*c, *d]);
        }
        let Some(under) = under else { return };
        match &self.gesture {
            Gesture::None => {}
            Gesture::Pan => viewer.pan(viewport, at.x - last.x, at.y - last.y),
            Gesture::Zoom(from) => viewer.zoom(viewport, *from, ((last.y - at.y) / ZOOM).exp()),
            Gesture::Window(from, window) => {
                let window = window.dragged((at.x - from.x) / WINDOW, (at.y - from.y) / WINDOW);
                viewer.change(viewport, |setting, _| setting.window = Some(window));
            }
            Gesture::Draw(tool, from) => {
                let Some(shape) = annotations::drawn(*tool, *from, under) else { return };
                match viewport.draft.get_untracked() {
                    Some(draft) => viewport.draft.set(Some(Annotation { shape, ..draft })),
                    None => viewer.begin(viewport, shape),
                }
            }
            Gesture::Move(annotation, handle, from) => {
                let shape = annotation.shape.moved(*handle, under.x - from.x, under.y - from.y);
                viewport.draft.set(Some(Annotation { shape, ..annotation.clone() }));
            }
        }
    }

    /// A button or finger goes up, or is lost.
    pub fn up(&mut self, viewer: ViewerState, viewport: Viewport, event: &PointerEvent) {
        self.pointers.retain(|(id, _)| *id != event.pointer_id());
        let gesture = std::mem::take(&mut self.gesture);
        if let (Gesture::Draw(..), Some(draft)) = (&gesture, viewport.draft.get_untracked()) {
            let scale = untrack(|| viewport.layout())
                .map_or(1.0, |layout| untrack(|| viewer.setting(viewport)).view.scale(&layout));
            let reach = match draft.shape.handles()[..] {
                [a, b, ..] => (b.x - a.x).hypot(b.y - a.y) * scale,
                _ => 0.0,
            };
            if reach < CLICK {
                viewport.draft.set(None);
                viewport.chosen.set(None);
            }
        }
        viewer.finish(viewport);
    }

    /// The wheel turns: through frames where there are several, a notch for each, else it enlarges; with Ctrl it always enlarges, as a
    /// pinch on a trackpad does.
    pub fn wheel(&mut self, viewer: ViewerState, viewport: Viewport, stage: &Element, event: &WheelEvent) {
        event.prevent_default();
        viewer.activate(viewport);
        let (delta, mode) = (event.delta_y(), event.delta_mode());
        let (_, frames) = untrack(|| viewport.frames());
        if frames > 1 && !event.ctrl_key() {
            let wheel_delta = js_sys::Reflect::get(event, &"wheelDelta".into());
            let wheel_delta = wheel_delta.ok().and_then(|delta| delta.as_f64()).unwrap_or_default();
            viewer.step_frame(viewport, self.wheel.frames(WheelInput { delta, mode, wheel_delta }));
        } else {
            let turned = delta * UNITS.get(mode as usize).copied().unwrap_or(1.0);
            viewer.zoom(viewport, place(stage, event), (-turned / ZOOM / 3.0).exp());
        }
    }
}

/// Two fingers: what lay between them stays between them.
fn pinch(viewer: ViewerState, viewport: Viewport, before: [Point; 2], now: [Point; 2]) {
    let middle = |[a, b]: [Point; 2]| Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 };
    let apart = |[a, b]: [Point; 2]| (b.x - a.x).hypot(b.y - a.y).max(1.0);
    let (from, to) = (middle(before), middle(now));
    viewer.pan(viewport, to.x - from.x, to.y - from.y);
    viewer.zoom(viewport, to, apart(now) / apart(before));
}

/// A double click shows the whole image.
pub fn double_click(viewer: ViewerState, viewport: Viewport) {
    viewer.activate(viewport);
    viewer.act(Action::Fit);
}
