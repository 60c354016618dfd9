//! What a reader does with an image on a screen: frames with their real values, windows, views, measurements. Pure figures, no screen.

mod annotation;
pub mod curve;
mod frame;
pub mod hotkeys;
pub mod labels;
pub mod measure;
pub mod plane;
pub mod presets;
pub mod render;
mod thumbnail;
mod tool_row;
pub mod undo;
pub mod view;
pub mod wheel;
mod window;

pub use annotation::{Annotation, Point, Shape};
pub use frame::{Frame, FrameFacts, Grey, Samples, Spacing, SpacingKind, VoiLut, Window};
pub use thumbnail::thumbnail;
pub use tool_row::in_row;
pub use window::{Histogram, shades};
