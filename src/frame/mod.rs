//! One frame as it is stored, and what its values mean.

pub mod plane;

use plane::Plane;
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
    /// One a pixel. Signed values are stored with 32768 added, which [`ModalityLut::intercept`] takes off again.
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
    pub modality_lut: Option<ModalityLut>,
    /// How far apart pixels are; `None` where the file does not say.
    pub spacing: Option<Spacing>,
    /// The windows that the file proposes, the first one first shown. Where there is none, the range of the values serves.
    pub windows: Vec<WindowLevel>,
    /// How the frame lies in the patient.
    #[serde(default)]
    pub plane: Plane,
}

/// How a stored grey value becomes a real one: `slope * stored + intercept` (the modality LUT).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModalityLut {
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
pub struct WindowLevel {
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
