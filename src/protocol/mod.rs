//! What page, workers and companion say to each other. Closed enums and plain structs; nothing here computes.
//!
//! A message between the page and a worker is one JSON text, an [`Envelope`], and beside it binary buffers that are transferred, not
//! copied.

pub mod classroom;
pub mod companion;
pub mod file_worker;
pub mod inference_worker;

use serde::{Deserialize, Serialize};

/// The version of all messages between the page and its workers. They come from one build; a stale cache could still pair two. A
/// worker that is sent another version replies `Stale`.
pub const VERSION: u32 = 14;

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

/// What went wrong, what it means and what to do next, for the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// In one sentence, with the values.
    pub message: String,
}

impl Problem {
    /// With this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
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
