//! A series beside its answer: frames in the list, the curve of scores, the way to the highest frame.

/// In the list, after the outcome.
pub fn frames(count: u32) -> String {
    format!(" · {count} frames")
}

pub const STOP_HINT: &str = "Stop examining the other frames";
pub const STOP_BUTTON: &str = "Stop";
pub const HIGHEST_BUTTON: &str = "Go to the highest frame";
pub const EXAMINE_OTHERS_BUTTON: &str = "Examine the other frames";
pub const CURVE: &str = "Score of each frame";

pub fn not_examined(frame: u32) -> String {
    format!("Frame {frame}: not examined yet")
}

pub fn failed(frame: u32, why: &str) -> String {
    format!("Frame {frame}: could not be examined, {why}")
}
