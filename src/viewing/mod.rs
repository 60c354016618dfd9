//! What a reader does with an image on a screen: frames with their real values, windows, views, measurements. Pure figures, no screen.

mod annotation;
mod frame;
pub mod curve;
pub mod hotkeys;
pub mod measure;
pub mod presets;
pub mod render;
pub mod undo;
pub mod view;
mod window;

pub use annotation::{Annotation, Point, Shape};
pub use frame::{Frame, FrameFacts, Grey, Samples, Spacing, SpacingKind, Window, WindowShape};
pub use window::{Histogram, shades};
