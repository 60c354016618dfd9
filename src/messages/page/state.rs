//! How far an image is, in a word or a few: in the list, over the picture, in the heading for screen readers.

use crate::examination::Stage;

pub const SUSPECTED: &str = "Suspected";
pub const UNSURE: &str = "Not sure";
pub const NOT_SUSPECTED: &str = "Not suspected";
pub const NAMED: &str = "Kind named";
pub const WITHHELD: &str = "No verdict, refusal overruled";
pub const REFUSED: &str = "Refused";
pub const FAILED: &str = "Could not be examined";
pub const ASKED: &str = "Waiting for your answer";
pub const OPEN: &str = "Not yet examined";
pub const STOPPED: &str = "Stopped";
pub const WAITING: &str = "Waiting";
pub const NO_IMAGE: &str = "No image is chosen";
pub const IN_WORK: &str = "Being examined";
pub const NO_ANSWER: &str = "No answer";
pub const OPENING: &str = "Opening the file";
pub const WAITING_FOR_ITS_TURN: &str = "Waiting for its turn";

/// What is being done.
pub fn stage(stage: Option<Stage>) -> &'static str {
    match stage {
        None => "Reading the file",
        Some(Stage::Decoding) => "Decoding",
        Some(Stage::Admitting) => "Looking at what it shows",
        Some(Stage::Inferring) => "Computing",
    }
}
