//! The parts of a room.

mod drop_place;
mod evidence;
mod findings;
mod model_line;
mod operating;
mod queue;
mod refusal;
mod save;
mod viewer;

pub use drop_place::{AddMore, DropPlace, listen_for_paste};
pub use evidence::Evidence;
pub use findings::Findings;
pub use model_line::{ModelChoice, ModelLine};
pub use operating::OperatingPointView;
pub use queue::Queue;
pub use refusal::Refusal;
pub use save::SaveCase;
pub use viewer::Viewer;
