//! What is said of the frames of a series.

use super::line;
use crate::examination::Answer;

/// How many frames were examined.
pub fn examined_frames(done: usize, of: u32) -> String {
    format!("{done} of {of} examined")
}

/// One frame: its number from 1, and its answer; none where it was refused.
pub fn frame_line(frame: u32, answer: Option<&Answer>) -> String {
    match answer {
        Some(answer) => format!("Frame {frame}: {}", line(answer)),
        None => format!("Frame {frame}: refused"),
    }
}

/// The frame with the highest probability among those examined.
pub fn highest_frame(frame: u32, answer: &Answer) -> String {
    format!("highest at frame {frame}: {}", answer.score())
}

/// Of which frame the answer or refusal in sight is.
pub fn answer_of_frame(frame: u32, of: u32, looked_at: u32) -> String {
    if frame == looked_at {
        format!("This is about frame {frame} of {of}.")
    } else {
        format!("Frame {looked_at} was not examined yet. This is about frame {frame} of {of}.")
    }
}
