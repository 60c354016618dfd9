//! Heat maps that explain a model's answer.

mod agreement;
mod cam;
mod method;
mod overlay;

pub use crate::examination::{AGREE_FROM, EMPTY_BELOW, Method};
pub use agreement::agreement;
pub use cam::{HeatMap, STRONG, class_activation};
pub use method::{about, attributions, gradients, occlusion};
pub use overlay::{VIRIDIS, inside, outline, overlay};
