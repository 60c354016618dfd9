//! Texts for people, all of them; a second language is another set of these files. They stand below all who speak, so that every layer names
//! its texts here. Those about answers and refusals are shared by page, report and command line; `page` and `command` have what only these
//! say, `fault` what went wrong, `why` what exactly. Verdicts, reasons and concerns are data elsewhere.
//!
//! Left out are clap's help, which clap makes of the doc comments in `src/cli`; broken invariants of kernels, graphs and gradients, which
//! only who changes the program meets; and names of standards. `tests/words.rs` lists them, and finds texts that stand elsewhere.

/// Texts, a constant each, and texts with arguments, a function each: `NAME = "a text";`, `name(argument: type) = "with {argument}";`.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident $(($($argument:tt: $kind:ty),*))? = $text:literal;)*) => {
        $(texts! { @one $(#[$doc])* $name $(($($argument: $kind),*))? = $text })*
    };
    (@one $(#[$doc:meta])* $name:ident = $text:literal) => {
        $(#[$doc])* pub const $name: &str = $text;
    };
    (@one $(#[$doc:meta])* $name:ident ($($argument:tt: $kind:ty),*) = $text:literal) => {
        $(#[$doc])* pub fn $name($($argument: $kind),*) -> String {
            format!($text)
        }
    };
}

mod answer;
pub mod card;
pub mod command;
mod concern;
pub mod drawing;
pub mod fault;
mod header;
mod map;
mod moment;
pub mod page;
mod reason;
pub mod report;
mod series;
pub mod viewing;
pub mod why;

pub use answer::{
    Audience, Told, at_prevalence, caveat, doubt, earlier_line, heading, label_line, line, meaning, missed,
    most_probable, next_step, outlined, purpose, scored, set, threshold, told, tried_on, verdict_name,
    verdict_of,
};
pub use concern::concern;
pub use drawing::drawn;
pub use header::modality;
pub use map::{caption, map_warning, method};
pub use moment::{day, minute};
pub use reason::{contradiction, presentation, reason, refused};
pub use series::{answer_of_frame, examined_frames, frame_line, highest_frame};

pub use crate::text::{capital, count, list, number};
