//! Where the model looked.

mod cam;
mod overlay;

pub use cam::{HeatMap, class_activation};
pub use overlay::{VIRIDIS, inside, outline, overlay};
