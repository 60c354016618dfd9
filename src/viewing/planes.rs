//! Draws what a file's overlay planes show over a picture of its frame.

use super::Point;
use super::view::Transform;

/// Seen on dark and on bright; red, green, blue, opacity.
const COLOUR: [u8; 4] = [64, 224, 128, 255];

/// Paints every pixel of the frame that is drawn on, each at least one pixel of the viewport large.
///
/// # Shapes
/// `bits`: one for each pixel of a frame that is `width` pixels wide, as [`crate::frame::Frame::overlay`] has them; `pixels`: those of the
/// viewport, row by row, RGBA in memory order.
pub fn draw(bits: &[u8], width: u32, transform: &Transform, viewport: (u32, u32), pixels: &mut [u32]) {
    let span = |a: f64, b: f64, most: u32| {
        let from = a.min(b).round();
        let to = a.max(b).round().max(from + 1.0);
        let [from, to] = [from, to].map(|end| end.clamp(0.0, most.into()) as usize);
        from..to
    };
    for (number, byte) in bits.iter().enumerate().filter(|(_, byte)| **byte != 0) {
        for place in (0..8).filter(|bit| byte >> bit & 1 == 1).map(|bit| (8 * number) as u32 + bit) {
            let (x, y) = (f64::from(place % width), f64::from(place / width));
            let [a, b] = [0.0, 1.0].map(|end| transform.at(Point { x: x + end, y: y + end }));
            let columns = span(a.x, b.x, viewport.0);
            for row in span(a.y, b.y, viewport.1) {
                let start = row * viewport.0 as usize;
                if let Some(drawn) = pixels.get_mut(start + columns.start..start + columns.end) {
                    drawn.fill(u32::from_ne_bytes(COLOUR));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_pixel_is_seen_at_any_size_and_only_where_it_lies() {
        // 4 x 2 pixels, of which those at (1, 0) and (3, 1) are drawn on.
        let bits = [0b1000_0010];
        let seen = |transform: Transform, (wide, high): (u32, u32)| -> Vec<usize> {
            let mut pixels = vec![0; (wide * high) as usize];
            draw(&bits, 4, &transform, (wide, high), &mut pixels);
            pixels.iter().enumerate().filter(|(_, pixel)| **pixel != 0).map(|(at, _)| at).collect()
        };
        let plain = Transform { xx: 1.0, xy: 0.0, yx: 0.0, yy: 1.0, x0: 0.0, y0: 0.0 };
        assert_eq!(seen(plain, (4, 2)), [1, 7]);
        assert_eq!(seen(Transform { xx: 2.0, yy: 2.0, ..plain }, (8, 4)), [2, 3, 10, 11, 22, 23, 30, 31]);
        // Smaller, mirrored, turned by a quarter, and shifted so that one lies outside.
        assert_eq!(seen(Transform { xx: 0.25, yy: 0.25, ..plain }, (2, 2)), [0, 1]);
        assert_eq!(seen(Transform { xx: -1.0, x0: 4.0, ..plain }, (4, 2)), [2, 4]);
        let turned = Transform { xx: 0.0, xy: -1.0, yx: 1.0, yy: 0.0, x0: 2.0, y0: 0.0 };
        assert_eq!(seen(turned, (2, 4)), [3, 6]);
        assert_eq!(seen(Transform { x0: -2.0, ..plain }, (4, 2)), [5]);
        assert!(seen(Transform { x0: 9.0, ..plain }, (4, 2)).is_empty());
    }
}
