//! How far an image is, in a word or a few: in the list, over the picture, in the heading for screen readers.

use crate::examination::Stage;

texts! {
    SUSPECTED = "Suspected";
    UNSURE = "Not sure";
    NOT_SUSPECTED = "Not suspected";
    NAMED = "Kind named";
    WITHHELD = "No verdict";
    REFUSED = "Refused";
    FAILED = "Could not be examined";
    ASKED = "Waiting for your answer";
    OPEN = "Not yet examined";
    STOPPED = "Stopped";
    WAITING = "Waiting";
    NO_IMAGE = "No image is chosen";
    IN_WORK = "Being examined";
    NO_ANSWER = "No answer";
    OPENING = "Opening the file";
    WAITING_FOR_ITS_TURN = "Waiting for its turn";
}

/// What is being done.
pub fn stage(stage: Option<Stage>) -> &'static str {
    match stage {
        None => "Reading the file",
        Some(Stage::Decoding) => "Decoding",
        Some(Stage::Admitting) => "Looking at what it shows",
        Some(Stage::Inferring) => "Computing",
    }
}
