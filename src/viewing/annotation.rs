//! Annotations that the user draws on an image.

use crate::messages::viewing as text;
use serde::{Deserialize, Serialize};

/// A position on a frame, in pixels: (0, 0) is the upper left corner of the upper left pixel, x to the right,
/// y down. Independent of how the view is turned, mirrored or zoomed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Pixels from the left edge.
    pub x: f64,
    /// Pixels from the top edge.
    pub y: f64,
}

/// A measurement or a labelled region on a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Annotation {
    /// Its id, unique on its image.
    pub id: u32,
    /// The frame that it is drawn on, from 0.
    pub frame: u32,
    /// Its shape.
    pub shape: AnnotationShape,
    /// The user's label; may be empty.
    pub label: String,
}

/// The shape of an annotation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AnnotationShape {
    /// The distance between two points.
    Distance {
        /// Start point.
        from: Point,
        /// End point.
        to: Point,
    },
    /// The angle between two legs.
    Angle {
        /// End of the first leg.
        from: Point,
        /// The vertex.
        at: Point,
        /// End of the second leg.
        to: Point,
    },
    /// The ellipse inscribed in the rectangle of two opposite corners.
    Ellipse {
        /// One corner.
        from: Point,
        /// The opposite corner.
        to: Point,
    },
    /// The rectangle of two opposite corners.
    Rectangle {
        /// One corner.
        from: Point,
        /// The opposite corner.
        to: Point,
    },
}

/// The kind of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasurementKind {
    /// The distance between two points.
    Distance,
    /// The angle between two legs.
    Angle,
    /// The area of an ellipse, with statistics.
    Ellipse,
    /// The area of a rectangle, with statistics.
    Rectangle,
}

impl MeasurementKind {
    /// The name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Distance => text::DISTANCE,
            Self::Angle => text::ANGLE,
            Self::Ellipse => text::ELLIPSE,
            Self::Rectangle => text::RECTANGLE,
        }
    }
}

impl AnnotationShape {
    /// The kind of its measurement.
    pub fn kind(&self) -> MeasurementKind {
        match self {
            Self::Distance { .. } => MeasurementKind::Distance,
            Self::Angle { .. } => MeasurementKind::Angle,
            Self::Ellipse { .. } => MeasurementKind::Ellipse,
            Self::Rectangle { .. } => MeasurementKind::Rectangle,
        }
    }

    /// Name of the kind of annotation.
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }

    /// The points that define it: both ends; leg, apex, leg; or two opposite corners.
    pub fn points(&self) -> Vec<Point> {
        match *self {
            Self::Angle { from, at, to } => vec![from, at, to],
            Self::Distance { from, to } | Self::Ellipse { from, to } | Self::Rectangle { from, to } => {
                vec![from, to]
            }
        }
    }

    /// The handles that the user can drag: both ends of a distance; leg, vertex and leg of an angle; the four
    /// corners of a region, the two drawn ones first.
    pub fn handles(&self) -> Vec<Point> {
        match *self {
            Self::Distance { from, to } => vec![from, to],
            Self::Angle { from, at, to } => vec![from, at, to],
            Self::Ellipse { from, to } | Self::Rectangle { from, to } => {
                vec![from, to, Point { x: from.x, y: to.y }, Point { x: to.x, y: from.y }]
            }
        }
    }

    /// The shape with one handle moved by `x` and `y` pixels; with `None`, the whole shape moved.
    pub fn moved(&self, handle: Option<usize>, x: f64, y: f64) -> Self {
        let mut shape = self.clone();
        let shift = |p: &mut Point, x: f64, y: f64| (p.x, p.y) = (p.x + x, p.y + y);
        match (&mut shape, handle) {
            (Self::Angle { at, .. }, Some(1)) => shift(at, x, y),
            (Self::Angle { to, .. }, Some(2)) => shift(to, x, y),
            (Self::Ellipse { from, to } | Self::Rectangle { from, to }, Some(2)) => {
                shift(from, x, 0.0);
                shift(to, 0.0, y);
            }
            (Self::Ellipse { from, to } | Self::Rectangle { from, to }, Some(3)) => {
                shift(from, 0.0, y);
                shift(to, x, 0.0);
            }
            (
                Self::Distance { from, .. }
                | Self::Angle { from, .. }
                | Self::Ellipse { from, .. }
                | Self::Rectangle { from, .. },
                Some(0),
            ) => shift(from, x, y),
            (Self::Distance { to, .. } | Self::Ellipse { to, .. } | Self::Rectangle { to, .. }, Some(_)) => {
                shift(to, x, y)
            }
            (Self::Angle { .. }, Some(_)) => {}
            (Self::Angle { from, at, to }, None) => [from, at, to].into_iter().for_each(|p| shift(p, x, y)),
            (
                Self::Distance { from, to } | Self::Ellipse { from, to } | Self::Rectangle { from, to },
                None,
            ) => [from, to].into_iter().for_each(|p| shift(p, x, y)),
        }
        shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Point = Point { x: 1.0, y: 2.0 };
    const B: Point = Point { x: 10.0, y: 20.0 };
    const C: Point = Point { x: 5.0, y: 5.0 };

    #[test]
    fn every_handle_follows_its_move_and_the_whole_follows_too() {
        let shapes = [
            AnnotationShape::Distance { from: A, to: B },
            AnnotationShape::Angle { from: A, at: B, to: C },
            AnnotationShape::Ellipse { from: A, to: B },
            AnnotationShape::Rectangle { from: A, to: B },
        ];
        for shape in shapes {
            let before = shape.handles();
            for (handle, was) in before.iter().enumerate() {
                let after = shape.moved(Some(handle), 3.0, -4.0).handles()[handle];
                assert_eq!(after, Point { x: was.x + 3.0, y: was.y - 4.0 }, "{shape:?}");
            }
            let after = shape.moved(None, 3.0, -4.0).handles();
            assert!(before.iter().zip(&after).all(|(b, a)| a.x == b.x + 3.0 && a.y == b.y - 4.0));
        }
    }
}
