//! Sentences about the frames of a series.

use super::line;
use crate::examination::Answer;

/// How many frames were examined, and how many could not be.
pub fn examined_frames((done, failed): (usize, usize), of: u32) -> String {
    let examined = format!("{done} of {of} examined");
    if failed == 0 { examined } else { format!("{examined}, {failed} could not be") }
}

/// A frame, from 1, and its answer; `None` if it was refused.
pub fn frame_line(frame: u32, answer: Option<&Answer>) -> String {
    match answer {
        Some(answer) => format!("Frame {frame}: {}", line(answer)),
        None => format!("Frame {frame}: refused"),
    }
}

/// The examined frame that stands for the series: with the highest probability, or of many labels with the gravest verdict.
pub fn highest_frame(frame: u32, answer: &Answer) -> String {
    if answer.is_of_many() {
        return format!("first, frame {frame}: {} {}", answer.label(), answer.score());
    }
    format!("highest at frame {frame}: {}", answer.score())
}

/// The frame that the displayed answer or refusal belongs to.
pub fn answer_of_frame(frame: u32, of: u32, looked_at: u32) -> String {
    if frame == looked_at {
        format!("This is about frame {frame} of {of}.")
    } else {
        format!("Frame {looked_at} was not examined yet. This is about frame {frame} of {of}.")
    }
}
