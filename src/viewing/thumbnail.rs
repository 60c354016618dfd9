//! A small picture of a frame for lists: fast rather than exact, without a histogram of all pixels.

use super::annotation::Point;
use super::view::{View, ViewLayout};
use crate::frame::{Frame, Samples, VoiLut};

/// Sampling positions inside a pixel of the thumbnail.
const PLACES: [(f64, f64); 4] = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];

/// A thumbnail of `side * side` pixels, RGBA: the whole frame, with the file's first window, or from the
/// lowest to the highest sampled value. Transparent beside the frame.
pub fn thumbnail(frame: &Frame, side: u32) -> Vec<u8> {
    let facts = &frame.facts;
    let side = side.max(1);
    let layout = ViewLayout::new(facts, (f64::from(side), f64::from(side)));
    let transform = View::default().transform(&layout);
    let read = |x: u32, y: u32, (dx, dy): (f64, f64)| {
        let at = transform.back(Point { x: f64::from(x) + dx, y: f64::from(y) + dy });
        let is_inside = (0.0..layout.image.0).contains(&at.x) && (0.0..layout.image.1).contains(&at.y);
        // Beside the image a place may be beyond all numbers.
        let index = || at.y as usize * facts.width as usize + at.x as usize;
        is_inside.then(|| value(frame, index())).flatten()
    };
    let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    let read: Vec<[Option<[f64; 3]>; 4]> =
        pixels.map(|(x, y)| PLACES.map(|place| read(x, y, place))).collect();
    let Some(grey) = &facts.modality_lut else {
        return read.iter().flat_map(|four| pixel(four, |value| value)).collect();
    };
    let values = || read.iter().flatten().flatten().map(|[value, ..]| *value).filter(|value| !value.is_nan());
    let (low, high) =
        values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let measured =
        VoiLut::LinearExact { center: (low + high) / 2.0, width: (high - low).max(f64::MIN_POSITIVE) };
    let window = facts.first_window(|| None).unwrap_or(measured);
    let shade = |value: f64| {
        if value.is_nan() {
            return 0.0;
        }
        let brightness = window.brightness(value);
        255.0 * if grey.is_inverted { 1.0 - brightness } else { brightness }
    };
    read.iter().flat_map(|four| pixel(four, |[value, ..]| [shade(value); 3])).collect()
}

/// The value of a pixel: a real value three times, or red, green and blue.
fn value(frame: &Frame, index: usize) -> Option<[f64; 3]> {
    match (&frame.samples, &frame.facts.modality_lut) {
        (Samples::Grey(samples), Some(grey)) => {
            let stored = *samples.get(index)?;
            // Not a number: no image, and black.
            let is_image = !grey.is_padding(stored);
            Some([if is_image { grey.real(f64::from(stored)) } else { f64::NAN }; 3])
        }
        (Samples::Rgb(samples), _) => {
            samples.as_chunks::<3>().0.get(index).map(|colours| colours.map(f64::from))
        }
        (Samples::Grey(_), None) => None,
    }
}

/// The displayed mean of a pixel's samples.
fn pixel(four: &[Option<[f64; 3]>; 4], show: impl Fn([f64; 3]) -> [f64; 3]) -> [u8; 4] {
    let shown: Vec<[f64; 3]> = four.iter().flatten().map(|value| show(*value)).collect();
    let mean = |channel: usize| {
        let sum: f64 = shown.iter().filter_map(|colours| colours.get(channel)).sum();
        (sum / shown.len().max(1) as f64).round() as u8
    };
    [mean(0), mean(1), mean(2), if shown.is_empty() { 0 } else { u8::MAX }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::plane::Plane;
    use crate::frame::{FrameFacts, ModalityLut, WindowLevel};

    fn frame(width: u32, height: u32, samples: Samples) -> Frame {
        let facts = FrameFacts {
            width,
            height,
            modality_lut: None,
            spacing: None,
            pixel_height: None,
            windows: vec![],
            plane: Plane::default(),
        };
        Frame { facts, samples, overlay: Vec::new() }
    }

    #[test]
    fn a_wide_picture_keeps_its_colours_and_its_shape() {
        // Two pixels, red and grey: twice as wide as high.
        let frame = frame(2, 1, Samples::Rgb(vec![200, 0, 0, 90, 90, 90]));
        let small = thumbnail(&frame, 4);
        let at = |x: usize, y: usize| <[u8; 4]>::try_from(&small[(y * 4 + x) * 4..][..4]).unwrap();
        assert_eq!(small.len(), 64);
        assert_eq!((at(0, 0), at(3, 3)), ([0, 0, 0, 0], [0, 0, 0, 0]));
        assert_eq!((at(0, 1), at(1, 2), at(3, 1)), ([200, 0, 0, 255], [200, 0, 0, 255], [90, 90, 90, 255]));
    }

    #[test]
    fn grey_goes_through_the_window_and_is_turned_where_the_file_says_so() {
        let mut frame = frame(2, 2, Samples::Grey([0, 100].repeat(2)));
        frame.facts.modality_lut = Some(ModalityLut {
            slope: 1.0,
            intercept: 0.0,
            unit: String::new(),
            is_inverted: false,
            padding: None,
        });
        let shape = VoiLut::LinearExact { center: 127.5, width: 255.0 };
        frame.facts.windows = vec![WindowLevel { name: String::new(), shape }];
        let at = |frame: &Frame| [0, 1].map(|x: usize| thumbnail(frame, 2)[x * 4]);
        assert_eq!(at(&frame), [0, 100]);
        frame.facts.windows.clear();
        assert_eq!(at(&frame), [0, 255], "from the lowest value to the highest");
        frame.facts.modality_lut.as_mut().unwrap().is_inverted = true;
        assert_eq!(at(&frame), [255, 0]);
        frame.samples = Samples::Grey(vec![]);
        assert_eq!(thumbnail(&frame, 2), [0; 16], "a frame that is cut short shows nothing");
    }
}
