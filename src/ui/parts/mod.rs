//! The parts of a room.

mod age;
mod answer;
mod drop_place;
mod evidence;
mod findings;
mod header;
mod model_line;
mod operating;
mod origin;
mod others;
mod prior;
mod queue;
mod refusal;
mod save;
mod viewer;

pub use age::AgeQuestion;
pub use answer::AnswerView;
pub use drop_place::{AddMore, DropPlace, listen_for_paste};
pub use evidence::Evidence;
pub use findings::Findings;
pub use header::Header;
pub use model_line::{ModelChoice, ModelLine};
pub use operating::OperatingPointView;
pub use origin::Origin;
pub use others::OtherModels;
pub use prior::Prior;
pub use queue::Queue;
pub use refusal::Refusal;
pub use save::SaveCase;
pub use viewer::Viewer;
