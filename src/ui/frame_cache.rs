//! Frames that were shown: scrolling back and forth asks for none again.

use crate::frame::{Frame, Samples};
use crate::protocol::file_worker::FileId;
use std::collections::VecDeque;
use std::rc::Rc;

/// Memory for them, in bytes.
const MOST_BYTES: usize = 192 * 1024 * 1024;

/// A file and the frame's number in it, from 0.
pub type FrameKey = (FileId, u32);

/// Least recently used frames are evicted; the one used last stays, whatever it takes.
#[derive(Default)]
pub struct FrameCache(VecDeque<(FrameKey, Rc<Frame>)>);

impl FrameCache {
    /// A frame that is kept.
    pub fn get(&mut self, key: FrameKey) -> Option<Rc<Frame>> {
        let place = self.0.iter().position(|(other, _)| *other == key)?;
        let entry = self.0.remove(place)?;
        let frame = entry.1.clone();
        self.0.push_back(entry);
        Some(frame)
    }

    /// Keeps a frame.
    pub fn put(&mut self, key: FrameKey, frame: &Rc<Frame>) {
        // It may have been asked for twice.
        self.0.retain(|(other, _)| *other != key);
        self.0.push_back((key, frame.clone()));
        let mut total: usize = self.0.iter().map(|(_, frame)| bytes(frame)).sum();
        while total > MOST_BYTES && self.0.len() > 1 {
            total -= self.0.pop_front().map_or(0, |(_, frame)| bytes(&frame));
        }
    }
}

fn bytes(frame: &Frame) -> usize {
    match &frame.samples {
        Samples::Grey(samples) => 2 * samples.len(),
        Samples::Rgb(samples) => samples.len(),
    }
}
