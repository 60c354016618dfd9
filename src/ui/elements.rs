//! Elements of the page that one part of it draws and another acts on.

use super::viewer::Canvases;
use leptos::html::{Aside, Div};
use leptos::prelude::*;
use leptos::tachys::html::InertElement;

/// References to elements. Copies share them.
#[derive(Clone, Copy, Default)]
pub struct Elements {
    /// The panel with the finding, which takes the focus when an examination ends.
    pub findings: NodeRef<Aside>,
    /// The curve of a series' scores, which takes the focus from a button that goes away.
    pub curve: NodeRef<Div>,
    /// The canvases of both viewports, which are captured as key images.
    pub viewports: [Canvases; 2],
}

/// An element that holds nothing but a fixed text: written out in one piece, which takes less of the page's size than one that could change.
pub fn fixed(tag: &str, class: &str, text: &str) -> InertElement {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    InertElement::new(format!("<{tag}{class}>{text}</{tag}>"))
}
