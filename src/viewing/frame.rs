//! One frame as it is stored, and what its values mean.

use super::plane::Plane;
use serde::{Deserialize, Serialize};

/// One frame, ready to be looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Size and meaning.
    pub facts: FrameFacts,
    /// `width * height` samples, or three times as many, row by row.
    pub samples: Samples,
}

/// The values of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Samples {
    /// One a pixel. Signed values are stored with 32768 added, which [`Grey::intercept`] takes off again.
    Grey(Vec<u16>),
    /// Red, green, blue of each pixel in turn.
    Rgb(Vec<u8>),
}

/// What the values of a frame mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameFacts {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The meaning of grey values; `None` for colour.
    pub grey: Option<Grey>,
    /// How far apart pixels are; `None` where the file does not say.
    pub spacing: Option<Spacing>,
    /// The windows that the file proposes, the first one first shown. Where there is none, the range of the values serves.
    pub windows: Vec<Window>,
    /// How the frame lies in the patient.
    #[serde(default)]
    pub plane: Plane,
}

/// How a stored grey value becomes a real one: `slope * stored + intercept` (the modality LUT).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grey {
    /// Real units a step.
    pub slope: f64,
    /// The real value of a stored 0.
    pub intercept: f64,
    /// The real values' unit, for instance `HU`; empty where unknown.
    pub unit: String,
    /// Whether the lowest value is white (MONOCHROME1): turned around last, after the window.
    pub is_inverted: bool,
}

/// How far apart the centres of pixels are, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spacing {
    /// Between neighbouring rows.
    pub row_mm: f64,
    /// Between neighbouring columns.
    pub column_mm: f64,
    /// Where that holds.
    pub kind: SpacingKind,
}

/// Where a distance between pixels holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpacingKind {
    /// In the patient: Pixel Spacing (0028,0030).
    Patient,
    /// At the detector, which magnifies: Imager Pixel Spacing (0018,1164) only.
    Detector,
}

/// A way to show grey values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// For instance `Lung`; empty where the file gives no explanation.
    pub name: String,
    /// From real value to brightness.
    pub shape: VoiLut,
}

/// From real value to brightness (DICOM PS3.3 C.11.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum VoiLut {
    /// C.11.2.1.2.1.
    Linear {
        /// Real value.
        center: f64,
        /// Real values; at least 1.
        width: f64,
    },
    /// C.11.2.1.3.2.
    LinearExact {
        /// Real value.
        center: f64,
        /// Real values; above 0.
        width: f64,
    },
    /// C.11.2.1.3.1.
    Sigmoid {
        /// Real value.
        center: f64,
        /// Real values; above 0.
        width: f64,
    },
    /// VOI LUT Sequence (0028,3010).
    Table {
        /// The real value that the first entry stands for.
        first: f64,
        /// Brightness of it and those that follow.
        values: Vec<u16>,
        /// Bits of an entry: the brightest is `2^bits - 1`.
        bits: u8,
    },
}

impl Frame {
    /// A picture of 8 bits, as red, green, blue and opacity of each pixel. Where all three are equal everywhere it is grey, and shown as
    /// it is until a reader asks for another window. Opacity is left out.
    pub fn from_rgba(width: u32, height: u32, rgba: &[u8]) -> Self {
        let pixels = rgba.as_chunks::<4>().0;
        let is_grey = pixels.iter().all(|[r, g, b, _]| r == g && g == b);
        let grey = Grey { slope: 1.0, intercept: 0.0, unit: String::new(), is_inverted: false };
        let as_stored =
            Window { name: "As stored".into(), shape: VoiLut::LinearExact { center: 127.5, width: 255.0 } };
        let (grey, windows) = if is_grey { (Some(grey), vec![as_stored]) } else { (None, vec![]) };
        let samples = if is_grey {
            Samples::Grey(pixels.iter().map(|[grey, ..]| u16::from(*grey)).collect())
        } else {
            Samples::Rgb(pixels.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect())
        };
        Self {
            facts: FrameFacts { width, height, grey, spacing: None, windows, plane: Plane::default() },
            samples,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::viewing::shades;

    #[test]
    fn a_grey_picture_is_shown_as_it_is_and_a_coloured_one_keeps_its_colours() {
        let grey = Frame::from_rgba(2, 1, &[7, 7, 7, 255, 200, 200, 200, 255]);
        assert_eq!(grey.samples, Samples::Grey(vec![7, 200]));
        let shades = shades(&grey.facts.windows[0].shape, grey.facts.grey.as_ref().unwrap(), false);
        assert!((0..=255).all(|value: u8| shades[usize::from(value)] == value));
        let coloured = Frame::from_rgba(2, 1, &[7, 7, 7, 255, 200, 100, 200, 255]);
        assert_eq!(coloured.samples, Samples::Rgb(vec![7, 7, 7, 200, 100, 200]));
        assert!(coloured.facts.grey.is_none() && coloured.facts.windows.is_empty());
    }
}
