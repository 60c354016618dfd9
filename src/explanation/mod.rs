//! Heat maps that explain a model's answer.

mod agreement;
mod cam;
mod method;
mod overlay;

pub use agreement::{AGREE_FROM, EMPTY_BELOW, agreement};
pub use cam::{HeatMap, STRONG, class_activation};
pub use method::{Method, about, attributions, gradients, occlusion};
pub use overlay::{VIRIDIS, inside, outline, overlay};
