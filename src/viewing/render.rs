//! Rendering of a frame into a viewport, limited to the visible part. First the values at the viewport's
//! pixels are sampled, which depends on zoom and shift; then they are mapped to brightness, which depends on
//! the window.

use super::view::Transform;
use crate::frame::{Frame, Samples};
use std::rc::Rc;

/// Interpolation when an image is enlarged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sampling {
    /// Bilinear.
    #[default]
    Smooth,
    /// Nearest neighbour.
    Exact,
}

/// A sample type that can be interpolated.
trait Sample: Copy + Default {
    /// Bilinear interpolation of four samples; `x` and `y` are fractions in units of 1/256.
    fn between(four: [Self; 4], x: u32, y: u32) -> Self;
}

fn between(four: [u32; 4], x: u32, y: u32) -> u32 {
    let [a, b, c, d] = four;
    let (upper, lower) = (a * (256 - x) + b * x, c * (256 - x) + d * x);
    // At most 65535 * 65536 + 32768, which fits into 32 bits.
    (upper * (256 - y) + lower * y + 32_768) >> 16
}

impl Sample for u16 {
    fn between(four: [Self; 4], x: u32, y: u32) -> Self {
        between(four.map(u32::from), x, y) as Self
    }
}

impl Sample for [u8; 3] {
    fn between([a, b, c, d]: [Self; 4], x: u32, y: u32) -> Self {
        let channel = |a, b, c, d| between([a, b, c, d].map(u32::from), x, y) as u8;
        let ([a0, a1, a2], [b0, b1, b2], [c0, c1, c2], [d0, d1, d2]) = (a, b, c, d);
        [channel(a0, b0, c0, d0), channel(a1, b1, c1, d1), channel(a2, b2, c2, d2)]
    }
}

/// An image of samples, row by row.
struct Level<P> {
    width: usize,
    height: usize,
    samples: Vec<P>,
}

/// The image at half size: each sample is the mean of four. With an odd size, the last row or column is
/// repeated.
fn halved<P: Sample>(width: usize, height: usize, samples: &[P]) -> Level<P> {
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let mut half = Vec::with_capacity(half_width * half_height);
    for y in 0..half_height {
        let row = |y: usize| samples.get(y.min(height - 1) * width..).unwrap_or_default();
        let pairs = |y| row(y).get(..width).unwrap_or_default().chunks(2);
        for (upper, lower) in pairs(2 * y).zip(pairs(2 * y + 1)) {
            if let ([a, .., b], [c, .., d]) = (upper, lower) {
                half.push(P::between([*a, *b, *c, *d], 128, 128));
            } else if let ([a], [c]) = (upper, lower) {
                half.push(P::between([*a, *a, *c, *c], 128, 128));
            }
        }
    }
    Level { width: half_width, height: half_height, samples: half }
}

enum Levels {
    Grey(Vec<Level<u16>>),
    Rgb(Vec<Level<[u8; 3]>>),
}

/// An image pyramid: the frame and copies of it, each half as large, made on demand. A reduced image is
/// sampled from one of them, which is fast and avoids aliasing.
pub struct Pyramid {
    frame: Rc<Frame>,
    levels: Levels,
}

impl Pyramid {
    /// A pyramid without copies.
    pub fn new(frame: Rc<Frame>) -> Self {
        let levels = match frame.samples {
            Samples::Grey(_) => Levels::Grey(vec![]),
            Samples::Rgb(_) => Levels::Rgb(vec![]),
        };
        Self { frame, levels }
    }

    /// The original frame.
    pub fn frame(&self) -> &Rc<Frame> {
        &self.frame
    }

    /// The values at the viewport's pixels.
    pub fn resample(&mut self, transform: &Transform, viewport: (u32, u32), sampling: Sampling) -> Resampled {
        let facts = &self.frame.facts;
        let whole = (facts.width as usize, facts.height as usize);
        let (samples_x, samples_y) =
            (axis_scale(transform.xx, transform.yx), axis_scale(transform.xy, transform.yy));
        let depth = (1.0 / samples_x.max(samples_y)).log2().clamp(0.0, 15.0) as usize;
        let place = Sampler { transform, viewport, sampling, whole };
        let (values, inside) = match (&self.frame.samples, &mut self.levels) {
            (Samples::Grey(samples), Levels::Grey(levels)) => {
                let (values, inside) = place.read(samples, levels, depth);
                (Values::Grey(values), inside)
            }
            (Samples::Rgb(samples), Levels::Rgb(levels)) => {
                let (values, inside) = place.read(samples.as_chunks::<3>().0, levels, depth);
                (Values::Rgb(values), inside)
            }
            // Both are made together and always have the same type.
            _ => (Values::Grey(vec![]), Inside::default()),
        };
        Resampled { width: viewport.0 as usize, height: viewport.1 as usize, inside, values }
    }
}

/// Screen pixels for one pixel along an axis of the image.
fn axis_scale(x: f64, y: f64) -> f64 {
    x.abs().max(y.abs()).max(1e-9)
}

/// The part of a viewport that shows the image: `wide` columns from `left`, and rows from `top`.
#[derive(Clone, Copy, Default)]
struct Inside {
    left: usize,
    top: usize,
    wide: usize,
}

enum Values {
    Grey(Vec<u16>),
    Rgb(Vec<[u8; 3]>),
}

/// The sampled values of a viewport, before windowing.
pub struct Resampled {
    width: usize,
    height: usize,
    inside: Inside,
    values: Values,
}

impl Resampled {
    /// Paints the viewport: `width * height` pixels, RGBA in memory order. Grey values are mapped by
    /// `shades`, a table with an entry for each stored value; colours are inverted if `is_inverted`. Pixels
    /// outside the image are transparent.
    ///
    /// # Shapes
    /// `shades`: 65536 entries; `pixels`: resized to `width * height`.
    pub fn paint(&self, shades: &[u8], is_inverted: bool, pixels: &mut Vec<u32>) {
        pixels.clear();
        pixels.resize(self.width * self.height, 0);
        let Inside { left, top, wide } = self.inside;
        if wide == 0 {
            return;
        }
        let rows = pixels.chunks_exact_mut(self.width).skip(top);
        let rows = rows.filter_map(|row| row.get_mut(left..left + wide));
        match &self.values {
            Values::Grey(values) => {
                for (row, values) in rows.zip(values.chunks_exact(wide)) {
                    for (pixel, value) in row.iter_mut().zip(values) {
                        let shade = shades.get(usize::from(*value)).copied().unwrap_or(0);
                        *pixel = u32::from_ne_bytes([shade, shade, shade, u8::MAX]);
                    }
                }
            }
            Values::Rgb(values) => {
                let turn = if is_inverted { u8::MAX } else { 0 };
                for (row, values) in rows.zip(values.chunks_exact(wide)) {
                    for (pixel, [r, g, b]) in row.iter_mut().zip(values) {
                        *pixel = u32::from_ne_bytes([r ^ turn, g ^ turn, b ^ turn, u8::MAX]);
                    }
                }
            }
        }
    }
}

struct Sampler<'a> {
    transform: &'a Transform,
    viewport: (u32, u32),
    sampling: Sampling,
    whole: (usize, usize),
}

/// What one column or row of the viewport samples: two offsets, and the fraction between them in units of
/// 1/256.
#[derive(Clone, Copy)]
struct Tap {
    near: usize,
    far: usize,
    weight: u32,
}

impl Sampler<'_> {
    fn read<P: Sample>(&self, samples: &[P], levels: &mut Vec<Level<P>>, depth: usize) -> (Vec<P>, Inside) {
        while levels.len() < depth {
            let next = match levels.last() {
                Some(last) => halved(last.width, last.height, &last.samples),
                None => halved(self.whole.0, self.whole.1, samples),
            };
            levels.push(next);
        }
        match depth.checked_sub(1).and_then(|above| levels.get(above)) {
            Some(level) => self.sample(&level.samples, (level.width, level.height), depth),
            None => self.sample(samples, self.whole, 0),
        }
    }

    /// Rotations are by quarter turns, so a column of the viewport is a column or a row of the image. The
    /// sampling positions are therefore computed once for each column and each row.
    fn sample<P: Sample>(&self, samples: &[P], size: (usize, usize), depth: usize) -> (Vec<P>, Inside) {
        let t = self.transform;
        let along_x = |scale, start, count| self.taps(scale, start, count, (self.whole.0, size.0, 1), depth);
        let along_y =
            |scale, start, count| self.taps(scale, start, count, (self.whole.1, size.1, size.0), depth);
        let ((left, columns), (top, rows)) = if t.xx != 0.0 {
            (along_x(t.xx, t.x0, self.viewport.0), along_y(t.yy, t.y0, self.viewport.1))
        } else {
            (along_y(t.xy, t.x0, self.viewport.0), along_x(t.yx, t.y0, self.viewport.1))
        };
        let mut values = Vec::with_capacity(columns.len() * rows.len());
        for row in &rows {
            let (upper, lower) =
                (samples.get(row.near..).unwrap_or_default(), samples.get(row.far..).unwrap_or_default());
            values.extend(columns.iter().map(|column| {
                let at = |part: &[P], offset| part.get(offset).copied().unwrap_or_default();
                let four = [
                    at(upper, column.near),
                    at(upper, column.far),
                    at(lower, column.near),
                    at(lower, column.far),
                ];
                P::between(four, column.weight, row.weight)
            }));
        }
        (values, Inside { left, top, wide: columns.len() })
    }

    /// The first column (or row) of the viewport that meets the image, and the sampling positions from there
    /// on. `(whole, size, stride)`: pixels along this axis of the image, of the level that is sampled, and
    /// the distance between neighbouring samples.
    fn taps(
        &self,
        scale: f64,
        start: f64,
        count: u32,
        (whole, size, stride): (usize, usize, usize),
        depth: usize,
    ) -> (usize, Vec<Tap>) {
        let shrink = 1.0 / (1u32 << depth.min(31)) as f64;
        let place = |i: u32| (f64::from(i) + 0.5 - start) / scale;
        let is_inside = |i: &u32| (0.0..whole as f64).contains(&place(*i));
        let first = (0..count).find(is_inside).unwrap_or(count);
        let tap = |i: u32| {
            let at = place(i) * shrink;
            let (near, share) = match self.sampling {
                Sampling::Smooth => ((at - 0.5).floor(), (at - 0.5) - (at - 0.5).floor()),
                Sampling::Exact => (at.floor(), 0.0),
            };
            let last = size.saturating_sub(1) as f64;
            let offset = |at: f64| at.clamp(0.0, last) as usize * stride;
            Tap { near: offset(near), far: offset(near + 1.0), weight: (share * 256.0) as u32 }
        };
        (first as usize, (first..count).take_while(is_inside).map(tap).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{FrameFacts, ModalityLut};
    use crate::viewing::Point;
    use crate::viewing::view::{Orientation, View, ViewLayout};
    use proptest::prelude::*;

    fn frame(width: u32, height: u32, samples: Samples) -> Rc<Frame> {
        let grey = ModalityLut {
            slope: 1.0,
            intercept: 0.0,
            unit: String::new(),
            is_inverted: false,
            padding: None,
        };
        let grey = matches!(samples, Samples::Grey(_)).then_some(grey);
        Rc::new(Frame {
            facts: FrameFacts {
                width,
                height,
                modality_lut: grey,
                spacing: None,
                pixel_height: None,
                windows: vec![],
                plane: Default::default(),
            },
            samples,
            overlay: Vec::new(),
        })
    }

    /// An identity table for values up to 255.
    fn plain() -> Vec<u8> {
        (0..65_536).map(|v: u32| v.min(255) as u8).collect()
    }

    fn painted(pyramid: &mut Pyramid, view: View, viewport: (u32, u32), sampling: Sampling) -> Vec<[u8; 4]> {
        let layout = ViewLayout::new(&pyramid.frame().facts, (viewport.0.into(), viewport.1.into()));
        let mut pixels = vec![];
        let transform = view.transform(&layout);
        pyramid.resample(&transform, viewport, sampling).paint(&plain(), false, &mut pixels);
        pixels.into_iter().map(u32::to_ne_bytes).collect()
    }

    #[test]
    fn one_to_one_shows_every_value() {
        let values: Vec<u16> = (0..6).collect();
        let mut pyramid = Pyramid::new(frame(3, 2, Samples::Grey(values)));
        for sampling in [Sampling::Smooth, Sampling::Exact] {
            let seen = painted(&mut pyramid, View::default(), (3, 2), sampling);
            assert_eq!(seen, (0..6).map(|v| [v, v, v, 255]).collect::<Vec<_>>());
        }
    }

    #[test]
    fn outside_the_image_there_is_nothing() {
        let mut pyramid = Pyramid::new(frame(2, 2, Samples::Grey(vec![9; 4])));
        let seen = painted(&mut pyramid, View::default(), (8, 4), Sampling::Smooth);
        let row = |x: usize| seen[8 + x];
        assert_eq!([row(1), row(2), row(5), row(6)], [[0; 4], [9, 9, 9, 255], [9, 9, 9, 255], [0; 4]]);
    }

    #[test]
    fn enlarged_it_goes_evenly_from_value_to_value_or_shows_squares() {
        let mut pyramid = Pyramid::new(frame(2, 1, Samples::Grey(vec![0, 80])));
        let seen = |sampling, pyramid: &mut Pyramid| -> Vec<u8> {
            painted(pyramid, View::default(), (8, 4), sampling)[8..16].iter().map(|p| p[0]).collect()
        };
        assert_eq!(seen(Sampling::Smooth, &mut pyramid), [0, 0, 10, 30, 50, 70, 80, 80]);
        assert_eq!(seen(Sampling::Exact, &mut pyramid), [0, 0, 0, 0, 80, 80, 80, 80]);
    }

    #[test]
    fn made_small_it_shows_means() {
        // Without averaging, stripes of 0 and 200 would become all 0 or all 200.
        let values = (0..64 * 64).map(|i| if i % 2 == 0 { 0 } else { 200 }).collect();
        let mut pyramid = Pyramid::new(frame(64, 64, Samples::Grey(values)));
        let seen = painted(&mut pyramid, View::default(), (16, 16), Sampling::Smooth);
        assert!(seen.iter().all(|p| *p == [100, 100, 100, 255]), "{seen:?}");
        // Odd size: the last column is repeated.
        let level = halved(3, 1, &[10u16, 20, 90]);
        assert_eq!((level.width, level.height, level.samples), (2, 1, vec![15, 90]));
    }

    #[test]
    fn the_brightest_values_do_not_overflow() {
        assert_eq!(u16::between([u16::MAX; 4], 128, 77), u16::MAX);
        assert_eq!(u16::between([0, u16::MAX, 0, u16::MAX], 0, 0), 0);
    }

    #[test]
    fn colours_keep_their_channels_and_turn_around() {
        let mut pyramid = Pyramid::new(frame(2, 1, Samples::Rgb(vec![1, 2, 3, 4, 5, 6])));
        assert_eq!(
            painted(&mut pyramid, View::default(), (2, 1), Sampling::Exact),
            [[1, 2, 3, 255], [4, 5, 6, 255]]
        );
        let transform = Transform { xx: 1.0, xy: 0.0, yx: 0.0, yy: 1.0, x0: 0.0, y0: 0.0 };
        let mut pixels = vec![];
        pyramid.resample(&transform, (1, 1), Sampling::Exact).paint(&[], true, &mut pixels);
        assert_eq!(pixels[0].to_ne_bytes(), [254, 253, 252, 255]);
    }

    proptest! {
        /// For any rotation, mirroring, zoom and shift: each pixel of the screen shows the value at the
        /// position that the transform gives, which also places annotations and overlays.
        #[test]
        fn what_is_painted_lies_where_the_map_says(
            turns in 0u8..4, is_mirrored in any::<bool>(), zoom in 0.5f64..6.0, x in 0.0f64..1.0, y in 0.0f64..1.0,
            wide in 1u32..12, high in 1u32..12,
        ) {
            let values = (0..wide * high).map(|v| v as u16 + 1).collect();
            let mut pyramid = Pyramid::new(frame(wide, high, Samples::Grey(values)));
            let view = View { orientation: Orientation { turns, is_mirrored }, zoom, center: Point { x, y } };
            let seen = painted(&mut pyramid, view, (40, 30), Sampling::Exact);
            let layout = ViewLayout::new(&pyramid.frame().facts, (40.0, 30.0));
            let transform = view.transform(&layout);
            // Only at a scale where no reduced copy is used, because those hold means.
            prop_assume!(view.scale(&layout) >= 1.0);
            for (i, pixel) in seen.iter().enumerate() {
                let at = transform.back(Point { x: (i % 40) as f64 + 0.5, y: (i / 40) as f64 + 0.5 });
                let edge = |v: f64| (v - v.round()).abs() < 1e-6;
                if edge(at.x) || edge(at.y) {
                    continue;
                }
                let inside = (0.0..f64::from(wide)).contains(&at.x) && (0.0..f64::from(high)).contains(&at.y);
                let expected = if inside { (at.y as u32 * wide + at.x as u32 + 1) as u8 } else { 0 };
                prop_assert_eq!(pixel[0], expected);
            }
        }
    }
}
