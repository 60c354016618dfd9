//! The curve of a series' scores over its frames. A frame that was not examined has no point, and the line is
//! interrupted there.

/// Height of the drawing, from a score of 1 at the top to 0 at the bottom. Its width is the number of frames.
pub const HEIGHT: f32 = 100.0;

/// Frame number from 0, and score from 0 to 1; `None` if the frame was refused or could not be examined.
pub type Scored = (u32, Option<f32>);

/// A curve as `d` attributes of SVG paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Curve {
    /// Line segments between neighbouring frames that both have a score.
    pub line: String,
    /// A point for each frame with a score: a line of zero length, which round caps turn into a dot.
    pub points: String,
    /// A point at the bottom for each frame that was examined without a score.
    pub refused: String,
}

impl Curve {
    /// The curve of the given frames, in ascending order.
    pub fn new(frames: &[Scored]) -> Self {
        let mut curve = Self::default();
        let mut last = None;
        for (frame, score) in frames {
            let x = *frame as f32 + 0.5;
            match score {
                Some(score) => {
                    let y = level(*score);
                    curve.points.push_str(&format!("M{x} {y:.1}h0"));
                    let is_next = last.is_some_and(|last: u32| last + 1 == *frame);
                    curve.line.push_str(&format!("{}{x} {y:.1}", if is_next { 'L' } else { 'M' }));
                    last = Some(*frame);
                }
                None => curve.refused.push_str(&format!("M{x} {HEIGHT}h0")),
            }
        }
        curve
    }
}

/// Distance of a score from the top of the drawing.
pub fn level(score: f32) -> f32 {
    (1.0 - score.clamp(0.0, 1.0)) * HEIGHT
}

/// The frame with the highest score; of equal ones the first.
pub fn highest(frames: &[Scored]) -> Option<(u32, f32)> {
    let scored = frames.iter().filter_map(|(frame, score)| Some((*frame, (*score)?)));
    scored.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// The frame at a fraction of the drawing's width, 0 to 1.
pub fn frame_at(share: f64, count: u32) -> u32 {
    ((share.clamp(0.0, 1.0) * f64::from(count)) as u32).min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_examined_frame_has_its_point_and_no_line_passes_over_another() {
        let frames = [(0, Some(0.5)), (1, Some(1.0)), (2, None), (3, Some(0.0)), (6, Some(0.25))];
        let curve = Curve::new(&frames);
        assert_eq!(curve.points, "M0.5 50.0h0M1.5 0.0h0M3.5 100.0h0M6.5 75.0h0");
        assert_eq!(curve.line, "M0.5 50.0L1.5 0.0M3.5 100.0M6.5 75.0");
        assert_eq!(curve.refused, "M2.5 100h0");
        assert_eq!(Curve::new(&[]), Curve::default());
    }

    #[test]
    fn the_highest_is_the_first_of_equals_and_a_refused_frame_is_none() {
        assert_eq!(highest(&[(0, Some(0.2)), (1, None), (4, Some(0.8)), (5, Some(0.8))]), Some((4, 0.8)));
        assert_eq!(highest(&[(0, None)]), None);
    }

    #[test]
    fn each_frame_owns_an_equal_part_of_the_width() {
        let frames: Vec<u32> = (0..240).map(|i| frame_at((f64::from(i) + 0.5) / 240.0, 60)).collect();
        assert!((0..60).all(|frame| frames.iter().filter(|f| **f == frame).count() == 4));
        assert_eq!([frame_at(-1.0, 60), frame_at(1.0, 60), frame_at(0.5, 0)], [0, 59, 0]);
    }
}
