//! The list of images.

pub const IMAGES: &str = "Images";
pub const CLEAR_BUTTON: &str = "Clear";
pub const NOTHING_FITS: &str = "No image fits this choice.";
pub const NAMELESS_PATIENT: &str = "A patient without name or number";
pub const NO_HEADER: &str = "Without a header";

pub fn arriving(done: usize, of: usize) -> String {
    format!("Looking at the files: {done} of {of}")
}

/// How many images are through.
pub fn through(done: usize, of: usize, is_paused: bool) -> String {
    match (done == of, is_paused) {
        (true, _) => format!("All {of} are through"),
        (false, true) => format!("Paused: {done} of {of} are through"),
        (false, false) => format!("{done} of {of} are through"),
    }
}

pub const GO_ON_BUTTON: &str = "Go on";
pub const PAUSE_BUTTON: &str = "Pause";
pub const THROUGH: &str = "Images that are through";
pub const CANCEL_BUTTON: &str = "Cancel";
pub const AS_THEY_CAME: &str = "As they came";
pub const BY_FINDING: &str = "By what was found";
pub const MOST_PROBABLE_FIRST: &str = "Most probable first";
pub const BY_NAME: &str = "By name";

/// Everything, or those that came to `outcome`, with how many they are.
pub fn outcome_option(outcome: &str, count: usize) -> String {
    format!("{outcome} ({count})")
}

pub const ALL: &str = "All";
pub const WHICH: &str = "Which images are listed";
pub const ORDER: &str = "In which order images are listed";
pub const NAME_HINT: &str = "Part of a name";
pub const NAME: &str = "Images whose name holds";

/// Which files an image is made of: the first, and how many more.
pub fn and_more(first: &str, more: usize) -> String {
    format!("{first} and {more} more")
}
