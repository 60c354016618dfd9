//! Elements of the page that one part of it draws and another acts on.

use super::viewer::Canvases;
use leptos::html::{Aside, Div};
use leptos::prelude::*;

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
