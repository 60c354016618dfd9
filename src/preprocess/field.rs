//! The lit field of an image: what a camera saw, without the black border around it.

use super::resize::thumbnail;
use crate::imaging::Image;

/// Pixels a side at which the field is looked for.
const SIDE: u32 = 128;
/// What is darker in all its channels, 0 to 1, is taken for border: compression leaves a little light there.
const DARK: f32 = 0.08;
/// A row or column belongs to the field where this share of it is lit; letters beside the field light less.
const LIT: f32 = 0.08;
/// A field of less than this share of a side is no field but a dark image, which is left whole.
const LEAST: f32 = 0.3;

/// Left, top, width and height of the field, in pixels of the image; all of it where nothing is dark around.
pub(super) fn field(image: &Image) -> (u32, u32, u32, u32) {
    let values = thumbnail(image, SIDE);
    let side = SIDE as usize;
    let is_lit = |column: usize, row: usize| {
        (0..3).any(|channel| values.get((row * side + column) * 3 + channel).is_some_and(|v| *v > DARK))
    };
    let extent = |is_lit: &dyn Fn(usize, usize) -> bool| {
        let enough = |line: &usize| {
            (0..side).filter(|across| is_lit(*line, *across)).count() as f32 >= LIT * side as f32
        };
        let first = (0..side).find(enough)?;
        let last = (0..side).rfind(enough)?;
        ((last - first) as f32 >= LEAST * side as f32).then_some((first, last))
    };
    let whole = (0, 0, image.width(), image.height());
    let (columns, rows) = (extent(&is_lit), extent(&|row, column| is_lit(column, row)));
    let (Some((left, right)), Some((top, bottom))) = (columns, rows) else { return whole };
    let place = |line: usize, length: u32| (line as u64 * u64::from(length) / u64::from(SIDE)) as u32;
    let (x, y) = (place(left, image.width()), place(top, image.height()));
    let (width, height) = (place(right + 1, image.width()) - x, place(bottom + 1, image.height()) - y);
    if width == 0 || height == 0 { whole } else { (x, y, width, height) }
}

#[cfg(test)]
mod tests {
    use super::super::resize::{InputSpec, ResizeMode, resize};
    use super::*;
    use crate::dataset::phantom;
    use crate::imaging;
    use ::image::{Rgb, RgbImage};

    /// A photograph of the eye's ground: a disc of light at `middle`, cut off where the image ends.
    fn fundus(size: (u32, u32), middle: (f32, f32), radius: f32) -> Image {
        let pixels = RgbImage::from_fn(size.0, size.1, |x, y| {
            let (dx, dy) = (x as f32 + 0.5 - middle.0, y as f32 + 0.5 - middle.1);
            // The field's left half is brighter, so that places can be told.
            let light = if dx < 0.0 { 200 } else { 120 };
            Rgb(if dx.hypot(dy) < radius { [light, 60, 20] } else { [4, 3, 5] })
        });
        imaging::read(&phantom::png(pixels.into())).unwrap().0
    }

    #[test]
    fn a_black_border_is_left_out_and_the_same_eye_looks_the_same() {
        let (left, top, width, height) = field(&fundus((600, 400), (280.0, 200.0), 180.0));
        let near = |a: u32, b: f32| (a as f32 - b).abs() <= 12.0;
        assert!(near(left, 100.0) && near(top, 20.0) && near(width, 360.0) && near(height, 360.0));

        let frame = InputSpec { side: 64, channels: 3, resize: ResizeMode::Field };
        let one = resize(&fundus((600, 400), (280.0, 200.0), 180.0), &frame).values;
        let other = resize(&fundus((500, 700), (260.0, 300.0), 230.0), &frame).values;
        let off = one.iter().zip(&other).filter(|(a, b)| (*a - *b).abs() > 0.1).count();
        assert!(off * 20 < one.len(), "{off}");
    }

    #[test]
    fn coordinates_are_those_of_the_whole_image() {
        let image = fundus((600, 400), (280.0, 200.0), 180.0);
        let resized = resize(&image, &InputSpec { side: 64, channels: 3, resize: ResizeMode::Field });
        for (at, light) in [((240.0, 200.0), 200.0), ((320.0, 200.0), 120.0), ((280.0, 60.0), 0.0)] {
            let (u, v) = resized.map.to_input(at);
            let value = resized.values[(v as usize * 64 + u as usize) * 3] * 255.0;
            assert!(light == 0.0 || (value - light).abs() < 5.0, "{at:?}: {value}");
        }
    }

    #[test]
    fn what_has_no_border_and_what_is_all_dark_stays_whole() {
        let bright = fundus((90, 60), (45.0, 30.0), 200.0);
        let dark = fundus((90, 60), (45.0, 30.0), 3.0);
        assert_eq!([field(&bright), field(&dark)], [(0, 0, 90, 60); 2]);
    }
}
