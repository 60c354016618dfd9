//! Marks as drawn over an image. They are drawn where the image's map says, so that they stay on their place however it is turned.

use super::state::{Board, Pane};
use crate::viewing::view::Transform;
use crate::viewing::{Annotation, AnnotationShape, Point};
use leptos::prelude::*;

/// Lines of text stand so many CSS pixels apart.
const LINE: f64 = 18.0;
/// A text is kept so far from the right edge, in CSS pixels.
const ROOM: f64 = 170.0;

/// All marks of the frame.
#[component]
pub fn Shapes(board: Board, pane: Pane) -> impl IntoView {
    let marks = move || {
        let transform = pane.transform(board)?;
        let marks = board.marks(pane).into_iter();
        Some(marks.map(|mark| view! { <Mark board pane transform mark/> }).collect_view())
    };
    view! { <svg class="marks" aria-label="Marks">{marks}</svg> }
}

#[component]
fn Mark(board: Board, pane: Pane, transform: Transform, mark: Annotation) -> impl IntoView {
    let chosen = pane.chosen.get();
    let is_chosen = chosen.is_some_and(|(id, _)| id == mark.id);
    let handles: Vec<Point> = mark.shape.handles().into_iter().map(|handle| transform.at(handle)).collect();
    let measured = board.measured(pane, &mark);
    let name = format!("{} {}: {}", mark.shape.name(), mark.label, measured.join(", "));
    let id = mark.id;
    let corner = |handle: usize, at: Point| {
        let is_held = chosen == Some((id, Some(handle)));
        view! { <circle class="handle" class:held=is_held cx=at.x cy=at.y r="7" data-mark=id data-handle=handle></circle> }
    };
    let circles =
        is_chosen.then(|| handles.iter().zip(0..).map(|(at, handle)| corner(handle, *at)).collect_view());
    let (wide, high) = pane.viewport.get();
    let lines = Some(mark.label.clone()).filter(|label| !label.is_empty()).into_iter().chain(measured);
    let anchor = handles
        .iter()
        .copied()
        .reduce(|a, b| if b.x > a.x { b } else { a })
        .unwrap_or(Point { x: 0.0, y: 0.0 });
    let anchor = Point {
        x: (anchor.x + 12.0).min(wide - ROOM).max(4.0),
        y: anchor.y.clamp(LINE, (high - 3.0 * LINE).max(LINE)),
    };
    let text = lines.zip(0..).map(|(line, row)| {
        view! { <text x=anchor.x y=anchor.y + f64::from(row) * LINE>{line}</text> }
    });
    view! {
        <g role="img" aria-label=name class="mark" class:chosen=is_chosen data-testid="mark">
            {outline(&mark.shape, &handles, "shadow", id)}
            {outline(&mark.shape, &handles, "line", id)}
            {outline(&mark.shape, &handles, "grip", id)}
            {circles}
            {text.collect_view()}
        </g>
    }
}

/// A shape's line on the screen. Turns are by quarters, so that an ellipse stays upright.
fn outline(shape: &AnnotationShape, handles: &[Point], class: &'static str, id: u32) -> AnyView {
    match (shape, handles) {
        (AnnotationShape::Ellipse { .. }, [a, b, ..]) => view! {
            <ellipse class=class data-mark=id cx=(a.x + b.x) / 2.0 cy=(a.y + b.y) / 2.0
                rx=(b.x - a.x).abs() / 2.0 ry=(b.y - a.y).abs() / 2.0></ellipse>
        }
        .into_any(),
        (AnnotationShape::Rectangle { .. }, [a, b, ..]) => view! {
            <rect class=class data-mark=id x=a.x.min(b.x) y=a.y.min(b.y) width=(b.x - a.x).abs() height=(b.y - a.y).abs()></rect>
        }
        .into_any(),
        _ => {
            let points: Vec<String> = handles.iter().map(|at| format!("{},{}", at.x, at.y)).collect();
            view! { <polyline class=class data-mark=id points=points.join(" ")></polyline> }.into_any()
        }
    }
}
