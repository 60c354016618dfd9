//! The frame around all routes: top bar, footer, the count of requests, the way back after Clear.

use crate::text::count;

texts! {
    NAME = "Lantern";
    /// The window's title.
    title(outcome: &str) = "{outcome} · {NAME}";
    SKIP_LINK = "Skip to the image";
    NOT_A_DIAGNOSIS = "Not a diagnosis.";
    WHO_DECIDES = "A computer's reading can be wrong. Decisions belong to a clinician.";
    ROUTES = "Rooms";
    CLINIC = "Clinic";
    SELF_CHECK = "Self-check";
    HISTORY = "History";
    CLASSROOM = "Classroom";
    THEME_BUTTON = "Switch between dark and light";
    UNDO_BUTTON = "Undo";
}

pub fn cleared(images: usize) -> String {
    format!("{} cleared from this page.", count(images, "image"))
}

texts! {
    IMAGES_STAY = "Images stay on this device.";
    COUNTED_BY = "Counted by the browser's performance timeline, in the page and in the worker that computes.";
}

/// What the requests since the image was opened were for, after their number: of `all`, so many asked the history.
pub fn requests(all: usize, history: usize) -> &'static str {
    match (all, history) {
        (0, _) => " requests since the image was opened",
        (1, 0) => " request, for the page or a model; none with your image (open: which)",
        (1, _) => " request, to the history; none with your image (open: which)",
        (_, 0) => " requests, all for the page and its models; none with your image (open: which)",
        (all, history) if all == history => {
            " requests, all to the history; none with your image (open: which)"
        }
        _ => " requests, for the page, its models and to the history; none with your image (open: which)",
    }
}
