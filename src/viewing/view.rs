//! The view of an image in a viewport: zoom, pan, quarter turns and mirroring, and the transform between
//! both.

use super::annotation::Point;
use crate::frame::FrameFacts;
use crate::messages::viewing as text;

/// Maximum scale in screen pixels for one image pixel, unless a fitted image exceeds it already.
const MOST_SCALE: f64 = 64.0;
/// Minimum zoom, relative to a fitted image.
const LEAST_ZOOM: f64 = 0.2;

/// How an image is turned: first mirrored left to right, then rotated clockwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Orientation {
    /// Quarter turns clockwise, 0 to 3.
    pub turns: u8,
    /// Whether it is mirrored left to right before the rotation.
    pub is_mirrored: bool,
}

impl Orientation {
    /// Rotated on the screen by a quarter turn clockwise.
    pub fn right(self) -> Self {
        Self { turns: (self.turns + 1) % 4, ..self }
    }

    /// Rotated on the screen by a quarter turn anticlockwise.
    pub fn left(self) -> Self {
        Self { turns: (self.turns + 3) % 4, ..self }
    }

    /// Flipped horizontally on the screen. Mirroring before a rotation equals mirroring after the opposite
    /// rotation.
    pub fn flipped(self) -> Self {
        Self { turns: (4 - self.turns) % 4, is_mirrored: !self.is_mirrored }
    }

    /// Flipped vertically on the screen.
    pub fn upended(self) -> Self {
        self.flipped().right().right()
    }

    /// Directions of the image's axes on the screen: `[x of x, x of y, y of x, y of y]`, each -1, 0 or 1.
    pub(super) fn axes(self) -> [f64; 4] {
        let mirror = if self.is_mirrored { -1.0 } else { 1.0 };
        match self.turns % 4 {
            0 => [mirror, 0.0, 0.0, 1.0],
            1 => [0.0, -1.0, mirror, 0.0],
            2 => [-mirror, 0.0, 0.0, -1.0],
            _ => [0.0, 1.0, -mirror, 0.0],
        }
    }

    /// As text; empty for an image as stored.
    pub fn words(self) -> String {
        let turned = match self.turns {
            0 => "",
            1 => text::CLOCKWISE,
            2 => text::UPSIDE_DOWN,
            _ => text::ANTICLOCKWISE,
        };
        match (self.is_mirrored, self.turns) {
            (true, 0) => text::MIRRORED.into(),
            (true, 2) => text::MIRRORED_DOWN.into(),
            (true, _) => text::mirrored_then(turned),
            (false, _) => turned.into(),
        }
    }
}

/// Orientation, zoom and pan. Stored relative to a fitted image, so that it survives a resize of the viewport
/// and can be shared by images of different sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The image's orientation.
    pub orientation: Orientation,
    /// 1 if the whole image just fits.
    pub zoom: f64,
    /// The point at the centre of the viewport, as fractions of the image's width and height.
    pub center: Point,
}

impl Default for View {
    fn default() -> Self {
        Self { orientation: Orientation::default(), zoom: 1.0, center: Point { x: 0.5, y: 0.5 } }
    }
}

/// The sizes of image and viewport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewLayout {
    /// Width and height of the image, in pixels.
    pub image: (f64, f64),
    /// Height of a pixel divided by its width.
    pub aspect: f64,
    /// Width and height of the viewport, in screen pixels.
    pub viewport: (f64, f64),
}

impl ViewLayout {
    /// A frame in a viewport. Non-square pixels keep their aspect ratio.
    pub fn new(facts: &FrameFacts, viewport: (f64, f64)) -> Self {
        let aspect = facts
            .spacing
            .map(|spacing| spacing.row_mm / spacing.column_mm)
            .or(facts.pixel_height)
            .unwrap_or(1.0);
        let aspect = if aspect.is_finite() && aspect > 0.0 { aspect } else { 1.0 };
        Self { image: (f64::from(facts.width).max(1.0), f64::from(facts.height).max(1.0)), aspect, viewport }
    }

    /// Scale of a fitted image: screen pixels for the width of an image pixel.
    pub fn fit(&self, orientation: Orientation) -> f64 {
        let (wide, high) = (self.image.0, self.image.1 * self.aspect);
        let (wide, high) = if orientation.turns.is_multiple_of(2) { (wide, high) } else { (high, wide) };
        (self.viewport.0.max(1.0) / wide).min(self.viewport.1.max(1.0) / high)
    }
}

impl View {
    /// Screen pixels for the width of an image pixel.
    pub fn scale(&self, layout: &ViewLayout) -> f64 {
        self.zoom * layout.fit(self.orientation)
    }

    /// The transform from image pixels to viewport pixels.
    pub fn transform(&self, layout: &ViewLayout) -> Transform {
        let [xx, xy, yx, yy] = self.orientation.axes();
        let (across, down) = (self.scale(layout), self.scale(layout) * layout.aspect);
        let [xx, xy, yx, yy] = [xx * across, xy * down, yx * across, yy * down];
        let (x, y) = (self.center.x * layout.image.0, self.center.y * layout.image.1);
        let (middle_x, middle_y) = (layout.viewport.0 / 2.0, layout.viewport.1 / 2.0);
        Transform { xx, xy, yx, yy, x0: middle_x - xx * x - xy * y, y0: middle_y - yx * x - yy * y }
    }

    /// Panned by `x` and `y` screen pixels. The viewport's centre always stays on the image.
    pub fn panned(self, layout: &ViewLayout, x: f64, y: f64) -> Self {
        let middle = Point { x: layout.viewport.0 / 2.0 - x, y: layout.viewport.1 / 2.0 - y };
        let at = self.transform(layout).back(middle);
        let share = |at: f64, size: f64| (at / size).clamp(0.0, 1.0);
        Self { center: Point { x: share(at.x, layout.image.0), y: share(at.y, layout.image.1) }, ..self }
    }

    /// Zoomed by a factor about the screen point `at`.
    pub fn zoomed(self, layout: &ViewLayout, at: Point, factor: f64) -> Self {
        let before = self.transform(layout).back(at);
        let fit = layout.fit(self.orientation);
        let most = (MOST_SCALE / fit).max(8.0);
        let zoomed = Self { zoom: (self.zoom * factor).clamp(LEAST_ZOOM, most), ..self };
        let after = zoomed.transform(layout).at(before);
        zoomed.panned(layout, at.x - after.x, at.y - after.y)
    }

    /// At a given scale in screen pixels for the width of an image pixel, with the same centre.
    pub fn at_scale(self, layout: &ViewLayout, scale: f64) -> Self {
        Self { zoom: scale / layout.fit(self.orientation), ..self }
    }

    /// Fitted to the viewport, with the same orientation.
    pub fn fitted(self) -> Self {
        Self { orientation: self.orientation, ..Self::default() }
    }
}

/// A transform from image pixels to viewport pixels: `x' = xx x + xy y + x0`, `y' = yx x + yy y + y0`.
/// Rotations are by quarter turns, so either `xy` and `yx` are 0, or `xx` and `yy`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the formula above says what each is")]
pub struct Transform {
    pub xx: f64,
    pub xy: f64,
    pub yx: f64,
    pub yy: f64,
    pub x0: f64,
    pub y0: f64,
}

impl Transform {
    /// From image to viewport.
    pub fn at(&self, p: Point) -> Point {
        Point { x: self.xx * p.x + self.xy * p.y + self.x0, y: self.yx * p.x + self.yy * p.y + self.y0 }
    }

    /// From viewport to image.
    pub fn back(&self, p: Point) -> Point {
        let determinant = self.xx * self.yy - self.xy * self.yx;
        let (x, y) = (p.x - self.x0, p.y - self.y0);
        Point { x: (self.yy * x - self.xy * y) / determinant, y: (self.xx * y - self.yx * x) / determinant }
    }

    /// The transform for a viewport with `factor` times the pixels.
    pub fn times(self, factor: f64) -> Self {
        let Self { xx, xy, yx, yy, x0, y0 } = self;
        let [xx, xy, yx, yy, x0, y0] = [xx, xy, yx, yy, x0, y0].map(|part| part * factor);
        Self { xx, xy, yx, yy, x0, y0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layout(image: (f64, f64), aspect: f64) -> ViewLayout {
        ViewLayout { image, aspect, viewport: (900.0, 700.0) }
    }

    fn close(a: Point, b: Point) -> bool {
        (a.x - b.x).abs() < 1e-6 && (a.y - b.y).abs() < 1e-6
    }

    const ORIGIN: Point = Point { x: 0.0, y: 0.0 };

    #[test]
    fn turns_and_mirrors_do_on_the_screen_what_they_say() {
        // A square image in a square viewport: its corners are the viewport's.
        let layout = ViewLayout { image: (10.0, 10.0), aspect: 1.0, viewport: (100.0, 100.0) };
        let corner = |orientation| View { orientation, ..View::default() }.transform(&layout).at(ORIGIN);
        let plain = Orientation::default();
        let p = |x, y| Point { x, y };
        for (orientation, expected) in [
            (plain, p(0.0, 0.0)),
            (plain.right(), p(100.0, 0.0)),
            (plain.right().right(), p(100.0, 100.0)),
            (plain.left(), p(0.0, 100.0)),
            (plain.flipped(), p(100.0, 0.0)),
            (plain.upended(), p(0.0, 100.0)),
            (plain.right().flipped(), p(0.0, 0.0)),
            (plain.flipped().right(), p(100.0, 100.0)),
        ] {
            assert!(close(corner(orientation), expected), "{orientation:?}");
        }
        assert_eq!(plain.upended().words(), "mirrored top to bottom");
        assert_eq!(plain.words(), "");
    }

    #[test]
    fn pixels_that_are_not_square_are_shown_as_they_are() {
        let view = View::default();
        let transform = view.transform(&layout((100.0, 100.0), 2.0));
        let (near, far) = (transform.at(ORIGIN), transform.at(Point { x: 100.0, y: 100.0 }));
        assert!((far.y - near.y - 700.0).abs() < 1e-9 && (far.x - near.x - 350.0).abs() < 1e-9);
    }

    #[test]
    fn a_picture_at_its_own_scale_is_one_to_one() {
        let layout = layout((4096.0, 4096.0), 1.0);
        let view = View::default().at_scale(&layout, 1.0);
        assert!((view.transform(&layout).xx - 1.0).abs() < 1e-12);
        assert_eq!(view.fitted(), View::default());
    }

    prop_compose! {
        fn views()(turns in 0u8..4, is_mirrored in any::<bool>(), zoom in 0.3f64..20.0, x in 0.0f64..1.0, y in 0.0f64..1.0) -> View {
            View { orientation: Orientation { turns, is_mirrored }, zoom, center: Point { x, y } }
        }
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_it_began(view in views(), w in 1.0f64..5000.0, h in 1.0f64..5000.0, aspect in 0.2f64..5.0, x in 0.0f64..5000.0, y in 0.0f64..5000.0) {
            let transform = view.transform(&layout((w, h), aspect));
            let there_and_back = transform.back(transform.at(Point { x, y }));
            prop_assert!(close(there_and_back, Point { x, y }), "{:?}", there_and_back);
        }

        #[test]
        fn what_is_zoomed_at_stays(view in views(), factor in 0.9f64..1.2, x in 300.0f64..600.0, y in 250.0f64..450.0) {
            let layout = layout((3000.0, 2000.0), 1.0);
            let at = Point { x, y };
            let zoomed = view.zoomed(&layout, at, factor);
            // Unless the centre would leave the image.
            let inside = [zoomed.center.x, zoomed.center.y].iter().all(|c| (0.001..0.999).contains(c));
            if inside {
                let (a, b) = (view.transform(&layout).back(at), zoomed.transform(&layout).back(at));
                prop_assert!((a.x - b.x).abs() < 1e-6 && (a.y - b.y).abs() < 1e-6);
            }
        }

        #[test]
        fn four_turns_and_two_mirrors_change_nothing(view in views()) {
            let o = view.orientation;
            prop_assert_eq!(o.right().right().right().right(), o);
            prop_assert_eq!(o.right().left(), o);
            prop_assert_eq!(o.flipped().flipped(), o);
            prop_assert_eq!(o.upended().upended(), o);
            prop_assert_eq!(o.flipped().upended(), o.right().right());
        }
    }
}
