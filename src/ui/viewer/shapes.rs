//! Annotations as drawn over an image. They go through the same transform as the image, so that they stay in place however it is turned.

use super::state::{ViewerState, Viewport};
use crate::messages::page;
use crate::viewing::view::Transform;
use crate::viewing::{Annotation, AnnotationShape, Point};
use leptos::prelude::*;

/// Lines of text stand so many CSS pixels apart.
const LINE: f64 = 18.0;
/// A text is kept so far from the right edge, in CSS pixels.
const ROOM: f64 = 170.0;

/// All annotations of the frame.
#[component]
pub fn Shapes(viewer: ViewerState, viewport: Viewport) -> impl IntoView {
    let annotations = move || {
        let transform = viewport.transform(viewer)?;
        let annotations = viewer.annotations(viewport).into_iter();
        Some(
            annotations
                .map(|annotation| view! { <AnnotationView viewer viewport transform annotation/> })
                .collect_view(),
        )
    };
    view! { <svg class="annotations" role="group" aria-label=page::viewer::MARKS>{annotations}</svg> }
}

#[component]
fn AnnotationView(
    viewer: ViewerState,
    viewport: Viewport,
    transform: Transform,
    annotation: Annotation,
) -> impl IntoView {
    let chosen = viewport.chosen.get();
    let is_chosen = chosen.is_some_and(|(id, _)| id == annotation.id);
    let handles: Vec<Point> =
        annotation.shape.handles().into_iter().map(|handle| transform.at(handle)).collect();
    let measured = viewer.measured(viewport, &annotation);
    let name = page::viewer::mark(annotation.shape.name(), &annotation.label, &measured.join(", "));
    let id = annotation.id;
    let corner = |handle: usize, at: Point| {
        let is_held = chosen == Some((id, Some(handle)));
        view! { <circle class="handle" class:held=is_held cx=at.x cy=at.y r="7" data-annotation=id data-handle=handle></circle> }
    };
    let circles =
        is_chosen.then(|| handles.iter().zip(0..).map(|(at, handle)| corner(handle, *at)).collect_view());
    let (wide, high) = viewport.size.get();
    let lines = Some(annotation.label.clone()).filter(|label| !label.is_empty()).into_iter().chain(measured);
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
        <g role="img" aria-label=name class="annotation" class:chosen=is_chosen>
            {outline(&annotation.shape, &handles, "shadow", id)}
            {outline(&annotation.shape, &handles, "line", id)}
            {outline(&annotation.shape, &handles, "grip", id)}
            {circles}
            {text.collect_view()}
        </g>
    }
}

/// A shape's line on the screen. Turns are by quarters, so that an ellipse stays upright.
fn outline(shape: &AnnotationShape, handles: &[Point], class: &'static str, id: u32) -> AnyView {
    match (shape, handles) {
        (AnnotationShape::Ellipse { .. }, [a, b, ..]) => view! {
            <ellipse class=class data-annotation=id cx=(a.x + b.x) / 2.0 cy=(a.y + b.y) / 2.0
                rx=(b.x - a.x).abs() / 2.0 ry=(b.y - a.y).abs() / 2.0></ellipse>
        }
        .into_any(),
        (AnnotationShape::Rectangle { .. }, [a, b, ..]) => view! {
            <rect class=class data-annotation=id x=a.x.min(b.x) y=a.y.min(b.y) width=(b.x - a.x).abs() height=(b.y - a.y).abs()></rect>
        }
        .into_any(),
        _ => {
            let points: Vec<String> = handles.iter().map(|at| format!("{},{}", at.x, at.y)).collect();
            view! { <polyline class=class data-annotation=id points=points.join(" ")></polyline> }.into_any()
        }
    }
}
