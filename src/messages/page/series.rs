//! A series beside its answer: frames in the list, the curve of scores, the way to the highest frame.

texts! {
    /// In the list, after the outcome.
    frames(count: u32) = " · {count} frames";
    STOP_HINT = "Stop examining the other frames";
    STOP_BUTTON = "Stop";
    HIGHEST_BUTTON = "Go to the highest frame";
    EXAMINE_OTHERS_BUTTON = "Examine the other frames";
    CURVE = "Score of each frame";
    not_examined(frame: u32) = "Frame {frame}: not examined yet";
    failed(frame: u32, why: &str) = "Frame {frame}: could not be examined, {why}";
}
