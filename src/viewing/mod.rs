//! What a reader does with an image on a screen: frames with their real values, windows, measurements. Pure figures, no screen.

mod annotation;
mod frame;

pub use annotation::{Annotation, Point, Shape};
pub use frame::{Frame, FrameFacts, Grey, Samples, Spacing, SpacingKind, Window, WindowShape};
