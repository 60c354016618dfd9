//! The viewer without the screen: windows, views, rendering, annotations and measurements as pure functions.

mod annotation;
pub mod curve;
pub mod edges;
pub mod hotkeys;
pub mod labels;
pub mod measure;
pub mod planes;
pub mod plot;
pub mod presets;
pub mod render;
mod thumbnail;
mod tool_row;
pub mod undo;
pub mod view;
pub mod wheel;
mod window;

pub use annotation::{Annotation, AnnotationShape, MeasurementKind, Point};
pub use thumbnail::thumbnail;
pub use tool_row::in_row;
pub use window::{Histogram, voi_table};
