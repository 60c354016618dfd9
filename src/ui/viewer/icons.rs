//! The icons of the viewer, drawn for it: lines on a grid of 24 by 24, in the colour of the text.

use crate::viewing::hotkeys::{Action, Tool};
use leptos::prelude::*;

/// The icon of an action that has a button.
pub fn of(action: Action) -> impl IntoView {
    drawing(match action {
        Action::Take(Tool::Window) => "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16M12 8h6M12 12h8M12 16h6",
        Action::Take(Tool::Pan) => "M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3",
        Action::Take(Tool::Zoom) => "M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15 15l6 6",
        Action::Take(Tool::Distance) => "M4 20L20 4M2 18l4 4M18 2l4 4M9 15l2 2M13 11l2 2",
        Action::Take(Tool::Angle) => "M20 20H4L16 5M12 20a9 9 0 0 0-3-6",
        Action::Take(Tool::Ellipse) => "M12 6c6 0 9 3 9 6s-3 6-9 6-9-3-9-6 3-6 9-6",
        Action::Take(Tool::Rectangle) => "M4 6h16v12H4z",
        Action::Fit => "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M9 9h6v6H9z",
        Action::OneToOne => "M5 8l3-2v12M16 8l3-2v12M12 10v.1M12 15v.1",
        Action::ZoomIn => "M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15 15l6 6M7 10h6M10 7v6",
        Action::ZoomOut => "M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15 15l6 6M7 10h6",
        Action::RotateRight => "M19 12a7 7 0 1 1-3-6M20 3v5h-5",
        Action::RotateLeft => "M5 12a7 7 0 1 0 3-6M4 3v5h5",
        Action::Flip => "M12 3v18M9 7l-6 10h6zM15 7l6 10h-6z",
        Action::FlipVertical => "M3 12h18M7 9l10-6v6zM7 15l10 6v-6z",
        Action::Invert => "M4 4h16v16H4zM4 20L20 4M7 18h11V7",
        Action::Smooth => "M3 18c4 0 5-12 9-12s5 12 9 12",
        Action::Overlay => "M3 12s3-6 9-6 9 6 9 6-3 6-9 6-9-6-9-6M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
        Action::Planes => "M3 9l9-5 9 5-9 5zM3 14l9 5 9-5",
        Action::Labels => "M4 5h6M4 9h4M14 5h6M4 19h6M14 19h6M16 15h4",
        Action::Patient => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4 20c1-4 4-6 8-6s7 2 8 6",
        Action::Reset => "M4 12h13M4 12l6-6M4 12l6 6M20 5v14",
        Action::NextFrame => "M8 5l8 7-8 7z",
        Action::PreviousFrame => "M16 5l-8 7 8 7z",
        Action::Play => "M5 5l8 7-8 7zM16 6v12M20 6v12",
        Action::Undo => "M4 9h10a5 5 0 0 1 0 10H9M4 9l4-4M4 9l4 4",
        Action::Redo => "M20 9H10a5 5 0 0 0 0 10h5M20 9l-4-4M20 9l-4 4",
        Action::Delete => "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
        Action::Link => "M10 14l4-4M8 11l-3 3a3.5 3.5 0 0 0 5 5l3-3M16 13l3-3a3.5 3.5 0 0 0-5-5l-3 3",
        Action::OtherViewport => "M3 5h8v14H3zM13 5h8v14h-8M15 12h4M17 10l2 2-2 2",
        Action::Place => "M12 5v14M5 12h14",
        Action::NextAnnotation => "M4 12h12M12 7l5 5-5 5M20 6v12",
        _ => "M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 18v.1",
    })
}

/// More of the same.
pub fn more() -> impl IntoView {
    drawing("M4.5 12h1M11.5 12h1M18.5 12h1")
}

/// A list.
pub fn list() -> impl IntoView {
    drawing("M8 6h12M8 12h12M8 18h12M4 6v.1M4 12v.1M4 18v.1")
}

fn drawing(path: &'static str) -> impl IntoView {
    view! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=path></path></svg> }
}
