//! A frame as stored, and the meaning of its values.

pub mod plane;
mod spread;

pub use spread::PADDING;

use plane::Plane;
use serde::{Deserialize, Serialize};

/// A decoded frame, ready for display.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Size and meaning of the values.
    pub facts: FrameFacts,
    /// `width * height` values for grey, three times as many for RGB, row by row.
    pub samples: Samples,
    /// What the file's overlay planes draw over it: a bit for each pixel, row by row, each byte from its lowest bit on; empty where
    /// nothing is drawn.
    pub overlay: Vec<u8>,
}

/// The stored values of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Samples {
    /// One value for each pixel. Signed values are stored with an offset of 32768, which
    /// [`ModalityLut::intercept`] subtracts.
    Grey(Vec<u16>),
    /// Red, green and blue of each pixel, interleaved.
    Rgb(Vec<u8>),
}

impl Samples {
    /// The memory that they take, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Grey(samples) => 2 * samples.len(),
            Self::Rgb(samples) => samples.len(),
        }
    }
}

/// Size of a frame and meaning of its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameFacts {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Modality LUT of grey values; `None` for colour.
    pub modality_lut: Option<ModalityLut>,
    /// Pixel spacing; `None` if the file lacks it.
    pub spacing: Option<Spacing>,
    /// Height of a pixel divided by its width, where only its shape is known.
    #[serde(default)]
    pub pixel_height: Option<f64>,
    /// The file's windows in which something is seen; the first is shown first. If there are none, the range of the values is used.
    pub windows: Vec<WindowLevel>,
    /// Orientation of the frame in the patient.
    #[serde(default)]
    pub plane: Plane,
}

/// The modality LUT: `slope * stored + intercept`, from a stored grey value to a real one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModalityLut {
    /// Real units for each step of the stored value.
    pub slope: f64,
    /// The real value of a stored 0.
    pub intercept: f64,
    /// Unit of the real values, for instance `HU`; empty if unknown.
    pub unit: String,
    /// Whether the lowest value is white (MONOCHROME1). Inverted last, after the window.
    pub is_inverted: bool,
    /// The first and the last stored value that stand for no image (Pixel Padding Value). They are black in every window.
    #[serde(default)]
    pub padding: Option<[u16; 2]>,
}

/// Distance between the centres of neighbouring pixels, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spacing {
    /// Between rows.
    pub row_mm: f64,
    /// Between columns.
    pub column_mm: f64,
    /// Where the distance applies.
    pub kind: SpacingKind,
}

/// Where a pixel spacing applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpacingKind {
    /// In the patient: Pixel Spacing (0028,0030).
    Patient,
    /// At the detector, where the image is magnified: only Imager Pixel Spacing (0018,1164) is present.
    Detector,
}

/// A named window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowLevel {
    /// For instance `Lung`; empty if the file has no explanation.
    pub name: String,
    /// From real value to brightness.
    pub shape: VoiLut,
}

/// VOI LUT: from real value to brightness (DICOM PS3.3 C.11.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum VoiLut {
    /// LINEAR, C.11.2.1.2.1.
    Linear {
        /// Real value.
        center: f64,
        /// In real units; at least 1.
        width: f64,
    },
    /// LINEAR_EXACT, C.11.2.1.3.2.
    LinearExact {
        /// Real value.
        center: f64,
        /// In real units; above 0.
        width: f64,
    },
    /// SIGMOID, C.11.2.1.3.1.
    Sigmoid {
        /// Real value.
        center: f64,
        /// In real units; above 0.
        width: f64,
    },
    /// VOI LUT Sequence (0028,3010).
    Table {
        /// The real value of the first entry.
        first: f64,
        /// Brightness, one entry for each real value from `first` on.
        values: Vec<u16>,
        /// Bits of an entry: full brightness is `2^bits - 1`.
        bits: u8,
    },
}
