//! Distances, angles and regions in real units.

use super::annotation::{AnnotationShape, Point};
use crate::frame::{Frame, FrameFacts, ModalityLut, Samples, SpacingKind};
use crate::messages::viewing as text;
use std::f64::consts::PI;

/// The size of one pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// A pixel's width.
    pub x: f64,
    /// A pixel's height.
    pub y: f64,
    /// The unit of both.
    pub unit: LengthUnit,
}

/// A unit of length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthUnit {
    /// Millimetres in the patient.
    Mm,
    /// Millimetres at the detector, where the image is magnified.
    MmAtDetector,
    /// Pixels, because the file has no pixel spacing.
    Pixels,
}

impl Scale {
    /// The scale of a frame; in pixels if the file has no valid spacing.
    pub fn of(facts: &FrameFacts) -> Self {
        let is_length = |mm: f64| mm.is_finite() && mm > 0.0;
        match facts.spacing {
            Some(spacing) if is_length(spacing.column_mm) && is_length(spacing.row_mm) => {
                let unit = match spacing.kind {
                    SpacingKind::Patient => LengthUnit::Mm,
                    SpacingKind::Detector => LengthUnit::MmAtDetector,
                };
                Self { x: spacing.column_mm, y: spacing.row_mm, unit }
            }
            _ => Self { x: 1.0, y: 1.0, unit: LengthUnit::Pixels },
        }
    }

    fn between(&self, a: Point, b: Point) -> (f64, f64) {
        ((b.x - a.x) * self.x, (b.y - a.y) * self.y)
    }

    /// A length as text.
    fn length(&self, length: f64) -> String {
        match self.unit {
            LengthUnit::Mm => text::mm(&figure(length)),
            LengthUnit::MmAtDetector => text::mm_at_detector(&figure(length)),
            LengthUnit::Pixels => text::pixels(&figure(length)),
        }
    }

    /// An area as text.
    fn area(&self, area: f64) -> String {
        match self.unit {
            LengthUnit::Mm => text::square_mm(&figure(area)),
            LengthUnit::MmAtDetector => text::square_mm_at_detector(&figure(area)),
            LengthUnit::Pixels => text::pixels(&figure(area)),
        }
    }
}

/// The result of a measurement.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// A length, in the scale's unit.
    Distance(f64),
    /// An angle in degrees, 0 to 180.
    Angle(f64),
    /// An area, in the scale's unit squared, and the statistics of its values; `None` for colour, or if no
    /// pixel centre lies inside.
    Region(f64, Option<RegionStatistics>),
}

/// Statistics of the real values of pixels whose centres lie in a region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegionStatistics {
    /// Number of pixels.
    pub count: u64,
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation (divided by count - 1); 0 for one pixel.
    pub deviation: f64,
    /// Minimum.
    pub min: f64,
    /// Maximum.
    pub max: f64,
}

/// Measures an annotation on its frame.
pub fn measure(frame: &Frame, shape: &AnnotationShape) -> Measure {
    let scale = Scale::of(&frame.facts);
    match *shape {
        AnnotationShape::Distance { from, to } => {
            let (x, y) = scale.between(from, to);
            Measure::Distance(x.hypot(y))
        }
        AnnotationShape::Angle { from, at, to } => {
            let ((ax, ay), (bx, by)) = (scale.between(at, from), scale.between(at, to));
            Measure::Angle((ax * by - ay * bx).abs().atan2(ax * bx + ay * by).to_degrees())
        }
        AnnotationShape::Rectangle { from, to } => {
            let (x, y) = scale.between(from, to);
            Measure::Region((x * y).abs(), statistics(frame, from, to, |_| Some(1.0)))
        }
        AnnotationShape::Ellipse { from, to } => {
            let (x, y) = scale.between(from, to);
            // Half the width of the ellipse at height `v`, as a fraction of its half axis.
            let half = |v: f64| (v.abs() <= 1.0).then(|| (1.0 - v * v).sqrt());
            Measure::Region(PI / 4.0 * (x * y).abs(), statistics(frame, from, to, half))
        }
    }
}

/// Statistics of a region between two corners. `half` gives the half width of a row, as a fraction of half
/// the region's width, from its height: -1 at the top to 1 at the bottom. `None` outside.
fn statistics(
    frame: &Frame,
    a: Point,
    b: Point,
    half: impl Fn(f64) -> Option<f64>,
) -> Option<RegionStatistics> {
    let (Samples::Grey(samples), Some(grey)) = (&frame.samples, &frame.facts.modality_lut) else {
        return None;
    };
    let (wide, high) = (frame.facts.width as usize, frame.facts.height as usize);
    let (middle, radius) =
        (((a.x + b.x) / 2.0, (a.y + b.y) / 2.0), ((b.x - a.x).abs() / 2.0, (b.y - a.y).abs() / 2.0));
    // The range of pixels whose centres lie in `from..to`.
    let span = |from: f64, to: f64, size: usize| {
        let first = |edge: f64| (edge - 0.5).ceil().clamp(0.0, size as f64) as usize;
        first(from)..first(to)
    };
    let mut sums = Sums { count: 0, sum: 0, squares: 0, min: u16::MAX, max: 0 };
    for (row, y) in
        samples.chunks_exact(wide.max(1)).zip(0..).take(high).skip(span(middle.1 - radius.1, 0.0, high).start)
    {
        let centre = y as f64 + 0.5;
        if centre >= middle.1 + radius.1 {
            break;
        }
        if let Some(share) = half((centre - middle.1) / radius.1) {
            let reach = share * radius.0;
            let pixels = row.get(span(middle.0 - reach, middle.0 + reach, wide)).unwrap_or_default();
            sums.add(pixels.iter().copied().filter(|stored| !grey.is_padding(*stored)));
        }
    }
    sums.statistics(grey)
}

/// Integer sums of stored values, so that nothing is rounded: 2^32 pixels of 16 bits fit.
struct Sums {
    count: u64,
    sum: u64,
    squares: u64,
    min: u16,
    max: u16,
}

impl Sums {
    fn add(&mut self, values: impl Iterator<Item = u16>) {
        for value in values {
            let wide = u64::from(value);
            self.count += 1;
            self.sum += wide;
            self.squares += wide * wide;
            self.min = self.min.min(value);
            self.max = self.max.max(value);
        }
    }

    fn statistics(&self, grey: &ModalityLut) -> Option<RegionStatistics> {
        let count = self.count;
        let mean = (count > 0).then(|| self.sum as f64 / count as f64)?;
        let (n, sum, squares) = (u128::from(count), u128::from(self.sum), u128::from(self.squares));
        let spread = (n * squares).saturating_sub(sum * sum) as f64;
        let variance = if count > 1 { spread / (n * (n - 1)) as f64 } else { 0.0 };
        let (a, b) = (grey.real(self.min.into()), grey.real(self.max.into()));
        let deviation = variance.sqrt() * grey.slope.abs();
        Some(RegionStatistics { count, mean: grey.real(mean), deviation, min: a.min(b), max: a.max(b) })
    }
}

impl Measure {
    /// As text with units, one line for each value.
    pub fn lines(&self, facts: &FrameFacts) -> Vec<String> {
        let scale = Scale::of(facts);
        match self {
            Self::Distance(length) => vec![scale.length(*length)],
            Self::Angle(degrees) => vec![format!("{degrees:.1}°")],
            Self::Region(area, None) => vec![text::area(&scale.area(*area))],
            Self::Region(area, Some(values)) => {
                let unit = facts.modality_lut.as_ref().map(|grey| grey.unit.as_str()).unwrap_or_default();
                let space = if unit.is_empty() { "" } else { " " };
                let mean = format!("{}{space}{unit}", figure(values.mean));
                vec![
                    text::mean(&mean, &figure(values.deviation)),
                    text::range(&figure(values.min), &figure(values.max)),
                    text::area(&scale.area(*area)),
                ]
            }
        }
    }
}

impl Frame {
    /// The value of the pixel at a point, as text with its unit; `None` outside the frame.
    pub fn value_at(&self, at: Point) -> Option<String> {
        let (wide, high) = (f64::from(self.facts.width), f64::from(self.facts.height));
        if !((0.0..wide).contains(&at.x) && (0.0..high).contains(&at.y)) {
            return None;
        }
        let index = at.y as usize * self.facts.width as usize + at.x as usize;
        match (&self.samples, &self.facts.modality_lut) {
            (Samples::Grey(samples), Some(grey)) => {
                let value = figure(grey.real(f64::from(*samples.get(index)?)));
                Some(format!("{value} {}", grey.unit).trim_end().to_string())
            }
            (Samples::Rgb(samples), _) => Some(text::colour(*samples.as_chunks::<3>().0.get(index)?)),
            _ => None,
        }
    }
}

/// A number as text: no decimals from 1000 on, one decimal from 1 on, three below; very small numbers by
/// powers of ten.
pub fn figure(value: f64) -> String {
    let text = match value.abs() {
        0.0 => "0".into(),
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.1}"),
        size if size >= 0.01 => format!("{value:.3}"),
        _ => format!("{value:.2e}"),
    };
    text.strip_suffix(".0").map_or(text.clone(), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Spacing;
    use proptest::prelude::*;

    fn p(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    /// 10x8 pixels with the stored value `10 y + x`; the modality LUT has slope 2 and intercept -100.
    fn frame(spacing: Option<Spacing>) -> Frame {
        let grey = ModalityLut {
            slope: 2.0,
            intercept: -100.0,
            unit: "HU".into(),
            is_inverted: false,
            padding: None,
        };
        let facts = FrameFacts {
            width: 10,
            height: 8,
            modality_lut: Some(grey),
            spacing,
            pixel_height: None,
            windows: vec![],
            plane: Default::default(),
        };
        Frame { facts, samples: Samples::Grey((0..80).collect()), overlay: Vec::new() }
    }

    fn spacing(row_mm: f64, column_mm: f64, kind: SpacingKind) -> Option<Spacing> {
        Some(Spacing { row_mm, column_mm, kind })
    }

    fn said(frame: &Frame, shape: &AnnotationShape) -> Vec<String> {
        measure(frame, shape).lines(&frame.facts)
    }

    #[test]
    fn distances_take_the_spacing_of_each_axis() {
        let line = AnnotationShape::Distance { from: p(1.0, 1.0), to: p(4.0, 5.0) };
        assert_eq!(said(&frame(None), &line), ["5 pixels"]);
        // 3 columns of 2 mm and 4 rows of 2 mm.
        assert_eq!(said(&frame(spacing(2.0, 2.0, SpacingKind::Patient)), &line), ["10 mm"]);
        // 3 columns of 0.4 mm and 4 rows of 0.125 mm: 1.2 and 0.5.
        let uneven = frame(spacing(0.125, 0.4, SpacingKind::Detector));
        assert_eq!(said(&uneven, &line), ["1.3 mm at detector"]);
        assert_eq!(said(&frame(spacing(0.0, 1.0, SpacingKind::Patient)), &line), ["5 pixels"]);
    }

    #[test]
    fn angles_are_those_in_the_patient() {
        let right = AnnotationShape::Angle { from: p(5.0, 0.0), at: p(0.0, 0.0), to: p(0.0, 5.0) };
        let half = AnnotationShape::Angle { from: p(5.0, 0.0), at: p(0.0, 0.0), to: p(5.0, 5.0) };
        let straight = AnnotationShape::Angle { from: p(5.0, 5.0), at: p(3.0, 3.0), to: p(0.0, 0.0) };
        assert_eq!(
            [&right, &half, &straight].map(|a| said(&frame(None), a)[0].clone()),
            ["90.0°", "45.0°", "180.0°"]
        );
        // Rows are twice as far apart, so the tangent doubles.
        let tall = frame(spacing(2.0, 1.0, SpacingKind::Patient));
        assert_eq!(said(&tall, &half), ["63.4°"]);
    }

    #[test]
    fn a_rectangle_holds_the_pixels_whose_centres_it_holds() {
        // Columns 2 to 4, rows 1 to 2: stored values 12 13 14 22 23 24.
        let mm = frame(spacing(0.5, 2.0, SpacingKind::Patient));
        let shape = AnnotationShape::Rectangle { from: p(5.0, 3.0), to: p(2.0, 1.0) };
        let Measure::Region(area, Some(values)) = measure(&mm, &shape) else { panic!() };
        assert!((area - 6.0).abs() < 1e-12);
        assert_eq!((values.count, values.mean, values.min, values.max), (6, -64.0, -76.0, -52.0));
        // Squared deviations from the mean 18: twice (36 + 25 + 16); divided by five; doubled by the slope.
        assert!((values.deviation - 2.0 * (154.0f64 / 5.0).sqrt()).abs() < 1e-12);
        assert_eq!(said(&mm, &shape), ["mean -64 HU, SD 11.1", "from -76 to -52", "area 6 mm²"]);
        // Slightly less than half a pixel wider: no further pixel centre is inside.
        let wider = AnnotationShape::Rectangle { from: p(1.51, 0.51), to: p(5.49, 3.49) };
        let Measure::Region(_, Some(same)) = measure(&mm, &wider) else { panic!() };
        assert_eq!(same, values);
    }

    #[test]
    fn an_ellipse_leaves_out_its_corners() {
        // Radius 1.5 about the centre of pixel (2, 2): the pixel, its 4 neighbours and the 4 diagonal ones,
        // at distance 1.41.
        let shape = |r: f64| AnnotationShape::Ellipse { from: p(2.5 - r, 2.5 - r), to: p(2.5 + r, 2.5 + r) };
        let count = |r| match measure(&frame(None), &shape(r)) {
            Measure::Region(_, values) => values.map_or(0, |values| values.count),
            _ => panic!(),
        };
        assert_eq!([0.5, 1.2, 1.5, 2.1].map(count), [1, 5, 9, 13]);
        let Measure::Region(area, _) = measure(&frame(None), &shape(2.0)) else { panic!() };
        assert!((area - 4.0 * PI).abs() < 1e-12);
    }

    #[test]
    fn outside_there_are_no_values() {
        let away = AnnotationShape::Rectangle { from: p(-9.0, -9.0), to: p(-1.0, -1.0) };
        assert_eq!(said(&frame(None), &away), ["area 64 pixels"]);
        let point = AnnotationShape::Ellipse { from: p(3.0, 3.0), to: p(3.0, 3.0) };
        assert_eq!(measure(&frame(None), &point), Measure::Region(0.0, None));
        assert_eq!(frame(None).value_at(p(-0.1, 0.0)), None);
        assert_eq!(frame(None).value_at(p(9.9, 7.9)).as_deref(), Some("58 HU"));
    }

    #[test]
    fn figures_are_as_long_as_they_need() {
        let said = [0.0, 1234.5, -64.0, 3.0816, 0.12345, 0.0012].map(figure);
        assert_eq!(said, ["0", "1234", "-64", "3.1", "0.123", "1.20e-3"]);
    }

    proptest! {
        #[test]
        fn statistics_are_those_of_a_plain_list(x in -2.0f64..12.0, y in -2.0f64..10.0, w in 0.0f64..12.0, h in 0.0f64..12.0, round in any::<bool>()) {
            let frame = frame(None);
            let (from, to) = (p(x, y), p(x + w, y + h));
            let shape = if round { AnnotationShape::Ellipse { from, to } } else { AnnotationShape::Rectangle { from, to } };
            let is_in = |i: usize, j: usize| {
                let (cx, cy) = (i as f64 + 0.5, j as f64 + 0.5);
                if round {
                    ((cx - x - w / 2.0) / (w / 2.0)).powi(2) + ((cy - y - h / 2.0) / (h / 2.0)).powi(2) <= 1.0
                } else {
                    (x..x + w).contains(&cx) && (y..y + h).contains(&cy)
                }
            };
            let all = (0..8).flat_map(|j| (0..10).map(move |i| (i, j)));
            let values: Vec<f64> = all.filter(|(i, j)| is_in(*i, *j)).map(|(i, j)| (10 * j + i) as f64 * 2.0 - 100.0).collect();
            let Measure::Region(_, found) = measure(&frame, &shape) else { panic!() };
            prop_assert_eq!(found.map_or(0, |found| found.count), values.len() as u64);
            if let Some(found) = found {
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                prop_assert!((found.mean - mean).abs() < 1e-9);
            }
        }
    }
}
