//! What a reader draws on an image.

use serde::{Deserialize, Serialize};

/// A place on a frame, in pixels: 0, 0 is the upper left corner of the upper left pixel, x to the right, y down. Where the
/// frame was turned or mirrored on the screen changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
}

/// A measurement or a remark at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Annotation {
    /// Its number, unique on its image.
    pub id: u32,
    /// The frame it is drawn on, from 0.
    pub frame: u32,
    /// What is drawn.
    pub shape: Shape,
    /// The reader's own words; may be empty.
    pub label: String,
}

/// What can be drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Shape {
    /// The distance between two places.
    Distance {
        /// One end.
        from: Point,
        /// The other.
        to: Point,
    },
    /// The angle at the middle one of three places.
    Angle {
        /// On one leg.
        from: Point,
        /// Where it is measured.
        at: Point,
        /// On the other leg.
        to: Point,
    },
    /// The ellipse inside the rectangle of two corners.
    Ellipse {
        /// One corner.
        from: Point,
        /// The one across.
        to: Point,
    },
    /// The rectangle of two corners.
    Rectangle {
        /// One corner.
        from: Point,
        /// The one across.
        to: Point,
    },
}
