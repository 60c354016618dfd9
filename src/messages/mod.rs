//! All sentences about answers, refusals and errors, for the page, the report and the command line. Verdicts,
//! reasons and concerns are data in the layers below; a translation would be another set of these files.

mod answer;
pub mod command;
mod concern;
mod drawing;
mod header;
mod map;
mod moment;
pub mod page;
mod reason;
mod series;

pub use answer::{
    Audience, at_prevalence, caveat, doubt, heading, line, line_for, meaning, missed, most_probable,
    next_step, outlined, purpose, scored, set, threshold, tried_on, verdict_name,
};
pub use concern::concern;
pub use drawing::drawn;
pub use header::modality;
pub use map::{caption, map_warning, method};
pub use moment::{day, minute};
pub use reason::{contradiction, presentation, reason};
pub use series::{answer_of_frame, examined_frames, frame_line, highest_frame};

pub use crate::text::{capital, count, list, number};
