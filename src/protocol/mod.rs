//! What page, workers and companion say to each other. Closed enums and plain structs; nothing here computes.
//!
//! A message between the page and a worker is one JSON text, an [`Envelope`], and beside it binary buffers that are transferred, not
//! copied.

pub mod companion;
pub mod file_worker;
pub mod inference_worker;

use crate::imaging::ErrorKind;
use serde::{Deserialize, Serialize};

/// The version of all messages between the page and its workers. They come from one build; a stale cache could still pair two. A
/// worker that is sent another version replies `Stale`.
pub const VERSION: u32 = 10;

/// A message and the version of its sender.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    version: u32,
    message: T,
}

impl<T> Envelope<T> {
    /// A message of this version.
    pub fn new(message: T) -> Self {
        Self { version: VERSION, message }
    }

    /// The message; `None` where another version sent it.
    pub fn open(self) -> Option<T> {
        (self.version == VERSION).then_some(self.message)
    }
}

/// What went wrong, so that the page can say what to do next in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Chooses the advice.
    pub kind: ProblemKind,
    /// What happened, with the values, in one sentence.
    pub message: String,
}

/// The kinds of problem that need different advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The file is empty.
    Empty,
    /// The content is no image format that can be read here.
    NotAnImage,
    /// The file is an image, but broken or cut short.
    Damaged,
    /// More pixels than can be held in memory.
    TooLarge,
    /// The weights could not be fetched.
    Network,
    /// The bundle does not match its card, or this browser computes it wrongly.
    Bundle,
    /// A fault of the program.
    Internal,
}

impl Problem {
    /// A fault of the program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Internal, message: message.into() }
    }
}

impl From<ErrorKind> for ProblemKind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Empty => Self::Empty,
            ErrorKind::NotAnImage => Self::NotAnImage,
            ErrorKind::Damaged => Self::Damaged,
            ErrorKind::TooLarge => Self::TooLarge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_of_another_version_stays_closed() {
        let text = serde_json::to_string(&Envelope::new(5)).unwrap();
        let read = |text: &str| serde_json::from_str::<Envelope<u32>>(text).unwrap().open();
        assert_eq!(read(&text), Some(5));
        assert_eq!(read(&text.replace(&VERSION.to_string(), "1")), None);
    }
}
