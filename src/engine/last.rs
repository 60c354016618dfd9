//! The image that was examined last, kept so that an explanation needs no second examination.

use super::Examined;

/// At most one image with what the network saw in it.
#[derive(Debug, Default)]
pub struct LastExamined(Option<(FrameKey, Examined)>);

/// An image's number, and which of its frames.
type FrameKey = (u32, u32);

impl LastExamined {
    /// Keeps an image in place of the one before.
    pub fn keep(&mut self, key: FrameKey, examined: Examined) {
        self.0 = Some((key, examined));
    }

    /// The image with this key, if it is the kept one and was not refused (the network never ran on a refused image).
    pub fn get(&self, key: FrameKey) -> Option<&Examined> {
        let (own, examined) = self.0.as_ref()?;
        (*own == key && examined.inference.is_some()).then_some(examined)
    }

    /// Drops the image.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}
