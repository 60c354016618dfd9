//! What went wrong on the page, and what the user can do.

texts! {
    TRY_AGAIN_BUTTON = "Try again";

    // What to do next, by kind of problem.
    ADVICE_EMPTY = "Nothing was lost. Copy or export the file again, then drop it here.";
    ADVICE_NOT_AN_IMAGE = "Nothing was lost. Export the image as PNG or JPEG from the program that shows it, then drop that file here.";
    ADVICE_DAMAGED = "Fetch or export the file again, then drop it here; the original may still be whole.";
    ADVICE_TOO_LARGE = "Export it smaller: 4000 pixels a side show all that the model can see.";
    ADVICE_NETWORK = "Check the connection, then try again. Once loaded, the model stays on this device.";
    ADVICE_BUNDLE = "Reload the page. If it happens again, this browser or copy of the model cannot be trusted: use another.";
    ADVICE_INTERNAL = "Try again. If it happens again, reload the page; your images stay on this device.";

    // What happened.
    TWO_VERSIONS = "two versions of this page met; reload it";
    NO_WORKER = "this browser cannot start a worker";
    DOES_NOT_START = "the computing part of the page does not start in this browser";
    STOPPED_COMPUTING = "the computing part of the page stopped unexpectedly";
    MAP_NOT_DRAWN = "its picture cannot be drawn";
    TAKEN_OFF = "the file was taken off the page";
    STOPPED_AT_FILE = "the part of the page that opens files stopped at this file";
    UNEXPECTED_REPLY = "the part of the page that opens files answered something else than was asked";
    unread(name: &str) = "{name} could not be read from this device";
    unread_folder(name: &str) = "the folder {name} could not be read from this device, so that files in it may be missing here";
    empty_folder(name: &str) = "the folder {name} holds no file";
    too_many_files(most: usize, left: usize) = "more than {most} files were dropped; at least {left} were left out, this one first: drop fewer at once";
    nested_archive(name: &str) = "{name} is an archive inside an archive; unpack it first";

    /// The history is elsewhere, and elsewhere does not answer.
    HISTORY_ABSENT = "The history is kept by the computer that serves this page; it cannot be reached now. Nothing on this page is lost; try again later.";
    /// A plain file server answers with a page of its own, or with nothing.
    NO_HISTORY = "The computer that serves this page keeps no history. Images are examined all the same; start Lantern with \"lantern serve\" to keep cases.";
}
