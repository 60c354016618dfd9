//! The list of images.

texts! {
    IMAGES = "Images";
    CLEAR_BUTTON = "Clear";
    NOTHING_FITS = "No image fits this choice.";
    NAMELESS_PATIENT = "A patient without name or number";
    NO_HEADER = "Without a header";
    arriving(done: usize, of: usize) = "Looking at the files: {done} of {of}";
}

/// How many images are through.
pub fn through(done: usize, of: usize, is_paused: bool) -> String {
    match (done == of, is_paused) {
        (true, _) => format!("All {of} are through"),
        (false, true) => format!("Paused: {done} of {of} are through"),
        (false, false) => format!("{done} of {of} are through"),
    }
}

texts! {
    GO_ON_BUTTON = "Go on";
    PAUSE_BUTTON = "Pause";
    THROUGH = "Images that are through";
    CANCEL_BUTTON = "Cancel";
    AS_THEY_CAME = "As they came";
    BY_FINDING = "By what was found";
    MOST_PROBABLE_FIRST = "Most probable first";
    BY_NAME = "By name";
    /// Everything, or those that came to `outcome`, with how many they are.
    outcome_option(outcome: &str, count: usize) = "{outcome} ({count})";
    ALL = "All";
    WHICH = "Which images are listed";
    ORDER = "In which order images are listed";
    NAME_HINT = "Part of a name";
    NAME = "Images whose name holds";
    /// Which files an image is made of: the first, and how many more.
    and_more(first: &str, more: usize) = "{first} and {more} more";
}
