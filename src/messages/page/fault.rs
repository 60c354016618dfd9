//! What went wrong on the page, and what the user can do.

pub const TRY_AGAIN_BUTTON: &str = "Try again";

// What to do next, by kind of problem.
pub const ADVICE_EMPTY: &str = "Nothing was lost. Copy or export the file again, then drop it here.";
pub const ADVICE_NOT_AN_IMAGE: &str = "Nothing was lost. Export the image as PNG or JPEG from the program that shows it, then drop that file here.";
pub const ADVICE_DAMAGED: &str =
    "Fetch or export the file again, then drop it here; the original may still be whole.";
pub const ADVICE_TOO_LARGE: &str = "Export it smaller: 4000 pixels a side show all that the model can see.";
pub const ADVICE_NETWORK: &str =
    "Check the connection, then try again. Once loaded, the model stays on this device.";
pub const ADVICE_BUNDLE: &str =
    "Reload the page. If it happens again, this browser or copy of the model cannot be trusted: use another.";
pub const ADVICE_INTERNAL: &str =
    "Try again. If it happens again, reload the page; your images stay on this device.";

pub const TWO_VERSIONS: &str = "two versions of this page met; reload it";
pub const NO_WORKER: &str = "this browser cannot start a worker";
pub const DOES_NOT_START: &str = "the computing part of the page does not start in this browser";
pub const STOPPED_COMPUTING: &str = "the computing part of the page stopped unexpectedly";
pub const MAP_NOT_DRAWN: &str = "its picture cannot be drawn";
pub const TAKEN_OFF: &str = "the file was taken off the page";
pub const STOPPED_AT_FILE: &str = "the part of the page that opens files stopped at this file";
pub const UNEXPECTED_REPLY: &str =
    "the part of the page that opens files answered something else than was asked";

pub fn unread(name: &str) -> String {
    format!("{name} could not be read from this device")
}

pub fn unread_folder(name: &str) -> String {
    format!("the folder {name} could not be read from this device, so that files in it may be missing here")
}

pub fn empty_folder(name: &str) -> String {
    format!("the folder {name} holds no file")
}

pub fn too_many_files(most: usize, left: usize) -> String {
    format!(
        "more than {most} files were dropped; at least {left} were left out, this one first: drop fewer at once"
    )
}

pub fn nested_archive(name: &str) -> String {
    format!("{name} is an archive inside an archive; unpack it first")
}

/// The history is elsewhere, and elsewhere does not answer.
pub const HISTORY_ABSENT: &str = "The history is kept by the computer that serves this page; it cannot be reached now. Nothing on this page is lost; try again later.";

/// A plain file server answers with a page of its own, or with nothing.
pub const NO_HISTORY: &str = "The computer that serves this page keeps no history. Images are examined all the same; start Lantern with \"lantern serve\" to keep cases.";
