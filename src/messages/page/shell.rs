//! The frame around all rooms: top bar, footer, the count of requests, the way back after Clear.

use crate::text::count;

pub const NAME: &str = "Lantern";

/// The window's title.
pub fn title(outcome: &str) -> String {
    format!("{outcome} · {NAME}")
}

pub const SKIP_LINK: &str = "Skip to the image";
pub const NOT_A_DIAGNOSIS: &str = "Not a diagnosis.";
pub const WHO_DECIDES: &str = "A computer's reading can be wrong. Decisions belong to a clinician.";
pub const ROOMS: &str = "Rooms";
pub const CLINIC: &str = "Clinic";
pub const SELF_CHECK: &str = "Self-check";
pub const HISTORY: &str = "History";
pub const THEME_BUTTON: &str = "Switch between dark and light";
pub const UNDO_BUTTON: &str = "Undo";

pub fn cleared(images: usize) -> String {
    format!("{} cleared from this page.", count(images, "image"))
}

pub const IMAGES_STAY: &str = "Images stay on this device.";
pub const COUNTED_BY: &str =
    "Counted by the browser's performance timeline, in the page and in the worker that computes.";

/// What the requests since the image was opened were for, after their number: of `all`, so many asked the history.
pub fn requests(all: usize, history: usize) -> &'static str {
    match (all, history) {
        (0, _) => " requests since the image was opened",
        (1, 0) => " request, for a model; none with your image (open: which)",
        (1, _) => " request, to the history; none with your image (open: which)",
        (_, 0) => " requests, all for models; none with your image (open: which)",
        (all, history) if all == history => {
            " requests, all to the history; none with your image (open: which)"
        }
        _ => " requests, for models and to the history; none with your image (open: which)",
    }
}
