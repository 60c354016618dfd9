//! What went wrong on the page, and what the user can do.

texts! {
    TRY_AGAIN_BUTTON = "Try again";

    TWO_VERSIONS = "two versions of this page met; reload it";
    NO_WORKER = "this browser cannot start a worker, so nothing can be computed here; use another browser";
    DOES_NOT_START = "the computing part of the page does not start in this browser; reload the page, or use another browser";
    STOPPED_COMPUTING = "the computing part of the page stopped unexpectedly; try again, and reload the page if it happens again: your images stay on this device";
    MAP_NOT_DRAWN = "its picture cannot be drawn; try again";
    TAKEN_OFF = "the file was taken off the page; drop it again";
    STOPPED_AT_FILE = "the part of the page that opens files stopped at this file; try again, or export the file anew";
    UNEXPECTED_REPLY = "the part of the page that opens files answered something else than was asked; reload the page";
    unread(name: &str) = "{name} could not be read from this device; check that it is still there, then drop it again";
    unread_folder(name: &str) = "the folder {name} could not be read from this device, so that files in it may be missing here; check that it may be opened, then drop it again";
    empty_folder(name: &str) = "the folder {name} holds no file; choose the folder with the images";
    too_many_files(most: usize, left: usize) = "more than {most} files were dropped; at least {left} were left out, this one first: drop fewer at once";
    nested_archive(name: &str) = "{name} is an archive inside an archive; unpack it first";

    /// The history is elsewhere, and elsewhere does not answer.
    HISTORY_ABSENT = "The history is kept by the computer that serves this page; it cannot be reached now. Nothing on this page is lost; try again later.";
    /// A plain file server answers with a page of its own, or with nothing.
    NO_HISTORY = "The computer that serves this page keeps no history. Images are examined all the same; start Lantern with \"lantern serve\" to keep cases.";
}
