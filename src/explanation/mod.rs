//! Where the model looked.

mod cam;
mod method;
mod overlay;

pub use cam::{HeatMap, STRONG, class_activation};
pub use method::{Method, about, attributions, gradients, occlusion};
pub use overlay::{VIRIDIS, inside, outline, overlay};
